"""A given split that leaks: what the leaked held-out rows would have said, beside the clean ones that judge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.heads.cells import SHOWN, name_cell
from semascope.reports.verdicts import estimate_cell, verdict_cell
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.reports.heads.reading import Reading
    from semascope.stats.results import Estimate, Verdict


def section(reading: Reading) -> Section | None:
    """Cells on the clean, the leaked and all held-out rows; None when nothing leaks."""
    pairs = [(cell, cell.leak) for cell in reading.ordered if cell.leak is not None]
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
    for title in ("Clean rows", "Leaked rows", "All rows"):
        columns += [
            Column(title=title, class_="num", sortable=True, help=reading.measure.long),
            Column(
                title="Verdict", class_="verdict", sortable=True, help=f"against {reading.baseline.label}"
            ),
        ]
    leaked, clean = max(leak.leaked for _, leak in pairs), reading.rows_judged
    caption = f"{reading.measure.long} on {count(clean, 'clean row')} and {count(leaked, 'leaked row')}"
    return Section(
        id="leaks",
        title="The split leaks",
        lead=f"{count(leaked, 'held-out row')} of the given split also "
        f"{'stands' if leaked == 1 else 'stand'} in training: a copy, a near copy, or a row of the same group. A head has "
        "learnt their answers by heart, so every figure and verdict of this page is that of the clean rows; the others stand "
        "here only to show what they would have said.",
        body=element("div", data_table(columns, rows, caption=caption, fold=SHOWN), Markup()),
    )


def _figures(reading: Reading, estimate: Estimate, verdict: Verdict) -> list[Cell]:
    """The estimate, and the verdict with its difference."""
    difference = "" if verdict.word == "baseline" else reading.difference(verdict.difference)
    chip_cell = verdict_cell(verdict)
    return [
        estimate_cell(estimate, reading.decimals),
        replace(chip_cell, note="; ".join(filter(None, [difference, str(chip_cell.note)]))),
    ]
