"""Where two cells part: the held-out rows that one of them gets right and the other does not, with their texts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.reports.heads.worst import text_with_facts, written_numbers
from semascope.words.numbers import count, fixed, percent
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult
    from semascope.types import Floats

SHOWN = 8  # rows of each side


def section(reading: Reading) -> Section | None:
    """The two cells' errors row by row; None where there are no two to compare, or they never differ."""
    found = sides(reading)
    if not found:
        return None
    one, other, _ = found[0]
    return Section(
        id="parting",
        title=title(one, other),
        nav="Where two part",
        lead=lead(reading, one, other),
        body=element("div", *[_side(reading, *side) for side in found if side[2]]),
    )


def sides(reading: Reading) -> list[tuple[HeadResult, HeadResult, list[int]]]:
    """A cell, the other one, and the rows where the first is nearer by most, then the other way round; empty as ``section`` says."""
    pair = two_cells(reading)
    if pair is None:
        return []
    one, other = pair
    nearer = _nearer(reading, one, other)
    found = [(one, other, parting_rows(nearer)), (other, one, parting_rows(-nearer))]
    return found if any(rows for *_, rows in found) else []


def _nearer(reading: Reading, one: HeadResult, other: HeadResult) -> Floats:
    """(m,) how much nearer the first cell is; below 0 where the other one is."""
    return reading.row_losses(other) - reading.row_losses(one)


def title(one: HeadResult, other: HeadResult) -> str:
    """What the section is called."""
    return f"Where {one.label} and {other.label} part"


def two_cells(reading: Reading) -> tuple[HeadResult, HeadResult] | None:
    """The chosen cell and what it is worth comparing with, row by row.

    The best of the other kind on the training rows, where a tuned model and frozen vectors are both in the table; else the best on another encoder's vectors; else the baseline.
    """
    winner, choice = reading.winner, reading.result.choice
    held_out = reading.result.held_out.predictions

    def best(cells: Sequence[HeadResult]) -> HeadResult | None:
        known = {
            cell.id: choice.by_cell[cell.id].value
            for cell in cells
            if cell.id in held_out and math.isfinite(choice.by_cell[cell.id].value)
        }
        return reading.by_id[reading.measure.best(known)] if known else None

    others = {"vectors": ("texts",), "given": ("texts",), "texts": ("vectors", "given")}
    cells = reading.result.cells
    found = best([cell for cell in cells if cell.reads in others.get(winner.reads, ())])
    if found is None and winner.encoder:
        found = best([cell for cell in cells if cell.encoder and cell.encoder != winner.encoder])
    if found is None and reading.baseline.id != winner.id and reading.reads_texts(reading.baseline):
        found = reading.baseline
    return (winner, found) if found is not None and winner.id in held_out else None


def parting_rows(nearer: Floats) -> list[int]:
    """Positions of the rows where one cell is nearer by most, at most ``SHOWN``.

    Examples
    --------
    >>> parting_rows(np.array([0.5, -1.0, np.nan, 2.0, 0.0]))
    [3, 0]
    """
    known = np.flatnonzero(np.isfinite(nearer) & (nearer > 0))
    order = known[np.argsort(-nearer[known], kind="stable")]
    return [int(at) for at in order[:SHOWN]]


def lead(reading: Reading, one: HeadResult, other: HeadResult) -> str:
    """How often each of them is nearer, and whether they fail on the same rows."""
    nearer = _nearer(reading, one, other)
    known = nearer[np.isfinite(nearer)]
    won, lost = float((known > 0).mean()), float((known < 0).mean())
    what = "nearer" if reading.regression else "right alone"
    text = f"{one.label} is {what} on {percent(won)} of the {count(len(known), 'held-out row')}, {other.label} on {percent(lost)}."
    losses = np.array([reading.row_losses(cell) for cell in (one, other)])
    losses = losses[:, np.isfinite(losses).all(axis=0)]
    if losses.shape[1] > 2 and losses.std(axis=1).min() > 0:
        shared = float(np.corrcoef(losses)[0, 1])
        text += f" Their errors have a correlation of {fixed(shared, 2)}: " + (
            "what is hard for one is hard for the other."
            if shared > 0.6
            else "they fail on different rows."
            if shared < 0.3
            else "partly on the same rows."
        )
    return text


def side_words(reading: Reading, one: HeadResult, other: HeadResult) -> str:
    """What the rows of a side have in common."""
    what = "nearer than" if reading.regression else "right, unlike"
    return f"{one.label} {what} {other.label}"


def _side(reading: Reading, one: HeadResult, other: HeadResult, rows: list[int]) -> Markup:
    return element(
        "div",
        element("h3", side_words(reading, one, other)),
        element("ol", *[_item(reading, one, other, at) for at in rows], class_="worst"),
    )


def _item(reading: Reading, one: HeadResult, other: HeadResult, at: int) -> Markup:
    pairs = [
        element("div", element("dt", name, title=name), element("dd", value, class_=class_ or None))
        for name, value, class_ in lines(reading, one, other, at)
    ]
    return element("li", element("div", element("dl", *pairs), class_="miss"), text_with_facts(reading, at))


def lines(reading: Reading, one: HeadResult, other: HeadResult, at: int) -> list[tuple[str, str, str]]:
    """Name, value and class of what is true of a row and of what each of the two says."""
    return _numbers(reading, one, other, at) if reading.regression else _classes(reading, one, other, at)


def _numbers(reading: Reading, one: HeadResult, other: HeadResult, at: int) -> list[tuple[str, str, str]]:
    """True and predicted, of the target on which the two lie farthest apart."""
    held_out = reading.result.held_out
    truth = np.asarray(held_out.truth, dtype=np.float64)[at]
    first, second = (np.asarray(held_out.predictions[cell.id], dtype=np.float64)[at] for cell in (one, other))
    apart = np.where(np.isfinite(truth), np.abs(first - second), -1.0)
    place = int(apart.argmax())
    given, mine, _ = written_numbers(float(truth[place]), float(first[place]))
    _, its, _ = written_numbers(float(truth[place]), float(second[place]))
    name = "true" if len(truth) == 1 else shorten(reading.result.targets[place], 30)
    return [(name, given, ""), (shorten(one.label, 30), mine, ""), (shorten(other.label, 30), its, "wrong")]


def _classes(reading: Reading, one: HeadResult, other: HeadResult, at: int) -> list[tuple[str, str, str]]:
    held_out, names = reading.result.held_out, reading.result.classes
    told = [int(held_out.truth[at, 0]), *(int(held_out.predictions[cell.id][at, 0]) for cell in (one, other))]
    truth, mine, its = (shorten(names[place], 40) for place in told)
    return [
        ("true", truth, "class"),
        (shorten(one.label, 30), mine, "class"),
        (shorten(other.label, 30), its, "class wrong"),
    ]
