"""How much of what is near in OLD is near in NEW, with an interval from halves of the texts and a floor.

Letters: n texts, m texts whose neighbours are looked at, k neighbours, w neighbours that are listed, r halves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.comparing.overlap import exchange_copies, knn_overlap
from semascope.geometry.measured import Measured
from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from semascope.geometry.halves import Halves
    from semascope.types import Floats, Ints, Mask, Vectors

WIDE = 3  # times k: neighbours listed, so that k are left in nearly every half of the texts
_SHUFFLES = 20
_BLOCK = 4_194_304  # numbers looked at at once


def shares_kept(old: Ints, new: Ints, kinds: Ints, k: int) -> Floats:
    """(m,) share of the k nearest in OLD that are among the k nearest in NEW; copies stand for each other.

    Parameters
    ----------
    old, new
        (m, w) places of the nearest texts, nearest first, w of k or more.
    kinds
        (n,) numbers from 0, equal where texts have equal vectors in both spaces.
    """
    return knn_overlap(exchange_copies(old[:, :k], kinds), exchange_copies(new[:, :k], kinds))


def overlap(
    old: Ints,
    new: Ints,
    kinds: Ints,
    k: int,
    *,
    rows: Ints,
    halves: Halves,
    texts: int,
    note: str = "",
    seed: int = 42,
) -> Measured:
    """The mean of ``shares_kept``, its 95 % interval and its floor.

    Parameters
    ----------
    old, new, kinds, k
        As in ``shares_kept``.
    rows
        (m,) places of the texts that were asked about, among those that ``halves`` parts.
    halves
        Of the n texts; a half knows its own texts alone, as a sample of half the size would.
    texts
        That may be neighbours of a text, itself included.

    Notes
    -----
    The floor is of NEW's texts shuffled: which text is which is lost, the shape of the space stays. Its mean is
    k / (n - 1).
    """
    shares = shares_kept(old, new, kinds, k)
    value = float(shares.mean())
    spread = [
        float(shares_kept_within(old, new, kinds, k, asked=mask[rows], there=mask).mean())
        for mask in halves.masks()
    ]
    return Measured(
        name=f"share of the {k} nearest in common",
        estimate=halves.estimate(value, np.array(spread), least=0.0, most=1.0),
        floor=_floor(old, new, k, rows=rows, texts=texts, seed=seed),
        null="texts shuffled between the spaces",
        note=note,
    )


def shares_kept_within(old: Ints, new: Ints, kinds: Ints, k: int, *, asked: Mask, there: Mask) -> Floats:
    """``shares_kept`` of the texts that were ``asked`` about, where those that are ``there`` alone may be neighbours.

    Of a list that holds fewer than k of them the missing ones count as different.
    """
    first = _first(old[asked], there, k, missing=len(kinds))
    second = _first(new[asked], there, k, missing=len(kinds) + k)
    wide = np.concatenate([kinds, int(kinds.max(initial=-1)) + 1 + np.arange(2 * k)])
    return shares_kept(first, second, wide, k)


def _first(lists: Ints, there: Mask, k: int, *, missing: int) -> Ints:
    """(rows, k) the first k of each list that are there; ``missing`` and the numbers behind it where there are fewer."""
    kept = there[lists]
    place = np.cumsum(kept, axis=1)
    row, column = np.nonzero(kept & (place <= k))
    found = np.broadcast_to(missing + np.arange(k), (len(lists), k)).copy()
    found[row, place[row, column] - 1] = lists[row, column]
    return found


def _floor(old: Ints, new: Ints, k: int, *, rows: Ints, texts: int, seed: int) -> Estimate:
    """Of shuffled texts: the mean, and where 95 % of the shuffles lie."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(_SHUFFLES):
        order = rng.permutation(len(rows))  # the list of another text stands in for each one's
        others = rng.permutation(texts)
        found.append(float(knn_overlap(old[:, :k], others[new[order, :k]]).mean()))
    half = 1.96 * float(np.std(found, ddof=1))
    mean = k / (texts - 1) if texts > 1 else np.nan
    return Estimate(
        value=mean,
        low=max(mean - half, 0.0),
        high=min(mean + half, 1.0),
        n=len(rows),
        method=f"{_SHUFFLES} shuffles",
    )


def given_up(old: Ints, new: Ints, asking: Vectors, items: Vectors, k: int) -> float:
    """By OLD's cosine, how much nearer OLD's own k nearest are than NEW's, on average: 0 or more.

    Parameters
    ----------
    asking, items
        (m, d) and (n, d) rows of OLD, of unit length.
    """
    total, m = 0.0, len(asking)
    height = max(_BLOCK // max(k * items.shape[1], 1), 1)
    for start in range(0, m, height):
        part = slice(start, start + height)
        own, other = (
            np.einsum("ijd,id->ij", items[lists[part, :k]], asking[part], dtype=np.float64)
            for lists in (old, new)
        )
        total += float((own.sum(axis=1) - other.sum(axis=1)).sum())
    return max(total / (m * k), 0.0) if m else float("nan")
