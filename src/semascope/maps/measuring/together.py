"""The spaces held against each other: where the labels separate, what moved. n texts, k neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.comparing.overlap import mean_overlap, neighborhood_change, neighbors_measured
from semascope.geometry.labels.mixing import Mixing, across_measured, share_by_chance, share_of_same
from semascope.geometry.labels.separating import WIDE, Separation, judge_spaces, why_unusable
from semascope.geometry.picturing.regions import changing_regions, places_by_code
from semascope.maps.measuring.against_first import against_first
from semascope.maps.measuring.found_neighbors import find_neighbors, find_neighbors_across

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.geometry.measured import Measured as Measure
    from semascope.geometry.picturing.regions import ChangingRegion
    from semascope.maps.contents import Labels
    from semascope.maps.items import Items
    from semascope.maps.laying_out.layout_cache import LayoutCache
    from semascope.maps.measuring.each_space import MapSettings, Measured
    from semascope.types import Floats, Ints, Progress, Step, Vectors


ONLY_COORDINATES = "only coordinates were given; this needs the vectors"
ALL_THE_SAME = "all vectors are the same; no text is nearer than another"


@dataclass(frozen=True, kw_only=True, slots=True)
class Movement:
    """How neighbourhoods differ from the first space's."""

    first: str
    k: int
    shared: dict[str, float]  # by other space: mean share of common neighbours
    regions: tuple[ChangingRegion, ...]
    # by other space, in full dimension: the same share beside what chance gives, and debiased CKA
    overlap: dict[str, Measure] = field(default_factory=dict)
    cka: dict[str, Measure] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Compared:
    """What the numbers say about the spaces together."""

    k: int  # neighbours measured
    separation: Separation | None
    why_not: str  # the reason that there is no separation; "" when there is one
    movement: Movement | None  # None with fewer than two spaces that have vectors which differ
    change: Floats  # (n,) how much each text's neighbourhood changes; NaN without movement
    mixing: Mixing | None = None  # of the values of a further column, where one was named
    across: Separation | None = None  # the label as texts of other values of that column tell it
    why_not_across: str = ""  # the reason that there is none; "" when there is one or none was asked for

    def alone(self, space: Measured) -> Compared:
        """What they say about one space, without a word on the others."""
        separation, why_not = self.separation, self.why_not
        if separation is not None and space.name not in separation.accuracies:
            separation, why_not = None, no_vectors(space)
        if separation is not None:
            separation = _separation_alone(separation, space.name)
        across, why_not_across, mixing = self.across, self.why_not_across, self.mixing
        if across is not None:
            told = space.name in across.accuracies
            across, why_not_across = (
                (_separation_alone(across, space.name), "") if told else (None, no_vectors(space))
            )
        if mixing is not None:
            same = {space.name: mixing.same[space.name]} if space.name in mixing.same else {}
            mixing = replace(mixing, same=same) if same else None
        return replace(
            self,
            separation=separation,
            why_not=why_not,
            movement=None,
            change=self.change * np.nan,
            mixing=mixing,
            across=across,
            why_not_across=why_not_across,
        )


def compare(
    measured: Sequence[Measured],
    items: Items,
    k: int,
    settings: MapSettings,
    cache: LayoutCache | None,
    progress: Progress,
    *,
    kinds: Ints,
) -> Compared:
    """All that is said of the spaces together, each held against the first that has vectors; copies are of one kind."""
    in_full = [space for space in measured if space.neighbors is not None]
    separation, why_not = _separate(measured, in_full, items.labels, settings, cache, progress)
    mixing, across, why_not_across = _across(in_full, items, settings, cache, progress)
    change = neighborhood_change([_compared(space) for space in in_full])
    movement = None
    if len(in_full) > 1 and k:
        movement = _movement(
            in_full, k, change, measured[0].coordinates, items, settings.layout.seed, kinds, progress
        )
    return Compared(
        k=k,
        separation=separation,
        why_not=why_not,
        movement=movement,
        change=change,
        mixing=mixing,
        across=across,
        why_not_across=why_not_across,
    )


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
    if why_not := why_unusable(labels.name, codes, k):
        return None, why_not
    nearest = {space.name: _among(labelled, space, k, cache, progress) for space in in_full}
    return _judged(nearest, codes, labels.name, k, settings, progress), ""


