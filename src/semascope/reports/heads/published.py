"""Every cell against figures that stand somewhere without their rows, and the bands that a person put on the measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.chips import chip
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.heads.cells import SHOWN, name_cell
from semascope.studies.heads.telling.published_words import band_sentence, called
from semascope.words.numbers import between, signed

if TYPE_CHECKING:
    from markupsafe import Markup

    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult, ReferenceResult


def section(reading: Reading) -> Section | None:
    """A table a figure, and a sentence for the bands; None where neither was asked for."""
    result = reading.result
    if not result.references and result.bands is None:
        return None
    parts = [_table(reading, each) for each in result.references]
    if result.references:
        parts.append(_fineprint(reading))
    if result.bands is not None:
        parts.append(element("p", band_words(reading)))
    return Section(id="published", title=title(reading), body=element("div", *parts))


def title(reading: Reading) -> str:
    """What the section is called."""
    return "Against published figures" if reading.result.references else "By bands of the measure"


def caption(reading: Reading, reference: ReferenceResult) -> str:
    """What the table of a figure holds."""
    return f"Every cell against {called(reference, reading.decimals)}, the best first"


def _table(reading: Reading, reference: ReferenceResult) -> Markup:
    figure = called(reference, reading.decimals)
    columns = [
        Column(title="Cell", class_="name", sortable=True),
        Column(title=reading.measure.short, class_="num estimate", sortable=True),
        Column(title="Difference", class_="num diff", sortable=True, help=f"from {figure}"),
        Column(title="Against it", class_="verdict", sortable=True),
    ]
    table = data_table(
        columns,
        [_row(reading, reference, cell) for cell in reading.by_leading],
        caption=caption(reading, reference),
        class_="cells cards",
        fold=SHOWN,
    )
    return element("div", element("h3", f"{figure[:1].upper()}{figure[1:]}"), table)


def _row(reading: Reading, reference: ReferenceResult, cell: HeadResult) -> Row:
    one = reference.cells[cell.id]
    return Row(
        class_=reading.row_class(cell),
        cells=[
            name_cell(reading, cell),
            *against_cells(reading, reference, cell),
            Cell(content=chip(one.word), sort=one.word),
        ],
    )


def against_cells(reading: Reading, reference: ReferenceResult, cell: HeadResult) -> list[Cell]:
    """The measure of a cell and how far it is from the figure; plain text."""
    one, value = reference.cells[cell.id], reading.leading(cell).value
    return [
        Cell(
            content=reading.value(value),
            note=between(one.low, one.high, reading.decimals) or one.reason,
            sort=value,
        ),
        Cell(content=signed(one.difference, reading.decimals), sort=one.difference),
    ]


def _fineprint(reading: Reading) -> Markup:
    return element("p", element("b", "How it was judged. "), judged_words(reading), class_="fineprint")


def judged_words(reading: Reading) -> str:
    """What the words mean against a figure whose rows nobody has."""
    over = "over the repeated splits" if reading.repeated else "on the held-out rows"
    return (
        f"The figures are as published, on other rows: nothing is paired, and their own error is not known. Better and worse mean that"
        f" the whole 95 % interval {over} lies on that side of the figure, unresolved that the figure lies inside it. Each interval"
        " stands for its own cell; nothing is corrected for their number."
    )


def band_words(reading: Reading) -> str:
    """Which band the measure lies in."""
    found = reading.result.bands
    assert found is not None  # the caller looked
    cell = reading.by_id[found.cell]
    figure = reading.leading(cell)
    return band_sentence(
        found,
        cell,
        between(figure.low, figure.high, reading.decimals),
        measure=reading.measure,
        decimals=reading.decimals,
    )
