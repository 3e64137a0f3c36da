"""Spaces become the contents of a map: drawn, aligned, measured and put into words. n texts, k neighbours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import DataError
from semascope.maps import findings
from semascope.maps.change import changing_regions, neighborhood_change
from semascope.maps.contents import Fact, MapContents, Numbers, Panel, Region
from semascope.maps.labelling import check_labels, kept_labels
from semascope.maps.measuring import MapSettings, Measured, find_neighbors, measure
from semascope.maps.notes import absent_of, notes_of
from semascope.maps.quality import kept_share, neighbors_measured
from semascope.maps.record import record_of
from semascope.maps.separating import WIDE, judge_spaces
from semascope.maps.spaces import prepare
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.maps.change import ChangingRegion
    from semascope.maps.contents import Labels
    from semascope.maps.layout_cache import LayoutCache
    from semascope.maps.spaces import Placed, Space
    from semascope.types import Floats, Ints, Progress

CHANGE = "neighbourhood change"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Built:
    """A map, ready to be drawn as a page, and its numbers as plain values for ``map.json``."""

    contents: MapContents
    record: dict[str, Any]


def build_contents(
    texts: Sequence[str],
    rows: Sequence[int] | Ints,
    spaces: Sequence[Space],
    *,
    title: str = "",
    labels: Labels | None = None,
    numbers: Sequence[Numbers] = (),
    settings: MapSettings | None = None,
    cache: LayoutCache | None = None,
    notes: Sequence[str] = (),
    command: str = "",
    progress: Progress = silent,
) -> Built:
    """A map of the same texts in several spaces.

    Parameters
    ----------
    texts, rows
        n texts, and the row of each in its file.
    spaces
        1 or more; the first is what the others are aligned to and held against. A text without a usable vector in
        some space is left out of all, and reported.
    labels
        Shown first as colours, judged in every space; see ``make_labels``.
    numbers
        Further colours.
    cache
        Keeps layouts and neighbours between runs; None keeps nothing.
    notes
        What a reader must know beside what is found here.
    progress
        Called with the stages "neighbours in NAME" (rows), "laying out NAME" (epochs of UMAP, else layouts) and
        "checking NAME" (rows) for each space, then "judging the labels" (halves).

    Raises
    ------
    ConfigError, DataError
        For settings, shapes and rows that cannot be used; each names the space, the labels or the row.
    MissingExtra
        A UMAP layout without umap-learn.

    Notes
    -----
    Beside the vectors of the caller it holds one more copy of those that are not float32 of unit length, and a few
    hundred MB whatever n.
    """
    settings = settings or MapSettings()
    numbered = _check_rows(texts, rows)
    _check_colours(labels, numbers, len(texts))
    prepared = prepare(spaces, numbered)
    kept = prepared.kept
    shown = texts if len(kept) == len(texts) else [texts[place] for place in kept]
    left_labels = None if labels is None else kept_labels(labels, kept)
    given = tuple(
        replace(number, values=np.asarray(number.values, dtype=np.float64)[kept]) for number in numbers
    )
    k = neighbors_measured(len(kept), settings.k)

    measured = measure(prepared.spaces, k, settings, cache, progress)
    in_full = [space for space in measured if space.neighbors is not None]
    separation, why_not = _separate(prepared.spaces, in_full, left_labels, settings, cache, progress)
    change = neighborhood_change([space.neighbors for space in in_full if space.neighbors is not None])
    regions = _regions(change, measured, shown, left_labels, settings)
    movement = _movement(in_full, k, regions)

    contents = MapContents(
        title=title,
        sentence=findings.headline(separation, movement) or findings.plainly(len(shown), measured),
        texts=shown,
        rows=numbered[kept],
        panels=tuple(
            Panel(
                name=space.name,
                caption=space.caption,
                coordinates=space.coordinates,
                neighbors=space.neighbors,
                # where no space has vectors, the page says once why nothing is measured
                facts=_facts(space, separation, why_not, movement, k, len(kept)) if in_full else (),
            )
            for space in measured
        ),
        colourings=(
            *(() if left_labels is None else (left_labels,)),
            *given,
            *(() if movement is None else (_change_colours(change, movement),)),
        ),
        regions=tuple(
            Region(sentence=findings.region_sentence(region), rows=region.rows) for region in regions
        ),
        notes=(*notes, *prepared.notes, *notes_of(measured, shown, left_labels, k, settings)),
        absent=absent_of(measured, why_not, movement),
        command=command,
    )
    return Built(
        contents=contents,
        record=record_of(contents, measured, separation, movement, change, k, settings),
    )


def _check_rows(texts: Sequence[str], rows: Sequence[int] | Ints) -> Ints:
    numbered = np.asarray(rows, dtype=np.int64)
    if not len(texts):
        raise DataError("there are no texts; a map needs one or more; give a file with rows")
    if numbered.shape != (len(texts),):
        raise DataError(f"{len(texts):,} texts and {numbered.size:,} rows; each text needs one; pass both of the same table")  # fmt: skip
    return numbered


def _check_colours(labels: Labels | None, numbers: Sequence[Numbers], texts: int) -> None:
    if labels is not None:
        check_labels(labels, texts)
    for number in numbers:
        if np.shape(number.values) != (texts,):
            raise DataError(
                f"numbers {number.name!r} have shape {np.shape(number.values)} for {texts:,} texts; they need one a "
                "text; take them from the same rows"
            )


def _separate(
    spaces: Sequence[Placed],
    in_full: Sequence[Measured],
    labels: Labels | None,
    settings: MapSettings,
    cache: LayoutCache | None,
    progress: Progress,
) -> tuple[findings.Separation | None, str]:
    """How well the labels separate, or why that cannot be said."""
    if labels is None:
        return None, "no labels were given"
    if not in_full:
        same = any(space.vectors is not None for space in spaces)
        return None, findings.ALL_THE_SAME if same else findings.ONLY_COORDINATES
    labelled = np.flatnonzero(labels.codes >= 0)
    codes = labels.codes[labelled]
    counts = np.bincount(codes, minlength=len(labels.names))
    k = neighbors_measured(len(labelled), settings.k)
    if (counts > 0).sum() < 2:
        return None, f"{labels.name!r} has only one label" if len(codes) else f"{labels.name!r} has no label"
    if counts.max() < 2 or not k:
        return None, f"no label of {labels.name!r} has two texts" if k else "too few texts have a label"
    vectors = {space.name: space.vectors for space in spaces}
    nearest = {}
    for space in in_full:
        lists, rows = space.wide, vectors[space.name]
        assert lists is not None and rows is not None  # those in full dimension have both
        if len(labelled) < len(labels.codes):
            # Only texts with a label vote, so that every text has k votes.
            name = f"{space.name}, with a label"
            lists = find_neighbors(rows[labelled], WIDE * k, name, cache, "", progress).indices
        nearest[space.name] = lists
    seed = settings.layout.seed
    accuracies, family = judge_spaces(
        nearest, codes, k=k, margin=settings.margin, seed=seed, progress=progress
    )
    return (
        findings.Separation(
            label=labels.name,
            k=k,
            texts=len(labelled),
            largest=float(counts.max() / len(labelled)),
            accuracies=accuracies,
            family=family,
        ),
        "",
    )


def _regions(
    change: Floats,
    measured: Sequence[Measured],
    texts: Sequence[str],
    labels: Labels | None,
    settings: MapSettings,
) -> tuple[ChangingRegion, ...]:
    if np.isnan(change).all():
        return ()
    return changing_regions(change, measured[0].coordinates, texts, labels, seed=settings.layout.seed)


def _movement(
    in_full: Sequence[Measured], k: int, regions: tuple[ChangingRegion, ...]
) -> findings.Movement | None:
    if len(in_full) < 2 or not k:
        return None
    first, others = in_full[0], in_full[1:]
    return findings.Movement(
        first=first.name,
        k=k,
        shared={other.name: _shared(first, other) for other in others},
        regions=regions,
    )


def _shared(first: Measured, other: Measured) -> float:
    assert first.neighbors is not None and other.neighbors is not None
    return kept_share(first.neighbors, other.neighbors)


def _change_colours(change: Floats, movement: findings.Movement) -> Numbers:
    others = "the other space" if len(movement.shared) == 1 else "the other spaces, on average"
    note = (
        f"share of the {movement.k} nearest texts in {movement.first!r}, in full dimension, "
        f"that are not among the nearest in {others}"
    )
    return Numbers(name=CHANGE, values=change, note=note)


def _facts(
    space: Measured,
    separation: findings.Separation | None,
    why_not: str,
    movement: findings.Movement | None,
    k: int,
    texts: int,
) -> tuple[Fact, ...]:
    if space.trust is None:
        names = ["trustworthiness", "neighbours kept", "kNN accuracy"]
        reason = findings.ALL_THE_SAME if space.flat else findings.ONLY_COORDINATES
        return tuple(Fact(name=name, value="", reason=reason) for name in names)
    facts = [findings.trust_fact(space.trust, k=k, texts=texts), findings.kept_fact(space.kept, k=k)]
    if separation is not None:
        facts.append(findings.accuracy_fact(separation, space.name))
    else:
        facts.append(Fact(name="kNN accuracy", value="", reason=why_not))
    if movement is not None and space.name in movement.shared:
        facts.append(findings.shared_fact(movement, space.name, texts=texts))
    return tuple(facts)
