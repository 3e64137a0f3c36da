"""Where a threshold on cosines of OLD lies in NEW: a rising map, fitted on half of the texts, its error on the other half.

Two answers, for they are two questions. The *map*: a pair with this cosine in OLD has which one in NEW, on average? And the
threshold that *as many* pairs reach: the map draws far values towards the middle, as any mean given a noisy number does, so
that a threshold read off it would let more pairs pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.switching.evidence.pairs import BINS, centres, count_pairs, edges
from semascope.studies.switching.result import Level, Thresholds

if TYPE_CHECKING:
    from semascope.studies.switching.evidence.pairs import Joint
    from semascope.types import Floats, Ints, Vectors

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9)
LOW = (0.3, 0.4)
"""Further ones where pairs have them: of few texts none are near each other."""
CROWDED = (0.75, 0.85, 0.95)
"""Further ones where the pairs of OLD crowd together: where the middle one of all has a cosine of ``HIGH`` or more."""
HIGH = 0.6
ROWS = 1_000  # texts of either half whose cosines to all others of the half are taken
FEWEST = 20  # pairs that a figure rests on
FEWEST_TEXTS = 20  # of either half
_REACH = 0.0126  # about a cosine: five bins
_SHOWN = 60  # points of the curve


def of_texts(old: Vectors, new: Vectors, components: Ints, kinds: Ints, *, seed: int) -> Thresholds | None:
    """The map for pairs of (n, d) texts; texts that belong together are in one half. None for too few texts."""
    halves = _two_halves(components, seed)
    if min(map(len, halves)) < FEWEST_TEXTS:
        return None
    rng = np.random.default_rng(seed)
    counted = []
    for half in halves:
        places = np.sort(rng.permutation(len(half))[:ROWS])
        items = (old[half], new[half])
        counted.append(
            count_pairs(
                (items[0][places], items[1][places]),
                items,
                places=places,
                kinds=(kinds[half][places], kinds[half]),
            )
        )
    return calibrated(*counted, between="two texts")


def of_queries(
    asking: tuple[Vectors, Vectors], items: tuple[Vectors, Vectors], copies: Ints, *, seed: int
) -> Thresholds | None:
    """The map for pairs of a query and a document; (q,) copies of a query are in one half. None for too few queries."""
    halves = _two_halves(copies, seed)
    if min(map(len, halves)) < FEWEST_TEXTS:
        return None
    rng = np.random.default_rng(seed)
    drawn = [half[np.sort(rng.permutation(len(half))[:ROWS])] for half in halves]
    counted = [count_pairs((asking[0][rows], asking[1][rows]), items) for rows in drawn]
    return calibrated(*counted, between="a query and a document")


def calibrated(fitted: Joint, held_out: Joint, *, between: str) -> Thresholds | None:
    """The map of one count of pairs, judged by another of other texts; None where no cosine has pairs enough.

    Notes
    -----
    Isotonic regression of NEW's mean on OLD's cosine, weighted by pairs (Robertson, Wright & Dykstra, Order Restricted
    Statistical Inference, 1988), with a line between the bins; nothing is said outside the cosines that it was fitted on.
    """
    from sklearn.isotonic import isotonic_regression

    weights = fitted.by_old
    there = np.flatnonzero(weights >= FEWEST)
    if not len(there):
        return None
    middles = centres()
    rising = isotonic_regression(fitted.mean_new()[there], sample_weight=weights[there].astype(np.float64))
    knots = middles[there]
    seen = held_out.by_old >= FEWEST
    inside = seen & (middles >= knots[0]) & (middles <= knots[-1])
    off = np.abs(np.interp(middles[inside], knots, rising) - held_out.mean_new()[inside])
    shown = np.unique(np.linspace(0, len(there) - 1, _SHOWN).astype(np.int64))
    return Thresholds(
        between=between,
        levels=[
            level
            for x in _levels(fitted)
            if (level := _level(x, knots, rising, fitted, held_out)).new == level.new or x not in LOW
        ],
        curve=[_point(float(knots[at]), float(rising[at]), held_out) for at in shown],
        error=float(off.mean()) if len(off) else float("nan"),
        least=float(knots[0]),
        most=float(knots[-1]),
    )


def _levels(fitted: Joint) -> list[float]:
    """The cosines of OLD that are told."""
    passed = np.cumsum(fitted.by_old)
    middle = centres()[int(np.searchsorted(passed, passed[-1] / 2))]
    return sorted((*LOW, *LEVELS, *(CROWDED if middle >= HIGH else ())))


def _level(x: float, knots: Floats, rising: Floats, fitted: Joint, held_out: Joint) -> Level:
    near = held_out.near(x, _REACH)
    pairs = int(near.sum())
    known = pairs >= FEWEST and knots[0] <= x <= knots[-1]
    new = float(np.interp(x, knots, rising)) if known else np.nan
    passing = int(held_out.by_old[_first_bin(x) :].sum())
    as_many = threshold_as_many(x, fitted) if int(fitted.by_old[_first_bin(x) :].sum()) >= FEWEST else np.nan
    agree = agreement(x, as_many, held_out) if passing >= FEWEST and as_many == as_many else np.nan
    return Level(
        old=x,
        new=new,
        low=quantile(near, 0.05) if known else np.nan,
        high=quantile(near, 0.95) if known else np.nan,
        off=new - float(near @ centres() / pairs) if known else np.nan,
        pairs=pairs,
        as_many=as_many,
        passing=passing,
        agree=agree,
    )


def _point(old: float, new: float, held_out: Joint) -> tuple[float, float, float, float]:
    """A point of the curve, with the range of nine in ten pairs of the other half."""
    near = held_out.near(old, _REACH)
    if int(near.sum()) < FEWEST:
        return old, new, float("nan"), float("nan")
    return old, new, quantile(near, 0.05), quantile(near, 0.95)


def threshold_as_many(x: float, counted: Joint) -> float:
    """The highest cosine of NEW that as many pairs reach as reach ``x`` in OLD, with a line inside a bin."""
    wanted = int(counted.by_old[_first_bin(x) :].sum())
    reached = np.concatenate([[0], np.cumsum(counted.by_new[::-1])])  # by falling lower edge
    at = int(np.searchsorted(reached, wanted))
    if at == 0:
        return 1.0
    inside = (wanted - reached[at - 1]) / (reached[at] - reached[at - 1])
    falling = edges()[::-1]
    return float(falling[at - 1] + inside * (falling[at] - falling[at - 1]))


def agreement(x: float, other: float, counted: Joint) -> float:
    """Of the pairs that reach ``x`` in OLD or ``other`` in NEW, the share that reach both; NaN where none does."""
    from_old, from_new = _first_bin(x), _first_bin(other)
    both = int(counted.counts[from_old:, from_new:].sum())
    either = int(counted.by_old[from_old:].sum()) + int(counted.by_new[from_new:].sum()) - both
    return both / either if either else float("nan")


def quantile(counts: Ints, share: float) -> float:
    """A quantile of cosines that are counted by bins, with a line inside the bin."""
    passed = np.concatenate([[0], np.cumsum(counts)]).astype(np.float64)
    return float(np.interp(share * passed[-1], passed, edges()))


def _first_bin(x: float) -> int:
    """The bin that begins nearest to a cosine."""
    return int(np.clip(round((x + 1) * BINS / 2), 0, BINS - 1))


def _two_halves(labels: Ints, seed: int) -> tuple[Ints, Ints]:
    """Places of two halves; equal labels are in one."""
    units = np.unique(labels)
    first = np.random.default_rng(seed).permutation(units)[: len(units) // 2]
    inside = np.isin(labels, first)
    return np.flatnonzero(inside), np.flatnonzero(~inside)
