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
        parts.append(_bands(reading))
    title = "Against published figures" if result.references else "By bands of the measure"
    return Section(id="published", title=title, nav=title, body=element("div", *parts))


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
        caption=f"Every cell against {figure}, the best first",
        class_="cells cards",
        fold=SHOWN,
    )
    return element("div", element("h3", f"{figure[:1].upper()}{figure[1:]}"), table)


def _row(reading: Reading, reference: ReferenceResult, cell: HeadResult) -> Row:
    one, value = reference.cells[cell.id], reading.leading(cell).value
    return Row(
        class_=reading.row_class(cell),
        cells=[
            name_cell(reading, cell),
            Cell(
                content=reading.value(value),
                note=between(one.low, one.high, reading.decimals) or one.reason,
                sort=value,
            ),
            Cell(content=signed(one.difference, reading.decimals), sort=one.difference),
            Cell(content=chip(one.word), sort=one.word),
        ],
    )


def _fineprint(reading: Reading) -> Markup:
    over = "over the repeated splits" if reading.repeated else "on the held-out rows"
    text = (
        f"The figures are as published, on other rows: nothing is paired, and their own error is not known. Better and worse mean that"
        f" the whole 95 % interval {over} lies on that side of the figure, unresolved that the figure lies inside it. Each interval"
        " stands for its own cell; nothing is corrected for their number."
    )
    return element("p", element("b", "How it was judged. "), text, class_="fineprint")


def _bands(reading: Reading) -> Markup:
    found = reading.result.bands
    assert found is not None  # the caller looked
    cell = reading.by_id[found.cell]
    figure = reading.leading(cell)
    said = band_sentence(
        found,
        cell,
        between(figure.low, figure.high, reading.decimals),
        measure=reading.measure,
        decimals=reading.decimals,
    )
    return element("p", said)
