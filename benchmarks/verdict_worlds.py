"""Worlds with a known answer, for ``verdicts.py``: each draws one study of a baseline and five cells.

A world is a function (generator, rows, groups or None) -> truth (m,), predictions (6, m). In an exchangeable
world all six cells are equal by construction: they share the row and differ by independent noise only.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np

CELLS = 6
World: TypeAlias = Callable[[np.random.Generator, int, np.ndarray | None], tuple[np.ndarray, np.ndarray]]


def gaussian(rng: np.random.Generator, rows: int, groups: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Errors that share two thirds of their standard deviation."""
    truth = rng.normal(size=rows)
    return truth, truth + rng.normal(size=rows) + _noise(rng, rows, groups, 0.7)


def ordinal(rng: np.random.Generator, rows: int, groups: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Ratings of 1 to 5, predicted as whole numbers: errors of 0, 1, 2, ... with many ties."""
    truth = rng.choice(5, size=rows, p=[0.1, 0.1, 0.15, 0.25, 0.4]) + 1.0
    guess = 2.5 + 0.4 * truth + 0.6 * rng.normal(size=rows) + _noise(rng, rows, groups, 0.6)
    return truth, np.clip(np.round(guess), 1, 5)


def skewed(rng: np.random.Generator, rows: int, groups: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Exchangeable cells with lognormal errors: rows of very different size."""
    truth = np.zeros(rows)
    size = np.exp(rng.normal(size=rows)) * np.exp(_noise(rng, rows, groups, 0.7))
    return truth, size


def two_classes(
    rng: np.random.Generator, rows: int, groups: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Two classes, three quarters right."""
    return _classes(rng, rows, groups, np.full(2, 0.5), ease=0.9)


def three_classes(
    rng: np.random.Generator, rows: int, groups: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Three balanced classes, nine of ten right: few rows in which two cells differ."""
    return _classes(rng, rows, groups, np.full(3, 1 / 3), ease=1.7)


def ratings(rng: np.random.Generator, rows: int, groups: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Five classes from 4 to 62 % of the rows."""
    return _classes(rng, rows, groups, np.array([0.04, 0.06, 0.08, 0.20, 0.62]), ease=0.9)


def _classes(
    rng: np.random.Generator, rows: int, groups: np.ndarray | None, shares: np.ndarray, *, ease: float
) -> tuple[np.ndarray, np.ndarray]:
    truth = rng.choice(len(shares), size=rows, p=shares)
    right = ease + rng.normal(size=rows) + _noise(rng, rows, groups, 0.8) > 0
    wrong = (truth + rng.integers(1, len(shares), size=(CELLS, rows))) % len(shares)
    return truth.astype(np.float64), np.where(right, truth, wrong).astype(np.float64)


def _noise(rng: np.random.Generator, rows: int, groups: np.ndarray | None, scale: float) -> np.ndarray:
    """(6, m) independent noise; with groups a third of its variance belongs to the group as a whole."""
    own = rng.normal(size=(CELLS, rows))
    if groups is None:
        return scale * own
    shared = rng.normal(size=(CELLS, groups.max() + 1))[:, groups]
    return scale * (np.sqrt(2 / 3) * own + np.sqrt(1 / 3) * shared)


def group_sizes(rng: np.random.Generator, kind: str, groups: int) -> np.ndarray:
    """(u,) rows of each group. Heavy tails have one group in 16 of ten rows or more, 50 at most."""
    if kind == "1 to 5":
        return rng.integers(1, 6, size=groups)
    if kind == "heavy tails":
        return np.minimum(np.ceil(rng.pareto(1.2, size=groups)), 50).astype(np.int64)
    sizes = np.ones(groups, dtype=np.int64)
    sizes[0] += kind == "1, one pair"
    return sizes


def change_in_groups(
    rng: np.random.Generator, sizes: np.ndarray, *, discordant: float, within: float, gain: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """(m,) 1 where the second of two cells alone is right, -1 where the first is, else 0; and the group of each row.

    ``discordant`` is the share of rows that are not 0, ``gain`` the second's lead, and ``within`` the correlation of
    two rows of one group: so many pairs of rows both take the outcome of their group.
    """
    groups = np.repeat(np.arange(len(sizes)), sizes)
    ends = np.cumsum([(discordant + gain) / 2, (discordant - gain) / 2])

    def outcomes(n: int) -> np.ndarray:
        return np.array([1, -1, 0])[np.searchsorted(ends, rng.random(n), side="right")]

    own, shared = outcomes(len(groups)), outcomes(len(sizes))[groups]
    return np.where(rng.random(len(groups)) < np.sqrt(within), shared, own), groups


def resampled(path: Path) -> World:
    """Rows drawn with replacement from a study's ``predictions.parquet``.

    Each cell takes, row by row (or group by group), the prediction of one real cell at random: real errors in
    real pairs, and no cell better than another.
    """
    truth, real = read_predictions(path)

    def world(
        rng: np.random.Generator, rows: int, groups: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        drawn = rng.integers(0, len(truth), size=rows)
        if groups is None:
            source = rng.integers(0, len(real), size=(CELLS, rows))
        else:
            source = rng.integers(0, len(real), size=(CELLS, groups.max() + 1))[:, groups]
        return truth[drawn], real[source, drawn]

    return world


def read_predictions(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Truth (m,) and the predictions (cells, m) of the first target, rows with a truth only."""
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["row", "cell", "target", "truth", "prediction"]).to_pydict()
    first = table["target"][0]
    cells = sorted(
        {cell for cell, target in zip(table["cell"], table["target"], strict=True) if target == first}
    )
    texts = isinstance(table["prediction"][0], str)
    names = sorted({*table["truth"], *table["prediction"]}) if texts else []
    by_cell: dict[str, dict] = {cell: {} for cell in cells}
    known: dict = {}
    for row, cell, target, true, guess in zip(*table.values(), strict=True):
        if target == first and true is not None and true == true:
            known[row] = names.index(true) if texts else true
            by_cell[cell][row] = names.index(guess) if texts else guess
    rows = sorted(known)
    truth = np.array([known[row] for row in rows], dtype=np.float64)
    return truth, np.array([[by_cell[cell][row] for row in rows] for cell in cells], dtype=np.float64)
