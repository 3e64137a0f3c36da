"""A given split that leaks: results with and without the held-out rows that also stand in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.markup import element
from semascope.pages.numbers import between, count, signed
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.cells import SHOWN, name_cell

if TYPE_CHECKING:
    from semascope.reports.reading import Reading
    from semascope.stats.results import Estimate


def section(reading: Reading) -> Section | None:
    """Cells on all held-out rows and without the leaked ones; None when nothing leaks."""
    pairs = [(cell, cell.leak) for cell in reading.ordered if cell.leak is not None]
    if not pairs:
        return None
    rows = [
        Row(
            class_=reading.row_class(cell),
            cells=[
                name_cell(reading, cell),
                _estimate(reading, leak.with_leaked),
                _estimate(reading, leak.without_leaked),
                Cell(
                    content=signed(leak.without_leaked.value - leak.with_leaked.value, reading.decimals),
                    sort=leak.without_leaked.value - leak.with_leaked.value,
                ),
            ],
        )
        for cell, leak in pairs
    ]
    columns = [
        Column(title="Cell", class_="name", sortable=True),
        Column(title="With them", class_="num", sortable=True),
        Column(title="Without", class_="num", sortable=True),
        Column(title="Change", class_="num", sortable=True),
    ]
    leaked = max(leak.leaked for _, leak in pairs)
    caption = f"{reading.measure.long} with and without {count(leaked, 'leaked row')}"
    return Section(
        id="leaks",
        title="The split leaks",
        nav="The split leaks",
        lead=f"{count(leaked, 'held-out row')} of the given split also "
        f"{'stands' if leaked == 1 else 'stand'} in training, exactly or nearly. Without them:",
        body=element("div", data_table(columns, rows, caption=caption, fold=SHOWN), Markup()),
    )


def _estimate(reading: Reading, estimate: Estimate) -> Cell:
    return Cell(
        content=reading.value(estimate.value),
        note=between(estimate.low, estimate.high, reading.decimals) or estimate.reason,
        sort=estimate.value,
    )
