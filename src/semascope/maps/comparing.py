"""The spaces held against each other: where the labels separate, what moved. n texts, k neighbours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.maps.change import ChangingRegion, changing_regions, neighborhood_change
from semascope.maps.findings import ALL_THE_SAME, ONLY_COORDINATES, Movement, Separation
from semascope.maps.measuring import find_neighbors
from semascope.maps.quality import mean_overlap, neighbors_measured
from semascope.maps.separating import WIDE, judge_spaces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.maps.contents import Labels
    from semascope.maps.items import Items
    from semascope.maps.layout_cache import LayoutCache
    from semascope.maps.measuring import MapSettings, Measured
    from semascope.types import Floats, Ints, Progress


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Compared:
    """What the numbers say about the spaces together."""

    k: int  # neighbours measured
    separation: Separation | None
    why_not: str  # the reason that there is no separation; "" when there is one
    movement: Movement | None  # None with fewer than two spaces that have vectors which differ
    change: Floats  # (n,) how much each text's neighbourhood changes; NaN without movement

    def alone(self, space: Measured) -> Compared:
        """What they say about one space, without a word on the others."""
        separation, why_not = self.separation, self.why_not
        if separation is not None and space.name not in separation.accuracies:
            separation, why_not = None, _no_vectors(space)
        if separation is not None:
            separation = _separation_alone(separation, space.name)
        return replace(
            self, separation=separation, why_not=why_not, movement=None, change=self.change * np.nan
        )


def compare(
    measured: Sequence[Measured],
    items: Items,
    k: int,
    settings: MapSettings,
    cache: LayoutCache | None,
    progress: Progress,
) -> Compared:
    """All that is said of the spaces together, each held against the first that has vectors."""
    in_full = [space for space in measured if space.neighbors is not None]
    separation, why_not = _separate(measured, in_full, items.labels, settings, cache, progress)
    change = neighborhood_change([_compared(space) for space in in_full])
    movement = None
    if len(in_full) > 1 and k:
        places = measured[0].coordinates
        regions = changing_regions(change, places, items.texts, items.labels, seed=settings.layout.seed)
        movement = _movement(in_full, k, regions)
    return Compared(k=k, separation=separation, why_not=why_not, movement=movement, change=change)


def _separate(
    measured: Sequence[Measured],
    in_full: Sequence[Measured],
    labels: Labels | None,
    settings: MapSettings,
    cache: LayoutCache | None,
    progress: Progress,
) -> tuple[Separation | None, str]:
    """How well the labels separate, or why that cannot be said."""
    if labels is None:
        return None, "no labels were given"
    if not in_full:
        return None, ALL_THE_SAME if any(space.flat for space in measured) else ONLY_COORDINATES
    labelled = np.flatnonzero(labels.codes >= 0)
    codes = labels.codes[labelled]
    k = neighbors_measured(len(labelled), settings.k)
    if why_not := _unusable(labels, codes, k):
        return None, why_not
    nearest = {space.name: _among(labelled, space, k, cache, progress) for space in in_full}
    accuracies, family = judge_spaces(
        nearest, codes, k=k, margin=settings.margin, seed=settings.layout.seed, progress=progress
    )
    largest = float(np.bincount(codes).max() / len(labelled))
    found = Separation(
        label=labels.name, k=k, texts=len(labelled), largest=largest, accuracies=accuracies, family=family
    )
    return found, ""


def _unusable(labels: Labels, codes: Ints, k: int) -> str:
    """Why these labels bear no accuracy; "" when they do. ``codes`` are those of the texts that have one."""
    counts = np.bincount(codes, minlength=1)
    if not len(codes):
        return f"{labels.name!r} has no label"
    if (counts > 0).sum() < 2:
        return f"{labels.name!r} has only one label"
    if not k:
        return "too few texts have a label"
    return f"no label of {labels.name!r} has two texts" if counts.max() < 2 else ""


def _among(labelled: Ints, space: Measured, k: int, cache: LayoutCache | None, progress: Progress) -> Ints:
    """(m, 3 k) nearest among the m texts with a label: only they vote, so that every text has k votes."""
    assert space.wide is not None and space.vectors is not None  # those in full dimension have both
    if len(labelled) == len(space.vectors):
        return space.wide
    name = f"{space.name}, with a label"
    return find_neighbors(space.vectors[labelled], WIDE * k, name, cache, "", progress).indices


def _movement(in_full: Sequence[Measured], k: int, regions: tuple[ChangingRegion, ...]) -> Movement:
    first, others = in_full[0], in_full[1:]
    shared = {other.name: mean_overlap(_compared(first), _compared(other)) for other in others}
    return Movement(first=first.name, k=k, shared=shared, regions=regions)


def _compared(space: Measured) -> Ints:
    assert space.compared is not None  # asked of spaces in full dimension only
    return space.compared


def _no_vectors(space: Measured) -> str:
    return ALL_THE_SAME if space.flat else ONLY_COORDINATES


def _separation_alone(separation: Separation, space: str) -> Separation:
    family = separation.family
    verdicts = {space: family.verdicts[family.baseline]}
    return replace(
        separation,
        accuracies={space: separation.accuracies[space]},
        family=replace(family, baseline=space, verdicts=verdicts),
    )
