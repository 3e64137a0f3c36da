"""Neighbours that two spaces share, with an interval and a floor, and the texts whose neighbours differ most.

Letters: n texts, k neighbours, w neighbours listed, r halves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.comparing.overlap import exchange_copies, knn_overlap, why_no_halves
from semascope.geometry.measured import Measured
from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from semascope.geometry.halves import Halves
    from semascope.types import Floats, Ints, Mask

_DRAWS = 200
_DRAWS_OF_MANY = 20
_MANY = 5_000
NULL = "the texts of one space under each other's names"


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedNeighbors:
    """How much of the k nearest texts two spaces have in common, over all texts."""

    share: Measured  # mean of |A and B| / k
    jaccard: Measured  # mean of |A and B| / |A or B|


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedText:
    """A text whose neighbours differ, by places of texts."""

    place: int
    shared: float  # share of its k nearest that both spaces have, copies standing for each other
    first: tuple[int, ...]  # its k nearest in the first space, nearest first
    second: tuple[int, ...]


def shared_neighbors(
    first: Ints, second: Ints, kinds: Ints, halves: Halves, *, k: int, why_not: str = "", seed: int = 42
) -> SharedNeighbors:
    """Share of neighbours in common, and the Jaccard index, with intervals and floors.

    Parameters
    ----------
    first, second
        (n, w) nearest texts in either space, nearest first, itself not among them; w is 3 k, or all others where there
        are fewer. Every half of the texts then holds k of nearly every list.
    kinds
        (n,) numbers from 0, equal where texts are copies: copies stand for each other.
    why_not
        Why the neighbours of a space say nothing; "" when they do.

    Returns
    -------
    SharedNeighbors
        In [0, 1]; 1 where all lists agree, NaN for k = 0. The floor's value is k / (n - 1) for the share, exactly, and
        what drawn orders give for the Jaccard index; its range is that of 95 % of orders.

    Notes
    -----
    The interval is the spread over halves in which each text keeps the nearest of its list that belong to the half: a
    bootstrap would make a text its own neighbour. Without spread, where all texts share all or none, the interval is that
    of n hits or misses (Clopper & Pearson, Biometrika 26, 1934): it never has width 0. There is none of 4 k texts or fewer,
    of which a half leaves a text no choice of neighbours. With s in common, a text's Jaccard index is s / (2 k - s).
    """
    n = len(first)
    names = (f"share of the {k} nearest in common", f"Jaccard index of the {k} nearest")
    why = why_not or ("" if k else f"{n} texts are too few")
    if why:
        nothing = Estimate(value=np.nan, low=np.nan, high=np.nan, n=n, reason=why)
        none = [Measured(name=name, estimate=nothing, null=NULL) for name in names]
        return SharedNeighbors(share=none[0], jaccard=none[1])
    near, near_too = first[:, :k], second[:, :k]
    over = np.array(
        [_means(shares_within(first, second, kinds, drawn, k=k)) for drawn in halves.masks()]
    ).reshape(-1, 2)
    whole = _means(knn_overlap(exchange_copies(near, kinds), exchange_copies(near_too, kinds)))
    floors = _floors(near, near_too, kinds, k=k, seed=seed)
    found = [
        Measured(
            name=names[each],
            estimate=_estimate(whole[each], over[:, each], halves, k=k),
            floor=floors[each],
            null=NULL,
        )
        for each in range(2)
    ]
    return SharedNeighbors(share=found[0], jaccard=found[1])


def _estimate(value: float, over_halves: Floats, halves: Halves, *, k: int) -> Estimate:
    found = halves.estimate(value, over_halves, least=0.0, most=1.0)
    n = found.n
    if why := found.reason or why_no_halves(n, k):
        return replace(found, low=np.nan, high=np.nan, method="", reason=why)
    if found.high > found.low:
        return found
    end = 0.025 ** (1 / n)
    if value == 1.0:
        return replace(found, low=end, method="Clopper-Pearson")
    if value == 0.0:
        return replace(found, high=1 - end, method="Clopper-Pearson")
    why = "it is the same on all halves of the texts"
    return replace(found, low=np.nan, high=np.nan, method="", reason=why)


def shares_within(first: Ints, second: Ints, kinds: Ints, drawn: Mask, *, k: int) -> Floats:
    """(m,) share in common of the nearest that were drawn, of the m texts that were.

    As many neighbours as both lists hold among the drawn, k at most; NaN where one holds none.
    """
    rows = np.flatnonzero(drawn)
    lists, counts = zip(*(_within(each[rows], drawn, k) for each in (first, second)), strict=True)
    held = np.minimum(*counts)
    n, places = len(kinds), np.arange(k)
    padded = [np.where(places < held[:, None], each, n + own * k + places) for own, each in enumerate(lists)]
    apart = np.concatenate(
        [kinds, kinds.max(initial=0) + 1 + np.arange(2 * k)]
    )  # fillers are nobody's copies
    common = knn_overlap(*(exchange_copies(each, apart) for each in padded)) * k
    found: Floats = np.divide(common, held, out=np.full(len(rows), np.nan), where=held > 0)
    return found


def most_changed(
    first: Ints, second: Ints, kinds: Ints, *, k: int, wanted: int = 10
) -> tuple[ChangedText, ...]:
    """The texts that share fewest of their k nearest in two spaces, fewest first.

    Of texts that share equally many, those come first that share fewer of all that is listed; then the lower place.
    Texts that share all of them are left out.
    """
    if not k:
        return ()
    near = [exchange_copies(each[:, :k], kinds) for each in (first, second)]
    wide = [exchange_copies(each, kinds) for each in (first, second)]
    shares, further = knn_overlap(*near), knn_overlap(*wide)
    order = np.lexsort((np.arange(len(shares)), further, shares))
    return tuple(
        ChangedText(
            place=int(place),
            shared=float(shares[place]),
            first=tuple(first[place, :k].tolist()),
            second=tuple(second[place, :k].tolist()),
        )
        for place in order[:wanted]
        if shares[place] < 1
    )


def _within(lists: Ints, drawn: Mask, k: int) -> tuple[Ints, Ints]:
    """(m, k) the nearest of each list that were drawn, anything behind them, and (m,) how many there are."""
    there = drawn[lists]
    place = np.cumsum(there, axis=1)
    row, column = np.nonzero(there & (place <= k))
    found = np.zeros((len(lists), k), dtype=np.int64)
    found[row, place[row, column] - 1] = lists[row, column]
    return found, np.minimum(there.sum(axis=1), k)


def _means(shares: Floats) -> tuple[float, float]:
    """Mean share, and mean Jaccard index, of the texts that have one."""
    known = shares[np.isfinite(shares)]
    if not len(known):
        return np.nan, np.nan
    return float(known.mean()), float((known / (2 - known)).mean())


def _floors(first: Ints, second: Ints, kinds: Ints, *, k: int, seed: int) -> tuple[Estimate, Estimate]:
    """Of texts under each other's names: every list of the second space is another text's, and names other texts."""
    n = len(first)
    rng = np.random.default_rng(seed)
    draws = _DRAWS if n <= _MANY else _DRAWS_OF_MANY
    found = np.full((2, draws), np.nan)
    mine = exchange_copies(first, kinds)
    for draw in range(draws):
        names = rng.permutation(n)
        renamed = np.empty_like(second)
        renamed[names] = names[second]
        found[:, draw] = _means(knn_overlap(mine, exchange_copies(renamed, kinds)))
    copies = len(np.unique(kinds)) < n
    exact = np.nan if copies or n < 2 else k / (n - 1)
    return _floor(found[0], exact, n), _floor(found[1], np.nan, n)


def _floor(found: Floats, exact: float, n: int) -> Estimate:
    mean = exact if np.isfinite(exact) else float(found.mean())
    half = 1.96 * float(found.std(ddof=1))
    return Estimate(
        value=mean, low=max(mean - half, 0.0), high=min(mean + half, 1.0), n=n, method=f"{len(found)} orders"
    )