def _across(
    in_full: Sequence[Measured],
    items: Items,
    settings: MapSettings,
    cache: LayoutCache | None,
    progress: Progress,
) -> tuple[Mixing | None, Separation | None, str]:
    """How the values of the further column mix, and the label as texts of other values tell it, or why that is unknown."""
    values, labels = items.across, items.labels
    if values is None or not in_full:
        return None, None, ""
    valued = np.flatnonzero(values.codes >= 0)
    k = neighbors_measured(len(valued), settings.k)
    if why_not := why_unusable(values.name, values.codes[valued], k):
        return None, None, why_not
    codes = values.codes[valued]
    nearest = {space.name: _among(valued, space, k, cache, progress)[:, :k] for space in in_full}
    mixing = Mixing(
        column=values.name,
        k=k,
        texts=len(valued),
        by_chance=share_by_chance(codes),
        same={name: share_of_same(lists, codes) for name, lists in nearest.items()},
    )
    if labels is None:
        return mixing, None, ""
    both = np.flatnonzero((values.codes >= 0) & (labels.codes >= 0))
    codes, told = values.codes[both], labels.codes[both]
    k = across_measured(codes, settings.k) if len(both) else 0
    if len(both) and not k:
        return mixing, None, f"too few texts have a label and another {values.name} than most"
    if why_not := why_unusable(labels.name, told, k):
        return mixing, None, why_not
    lists = {
        space.name: find_neighbors_across(space.vectors[both], codes, WIDE * k, space.name, cache, progress)
        for space in in_full
        if space.vectors is not None
    }
    return mixing, _judged(lists, told, labels.name, k, settings, progress, across=values.name), ""


def _judged(
    nearest: dict[str, Ints],
    codes: Ints,
    label: str,
    k: int,
    settings: MapSettings,
    progress: Progress,
    *,
    across: str = "",
) -> Separation:
    def shown(step: Step) -> None:
        progress(replace(step, stage=f"{step.stage} across {across}") if across else step)

    accuracies, family = judge_spaces(
        nearest, codes, k=k, margin=settings.margin, seed=settings.layout.seed, progress=shown
    )
    return Separation(
        label=label,
        k=k,
        texts=len(codes),
        largest=float(np.bincount(codes).max() / len(codes)),
        accuracies=accuracies,
        family=family,
        across=across,
    )


def _among(labelled: Ints, space: Measured, k: int, cache: LayoutCache | None, progress: Progress) -> Ints:
    """(m, 3 k) nearest among the m texts with a label: only they vote, so that every text has k votes."""
    assert space.wide is not None and space.vectors is not None  # those in full dimension have both
    if len(labelled) == len(space.vectors):
        return space.wide
    name = f"{space.name}, with a label"
    return find_neighbors(space.vectors[labelled], WIDE * k, name, cache, progress).indices


def _movement(
    in_full: Sequence[Measured],
    k: int,
    change: Floats,
    coordinates: Floats,
    items: Items,
    seed: int,
    kinds: Ints,
    progress: Progress,
) -> Movement:
    """What the others share with the first, and which texts change most: by label, by value, by cluster of the first picture."""
    first, others = in_full[0], in_full[1:]
    groups = [rows for each in items.named() for rows in places_by_code(each.codes, len(each.names))]
    against = against_first(
        {space.name: _listed(space) for space in in_full}, kinds, k=k, seed=seed, progress=progress
    )
    return Movement(
        first=first.name,
        k=k,
        shared={other.name: mean_overlap(_compared(first), _compared(other)) for other in others},
        regions=changing_regions(change, coordinates, groups, seed=seed),
        overlap={name: found.share for name, found in against.items()},
        cka={name: found.cka for name, found in against.items()},
    )


def _listed(space: Measured) -> tuple[Vectors, Ints]:
    assert space.vectors is not None and space.wide is not None  # asked of spaces in full dimension only
    return space.vectors, space.wide


def _compared(space: Measured) -> Ints:
    assert space.compared is not None  # asked of spaces in full dimension only
    return space.compared


def no_vectors(space: Measured) -> str:
    """Why nothing can be measured in a space that has no neighbours."""
    return ALL_THE_SAME if space.flat else ONLY_COORDINATES


def _separation_alone(separation: Separation, space: str) -> Separation:
    family = separation.family
    verdicts = {space: family.verdicts[family.baseline]}
    return replace(
        separation,
        accuracies={space: separation.accuracies[space]},
        family=replace(family, baseline=space, verdicts=verdicts),
    )
