"""What truncation costs: the ways of reading long texts, on the rows over the limit and on all rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.heads.cells import SHOWN, name_cell
from semascope.reports.verdicts import estimate_cell, verdict_cell
from semascope.words.numbers import count, percent
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.reports.heads.reading import Reading
    from semascope.stats.results import Verdict
    from semascope.studies.heads.result import HeadResult, LongTexts, WayResult


def section(reading: Reading) -> Section | None:
    """Each recipe in each way, against the same recipe with truncation; None when there is one way only."""
    found = reading.result.long_texts
    if not found:
        return None
    rows = [
        Row(class_=reading.row_class(reading.by_id[way.cell]), cells=_cells(reading, way))
        for recipe in found
        for way in recipe.ways
    ]
    columns = [
        Column(title="Cell", class_="name"),
        Column(title="Over the limit", class_="num estimate", help="held-out rows over the encoder's limit"),
        Column(title="Difference", class_="num", help="from truncation on the same rows"),
        Column(title="Verdict", class_="verdict"),
        Column(title="All rows", class_="num", help="difference from truncation on all held-out rows"),
        Column(title="Verdict", class_="verdict"),
        Column(title="Tokens lost", class_="num", help="share of all tokens of the study"),
        Column(title="Windows", class_="num", help="that rows over the limit are read in"),
    ]
    return Section(
        id="long-texts",
        title="What truncation costs",
        nav="Long texts",
        lead=lead(reading),
        body=element(
            "div",
            data_table(columns, rows, caption=caption(reading), class_="quiet", fold=SHOWN),
            element("p", compared_words(found), class_="fineprint"),
        ),
    )


def lead(reading: Reading) -> str:
    """How many rows are read differently."""
    return f"{listing(_sizes(reading.result.long_texts), limit=4)}."


def caption(reading: Reading) -> str:
    """What the table holds."""
    return f"{reading.measure.long} of each way of reading long texts, against truncation"


def _sizes(found: Sequence[LongTexts]) -> list[str]:
    """How many held-out rows are over each encoder's limit; an instruction lengthens a prompt."""
    sizes = {
        (
            one.encoder,
            one.over,
        ): f"{one.over:,} of {count(one.rows, 'held-out row')} are over the {one.limit:,} tokens"
        f" of {one.encoder}"
        for one in found
    }
    return list(sizes.values())


def _cells(reading: Reading, way: WayResult) -> list[Cell]:
    cell = reading.by_id[way.cell]
    return [
        name_cell(reading, cell),
        over_cell(reading, way),
        *_compared(reading, way.over),
        *_compared(reading, way.everything),
        *reading_cells(cell),
    ]


def over_cell(reading: Reading, way: WayResult) -> Cell:
    """The measure on the rows over the limit; plain text."""
    estimate = way.over_estimate
    if estimate is None:
        return Cell(content="–", note="too few rows")
    return replace(estimate_cell(estimate, reading.decimals), title=f"n = {estimate.n:,}")


def reading_cells(cell: HeadResult) -> list[Cell]:
    """What is lost, and the windows that are read; plain text."""
    windows = f"{cell.costs.windows:,}" if cell.costs.windows else "–"
    return [Cell(content=percent(cell.costs.tokens_lost_share, 1)), Cell(content=windows)]


def _compared(reading: Reading, verdict: Verdict | None) -> list[Cell]:
    """Difference and verdict; the cell that truncates is what the others are compared with."""
    if verdict is None:
        return [Cell(content="–"), Cell(content="–")]
    if verdict.word == "baseline":
        return [Cell(content="–"), Cell(content="compared with")]
    return [
        Cell(content=reading.difference(verdict.difference), note=reading.spread(verdict.low, verdict.high)),
        verdict_cell(verdict),
    ]


def compared_words(found: Sequence[LongTexts]) -> str:
    """What is compared with what."""
    ways = [way for recipe in found for way in recipe.ways]
    over, everything = (
        count(sum(one is not None and one.is_comparison for one in verdicts), "comparison")
        for verdicts in ([way.over for way in ways], [way.everything for way in ways])
    )
    return (
        "A text within the limit is read the same in every way, so only rows over it are read differently; heads differ on"
        f" all rows, because they learnt from other vectors. Holm-corrected over {over} for the rows over the limit, and over"
        f" {everything} for all rows."
    )
