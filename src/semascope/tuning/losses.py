"""What training lowers: the loss that belongs to the study's measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import torch

    from semascope.stats.measure import RowMeasure
    from semascope.types import Array, Floats

Loss = Literal["absolute", "squared", "classes"]


def loss_for(measure: RowMeasure) -> Loss:
    """Absolute errors for the mean absolute error, squared ones for other measures of numbers, else cross-entropy."""
    if measure.kind == "classification":
        return "classes"
    return "absolute" if measure.of_absolute else "squared"


def class_weights(classes: Array, count: int, *, balance: bool) -> Floats:
    """(c,) what a text of each class counts: 1, or n / (c n_k) so that classes weigh alike; 1 where a class has none."""
    if not balance:
        return np.ones(count)
    rows = np.bincount(classes.astype(np.int64), minlength=count).astype(np.float64)
    return np.where(rows > 0, len(classes) / ((rows > 0).sum() * np.maximum(rows, 1)), 1.0)


def loss_of(
    outputs: torch.Tensor, targets: torch.Tensor, *, loss: Loss, weights: torch.Tensor | None
) -> torch.Tensor:
    """The sum of the losses of a batch and never its mean, so that parts of a batch add up.

    Parameters
    ----------
    outputs
        (n, t) numbers or (n, c) logits.
    targets
        (n, t), NaN where a target is missing; (n,) class indices.
    weights
        (c,) of the classes; None for numbers.
    """
    import torch

    if loss == "classes":
        return torch.nn.functional.cross_entropy(outputs, targets, weight=weights, reduction="sum")
    known = ~torch.isnan(targets)
    away = torch.where(known, outputs - torch.nan_to_num(targets), torch.zeros_like(outputs))
    return away.abs().sum() if loss == "absolute" else away.square().sum() / 2


def loss_units(targets: Array, *, loss: Loss, weights: Floats | None) -> float:
    """What the sum of the losses of a batch is divided by: known targets, or the weights of its texts' classes."""
    if loss == "classes":
        assert weights is not None
        return float(weights[targets].sum())
    return max(1.0, float(np.isfinite(targets).sum()))
