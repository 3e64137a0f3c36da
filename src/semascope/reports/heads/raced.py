"""The race: which cells were left behind on samples of the training rows, and what showed it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from semascope.pages.lines import Line, lines_chart
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.heads.cells import SHOWN
from semascope.studies.heads.telling.raced_words import by_fall, how_it_raced, race_words, why
from semascope.words.numbers import NOTHING, count

if TYPE_CHECKING:
    from semascope.reports.heads.reading import Reading
    from semascope.studies.racing import Fall, Raced

TITLE = "The race"
NAMED = 6  # lines with their names
COLUMNS = {
    "Left behind at": "training rows of the sample that showed it",
    "Behind": "on that sample, more is worse, with the standard error of the paired difference",
    "At best": "the least that the difference may come to on all training rows",
    "Against": "the cell that showed it",
}


def section(reading: Reading) -> Section | None:
    """How the race went, drawn and in numbers; None where there was none."""
    raced = reading.result.raced
    if raced is None:
        return None
    return Section(
        id="race",
        title=TITLE,
        nav="Race",
        lead=lead(raced),
        body=element(
            "div",
            element("figure", _chart(reading, raced), class_="wide"),
            _table(reading, raced) if raced.fallen else "",
            element("p", element("b", "How they raced. "), how_it_raced(reading.result), class_="fineprint"),
        ),
    )


def lead(raced: Raced) -> str:
    """Who fell, at how many rows, and what that saved."""
    return race_words(raced)


def lines_of(reading: Reading, raced: Raced) -> list[Line]:
    """A line a cell over the samples; what was computed whole goes on to all training rows."""
    fallen = {fall.cell: fall for fall in raced.fallen}
    found = []
    for cell, label in raced.labels.items():
        points = [
            (float(heat.units), heat.values[cell], math.nan, math.nan)
            for heat in raced.race.heats
            if cell in heat.values
        ]
        whole = reading.by_id.get(cell)
        if whole is not None and points and math.isfinite(whole.selection):
            points.append((float(raced.race.units), whole.selection, math.nan, math.nan))
        if points:
            found.append(
                Line(
                    label=label,
                    points=points,
                    tone="plain" if whole is None else reading.role(whole),
                    ends=cell in fallen,
                )
            )
    return found


def words_of(reading: Reading, raced: Raced) -> str:
    """What the picture shows, without a full stop."""
    return (
        f"{reading.measure.long} out of fold of {count(len(raced.labels), 'cell')} by training rows; a cross stands where a cell was"
        " left behind"
    )


def drawn_lines(reading: Reading, raced: Raced) -> list[Line]:
    """The lines, of which those have names that went farthest, and those that stand out."""
    lines = lines_of(reading, raced)
    ranked = sorted(lines, key=lambda line: (line.ends, reading.measure.loss(line.points[-1][1])))
    named = {line.label for line in ranked[:NAMED]} | {line.label for line in lines if line.tone != "plain"}
    return [replace(line, name=line.label in named) for line in lines]


def _chart(reading: Reading, raced: Raced) -> str:
    return lines_chart(
        drawn_lines(reading, raced),
        x_label="training rows, logarithmic",
        y_label=reading.measure.short,
        words=f"{words_of(reading, raced)}; the same figures stand in the table below.",
    )


def columns() -> list[str]:
    """Heads behind the name."""
    return [*COLUMNS, "Why"]


def figures(reading: Reading, raced: Raced, fall: Fall) -> list[Cell]:
    """What showed that a cell is left behind; plain text."""
    return [
        Cell(content=f"{fall.units:,} rows", sort=fall.units),
        Cell(
            content=reading.difference(fall.behind), note=f"± {reading.value(fall.error)}", sort=fall.behind
        ),
        Cell(content=reading.difference(fall.least), sort=fall.least),
        Cell(content=raced.labels.get(fall.against, fall.against) or NOTHING),
        Cell(content=why(fall)),
    ]


def _table(reading: Reading, raced: Raced) -> str:
    heads = [Column(title="Cell", class_="name", sortable=True)]
    heads += [
        Column(title=title, class_="num" if title != "Against" else "", sortable=True, help=COLUMNS[title])
        for title in COLUMNS
    ]
    heads.append(Column(title="Why"))
    rows = [
        Row(
            cells=[
                Cell(content=element("b", raced.labels[fall.cell], class_="cell-name"), title=fall.cell),
                *figures(reading, raced, fall),
            ]
        )
        for fall in by_fall(raced)
    ]
    return data_table(heads, rows, caption=caption(raced), fold=SHOWN)


def caption(raced: Raced) -> str:
    """What the table holds."""
    return f"{count(len(raced.fallen), 'cell')} left behind, the last first"
