"""Repeated splits: what can be said about the recipe instead of one fitted head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.strips import strip, strip_axis, strip_ruler
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.heads.cells import SHOWN, difference_cell, name_cell
from semascope.reports.verdicts import verdict_cell
from semascope.words.numbers import between, count

if TYPE_CHECKING:
    from semascope.reports.heads.reading import Reading
    from semascope.stats.results import Verdict
    from semascope.studies.heads.result import HeadResult, RepeatResult


def section(reading: Reading) -> Section | None:
    """The cells over repeated splits, each repeat a dot; None when splits were not repeated."""
    pairs = by_mean(reading)
    if not pairs:
        return None
    axis = strip_axis(
        triple
        for cell, repeat in pairs
        if cell in reading.drawn
        for triple in [
            (repeat.low, repeat.mean, repeat.high),
            *((value, value, value) for value in repeat.values),
        ]
    )
    better = reading.measure.arrow
    table = data_table(
        [
            Column(title="Cell", class_="name", sortable=True),
            Column(title=f"Mean {reading.measure.short}", class_="num estimate", sortable=True),
            Column(title=f"{better} better", class_="drawn wide", ruler=strip_ruler(axis, about=6)),
            Column(
                title="Difference", class_="num diff", sortable=True, help="from the baseline, same splits"
            ),
            Column(title="Verdict", class_="verdict", sortable=True),
        ],
        [
            Row(
                class_=reading.row_class(cell),
                cells=[
                    name_cell(reading, cell),
                    mean_cell(reading, repeat),
                    Cell(
                        content=strip(
                            repeat.low,
                            repeat.mean,
                            repeat.high,
                            axis=axis,
                            tone=f"whole {reading.role(cell)}",
                            dots=repeat.values,
                        )
                    ),
                    difference_cell(reading, reading.leading(cell).verdict),
                    _verdict(reading, cell, repeat),
                ],
            )
            for cell, repeat in pairs
        ],
        caption="Every dot is one repeated split; the line is the 95 % interval of the mean",
        class_="recipe cards",
        fold=SHOWN,
    )
    return Section(
        id="recipe",
        title="What was compared",
        lead=lead(reading),
        body=element("div", table, _fineprint(reading)),
    )


def by_mean(reading: Reading) -> list[tuple[HeadResult, RepeatResult]]:
    """The cells over repeated splits, the best mean first; none when splits were not repeated."""
    pairs = [(cell, cell.repeat) for cell in reading.ordered if cell.repeat is not None]
    return sorted(pairs, key=lambda pair: reading.measure.loss(pair[1].mean))


def lead(reading: Reading) -> str:
    """What the section is about."""
    repeats = max(repeat.repeats for _, repeat in by_mean(reading))
    return (
        f"Every cell was fitted anew on {count(repeats, 'split')} of the same rows. What is said here is about the "
        "recipe: which to expect more from on data like these."
    )


def mean_cell(reading: Reading, repeat: RepeatResult) -> Cell:
    """The mean with its interval; plain text."""
    return Cell(
        content=reading.value(repeat.mean),
        note=between(repeat.low, repeat.high, reading.decimals),
        sort=repeat.mean,
    )


def _verdict(reading: Reading, cell: HeadResult, repeat: RepeatResult) -> Cell:
    verdict = verdict_of(reading, cell, repeat)
    return Cell() if verdict is None else verdict_cell(verdict)


def verdict_of(reading: Reading, cell: HeadResult, repeat: RepeatResult) -> Verdict | None:
    """What the repeated splits say of the cell."""
    family = reading.result.repeat_family
    return repeat.verdict or (family.verdicts.get(cell.id) if family else None)


def _fineprint(reading: Reading) -> Markup:
    words = judged_words(reading)
    return element("p", element("b", "How it was judged. "), words, class_="fineprint") if words else Markup()


def judged_words(reading: Reading) -> str:
    """Test and interval; empty without repeated splits."""
    family = reading.result.repeat_family
    if family is None:
        return ""
    text = f"p from {family.test}, Holm-corrected over {count(family.comparisons, 'comparison')}; interval by {family.interval}."
    if any(cell.reads == "column" for cell in reading.result.cells):
        text += " Columns of the file were fitted nowhere: their answers are the same on every split."
    return text
