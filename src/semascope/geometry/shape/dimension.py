"""Intrinsic dimension by TwoNN: along how many directions a text's surroundings vary.

Letters: n texts, d dim, w listed neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.measured import Measured
from semascope.geometry.shape.copies import kinds_of
from semascope.geometry.shape.floors import ISOTROPIC
from semascope.geometry.shape.rows import blocks_of
from semascope.geometry.shape.undefined import too_few, undefined
from semascope.neighbors import top_k
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.geometry.halves import Halves
    from semascope.neighbors import Neighbors
    from semascope.stats.results import Estimate
    from semascope.types import Floats, Ints, Mask, Vectors

NAME = "intrinsic dimension"
TRIMMED = 0.1  # of the ratios, the largest: the paper's choice
_FEWEST = 5  # texts
_SAME = 1e-5  # distance of unit rows below which they are copies: rounding alone


def intrinsic_dimension(
    vectors: Vectors,
    nearest: Neighbors,
    halves: Halves,
    *,
    kinds: Ints | None = None,
    floor: Estimate | None = None,
    note: str = "",
) -> Measured:
    """The dimension in which the nearest and the second nearest would lie as far apart as they do.

    Parameters
    ----------
    vectors
        (n, d) of unit length.
    nearest
        Of all texts, the text itself not among them, 30 or as many as there are.
    kinds
        (n,) numbers, equal where texts are copies of each other for a reason that their rows need not show. None: rows
        that are equal. One of each kind enters.
    floor
        What isotropic data gives.

    Returns
    -------
    Measured
        Above 0. Undefined for fewer than five different texts, and where all are equally far.

    Notes
    -----
    Facco, d'Errico, Rodriguez & Laio, Scientific Reports 7:12140, 2017 (TwoNN): with m the distance to the second nearest by
    that to the nearest, -log(1 - F(m)) against log m is a line through the origin, whose slope is the dimension; F is the
    empirical share, and the tenth of texts with the largest ratios is left out of the fit. Distances are straight ones
    between unit rows, in float64; those below 1e-5 are copies. Where many dims are spread thinly, few texts understate the
    dimension by far: hold it against the floor. Against scikit-dimension: ``tests/reference/test_shape.py``.
    """
    n = len(vectors)
    alike = kinds_of(vectors, kinds)
    texts = np.unique(alike, return_index=True)[1]  # the first of each kind
    if len(texts) < _FEWEST:
        return undefined(NAME, too_few(len(texts), "different text"), n=n, null=ISOTROPIC)
    near = _two_nearest(vectors, nearest.indices, alike, texts)
    distances = np.sort(_distances(vectors, texts, near), axis=1)
    apart = distances[:, 0] > _SAME
    value = dimension_of(distances[apart])
    if not np.isfinite(value):
        return undefined(NAME, "the nearest and the second nearest are equally far", n=n, null=ISOTROPIC)
    within = np.array([_in_half(nearest, alike, texts[apart], drawn) for drawn in halves.masks()])
    copies = n - int(apart.sum())
    left = f"without {count(copies, 'copy', 'copies')}" if copies else ""
    return Measured(
        name=NAME,
        estimate=halves.estimate(value, within, least=0.0),
        floor=floor,
        null=ISOTROPIC,
        note="; ".join(filter(None, [left, note])),
    )


def dimension_of(distances: Floats) -> float:
    """Slope of the line, from (n, 2) distances to the nearest and the second nearest, above 0; NaN where there is none.

    Examples
    --------
    >>> ratios = (1 - np.arange(1000) / 1000) ** -0.25  # as four dims have them
    >>> round(dimension_of(np.column_stack([np.ones(1000), ratios])), 2)
    4.01
    """
    n = len(distances)
    kept = int(n * (1 - TRIMMED))
    if kept < 2:
        return float("nan")
    logs = np.sort(np.log(distances[:, 1] / distances[:, 0]))[:kept]
    heights = -np.log1p(-np.arange(1, kept + 1) / n)
    squares = float(logs @ logs)
    return float(logs @ heights) / squares if squares > 0 else float("nan")


def _two_nearest(vectors: Vectors, lists: Ints, kinds: Ints, texts: Ints) -> Ints:
    """(m, 2) the nearest of another kind for each of the texts, and the nearest of a third."""
    found, known = _two_others(lists[texts], kinds, kinds[texts], np.ones(len(kinds), dtype=np.bool_))
    short = np.flatnonzero(~known)
    if len(short):  # copies fill the list
        among = top_k(vectors[texts[short]], vectors[texts], 3).indices
        own = kinds[texts[among]] == kinds[texts[short]][:, None]
        own[~own.any(axis=1), 2] = True  # a copy of another name was nearer: the third is one too many
        found[short] = texts[among[~own].reshape(-1, 2)]
    return found


def _two_others(lists: Ints, kinds: Ints, own: Ints, drawn: Mask) -> tuple[Ints, Mask]:
    """(m, 2) the first of the drawn in each list of another kind than its own, the next of a third; whether there are two."""
    if not lists.shape[1]:
        return np.zeros((len(lists), 2), dtype=np.int64), np.zeros(len(lists), dtype=np.bool_)
    theirs = kinds[lists]
    valid = drawn[lists]
    valid &= theirs != own[:, None]
    first = valid.argmax(axis=1)[:, None]
    known = np.take_along_axis(valid, first, axis=1)[:, 0]
    valid &= theirs != np.take_along_axis(theirs, first, axis=1)
    second = valid.argmax(axis=1)[:, None]
    known &= np.take_along_axis(valid, second, axis=1)[:, 0]
    return np.take_along_axis(lists, np.hstack([first, second]), axis=1), known


def _distances(vectors: Vectors, texts: Ints, near: Ints) -> Floats:
    found = np.empty(near.shape)
    for part in blocks_of(len(texts), 2 * vectors.shape[1]):
        wide = vectors[texts[part]].astype(np.float64)
        for place in range(near.shape[1]):
            found[part, place] = np.linalg.norm(wide - vectors[near[part, place]], axis=1)
    return found


def _in_half(nearest: Neighbors, kinds: Ints, texts: Ints, drawn: Mask) -> float:
    """The dimension of a half: distances from the lists' similarities, whose rounding does not matter to a spread."""
    inside = texts[drawn[texts]]
    lists = nearest.indices[inside]
    found, known = _two_others(lists, kinds, kinds[inside], drawn)
    at = [(lists == found[:, place, None]).argmax(axis=1) for place in (0, 1)]
    similar = np.take_along_axis(nearest.similarities[inside], np.column_stack(at), axis=1).astype(np.float64)
    distances = np.sqrt(np.clip(2 - 2 * similar[known], 1e-9, None))
    return dimension_of(np.sort(distances, axis=1))
