"""What the cells reach with fewer training rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.pages.lines import Line, lines_chart
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.heads.cells import SHOWN, name_cell
from semascope.studies.heads.judging.curves import mean_of
from semascope.words.numbers import NOTHING, between, count
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult

DRAWN = 6
TITLE = "How many rows it takes"


def section(reading: Reading) -> Section | None:
    """A line for the chosen cell, the baseline and the best others, and all figures; None where no curve was asked for."""
    cells = with_curve(reading)
    if not cells:
        return None
    return Section(
        id="curve",
        title=TITLE,
        nav="Learning curves",
        lead=lead(reading),
        body=element(
            "div",
            element("figure", _chart(reading, cells[:DRAWN]), class_="wide"),
            data_table(
                [
                    Column(title="Cell", class_="name"),
                    *[Column(title=f"{rows:,} rows", class_="num", sortable=True) for rows in sizes(cells)],
                    Column(title=f"all {reading.result.rows_train:,}", class_="num", sortable=True),
                ],
                [
                    Row(
                        class_=reading.row_class(cell),
                        cells=[name_cell(reading, cell), *figures(reading, cell)],
                    )
                    for cell in cells
                ],
                caption=f"{reading.measure.long}, by training rows",
                fold=SHOWN,
            ),
        ),
    )


def with_curve(reading: Reading) -> list[HeadResult]:
    """Cells that have one, those that stand out first, then the best."""
    cells = [cell for cell in reading.ordered if cell.curve and reading.reads_texts(cell)]
    return sorted(cells, key=lambda cell: reading.role(cell) == "plain")


def lead(reading: Reading) -> str:
    """How the figures came about."""
    cells = with_curve(reading)
    draws = max(len(point.draws) for cell in cells for point in cell.curve)
    where = f" with {reading.judged}" if reading.judged else ""
    text = (
        f"Means over {count(draws, 'draw')} of the training rows, judged on the same {count(reading.rows_judged, 'held-out row')}"
        f"{where} as the cells."
    )
    if any(math.isfinite(point.low) for cell in cells for point in cell.curve):
        text += " Intervals are 95 %, over the held-out rows."
    return text + _of_tuned([cell for cell in reading.result.cells if cell.reads == "texts"])


def _of_tuned(cells: Sequence[HeadResult]) -> str:
    """How tuned models come by their points, or how they would."""
    text = ""
    if drawn := [cell.label for cell in cells if cell.curve]:
        text += (
            f" {listing(drawn)} learnt from the first draw of each number alone, for as many epochs as did best with all rows: each"
            " point is a training of its own."
        )
    if without := [cell.label for cell in cells if not cell.curve]:
        text += (
            f" {listing(without)} {'was' if len(without) == 1 else 'were'} not asked for a curve, of which each point is a training of"
            " its own: --tuned MODEL,curve=yes."
        )
    return text


def sizes(cells: list[HeadResult]) -> list[int]:
    """The numbers of rows of the cells' curves, ascending."""
    return sorted({point.rows for cell in cells for point in cell.curve})


def figures(reading: Reading, cell: HeadResult) -> list[Cell]:
    """The measure after each number of rows, and after all."""
    known = {point.rows: point for point in cell.curve}
    found = []
    for rows in sizes(with_curve(reading)):
        point = known.get(rows)
        if point is None or not math.isfinite(point.mean):
            found.append(Cell(content=NOTHING, sort=math.nan))
            continue
        interval = between(point.low, point.high, reading.decimals)
        found.append(Cell(content=reading.value(point.mean), note=interval, sort=point.mean))
    now = mean_of(cell)
    single = len(reading.result.targets) == 1
    interval = between(cell.estimate.low, cell.estimate.high, reading.decimals) if single else ""
    return [*found, Cell(content=reading.value(now), note=interval, sort=now)]


def _chart(reading: Reading, cells: list[HeadResult]) -> str:
    single, rows = len(reading.result.targets) == 1, reading.result.rows_train
    lines = [
        Line(
            label=cell.label,
            points=[
                *[(point.rows, point.mean, point.low, point.high) for point in cell.curve],
                (
                    rows,
                    mean_of(cell),
                    *((cell.estimate.low, cell.estimate.high) if single else (math.nan, math.nan)),
                ),
            ],
            tone=reading.role(cell),
        )
        for cell in cells
    ]
    return lines_chart(
        lines,
        x_label="training rows, logarithmic",
        y_label=reading.measure.short,
        words=f"{reading.measure.long} of {count(len(lines), 'cell')} by training rows; the same figures stand in the table below.",
    )
