"""Whether a space mixes the values of a column: which texts lie beside each other, and what those of other values tell.

A space may lay languages, sources or years apart and still know the label inside each. Letters: n texts, k neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.maps.layout_cache import digest, make_key
from semascope.maps.quality import neighbors_measured
from semascope.neighbors import top_k

if TYPE_CHECKING:
    from typing import Any

    from semascope.maps.layout_cache import LayoutCache
    from semascope.types import Ints, Progress, Step, Vectors


@dataclass(frozen=True, kw_only=True, slots=True)
class Mixing:
    """How many of a text's nearest have its own value of a column."""

    column: str
    k: int
    texts: int  # that have a value
    by_chance: (
        float  # share of the other texts that have a text's own value: what drawn neighbours would give
    )
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


def nearest_across(
    vectors: Vectors,
    codes: Ints,
    count: int,
    *,
    name: str,
    cache: LayoutCache | None,
    progress: Progress,
) -> Ints:
    """(n, c) the nearest texts of other values for each, nearest first; c is ``count`` or what the commonest leaves.

    Parameters
    ----------
    vectors
        (n, d) of unit length.
    codes
        (n,) value of each text, 0 or more; at least two differ.
    name
        Of the space, for the progress.
    """
    count = min(count, _others(codes))

    def make() -> dict[str, Any]:
        found = np.empty((len(codes), count), dtype=np.int32)
        done = 0
        for code in np.unique(codes):
            own, others = np.flatnonzero(codes == code), np.flatnonzero(codes != code)

            def shown(step: Step, before: int = done) -> None:
                progress(
                    replace(
                        step,
                        stage=f"neighbours across values in {name}",
                        done=before + step.done,
                        total=len(codes),
                    )
                )

            found[own] = others[top_k(vectors[own], vectors[others], count, progress=shown).indices]
            done += len(own)
        return {"indices": found}

    if cache is None:
        arrays = make()
    else:
        key = make_key("across", vectors=digest(vectors), values=digest(codes), count=count)
        arrays = cache.get_or_make(key, {"indices": (len(codes), count)}, make)
    indices: Ints = arrays["indices"].astype(np.int64)
    return indices


def _others(codes: Ints) -> int:
    """Texts that the commonest value leaves: every text has as many of other values, or more."""
    return len(codes) - int(np.bincount(codes).max())
