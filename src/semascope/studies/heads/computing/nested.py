"""Samples of the training rows, each within the next larger one, in whole components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.studies.heads.asking.rows import Rows
    from semascope.types import Ints


def order_of(rows: Rows, *, seed: int) -> Ints:
    """Training rows in a random order of their components."""
    train = rows.split.train
    parts, places = np.unique(rows.components[train], return_inverse=True)
    rank = np.random.default_rng([seed, 77]).permutation(len(parts))
    return train[np.argsort(rank[places], kind="stable")]


def first_of(rows: Rows, order: Ints, size: int) -> Ints:
    """The first ``size`` rows of an order, and the rest of the component that would be torn apart; ascending."""
    last = size
    while last < len(order) and rows.components[order[last]] == rows.components[order[last - 1]]:
        last += 1
    return np.sort(order[:last])
