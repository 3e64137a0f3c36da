"""What moves between spaces: each text's neighbourhood in full dimension, and the regions that change most."""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from semascope.neighbors import knn_overlap
from semascope.words.numbers import percent
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.maps.contents import Labels
    from semascope.types import Array, Floats, Ints

_REGIONS = 6  # listed at most
_FEWEST = 5  # texts of a region
_A_CLUSTER = 60  # texts that a cluster has about
_CLUSTERS = 30
_ALIKE = 0.5  # two regions that share more than this of their texts are one
_MOSTLY = 0.5
_MORE = 0.02  # a region that changes no more than this beyond the rest is not listed
STANDS_OUT = 0.1  # how much more than the rest a region must change before a sentence says so
_READ = 2_000  # texts read for the words of a region
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ChangingRegion:
    """Texts that lie together or share a label, and how much their neighbourhoods change."""

    rows: Ints  # (m,) places of the texts
    words: str  # "31 texts, mostly sci.med (84 %)"
    change: float  # mean over its texts
    rest: float  # mean over all other texts; NaN where there is none
    p: float  # two-sided, that it changes like the rest; Holm-corrected over all regions looked at

    @property
    def stands_out(self) -> bool:
        """Whether a sentence may be made of it."""
        return self.change - self.rest >= STANDS_OUT and self.p < 0.05


def neighborhood_change(neighbors: Sequence[Ints]) -> Floats:
    """How much each text's neighbourhood differs from the first space's, over the other spaces.

    Parameters
    ----------
    neighbors
        (n, k) of each space, in full dimension, with copies exchanged; the first is what the others are held against,
        as everywhere on a map.

    Returns
    -------
    Floats
        (n,) in [0, 1]: 1 less the mean share of common neighbours; NaN with fewer than two spaces or k = 0.
    """
    if len(neighbors) < 2:
        return np.full(len(neighbors[0]) if neighbors else 0, np.nan)
    overlap = np.zeros(len(neighbors[0]))
    for other in neighbors[1:]:
        overlap += knn_overlap(neighbors[0], other)
    change: Floats = 1 - overlap / (len(neighbors) - 1)
    return change


def overlaps(neighbors: Sequence[Ints]) -> Floats:
    """(s, s) mean share of common neighbours of every two spaces."""
    table = np.ones((len(neighbors), len(neighbors)))
    for i, first in enumerate(neighbors):
        for j in range(i):
            table[i, j] = table[j, i] = (
                float(knn_overlap(first, neighbors[j]).mean()) if len(first) else np.nan
            )
    return table


def changing_regions(
    change: Floats,
    coordinates: Array,
    texts: Sequence[str],
    labels: Labels | None,
    *,
    further: Labels | None = None,
    seed: int = 42,
) -> tuple[ChangingRegion, ...]:
    """The labels and the clusters of the first picture whose texts change most, most first; at most six.

    Parameters
    ----------
    change
        (n,) of ``neighborhood_change``.
    coordinates
        (n, 2) of the first panel, NaN where a text has no place.
    labels
        Name the regions; None: words that their texts have and others have not.
    further
        Values of another column: regions too, and names of those that are mostly of one of them and of no label.

    Notes
    -----
    Chosen by the mean's excess over the rest times the root of the region's size. Clusters are k-means on the picture, one for some 60 texts, 30 at most; which texts they hold does not depend on
    the change. p is of Welch's t; texts that lie together change together, so a sentence asks for a difference of
    0.1 as well. A region that changes like the
    rest, or that is mostly another of the list, is left out.
    """
    if not len(change) or np.isnan(change).all() or not (change > 0).any():
        return ()
    candidates = [*_by_label(labels), *_by_label(further), *_by_cluster(coordinates, seed)]
    candidates = [rows for rows in candidates if len(rows) >= _FEWEST]
    if not candidates:
        return ()
    from semascope.stats.holm import holm

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
            words=_describe(candidates[place], texts, [each for each in (labels, further) if each]),
            change=float(means[place]),
            rest=_rest(change, candidates[place]),
            p=float(corrected[place]),
        )
        for place in sorted(chosen, key=lambda place: -means[place])
    )


def _by_label(labels: Labels | None) -> list[Ints]:
    if labels is None or len(labels.names) < 2:
        return []
    order = np.argsort(labels.codes, kind="stable")
    ends = np.searchsorted(labels.codes[order], np.arange(len(labels.names) + 1))
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


def _describe(rows: Ints, texts: Sequence[str], labels: Sequence[Labels]) -> str:
    count = f"{len(rows):,} texts"
    telling = next((each for each in labels if _share_of_first(rows, each) >= _MOSTLY), None)
    chosen = telling or next(iter(labels), None)
    named = _label_words(rows, chosen) if chosen is not None else ""
    if named:
        return f"{count}, {named}"
    words = _typical_words(rows, texts)
    return f"{count} around {listing([f'“{word}”' for word in words])}" if words else count


def _share_of_first(rows: Ints, labels: Labels) -> float:
    return float(np.bincount(labels.codes[rows] + 1)[1:].max(initial=0) / len(rows))


def _label_words(rows: Ints, labels: Labels) -> str:
    counts = np.bincount(labels.codes[rows] + 1, minlength=len(labels.names) + 1)[1:]
    order = np.argsort(-counts, kind="stable")
    shares = counts / len(rows)
    if not counts.any():
        return ""
    if shares[order[0]] == 1:
        return f"all {labels.names[order[0]]}"
    if shares[order[0]] >= _MOSTLY or len(order) < 2:
        return f"mostly {labels.names[order[0]]} ({percent(shares[order[0]], space=' ')})"
    two = [f"{labels.names[kind]} ({percent(shares[kind], space=' ')})" for kind in order[:2] if counts[kind]]
    return "among them " + " and ".join(two)


def _typical_words(rows: Ints, texts: Sequence[str], *, wanted: int = 3) -> list[str]:
    """Words that more of these texts have than of all texts."""
    here, everywhere = _word_shares(texts, rows), _word_shares(texts, np.arange(len(texts)))
    lift = {word: share - everywhere.get(word, 0.0) for word, share in here.items() if share >= 0.1}
    return [word for word in sorted(lift, key=lambda word: (-lift[word], word))[:wanted] if lift[word] > 0.05]


def _word_shares(texts: Sequence[str], rows: Ints) -> dict[str, float]:
    read = rows[:: max(len(rows) // _READ, 1)]
    counts = Counter(word for row in read for word in set(_WORD.findall(texts[row][:2_000].lower())))
    return {word: count / len(read) for word, count in counts.items()}
