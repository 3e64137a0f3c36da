"""Every cell by every measure, and by how many documents are looked at."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from semascope.pages.lines import Line as Curve
from semascope.pages.lines import lines_chart
from semascope.plots.lines import plot_lines
from semascope.reports.model import Figure, Paragraph
from semascope.reports.parts import Grid, Head, Part, Picture, Said, number
from semascope.reports.retrieval.reading import narrow, queries
from semascope.studies.retrieval.judging.judged import HOLES
from semascope.words.numbers import count, fixed

if TYPE_CHECKING:
    from semascope.reports.parts import Block
    from semascope.reports.retrieval.reading import Reading
    from semascope.studies.retrieval.telling import shown

DECIMALS = 3
DRAWN = 6
INSIDE = "Chosen inside"


def by_measure(reading: Reading) -> Part:
    """All measures of all cells."""
    names = [name for name in reading.result.beside if name != HOLES]
    chose = any(cell.choices for cell in reading.result.cells)
    lines = []
    for cell in reading.ordered:
        said = [number(cell.measures[name], fixed(cell.measures[name], DECIMALS)) for name in names]
        if chose:
            said.append(Said(text=", ".join(_choice(name, value) for name, value in cell.choices.items())))
        lines.append(reading.line(cell.id, said))
    table = Grid(
        caption=f"Means over {queries(reading.result.estimating)} that estimate, best {reading.measure.short} first",
        heads=[*[Head(title=name) for name in names], *([Head(title=INSIDE, number=False)] if chose else [])],
        lines=lines,
    )
    words = f"Verdicts are about {reading.result.measure} alone; the other measures are shown without a test."
    if chose:
        words += f" “{INSIDE}”: on the queries that choose. A weight is the share of a hybrid's first part."
    return Part(
        id="measures",
        title="By other measures",
        nav="Measures",
        blocks=[table, Paragraph(text=words, small=True)],
    )


def by_cutoff(reading: Reading) -> Part:
    """The measure's family and recall at several cutoffs."""
    curves = reading.result.details.curves
    blocks: list[Block] = [_picture(reading, curve) for curve in curves]
    blocks += [_table(reading, curve) for curve in curves]
    return Part(
        id="cutoffs",
        title="How many documents are looked at",
        nav="By cutoff",
        lead=(
            f"Means over the same {queries(reading.result.estimating)}, at several cutoffs. What reads few documents is served by"
            " the left side, what ranks many again by the right one."
        ),
        blocks=blocks,
    )


def _table(reading: Reading, curve: shown.Curve) -> Grid:
    lines = [
        reading.line(
            cell.id,
            [number(value, fixed(value, DECIMALS)) for value in curve.values[cell.id]],
        )
        for cell in reading.ordered
    ]
    return Grid(
        caption=f"{curve.family} by cutoff",
        heads=[Head(title=f"{curve.family}@{k}") for k in curve.cutoffs],
        lines=lines,
        class_="",
    )


def _picture(reading: Reading, curve: shown.Curve) -> Picture:
    order = sorted(reading.ordered, key=lambda cell: reading.role(cell.id) == "plain")[:DRAWN]
    lines = [
        Curve(
            label=narrow(cell.label),
            points=[
                (k, value, math.nan, math.nan)
                for k, value in zip(curve.cutoffs, curve.values[cell.id], strict=True)
            ],
            tone=reading.role(cell.id),
        )
        for cell in order
    ]
    left_out = len(reading.ordered) - len(order)
    without = f", without {count(left_out, 'other')}" if left_out else ""
    words = (
        f"{curve.family} of {len(order)} cells at cutoffs from {curve.cutoffs[0]} to {curve.cutoffs[-1]}"
        f"{without}; the same figures stand in a table"
    )
    caption = f"{curve.family} by cutoff"
    axis = "documents looked at, logarithmic"
    drawing = lines_chart(lines, x_label=axis, y_label=curve.family, words=f"{words}.")
    figure = Figure(
        name=f"cutoffs-{curve.family.casefold()}",
        caption=caption,
        words=f"{words}.",
        draw=partial(
            plot_lines,
            lines,
            headline=caption,
            sentence=f"{words}. Blue: chosen. Black: the baseline.",
            x_label=axis,
            y_label=curve.family,
        ),
    )
    return Picture(drawing=drawing, caption=caption, figure=figure, wide=True)


def _choice(name: str, value: float | str) -> str:
    """A weight, or the cell that a part of a hybrid stands for."""
    return f"{name}: {value}" if isinstance(value, str) else f"{name} {value:g}"
