"""The verdicts of a study of any kind: every cell against the baseline, drawn and in numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.chips import chip
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.strips import strip, strip_axis, strip_ruler
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.words.numbers import between, count, fixed, measure_decimals, p_value, roughly, signed
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.pages.strips import StripAxis
    from semascope.stats.measure import Measure
    from semascope.stats.results import Estimate, Verdict
    from semascope.studies.result import CellResult, StudyResult

FOLD = 15  # rows before the table is folded
COMPARED = "What was compared"


def section(result: StudyResult, measure: Measure | None = None, *, units: str = "rows") -> Section:
    """All cells on the same held-out units, in plan order; without a measure its name stands for its words."""
    family = result.family
    decimals = decimals_of(result)
    verdicts = [cell.verdict for cell in result.cells]
    axis = strip_axis(
        ((v.low, v.difference, v.high) for v in verdicts if v.word != "baseline"),
        zero=0.0,
        margin=family.margin,
    )
    table = data_table(
        [
            Column(title="Cell", class_="name", sortable=True),
            Column(title=measure.short if measure else result.measure, class_="num estimate", sortable=True),
            Column(
                title="Difference", class_="num diff", sortable=True, help="from the baseline, same units"
            ),
            Column(title="95 %", class_="drawn drawn-diff", ruler=strip_ruler(axis)),
            Column(title="Verdict", class_="verdict", sortable=True),
        ],
        [_row(result, cell, axis, decimals, units) for cell in result.cells],
        caption=f"{count(len(result.cells), 'cell')}, each against {family.baseline}",
        class_="cells cards",
        fold=FOLD,
    )
    judged = element(
        "p",
        element("b", "How it was judged. "),
        how_judged(result),
        class_="fineprint",
    )
    return Section(id="cells", title=COMPARED, body=element("div", table, judged))


def decimals_of(result: StudyResult) -> int:
    """Of the measure, everywhere it is written."""
    return measure_decimals(
        (cell.estimate.value for cell in result.cells),
        ((cell.estimate.high - cell.estimate.low) / 2 for cell in result.cells),
    )


def how_judged(result: StudyResult) -> str:
    """Where p and intervals come from, and what "equivalent" means."""
    family = result.family
    return (
        f"p from {family.test}, Holm-corrected over {count(family.comparisons, 'comparison')}; 95 % interval, which"
        f" no correction widens, by {family.interval}. “Equivalent” means that the 90 % interval lies inside ±{fixed(family.margin, decimals_of(result))}."
    )


def _row(result: StudyResult, cell: CellResult, axis: StripAxis, decimals: int, units: str) -> Row:
    verdict = cell.verdict
    baseline = verdict.word == "baseline"
    chosen = cell.id == result.winner
    return Row(
        class_="chosen keep" if chosen else "baseline keep" if baseline else "plain",
        cells=[
            Cell(
                content=element("b", cell.label, " ", chip("chosen") if chosen else "", class_="cell-name"),
                sort=cell.label.casefold(),
                title=cell.id,
            ),
            estimate_cell(cell.estimate, decimals),
            Cell(
                content="" if baseline else signed(verdict.difference, decimals),
                note="" if baseline else between(verdict.low, verdict.high, decimals),
                sort=verdict.difference,
            ),
            Cell(content=difference_strip(verdict, axis)),
            verdict_cell(verdict, units=units),
        ],
    )


def verdict_notes(verdict: Verdict, *, units: str = "rows") -> str:
    """p, and what keeps a verdict from being settled; empty for the baseline."""
    notes = []
    if verdict.word != "baseline" and not math.isnan(verdict.p_holm):
        notes.append(f"p {p_value(verdict.p_holm)}")
    if verdict.word == "unresolved" and verdict.rows_needed:
        notes.append(f"about {roughly(verdict.rows_needed)} {units} would settle it")
    if verdict.reason:
        notes.append(verdict.reason)
    if verdict.mixed:
        notes.append("the other way on " + listing(list(verdict.mixed), limit=2))
    return "; ".join(notes)


def verdict_cell(verdict: Verdict, *, units: str = "rows") -> Cell:
    """The chip, with p and what keeps it from being settled below it."""
    content = chip(verdict.word)
    if verdict.mixed:
        flag = element("span", chip("mixed"), title="goes the other way: " + ", ".join(verdict.mixed))
        content = Markup("{} {}").format(content, flag)
    return Cell(content=content, note=verdict_notes(verdict, units=units), sort=verdict.word)


def estimate_cell(estimate: Estimate, decimals: int) -> Cell:
    """A value with its interval below it, or why there is none; plain text."""
    return Cell(
        content=fixed(estimate.value, decimals),
        note=between(estimate.low, estimate.high, decimals) or estimate.reason,
        sort=estimate.value,
    )


def difference_strip(verdict: Verdict, axis: StripAxis) -> Markup:
    """The interval of a difference, toned by its word; of the baseline the zero that all others are held against."""
    if verdict.word == "baseline":
        return strip(math.nan, 0.0, math.nan, axis=axis, tone="baseline")
    return strip(verdict.low, verdict.difference, verdict.high, axis=axis, tone=verdict.word)
