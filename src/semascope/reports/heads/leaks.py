"""A given split that leaks: what the leaked held-out rows would have said, beside the clean ones that judge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.heads.cells import SHOWN, name_cell
from semascope.reports.verdicts import estimate_cell, verdict_cell, verdict_notes
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.reports.heads.reading import Reading
    from semascope.stats.results import Estimate, Verdict
    from semascope.studies.heads.result import HeadResult, LeakResult

SIDES = ("Clean rows", "Leaked rows", "All rows")


def section(reading: Reading) -> Section | None:
    """Cells on the clean, the leaked and all held-out rows; None when nothing leaks."""
    pairs = leaking(reading)
    if not pairs:
        return None
    rows = [
        Row(
            class_=reading.row_class(cell),
            cells=[
                name_cell(reading, cell),
                *_figures(reading, cell.estimate, cell.verdict),
                *_figures(reading, leak.on_leaked, leak.verdict_on_leaked),
                *_figures(reading, leak.on_all, leak.verdict_on_all),
            ],
        )
        for cell, leak in pairs
    ]
    columns = [Column(title="Cell", class_="name", sortable=True)]
    for title in SIDES:
        columns += [
            Column(title=title, class_="num", sortable=True, help=reading.measure.long),
            Column(
                title="Verdict", class_="verdict", sortable=True, help=f"against {reading.baseline.label}"
            ),
        ]
    return Section(
        id="leaks",
        title="The split leaks",
        lead=lead(reading),
        body=element("div", data_table(columns, rows, caption=caption(reading), fold=SHOWN), Markup()),
    )


def leaking(reading: Reading) -> list[tuple[HeadResult, LeakResult]]:
    """The cells with what leaked rows say of them, the best first; none when nothing leaks."""
    return [(cell, cell.leak) for cell in reading.ordered if cell.leak is not None]


def caption(reading: Reading) -> str:
    """What the table holds."""
    leaked, clean = _leaked(reading), reading.rows_judged
    return f"{reading.measure.long} on {count(clean, 'clean row')} and {count(leaked, 'leaked row')}"


def lead(reading: Reading, *, what: str = "page") -> str:
    """What leaked, and what follows; ``what`` is what says so."""
    leaked = _leaked(reading)
    return (
        f"{count(leaked, 'held-out row')} of the given split also "
        f"{'stands' if leaked == 1 else 'stand'} in training: a copy, a near copy, or a row of the same group. A head has "
        f"learnt their answers by heart, so every figure and verdict of this {what} is that of the clean rows; the others stand "
        "here only to show what they would have said."
    )


def _leaked(reading: Reading) -> int:
    return max(leak.leaked for _, leak in leaking(reading))


def _figures(reading: Reading, estimate: Estimate, verdict: Verdict) -> list[Cell]:
    """The estimate, and the verdict with its difference."""
    return [
        estimate_cell(estimate, reading.decimals),
        replace(verdict_cell(verdict), note=difference_and_p(reading, verdict)),
    ]


def difference_and_p(reading: Reading, verdict: Verdict) -> str:
    """The difference before what else is noted of a verdict."""
    difference = "" if verdict.word == "baseline" else reading.difference(verdict.difference)
    return "; ".join(filter(None, [difference, verdict_notes(verdict)]))
