"""The groups of texts whose neighbourhoods change most between spaces. Letters: n texts, m of them in a region."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.holm import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Array, Floats, Ints

_REGIONS = 6  # listed at most
_FEWEST = 5  # texts of a region
_A_CLUSTER = 60  # texts that a cluster has about
_CLUSTERS = 30
_ALIKE = 0.5  # two regions that share more than this of their texts are one
_MORE = 0.02  # a region that changes no more than this beyond the rest is not listed
STANDS_OUT = 0.1  # how much more than the rest a region must change before a sentence says so


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ChangingRegion:
    """Texts that lie together or share a label, and how much their neighbourhoods change."""

    rows: Ints  # (m,) places of the texts
    change: float  # mean over its texts
    rest: float  # mean over all other texts; NaN where there is none
    p: float  # two-sided, that it changes like the rest; Holm-corrected over all regions looked at

    @property
    def stands_out(self) -> bool:
        """Whether a sentence may be made of it."""
        return self.change - self.rest >= STANDS_OUT and self.p < 0.05


def changing_regions(
    change: Floats, coordinates: Array, groups: Sequence[Ints], *, seed: int = 42
) -> tuple[ChangingRegion, ...]:
    """The groups and the clusters of a picture whose texts change most, most first; at most six.

    Parameters
    ----------
    change
        (n,) of ``neighborhood_change``.
    coordinates
        (n, 2) of the picture, NaN where a text has no place.
    groups
        Places of the texts of each, such as those of one label: ``places_by_code``.

    Notes
    -----
    Chosen by the mean's excess over the rest times the root of the region's size. Clusters are k-means on the picture,
    one for some 60 texts, 30 at most; which texts they hold does not depend on the change. p is of Welch's t; texts that
    lie together change together, so a region stands out only with a difference of 0.1 as well. One that changes like the
    rest, or that is mostly another of the list, is left out.
    """
    if not len(change) or np.isnan(change).all() or not (change > 0).any():
        return ()
    candidates = [rows for rows in (*groups, *_by_cluster(coordinates, seed)) if len(rows) >= _FEWEST]
    if not candidates:
        return ()
    corrected = holm(np.array([_welch(change, rows) for rows in candidates]))
    means = np.array([change[rows].mean() for rows in candidates])
    chosen: list[int] = []
    more = means - np.array([_rest(change, rows) for rows in candidates])
    # A small part of a region must change far more than the whole to be named instead of it.
    weight = more * np.sqrt([len(rows) for rows in candidates])
    for place in np.argsort(-weight, kind="stable"):
        if not more[place] > _MORE:
            continue
        if len(chosen) < _REGIONS and not any(
            _alike(candidates[place], candidates[other]) for other in chosen
        ):
            chosen.append(int(place))
    return tuple(
        ChangingRegion(
            rows=candidates[place],
            change=float(means[place]),
            rest=_rest(change, candidates[place]),
            p=float(corrected[place]),
        )
        for place in sorted(chosen, key=lambda place: -means[place])
    )


def places_by_code(codes: Ints, kinds: int) -> list[Ints]:
    """Places of the texts of each code from 0 to ``kinds`` - 1, ascending; none where there is one kind only.

    Examples
    --------
    >>> [places.tolist() for places in places_by_code(np.array([1, 0, -1, 1]), 2)]
    [[1], [0, 3]]
    """
    if kinds < 2:
        return []
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(kinds + 1))
    return [np.sort(order[start:end]) for start, end in pairwise(ends)]


def _by_cluster(coordinates: Array, seed: int) -> list[Ints]:
    placed = np.flatnonzero(np.isfinite(coordinates).all(axis=1))
    wanted = min(len(placed) // _A_CLUSTER, _CLUSTERS)
    if wanted < 2:
        return []
    from sklearn.cluster import KMeans

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct places than clusters: then there are fewer clusters
        kinds = KMeans(wanted, n_init=1, random_state=seed).fit_predict(coordinates[placed])
    return [placed[kinds == kind] for kind in range(wanted)]


def _alike(first: Ints, second: Ints) -> bool:
    common = len(np.intersect1d(first, second, assume_unique=True))
    return common > _ALIKE * min(len(first), len(second))


def _welch(change: Floats, rows: Ints) -> float:
    from scipy.stats import ttest_ind_from_stats

    inside, outside = change[rows], np.delete(change, rows)
    if len(outside) < 2:
        return math.nan  # no rest to compare with
    spreads = inside.std(ddof=1), outside.std(ddof=1)
    if not any(spreads):
        return 1.0 if inside.mean() == outside.mean() else 0.0
    found = ttest_ind_from_stats(
        inside.mean(), spreads[0], len(inside), outside.mean(), spreads[1], len(outside), equal_var=False
    )
    return float(found.pvalue)


def _rest(change: Floats, rows: Ints) -> float:
    outside = np.delete(change, rows)
    return float(outside.mean()) if len(outside) else float("nan")
