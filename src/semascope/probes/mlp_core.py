"""A multi-layer perceptron in numpy: forward, gradients, Adam. It chooses nothing and knows no data.

All parameters live in one flat float32 array, of which the layers' weights are views: a step of Adam is a few
passes over that array, and a copy of it is a copy of the whole network, which is what early stopping must keep.
(``dict(parameters)`` of a live network would keep names of arrays that training goes on changing.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import log_softmax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Array, Vectors

Loss = Literal["squared", "absolute", "classes"]


class Network:
    """ReLU layers of the given widths, the last one linear.

    Parameters
    ----------
    widths
        (d, hidden, ..., outputs).
    generator
        Draws the first weights: uniform with He's variance 2 / fan-in, biases zero, the last layer a tenth of it so
        that training starts near the centre of the targets.
    """

    def __init__(self, widths: Sequence[int], generator: np.random.Generator) -> None:
        self.widths = tuple(widths)
        shapes = list(zip(self.widths[:-1], self.widths[1:], strict=True))
        self.flat = np.zeros(sum(fan_in * fan_out + fan_out for fan_in, fan_out in shapes), dtype=np.float32)
        self.weights, self.biases = self.views(self.flat)
        for layer, weight in enumerate(self.weights):
            bound = np.sqrt(6 / weight.shape[0]) * (0.1 if layer == len(shapes) - 1 else 1.0)
            weight[:] = generator.uniform(-bound, bound, weight.shape)

    def views(self, flat: Vectors) -> tuple[list[Array], list[Array]]:
        """(weights, biases) of all layers inside ``flat``; writing to them writes to it."""
        weights, biases, start = [], [], 0
        for fan_in, fan_out in zip(self.widths[:-1], self.widths[1:], strict=True):
            middle, end = start + fan_in * fan_out, start + fan_in * fan_out + fan_out
            weights.append(flat[start:middle].reshape(fan_in, fan_out))
            biases.append(flat[middle:end])
            start = end
        return weights, biases

    def forward(self, rows: Vectors) -> Vectors:
        """(n, outputs) of rows (n, d), without dropout."""
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            rows = rows @ weight
            rows += bias
            if layer < len(self.weights) - 1:
                np.maximum(rows, 0, out=rows)
        return rows

    def gradients(
        self, rows: Vectors, targets: Array, *, loss: Loss, dropout: float, generator: np.random.Generator
    ) -> tuple[float, Vectors]:
        """(mean loss, its gradient laid out as ``flat``) on one batch.

        Parameters
        ----------
        targets
            (n, t) float32 with NaN where missing, for ``squared`` and ``absolute``; (n,) class indices for ``classes``.
        dropout
            Share of hidden units set to 0 in this batch, in [0, 1); the others are scaled up to make up for it.
        """
        inputs = [rows]
        keeps: list[Array | None] = []
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            hidden = np.maximum(inputs[-1] @ weight + bias, 0)
            keep = None
            if dropout:
                keep = generator.random(hidden.shape, dtype=np.float32) >= dropout
                hidden *= keep * np.float32(1 / (1 - dropout))
            inputs.append(hidden)
            keeps.append(keep)
        outputs = inputs[-1] @ self.weights[-1] + self.biases[-1]
        value, error = _loss_and_error(outputs, targets, loss)
        result = np.empty_like(self.flat)
        weight_parts, bias_parts = self.views(result)
        for layer in reversed(range(len(self.weights))):
            np.matmul(inputs[layer].T, error, out=weight_parts[layer])
            error.sum(axis=0, out=bias_parts[layer])
            if layer:
                error = error @ self.weights[layer].T
                error *= inputs[layer] > 0
                if dropout:
                    # dropped units have input 0, so they are out already
                    error *= np.float32(1 / (1 - dropout))
        return value, result


class Adam:
    """Adam with decoupled weight decay (Loshchilov & Hutter, ICLR 2019), in place."""

    def __init__(self, flat: Vectors, *, rate: float, decay: float) -> None:
        self.flat, self.rate, self.decay = flat, rate, decay
        self.first, self.second = np.zeros_like(flat), np.zeros_like(flat)
        self.scratch = np.empty_like(flat)
        self.step_number = 0

    def step(self, gradient: Vectors) -> None:
        """Move ``flat`` once; ``gradient`` is used up."""
        self.step_number += 1
        beta1, beta2, scratch = 0.9, 0.999, self.scratch
        self.first += np.multiply(np.subtract(gradient, self.first, out=scratch), 1 - beta1, out=scratch)
        np.square(gradient, out=gradient)
        gradient -= self.second
        gradient *= 1 - beta2
        self.second += gradient
        np.sqrt(self.second, out=scratch)
        scratch /= np.sqrt(1 - beta2**self.step_number)
        scratch += 1e-8
        np.divide(self.first, scratch, out=scratch)
        scratch *= self.rate / (1 - beta1**self.step_number)
        self.flat *= 1 - self.rate * self.decay
        self.flat -= scratch


def _loss_and_error(outputs: Vectors, targets: Array, loss: Loss) -> tuple[float, Vectors]:
    """Mean loss over what is there, and its gradient by ``outputs``."""
    if loss == "classes":
        logs = log_softmax(outputs, axis=1)
        everyone = np.arange(len(outputs))
        error = np.exp(logs)
        error[everyone, targets] -= 1
        return float(-logs[everyone, targets].mean()), _divided(error, len(outputs))
    have = ~np.isnan(targets)
    count = max(int(have.sum()), 1)
    error = np.where(have, outputs - targets, np.float32(0))
    if loss == "squared":
        return float(np.square(error).sum() / (2 * count)), _divided(error, count)
    return float(np.abs(error).sum() / count), _divided(np.sign(error), count)


def _divided(error: Array, count: int) -> Vectors:
    return (error / count).astype(np.float32, copy=False)
