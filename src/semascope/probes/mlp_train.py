"""Training a network: with early stopping on watched rows, then again on all rows for as long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.probes.mlp_core import Adam, Loss, Network
from semascope.probes.stopping import Stopper

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.types import Array, Vectors


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """Everything that changes a trained network besides its rows."""

    widths: tuple[int, ...]  # (d, hidden, ..., outputs)
    loss: Loss
    rate: float = 3e-4
    decay: float = 0.1
    dropout: float = 0.5  # share of hidden units left out in a step
    batch: int = 64
    patience: int = 10  # epochs
    most_epochs: int = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """A network as it was at its best epoch, and how it got there."""

    network: Network
    best_epoch: int  # counted from 1
    scores: tuple[tuple[float, ...], ...]  # losses on the watched rows after each epoch


def train_watched(
    rows: Vectors,
    targets: Array,
    watched_score: Callable[[Network], tuple[float, ...]],
    *,
    recipe: Recipe,
    seed: int,
) -> Trained:
    """The network at its best epoch by ``watched_score`` (losses, compared from the left)."""
    network, optimiser, generator = _start(recipe, seed)
    stopper = Stopper(patience=recipe.patience)
    best, scores = network.flat.copy(), []
    for epoch in range(1, recipe.most_epochs + 1):
        _run_epoch(network, optimiser, rows, targets, recipe, generator)
        scores.append(watched_score(network))
        if stopper.improves(epoch, scores[-1]):
            best = network.flat.copy()  # a copy: the live array goes on changing
        if stopper.exhausted:
            break
    network.flat[:] = best
    return Trained(network=network, best_epoch=stopper.best_step, scores=tuple(scores))


def train_for(rows: Vectors, targets: Array, *, epochs: int, recipe: Recipe, seed: int) -> Network:
    """The network after ``epochs`` passes over all rows."""
    network, optimiser, generator = _start(recipe, seed)
    for _ in range(epochs):
        _run_epoch(network, optimiser, rows, targets, recipe, generator)
    return network


def _start(recipe: Recipe, seed: int) -> tuple[Network, Adam, np.random.Generator]:
    generator = np.random.default_rng(seed)
    network = Network(recipe.widths, generator)
    return network, Adam(network.flat, rate=recipe.rate, decay=recipe.decay), generator


def _run_epoch(
    network: Network,
    optimiser: Adam,
    rows: Vectors,
    targets: Array,
    recipe: Recipe,
    generator: np.random.Generator,
) -> None:
    order = generator.permutation(len(rows))
    for start in range(0, len(order), recipe.batch):
        chosen = order[start : start + recipe.batch]
        _, gradient = network.gradients(
            rows[chosen],
            targets[chosen],
            loss=recipe.loss,
            dropout=recipe.dropout,
            generator=generator,
        )
        optimiser.step(gradient)
