"""Splits inside the training rows: what a head chooses, it chooses here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.splits import make_folds, make_split
from semascope.errors import DataError

if TYPE_CHECKING:
    from semascope.types import Floats, Ints


@dataclass(frozen=True, kw_only=True, slots=True)
class InnerFolds:
    """Fold number of every row, in 0..count-1, whole components in one fold."""

    of_row: Ints  # (n,)
    count: int
    note: str  # "" unless there were fewer components than folds asked for


def inner_folds(components: Ints, *, strata: Ints | None, folds: int, seed: int, what: str) -> InnerFolds:
    """Seeded folds of the rows given, fewer than ``folds`` where there are fewer components.

    Parameters
    ----------
    components
        (n,) labels; equal labels share a fold.
    strata
        (n,) class indices to balance over the folds, or None.
    what
        What is being chosen, the beginning of the note and of the error.

    Raises
    ------
    DataError
        With fewer than two components, which leave nothing to choose on.
    """
    available = len(np.unique(components))
    if available < 2:
        raise DataError(
            f"{what} has {available} distinct training rows; choosing inside needs at least 2; add rows"
        )
    count = min(folds, available)
    note = (
        "" if count == folds else f"{what}: {count} inner folds instead of {folds}, one for each distinct row"
    )
    return InnerFolds(
        of_row=make_folds(components, strata=strata, folds=count, seed=seed), count=count, note=note
    )


def inner_part(
    components: Ints, *, strata: Ints | None, share: float, seed: int, what: str
) -> tuple[Ints, Ints]:
    """(fitting rows, watched rows): about ``share`` of the rows, in whole components, watch for early stopping.

    Raises
    ------
    DataError
        With fewer than two components.
    """
    available = len(np.unique(components))
    if available < 2:
        raise DataError(
            f"{what} has {available} distinct training rows; early stopping needs at least 2; add rows"
        )
    split = make_split(components, strata=strata, test_size=share, seed=seed)
    return split.train, split.test


def least_of(losses: Floats) -> int | None:
    """Index of the least of (a,) losses; ties, up to rounding, go to the last one.

    Returns
    -------
    int or None
        None when every loss is undefined: infinite, or NaN.

    Examples
    --------
    >>> import numpy as np
    >>> least_of(np.array([3.0, 1.0, 1.0, 2.0]))
    2
    """
    known = losses[np.isfinite(losses)]
    if not len(known):
        return None
    best = float(known.min())
    slack = 1e-9 * abs(best)  # far above rounding, far below any difference that could matter
    return int(np.flatnonzero(losses <= best + slack)[-1])
