"""Which rows train and which are held out: whole components stay on one side.

A component is a set of rows that must not be torn apart: copies of one text, rows of one group. It is given as one label a
row; the labels' names do not matter, only which rows share one. A negative label means a row of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.dealing import Components, deal_folds, draw_side
from semascope.data.spellings import join_spellings, plain_spelling
from semascope.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Ints, Mask

TRAINING = ("train", "training", "val", "valid", "validation", "dev")
HELD_OUT = ("test", "testing", "heldout", "held-out", "held_out")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Split:
    """Positions of the rows of each side, ascending; together they are all rows, and none is on both sides."""

    train: Ints
    test: Ints


def given_split(values: Sequence[str], *, rows: Ints | None = None) -> Split:
    """The split that a column of the file names.

    Parameters
    ----------
    values
        n words. train, training, val, valid, validation and dev are the training side; test, testing, heldout and
        held-out the held-out side; capitals, white space around and Unicode forms do not matter.
    rows
        (n,) row numbers in the file, for the error; None counts from 0.

    Raises
    ------
    DataError
        For another word, with its row, and when a side is empty.

    Examples
    --------
    >>> given_split(["train", "Test", "dev"]).train.tolist()
    [0, 2]
    """
    words = [plain_spelling(value).casefold() for value in values]
    for position, word in enumerate(words):
        if word not in TRAINING and word not in HELD_OUT:
            row = position if rows is None else rows[position]
            raise DataError(
                f"the split column says {values[position]!r} in row {row} (counted from 0); accepted are "
                f"{', '.join(TRAINING + HELD_OUT)}; correct it, or leave the column out and let the rows be split"
            )
    held_out = np.array([word in HELD_OUT for word in words], dtype=bool)
    split = _split(held_out)
    if not len(split.train) or not len(split.test):
        empty = "training" if not len(split.train) else "held-out"
        raise DataError(
            f"the split column leaves the {empty} side empty; both sides need rows; name another column, or none"
        )
    return split


def group_labels(values: Sequence[str]) -> Ints:
    """One label a row from a column of group names; -1, a row of its own, where the name is empty.

    Names that look alike are one group: a group on both sides of a split would leak.

    Examples
    --------
    >>> group_labels(["b", "", "a", "B "]).tolist()
    [0, -1, 1, 0]
    """
    known: dict[str, int] = {}
    names = join_spellings(values, alike=True).values
    return np.array([known.setdefault(name, len(known)) if name else -1 for name in names], dtype=np.int64)


def join_components(*labelings: Ints) -> Ints:
    """The finest components that no labeling tears apart: rows that share a label in any of them are together.

    Parameters
    ----------
    labelings
        One or more (n,) labelings; a negative label joins a row to nothing.

    Returns
    -------
    Ints
        (n,) labels 0, 1, ... in order of first appearance.

    Examples
    --------
    >>> join_components(np.array([0, 0, 1, 2]), np.array([-1, 5, 5, 7])).tolist()
    [0, 0, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(labelings[0])
    rows, nodes, size = [], [], n  # rows are the nodes 0 to n - 1, labels the nodes behind them
    for labels in labelings:
        joined = np.flatnonzero(np.asarray(labels) >= 0)
        rows.append(joined)
        nodes.append(size + np.unique(np.asarray(labels)[joined], return_inverse=True)[1])
        size += len(joined)
    edges = (np.concatenate(rows), np.concatenate(nodes))
    graph = coo_array((np.ones(len(edges[0]), dtype=np.int8), edges), shape=(size, size))
    return by_appearance(connected_components(graph, directed=False)[1][:n])


def by_appearance(labels: Ints) -> Ints:
    """The same components with labels 0, 1, ... in order of first appearance; negative labels become rows of their own.

    Examples
    --------
    >>> by_appearance(np.array([7, -1, 3, 7, -1])).tolist()
    [0, 1, 2, 0, 3]
    """
    labels = np.array(labels, dtype=np.int64)
    alone = labels < 0
    labels[alone] = labels.max(initial=0) + 1 + np.arange(alone.sum())
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return order[inverse]


def leaked_rows(components: Ints, split: Split) -> Ints:
    """Positions of the held-out rows whose component also stands in training."""
    components = by_appearance(components)
    return split.test[np.isin(components[split.test], components[split.train])]


def make_split(components: Ints, *, strata: Ints | None, test_size: float, seed: int) -> Split:
    """A random split with whole components on one side.

    Parameters
    ----------
    components
        (n,) labels.
    strata
        (n,) classes whose shares both sides keep; None for none.
    test_size
        Share of the rows that is held out, above 0 and below 1.
    seed
        The same seed and components give the same split, whatever the labels are called.

    Returns
    -------
    Split
        The held-out side is as near to ``test_size`` as whole components reach when they are taken at random; a class
        with two components or more is on both sides where that is possible.

    Raises
    ------
    DataError
        When all rows are one component.
    """
    if not 0 < test_size < 1:
        raise ConfigError(f"test_size is {test_size}; it must be above 0 and below 1; 0.2 holds out a fifth")
    counted = _counted(components, strata)
    if len(counted) < 2:
        raise DataError(
            f"all rows ({len(components)}) belong together (copies of one text, or one group); a split needs two components "
            "or more; take another group column"
        )
    held_out = draw_side(counted, share=test_size, rng=np.random.default_rng(seed))
    return _split(held_out[by_appearance(components)])


def make_folds(components: Ints, *, strata: Ints | None, folds: int, seed: int) -> Ints:
    """The fold of each row, for cross-validation with whole components in one fold.

    Parameters
    ----------
    components
        (n,) labels.
    strata
        (n,) classes whose shares every fold keeps; None for none.
    folds
        Number of folds, 2 or more.
    seed
        The same seed and components give the same folds.

    Returns
    -------
    Ints
        (n,) in 0 to folds - 1; every fold has rows.

    Raises
    ------
    DataError
        When there are fewer components than folds.
    """
    if folds < 2:
        raise ConfigError(f"folds is {folds}; it must be 2 or more")
    counted = _counted(components, strata)
    if len(counted) < folds:
        raise DataError(
            f"all rows ({len(components)}) form {len(counted)} component{'s' if len(counted) != 1 else ''} (copies of one text and rows of one group stay "
            f"together); {folds} folds need at least {folds}; give more rows, or fewer folds"
        )
    return deal_folds(counted, folds=folds, rng=np.random.default_rng(seed))[by_appearance(components)]


def _counted(components: Ints, strata: Ints | None) -> Components:
    components = by_appearance(components)
    classes = (
        np.zeros_like(components) if strata is None else by_appearance(strata - np.min(strata, initial=0))
    )
    return Components.of(components, classes)


def _split(held_out: Mask) -> Split:
    return Split(train=np.flatnonzero(~held_out), test=np.flatnonzero(held_out))
