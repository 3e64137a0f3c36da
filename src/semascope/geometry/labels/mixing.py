"""Whether a space mixes the values of a column: which texts lie beside each other, and what those of other values tell.

A space may lay languages, sources or years apart and still know the label inside each. Letters: n texts, k neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.comparing.overlap import neighbors_measured
from semascope.neighbors import top_k
from semascope.types import silent

if TYPE_CHECKING:
    from semascope.types import Ints, Progress, Step, Vectors


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixing:
    """How many of a text's nearest have its own value of a column."""

    column: str
    k: int
    texts: int  # that have a value
    # share of the other texts that have a text's own value: what drawn neighbours would give
    by_chance: float
    same: dict[str, float]  # by space: share of the k nearest


def share_by_chance(codes: Ints) -> float:
    """Share of the other texts that have a text's own value, over all texts.

    Examples
    --------
    >>> share_by_chance(np.array([0, 0, 1]))
    0.3333333333333333
    """
    counts = np.bincount(codes)
    return float((counts * (counts - 1)).sum() / (len(codes) * (len(codes) - 1)))


def share_of_same(nearest: Ints, codes: Ints) -> float:
    """Share of the (n, k) nearest that have the text's own value, over all texts."""
    return float((codes[nearest] == codes[:, None]).mean())


def across_measured(codes: Ints, wanted: int) -> int:
    """Neighbours of other values that the numbers look at: ``wanted``, or half of what the commonest value leaves.

    Examples
    --------
    >>> across_measured(np.array([0, 0, 0, 0, 1, 1]), 10)
    1
    """
    return neighbors_measured(_others(codes) + 1, wanted)


def nearest_across(vectors: Vectors, codes: Ints, count: int, *, progress: Progress = silent) -> Ints:
    """(n, c) the nearest texts of other values for each, nearest first; c is ``across_listed``.

    Parameters
    ----------
    vectors
        (n, d) of unit length.
    codes
        (n,) value of each text, 0 or more; at least two differ.
    """
    found = np.empty((len(codes), across_listed(codes, count)), dtype=np.int64)
    done = 0
    for code in np.unique(codes):
        own, others = np.flatnonzero(codes == code), np.flatnonzero(codes != code)

        def shown(step: Step, before: int = done) -> None:
            stage = "neighbours across values"
            progress(replace(step, stage=stage, done=before + step.done, total=len(codes)))

        found[own] = others[top_k(vectors[own], vectors[others], found.shape[1], progress=shown).indices]
        done += len(own)
    return found


def across_listed(codes: Ints, wanted: int) -> int:
    """Neighbours of other values that every text has: ``wanted``, or what the commonest value leaves."""
    return min(wanted, _others(codes))


def _others(codes: Ints) -> int:
    """Texts that the commonest value leaves: every text has as many of other values, or more."""
    return len(codes) - int(np.bincount(codes).max())
