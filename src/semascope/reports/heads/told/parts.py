"""All cells on each target and on each slice, as tables that a page has room for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from semascope.reports.heads import breakdowns
from semascope.reports.heads.told.tables import left_out_names, of_cells, side_by_side
from semascope.reports.model import Cell, Column, Heading, Paragraph, Section
from semascope.words.numbers import fixed
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.reports.heads.reading import Reading
    from semascope.reports.model import Block, Table
    from semascope.studies.heads.judging.leading import LeadingPart
    from semascope.studies.heads.result import HeadResult

WIDE = 5  # parts side by side
MOST = 25  # parts in all


def by_target(reading: Reading) -> Section | None:
    """Cells by target; None when there is one target only."""
    if len(reading.result.targets) < 2 or not any(cell.targets for cell in reading.result.cells):
        return None
    found = breakdowns.parts_by_target(reading)
    tables = _tables(
        reading, reading.result.targets, reading.ordered, found, "Each target", alike=False, noun="target"
    )
    return Section(
        title="Target by target",
        lead=breakdowns.targets_lead(reading),
        blocks=[*tables, _legend(reading, "target")],
    )


def by_slice(reading: Reading) -> Section | None:
    """Cells by the values of each slice column; None when no slice was asked for."""
    if not reading.sliced:
        return None
    blocks: list[Block] = []
    for column in reading.sliced:
        blocks += _of_column(reading, column)
    over = any(breakdowns.is_repeated(reading, column) for column in reading.sliced)
    return Section(title="Slice by slice", blocks=[*blocks, _legend(reading, "slice", over=over)])


def _of_column(reading: Reading, column: str) -> list[Block]:
    found = {cell.id: breakdowns.parts_by_value(cell, column) for cell in reading.result.cells}
    names = breakdowns.values_by_size(reading, column)
    repeated = breakdowns.is_repeated(reading, column)
    said = breakdowns.said_of_values(reading, names, found)
    return [
        Heading(text=shorten(column, 60)),
        *([Paragraph(text=said)] if said else []),
        *_tables(
            reading,
            names,
            reading.by_leading if repeated else reading.ordered,
            found,
            f"Each value of {column}",
            alike=True,
            noun="value",
            over=" over the repeated splits" if repeated else "",
        ),
    ]


def _tables(
    reading: Reading,
    names: Sequence[str],
    cells: Sequence[HeadResult],
    found: dict[str, breakdowns.Parts],
    caption: str,
    *,
    alike: bool,
    noun: str,
    over: str = "",
) -> list[Table | Paragraph]:
    """One row a cell, one column a part, as many tables as it takes; parameters as those of the page's table."""
    places = breakdowns.places_of(names, found, alike=alike)
    shown, said = left_out_names(names, most=MOST, noun=noun)

    def figures(cell: HeadResult) -> list[Cell]:
        return [
            _figure(
                found[cell.id].get(name),
                places[name],
                change=partial(
                    reading.measure.change, decimals=places[name], shares=alike and reading.relative
                ),
                against=name in cell.verdict.mixed,
            )
            for name in shown
        ]

    each = "a split" if over else ""
    columns = [
        Column(title=f"{shorten(name, 44)} ({breakdowns.rows_words(name, found, each)})") for name in shown
    ]
    table = of_cells(reading, columns, cells, figures, caption=f"{caption}: {reading.measure.long}{over}")
    return [*side_by_side(table, most=WIDE), *([Paragraph(text=said, small=True)] if said else [])]


def _figure(part: LeadingPart | None, places: int, *, change: Callable[[float], str], against: bool) -> Cell:
    if part is None:
        return Cell(text="–")
    note = breakdowns.part_note(part, places, change)
    if part.verdict is not None and part.verdict.word != "baseline":
        note = f"{part.verdict.word}{', goes against' if against else ''}, {note}"
    return Cell(text=fixed(part.value, places), note=note)


def _legend(reading: Reading, noun: str, *, over: bool = False) -> Paragraph:
    against = ""
    if noun == "target" and any(cell.verdict.mixed for cell in reading.result.cells):
        against = (
            " “Goes against” marks a target that goes against its cell's verdict over all targets, with Holm's correction"
            " over the targets of that cell alone."
        )
    words = breakdowns.against_words(reading, noun, over=over)
    return Paragraph(text=f"Better, worse, equivalent, unresolved: {words}{against}", small=True)
