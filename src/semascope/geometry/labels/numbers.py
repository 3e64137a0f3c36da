"""Silhouette and cosines of one space: on all texts, within halves of them, and under shuffled labels.

Letters: n texts, d dim, l labels, r halves, p permutations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.labels.cosines import LabelSums, silhouettes, text_cosines
from semascope.geometry.labels.dealt import over_dealings
from semascope.geometry.labels.labelled import NO_LABEL
from semascope.geometry.labels.separating import vote
from semascope.geometry.labels.voters import shuffled_whole
from semascope.stats.measure import Measure
from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from semascope.geometry.halves import Halves
    from semascope.geometry.labels.cosines import TextCosines
    from semascope.geometry.labels.dealt import Dealt
    from semascope.types import Array, Floats, Ints, Vectors

SILHOUETTE = Measure(
    name="silhouette",
    short="Silhouette",
    long="silhouette",
    lower_is_better=False,
    ends=(-1.0, 1.0),
    is_mean=True,
)
GAP = Measure(
    name="gap",
    short="Nearer within",
    long="how much shorter cosine distances are within labels than across them",
    lower_is_better=False,
    ends=(-np.inf, np.inf),  # the mean is 1 at most, what one text adds to it need not be
    is_mean=True,
)
_MOST_WORK = (
    1e12  # multiplications that the silhouettes of all halves may take before fewer texts are looked at
)
_SAME = 1e-6  # distance below which texts are equal: what is left of it is rounding
_SHUFFLES = 40
_SHUFFLES_OF_MANY = 20
_MANY = 20_000


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SpaceNumbers:
    """The numbers of one space, of its halves, and under shuffled labels. The gap is within less across."""

    sums: LabelSums
    silhouette: Floats  # (n,) of each text
    gap: Floats  # (n,) what each text adds to the gap, times n: its mean is ``gap_of`` the mean cosines
    halves: Dealt  # (r,)
    shuffled: Dealt  # (p,)
    shuffled_votes: Floats  # (p,) share of right votes


def space_numbers(
    vectors: Vectors,
    voters: Ints,
    codes: Ints,
    labels: int,
    *,
    halves: Halves,
    components: Ints | None = None,
    seed: int,
    tick: Callable[[], None],
) -> SpaceNumbers:
    """The numbers of a space.

    Parameters
    ----------
    voters
        (n, k) the neighbours that vote, -1 for none.
    components
        (n,) texts whose labels are shuffled together; None: each on its own.
    tick
        Called after every half and every permutation.
    """
    sums = LabelSums.of(vectors, codes, labels)
    found = text_cosines(vectors, codes, sums)
    looked_at = texts_looked_at(len(codes), labels, vectors.shape[1], len(halves), seed=seed)
    votes: list[float] = []

    def shuffled() -> Iterator[Ints]:
        rng = np.random.default_rng([seed, 7])
        for _ in range(shuffles(len(codes))):
            dealt = shuffled_whole(codes, components, rng)
            votes.append(float((vote(voters, dealt) == dealt).mean()))
            yield dealt

    return SpaceNumbers(
        sums=sums,
        silhouette=silhouettes(found),
        gap=gap_by_text(found, sums),
        halves=over_dealings(
            vectors,
            (np.where(drawn, codes, NO_LABEL) for drawn in halves.masks()),
            labels,
            looked_at=looked_at,
            tick=tick,
        ),
        shuffled=over_dealings(vectors, shuffled(), labels, looked_at=looked_at, tick=tick),
        shuffled_votes=np.array(votes),
    )


def floor_of_votes(
    voters: Ints, codes: Ints, *, components: Ints | None = None, seed: int
) -> Estimate | None:
    """The share of right votes under shuffled labels: the orders, and so the floor, are those of ``space_numbers``."""
    rng = np.random.default_rng([seed, 7])
    found = []
    for _ in range(shuffles(len(codes))):
        dealt = shuffled_whole(codes, components, rng)
        found.append(float((vote(voters, dealt) == dealt).mean()))
    return floor_of(np.array(found), n=len(codes))


def gap_of(within: Array, across: Array) -> Floats:
    """How much nearer two texts of one label are than two of different ones, as a share of the distance of the latter.

    1 - (1 - within) / (1 - across), of mean cosines: 0 where labels mean nothing, 1 where texts of one label are equal. Unlike the
    plain difference it does not shrink in a space whose cosines are all high. NaN where texts of different labels are equal.
    """
    far = 1 - np.asarray(across, dtype=np.float64)
    near = np.asarray(within, dtype=np.float64) - across
    gap: Floats = np.divide(near, far, out=np.full(np.shape(far), np.nan), where=far > _SAME)
    return gap


def gap_by_text(found: TextCosines, sums: LabelSums) -> Floats:
    """(n,) numbers whose mean is ``gap_of`` the mean cosines; NaN where there are no such pairs.

    A text's part in a mean cosine is n times the share of all pairs' cosines that it stands in first; its part in the
    gap is what the gap's slopes at the means make of that.
    """
    n, own, other = len(found.own), sums.own_pairs.sum(), sums.across_pairs
    if not own or not other:
        return np.full(n, np.nan)
    within, across = sums.within, sums.across
    gap = float(gap_of(np.array(within), np.array(across)))
    if not np.isfinite(gap):
        return np.full(n, np.nan)
    far = 1 - across
    by_within = n * found.within_sum / own - within
    by_across = n * found.across_sum / other - across
    return np.asarray(gap + by_within / far - by_across * (1 - within) / far**2)


def texts_looked_at(n: int, labels: int, dim: int, halves: int, *, seed: int) -> Ints:
    """Texts whose silhouettes are taken within halves: all, or as many as can be paid for, at least 2,000."""
    most = int(_MOST_WORK / (max(labels * dim, 1) * max(halves, 1)))
    rows = max(most, 2_000)
    if n <= rows:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, rows, replace=False))


def shuffles(n: int) -> int:
    """Permutations of the labels of n texts."""
    return _SHUFFLES if n <= _MANY else _SHUFFLES_OF_MANY


def floor_of(draws: Floats, *, n: int, centre: float | None = None) -> Estimate | None:
    """The mean of draws of a null, and the range that holds 95 % of such draws; None where the number is undefined.

    Parameters
    ----------
    centre
        The mean, where it is known without drawing.
    """
    from scipy.stats import t

    if not np.isfinite(draws).all() or len(draws) < 2:
        return None
    value = float(draws.mean()) if centre is None else centre
    more = 1 / len(draws) if centre is None else 0.0
    half = float(t.ppf(0.975, len(draws) - 1)) * float(draws.std(ddof=1)) * (1 + more) ** 0.5
    return Estimate(
        value=value, low=value - half, high=value + half, n=n, method=f"{len(draws)} permutations"
    )
