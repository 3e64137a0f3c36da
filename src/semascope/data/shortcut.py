"""How much of a target a column alone predicts, without reading a word: a shortcut that a score can hide behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Array, Floats, Ints, Mask


def share_explained(values: Sequence[str], target: Floats) -> float:
    """R2 that a column's values reach on a numeric target, each row predicted by the mean of the others of its value.

    Parameters
    ----------
    values
        n values of the column; "" is a value too.
    target
        (n,) numbers; rows with NaN are left out.

    Returns
    -------
    float
        At most 1; 0 or below when the column says nothing, however many values it has; NaN when the target is constant or
        fewer than two rows have one.

    Notes
    -----
    The plain R2 of group means is 1 for a column of ids. Left out of a mean of k rows, a row's residual grows by
    k / (k - 1); a row alone with its value is predicted by the mean of all other rows. The variance that R2 divides by
    is taken around those means too, so a column of ids has exactly 0.

    Examples
    --------
    Around 6 the targets are off by 6, 4, 4, 6, without themselves by 4/3 of that; around the other row of the pair by 2:

    >>> round(share_explained(["a", "a", "b", "b"], np.array([0.0, 2, 10, 12])), 4)  # 1 - 16 / (104 * 16 / 9)
    0.9135
    """
    groups, present = _groups(values, np.isfinite(target))
    return share_of_numbers(groups, np.asarray(target, dtype=np.float64)[present])


def share_of_numbers(groups: Ints, target: Floats) -> float:
    """``share_explained`` of (n,) numbers, none missing, by the (n,) numbers 0, 1, ... of their groups."""
    n = len(target)
    if n < 2 or np.ptp(target) == 0:
        return float("nan")
    overall = (target - target.mean()) * n / (n - 1)
    sizes = np.bincount(groups)[groups]
    within = target - np.bincount(groups, weights=target)[groups] / sizes
    residual = np.where(sizes > 1, within * sizes / np.maximum(sizes - 1, 1), overall)
    return float(1 - (residual**2).sum() / (overall**2).sum())


def share_explained_classes(values: Sequence[str], labels: Sequence[str]) -> float:
    """The same for classes: how much better a row's class is guessed from the others of its value than from all others.

    Parameters
    ----------
    values
        n values of the column; "" is a value too.
    labels
        n classes; rows with "" are left out.

    Returns
    -------
    float
        At most 1, where the value settles the class; about 0 when it says nothing; NaN with fewer than two classes.

    Notes
    -----
    Goodman and Kruskal's tau, (within - overall) / (1 - overall), where both are the chance to guess the class of a row
    right by drawing another row and taking its class: one of the same value, or any. The row itself is never drawn, so
    tau is 0 on average for a column that says nothing; a row alone with its value is guessed from all others. (The accuracy
    of the commonest class instead is 0 when rows are left out of balanced classes.)
    Source: Goodman & Kruskal, JASA 49, 1954, section 9.

    Examples
    --------
    Within: 4 rows are guessed right for certain. Overall: each "x" by 1 of 3 others, each "y" too.

    >>> share_explained_classes(["a", "a", "b", "b"], ["x", "x", "y", "y"])
    1.0
    """
    groups, present = _groups(values, np.array([bool(label) for label in labels], dtype=bool))
    return share_of_classes(groups, numbered(np.array(labels, dtype=object)[present]))


def share_of_classes(groups: Ints, classes: Ints) -> float:
    """``share_explained_classes`` of (n,) class numbers, none missing, by the (n,) numbers 0, 1, ... of their groups."""
    if len(np.unique(classes)) < 2:
        return float("nan")
    overall = _chance(np.zeros_like(groups), classes)
    sizes = np.bincount(groups)[groups]
    within = np.where(sizes > 1, _chance(groups, classes), overall).mean()
    return float((within - overall.mean()) / (1 - overall.mean()))


def _groups(values: Sequence[str], kept: Mask) -> tuple[Ints, Ints]:
    """Numbers for the values of the kept rows, and their positions."""
    if len(values) != len(kept):
        raise DataError(
            f"the column has {len(values)} values for {len(kept)} targets; one each is needed; pass whole columns"
        )
    present = np.flatnonzero(kept)
    return numbered(np.array(values, dtype=object)[present]), present


def numbered(names: Array) -> Ints:
    """(n,) numbers 0, 1, ... of names, in the order of the alphabet."""
    numbers: Ints = np.unique(names.astype(str), return_inverse=True)[1]
    return numbers


def _chance(groups: Ints, classes: Ints) -> Floats:
    """(n,) share of the other rows of its group that have the row's class; 0 for a row alone."""
    n_classes = classes.max() + 1
    alike = np.bincount(groups * n_classes + classes)[groups * n_classes + classes]
    sizes = np.bincount(groups)[groups]
    chance: Floats = (alike - 1) / np.maximum(sizes - 1, 1)
    return chance
