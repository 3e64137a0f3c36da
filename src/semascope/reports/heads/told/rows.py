"""Rows with their texts: the worst errors, where two cells part, labels to check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.heads import parting, suspects, worst
from semascope.reports.model import Cell, Column, Paragraph, Row, Section, Table
from semascope.words.numbers import count, percent
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult

WORST = 10  # rows shown
OPENING = 320  # characters of a text
MISSES = 3  # targets shown beside a text


def worst_errors(reading: Reading) -> Section | None:
    """The held-out rows that the chosen cell got most wrong; None when it erred nowhere."""
    order = worst.worst_rows(reading)[:WORST]
    if not order:
        return None
    titles = ["Text", "True", "Predicted", "Error" if reading.regression else "Probability"]
    columns = [Column(title=title, number=reading.regression and title != "Text") for title in titles]
    rows = [Row(cells=[_text(reading, at), *_miss(reading, at)]) for at in order]
    caption = (
        f"The {count(len(order), 'row')} that {reading.winner.label} got most wrong, {worst.by_what(reading)}"
    )
    return Section(
        title="The worst errors",
        lead=worst.LEAD,
        blocks=[
            Table(caption=caption, columns=columns, rows=rows),
            Paragraph(text="Rows are counted from 0 as in the file; long texts are cut.", small=True),
        ],
    )


def _text(reading: Reading, at: int) -> Cell:
    held_out = reading.result.held_out
    facts = worst.facts_of(reading, at)
    if held_out.over_limit[at]:
        facts.append("in windows" if held_out.long == "chunk" else "cut")
    return _opening(held_out.texts[at], facts)


def _opening(text: str, facts: list[str]) -> Cell:
    """The first lines of a text, on one line, with what is known of it below."""
    return Cell(text=shorten(" ".join(text.split()), OPENING) or "(empty)", note=" · ".join(facts))


def _miss(reading: Reading, at: int) -> list[Cell]:
    """True, predicted and by how much; with several targets a line each, those with the largest errors."""
    if not reading.regression:
        held_out, names = reading.result.held_out, reading.result.classes
        guess = int(held_out.predictions[reading.result.winner][at, 0])
        probabilities = held_out.probabilities.get(reading.result.winner)
        sure = ""
        if probabilities is not None and len(probabilities):
            sure = percent(float(probabilities[at, guess]))
        named = [shorten(names[int(held_out.truth[at, 0])], 40), shorten(names[guess], 40)]
        return [*[Cell(text=name) for name in named], Cell(text=sure)]
    lines = worst.missed(reading, at)[:MISSES]
    several = len(reading.result.targets) > 1
    found = [worst.written_numbers(truth, prediction) for _, truth, prediction in lines]
    names = [f"{shorten(name, 24)}: " if several else "" for name, _, _ in lines]
    return [
        Cell(
            text="\n".join(
                f"{name if place == 0 else ''}{one[place]}" for name, one in zip(names, found, strict=True)
            )
        )
        for place in range(3)
    ]


def two_part(reading: Reading) -> Section | None:
    """The held-out rows that one of two cells gets right and the other does not; None where there are no two."""
    sides = parting.sides(reading)
    if not sides:
        return None
    return Section(
        title=parting.title(*sides[0][:2]),
        lead=parting.lead(reading, *sides[0][:2]),
        blocks=[_side(reading, *side) for side in sides if side[2]],
    )


def _side(reading: Reading, one: HeadResult, other: HeadResult, rows: Sequence[int]) -> Table:
    titles = ["True", *[shorten(cell.label, 30) for cell in (one, other)]]
    return Table(
        caption=parting.side_words(reading, one, other),
        columns=[_TEXT, *[Column(title=title, number=reading.regression) for title in titles]],
        rows=[Row(cells=[_text(reading, at), *_both(reading, one, other, at)]) for at in rows],
    )


def _both(reading: Reading, one: HeadResult, other: HeadResult, at: int) -> list[Cell]:
    """The true value and what the two cells say; of several targets the one on which they lie farthest apart."""
    (name, given, _), *said = parting.lines(reading, one, other, at)
    told = f"{name}: {given}" if len(reading.result.targets) > 1 else given
    return [Cell(text=told), *[Cell(text=value) for _, value, _ in said]]


_TEXT = Column(title="Text", number=False)


def to_check(reading: Reading) -> Section | None:
    """Rows whose label all good cells contradict; None where there are none."""
    found = reading.result.suspects
    if not found:
        return None
    titles = ["Label", "Predicted"]
    rows = []
    for each in found[:WORST]:
        name, given, predicted = suspects.told(reading, each)
        told = f"{name}: {given}" if len(reading.result.targets) > 1 else given
        rows.append(
            Row(cells=[_opening(each.text, suspects.facts_of(each)), Cell(text=told), Cell(text=predicted)])
        )
    more = len(found) - len(rows)
    return Section(
        title=suspects.TITLE,
        lead=suspects.lead(reading),
        blocks=[
            Table(
                caption=f"{count(len(rows), 'label')}, the clearest first",
                columns=[_TEXT, *[Column(title=title, number=reading.regression) for title in titles]],
                rows=rows,
                left_out=f"{count(more, 'more row')} are on the page (--format html)." if more else "",
            ),
            Paragraph(text=suspects.HOW, small=True),
        ],
    )
