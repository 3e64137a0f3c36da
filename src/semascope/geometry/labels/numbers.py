"""Silhouette and cosines of one space: on all texts, within halves of them, and under shuffled labels.

Letters: n texts, d dim, l labels, r halves, p permutations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.labels.cosines import LabelSums, silhouettes, text_cosines
from semascope.geometry.labels.separating import vote
from semascope.stats.measure import Measure
from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.geometry.halves import Halves
    from semascope.geometry.labels.cosines import TextCosines
    from semascope.types import Floats, Ints, Vectors

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
    short="Within less across",
    long="mean cosine within labels less that across them",
    lower_is_better=False,
    ends=(-np.inf, np.inf),  # the mean lies within -2 and 2, what one text adds to it need not
    is_mean=True,
)
_MOST_WORK = (
    1e12  # multiplications that the silhouettes of all halves may take before fewer texts are looked at
)
_SHUFFLES = 40
_SHUFFLES_OF_MANY = 20
_MANY = 20_000


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SpaceNumbers:
    """The numbers of one space, and of its halves. ``gap`` is ``within`` less ``across``."""

    sums: LabelSums
    silhouette: Floats  # (n,) of each text
    gap: Floats  # (n,) what each text adds to the gap, times n: its mean is the gap
    within_halves: Floats  # (r,)
    across_halves: Floats
    silhouette_halves: Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Shuffled:
    """The same numbers under p permutations of the labels."""

    knn: Floats  # (p,)
    within: Floats
    across: Floats
    silhouette: Floats


def space_numbers(
    vectors: Vectors, codes: Ints, labels: int, *, halves: Halves, looked_at: Ints, tick: Callable[[], None]
) -> SpaceNumbers:
    """The numbers of a space.

    Parameters
    ----------
    looked_at
        (m,) texts whose silhouettes are taken within halves (``texts_looked_at``).
    tick
        Called after every half.
    """
    sums = LabelSums.of(vectors, codes, labels)
    found = text_cosines(vectors, codes, sums)
    over = np.full((3, len(halves)), np.nan)
    for half, drawn in enumerate(halves.masks()):
        part = LabelSums.of(vectors, codes, labels, drawn=drawn)
        rows = looked_at[drawn[looked_at]]
        over[:2, half] = part.within, part.across
        if len(rows):
            over[2, half] = silhouettes(text_cosines(vectors, codes, part, rows)).mean()
        tick()
    return SpaceNumbers(
        sums=sums,
        silhouette=silhouettes(found),
        gap=gap_by_text(found, sums),
        within_halves=over[0],
        across_halves=over[1],
        silhouette_halves=over[2],
    )


def gap_by_text(found: TextCosines, sums: LabelSums) -> Floats:
    """(n,) numbers whose mean is the mean cosine within labels less that across them; NaN where there are no such pairs.

    A text's part is n times the share of all pairs' cosines that it stands in first.
    """
    n, own, other = len(found.own), sums.own_pairs.sum(), sums.across_pairs
    if not own or not other:
        return np.full(n, np.nan)
    return np.asarray(n * (found.within_sum / own - found.across_sum / other))


def texts_looked_at(n: int, labels: int, dim: int, halves: int, *, seed: int) -> Ints:
    """Texts whose silhouettes are taken within halves: all, or as many as can be paid for, at least 2,000."""
    most = int(_MOST_WORK / (max(labels * dim, 1) * max(halves, 1)))
    rows = max(most, 2_000)
    if n <= rows:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, rows, replace=False))


def shuffled_numbers(
    vectors: Vectors,
    lists: Ints,
    codes: Ints,
    labels: int,
    *,
    looked_at: Ints,
    seed: int,
    tick: Callable[[], None],
) -> Shuffled:
    """What labels that say nothing give: the codes are dealt to the texts anew, p times.

    Parameters
    ----------
    lists
        (n, k) the neighbours that vote.
    """
    rng = np.random.default_rng([seed, 7])
    over = np.full((4, shuffles(len(codes))), np.nan)
    for turn in range(over.shape[1]):
        dealt = rng.permutation(codes)
        sums = LabelSums.of(vectors, dealt, labels)
        over[0, turn] = (vote(lists, dealt) == dealt).mean()
        over[1:3, turn] = sums.within, sums.across
        over[3, turn] = silhouettes(text_cosines(vectors, dealt, sums, looked_at)).mean()
        tick()
    return Shuffled(knn=over[0], within=over[1], across=over[2], silhouette=over[3])


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
