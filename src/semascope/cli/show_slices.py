"""The answer by the values of the slice columns: a line a value, under the table of cells."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.markup import escape

from semascope.cli.fitting import Column, print_fitting
from semascope.reports.heads.breakdowns import parts_by_value, values_by_size
from semascope.words.numbers import between, fixed, p_value, shared_decimals
from semascope.words.texts import BETWEEN, readable, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from semascope.reports.heads.reading import Reading
    from semascope.stats.results import Verdict
    from semascope.studies.heads.judging.leading import LeadingPart
    from semascope.studies.heads.result import HeadResult

SHOWN = 8  # values of one column; the report has all
_LONGEST = 24  # characters of a value, and of a part of a cell's name


def print_slices(reading: Reading, console: Console, *, word: Callable[[Verdict], str]) -> None:
    """The chosen cell, the baseline and the best constant on each value; nothing where no slice was asked for.

    Parameters
    ----------
    word
        How the word of a verdict is written.
    """
    if not reading.sliced:
        return
    several = len(reading.sliced) > 1
    cells = _cells(reading)
    columns = _columns(reading, cells, several=several)
    places, blank = _places(reading, cells), [""] * (len(columns) - 1)
    rows: list[list[str]] = []
    for column in reading.sliced:
        if several:
            rows.append([f"[bold]{escape('by ' + _short(column))}[/]", *blank])
        values = values_by_size(reading, column)
        for value in values[:SHOWN]:
            shown = _row(reading, cells, column, value, places=places, word=word)
            rows.append(["  " * several + escape(_short(value)), *shown])
        if len(values) > SHOWN:
            rows.append([f"{'  ' * several}[dim]and {len(values) - SHOWN} more[/]", *blank])
    console.print()
    print_fitting(console, columns, rows)
    console.print(_how(reading), style="dim", markup=False, highlight=False)


def _cells(reading: Reading) -> list[HeadResult]:
    """The chosen cell, the baseline and the best one that reads no text, each once."""
    guess = reading.result.guess
    names = [reading.winner.id, reading.baseline.id, *([guess.cell] if guess else [])]
    return [reading.by_id[name] for name in dict.fromkeys(names)]


def _columns(reading: Reading, cells: list[HeadResult], *, several: bool) -> list[Column]:
    """A narrow terminal does without p, then the constant, the rows, the difference."""
    found = [
        Column(title="" if several else f"by {_short(reading.sliced[0])}", name=True),
        Column(title="rows", leaves=3),
    ]
    for cell in cells:
        named = cell.id in (reading.winner.id, reading.baseline.id)
        found.append(Column(title=_head(cell.label), leaves=0 if named else 2))
    if reading.winner.id == reading.baseline.id:
        return [*found, Column(title="95 % interval", leaves=1)]
    return [
        *found,
        Column(title="difference", leaves=4),
        Column(title="p (Holm)", leaves=1),
        Column(title="verdict", right=False),
    ]


def _head(label: str) -> str:
    """A cell's name, each part on a line of its own."""
    return " ·\n".join(_short(part) for part in label.split(BETWEEN))


def _row(
    reading: Reading,
    cells: list[HeadResult],
    column: str,
    value: str,
    *,
    places: int,
    word: Callable[[Verdict], str],
) -> list[str]:
    """What stands behind the value."""
    parts = [parts_by_value(cell, column).get(value) for cell in cells]
    chosen = parts[0]
    rows = max((part.n for part in parts if part), default=0)
    found = [f"{rows:,}", *[fixed(part.value if part else math.nan, places) for part in parts]]
    if reading.winner.id == reading.baseline.id:
        return [*found, between(chosen.low, chosen.high, places) or "none" if chosen else ""]
    if chosen is None or chosen.verdict is None:
        return [*found, "", "", ""]
    verdict = chosen.verdict
    change = reading.measure.change(verdict.difference, decimals=places, shares=reading.relative)
    return [*found, change, p_value(verdict.p_holm), word(verdict)]


def _places(reading: Reading, cells: list[HeadResult]) -> int:
    """Decimals of all values: two digits of a typical interval, and no more than the table of cells has."""
    parts: list[LeadingPart] = [
        part for cell in cells for column in reading.sliced for part in parts_by_value(cell, column).values()
    ]
    step = 10.0**-reading.decimals
    return min(
        reading.decimals, shared_decimals(((part.high - part.low) / 2 for part in parts), fallback=step)
    )


def _short(text: str) -> str:
    return shorten(" ".join(readable(text).split()) or "(empty)", _LONGEST)


def _how(reading: Reading) -> str:
    """What the lines are about."""
    repeated = any(part.repeat for part in reading.winner.slices)
    where = "over the repeated splits; rows: held out in each" if repeated else "on the study's own split"
    if reading.winner.id == reading.baseline.id:
        return f"{reading.winner.label} by value, {where}."
    return (
        f"{reading.winner.label} against {reading.baseline.label} by value, {where}."
        " p: Holm over all cells and values of a column."
    )
