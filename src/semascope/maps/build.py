"""Spaces become the contents of a map: drawn, aligned, measured and put into words. n texts, k neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semascope.geometry.comparing.overlap import neighbors_measured
from semascope.maps.colouring.names import CHANGE
from semascope.maps.contents import MapContents, Numbers, Panel, Region
from semascope.maps.items import check_items
from semascope.maps.measuring.each_space import MapSettings, measure
from semascope.maps.measuring.together import compare
from semascope.maps.telling import findings
from semascope.maps.telling.facts import facts_of
from semascope.maps.telling.notes import absent_of, notes_of, notes_on_pictures
from semascope.maps.telling.record import record_of
from semascope.spaces.preparing import prepare
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.maps.contents import Labels
    from semascope.maps.items import Items
    from semascope.maps.laying_out.layout_cache import LayoutCache
    from semascope.maps.measuring.each_space import Measured
    from semascope.maps.measuring.together import Compared
    from semascope.spaces.preparing import Space
    from semascope.types import Ints, Progress


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Built:
    """A map, ready to be drawn as pages, and its numbers as plain values for ``map.json``."""

    contents: MapContents
    alone: tuple[MapContents, ...]  # each space by itself, with what holds for it
    record: dict[str, Any]


def build_contents(
    texts: Sequence[str],
    rows: Sequence[int] | Ints,
    spaces: Sequence[Space],
    *,
    title: str = "",
    labels: Labels | None = None,
    across: Labels | None = None,
    colors: Sequence[Labels | Numbers] = (),
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
    across
        Values of a further column: how they mix in every space, and how well texts of other values tell the labels.
    colors
        Further colours.
    cache
        Keeps layouts and neighbours between runs; None keeps nothing.
    notes
        What a reader must know beside what is found here.
    progress
        Called with the stages "neighbours in NAME" (rows), "preparing to lay out NAME" (of UMAP), "laying out NAME"
        (epochs of UMAP, iterations of t-SNE) and "checking NAME" (rows) for each space, then "judging the labels" (halves) and "comparing spaces" (spaces); with ``across``
        also "neighbours across values in NAME" (rows) and "judging the labels across COLUMN" (halves).

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
    given = check_items(texts, rows, labels, colors, across=across)
    prepared = prepare(spaces, given.rows)
    items = given.take(prepared.kept)
    k = neighbors_measured(len(items), settings.k)
    measured = measure(prepared, k, settings, cache, progress)
    compared = compare(measured, items, k, settings, cache, progress, kinds=prepared.kinds)
    known = (*map(_sentence, notes), *prepared.notes, *notes_on_pictures(measured, len(items), k, settings))
    contents = _page(title, items, measured, compared, known, settings, command)
    return Built(
        contents=contents,
        alone=tuple(
            _page(f"{title}: {space.name}", items, [space], compared.alone(space), known, settings, command)
            for space in measured
        ),
        record=record_of(contents, measured, compared, settings),
    )


def _page(
    title: str,
    items: Items,
    measured: Sequence[Measured],
    compared: Compared,
    notes: Sequence[str],
    settings: MapSettings,
    command: str,
) -> MapContents:
    """What a page of these spaces shows: all of them, or one by itself."""
    in_full = any(space.neighbors is not None for space in measured)
    movement = compared.movement
    sentences = findings.region_sentences(movement, items.texts, items.named()) if movement else []
    finding = findings.found(
        compared.separation, movement, compared.across, compared.mixing, regions=sentences
    )
    return MapContents(
        title=title,
        finding=finding or findings.plainly(len(items), measured),
        texts=items.texts,
        rows=items.rows,
        panels=tuple(
            Panel(
                name=space.name,
                caption=space.caption,
                coordinates=space.coordinates,
                neighbors=space.neighbors,
                # where no space has vectors, the page says once why nothing is measured
                facts=facts_of(space, compared, len(items)) if in_full else (),
            )
            for space in measured
        ),
        colourings=(
            *items.named(),
            *items.colors,
            *_change_colours(compared),
        ),
        regions=tuple(
            Region(sentence=sentence, rows=region.rows, stands_out=region.stands_out)
            for region, sentence in zip(movement.regions if movement else (), sentences, strict=True)
        ),
        against=findings.against_sentences(movement) if movement else (),
        notes=(*notes, *notes_of(measured, items, settings)),
        absent=absent_of(measured, items, compared),
        command=command,
    )


def _sentence(note: str) -> str:
    return f"{note.rstrip('.')}."


def _change_colours(compared: Compared) -> tuple[Numbers, ...]:
    movement = compared.movement
    if movement is None:
        return ()
    others = "the other space" if len(movement.shared) == 1 else "the other spaces, on average"
    note = (
        f"share of the {movement.k} nearest texts in {movement.first!r}, in full dimension, "
        f"that are not among the nearest in {others}"
    )
    return (Numbers(name=CHANGE, values=compared.change, note=note),)
