"""The page of a study of retrieval: verdicts, all measures, notes, how it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.chips import chip
from semascope.pages.markup import element
from semascope.pages.shell import Section
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports import verdicts
from semascope.reports.page import render_study
from semascope.retrieval.naming import query_measure
from semascope.studies.retrieval.judging import HOLES
from semascope.words.numbers import fixed, percent

if TYPE_CHECKING:
    from semascope.studies.result import CellResult
    from semascope.studies.retrieval.result import RetrievalResult

DECIMALS = 3


def render_retrieval(result: RetrievalResult) -> str:
    """One HTML document that loads nothing from anywhere."""
    return render_study(
        result,
        about="retrieval",
        sections=[
            verdicts.section(result, query_measure(result.measure), units="queries"),
            _measures(result),
        ],
        rows=[
            ("documents", f"{result.documents:,}"),
            ("queries", f"{result.choosing:,} to choose on, {result.estimating:,} to estimate on"),
        ],
    )


def _measures(result: RetrievalResult) -> Section:
    """Every cell by every measure, and what nobody judged."""
    names = [name for name in result.beside if name != HOLES]
    table = data_table(
        [
            Column(title="Cell", class_="name", sortable=True),
            *[Column(title=name, class_="num", sortable=True) for name in names],
            Column(
                title="Holes",
                class_="num",
                sortable=True,
                help="share of the first ten documents that nobody judged",
            ),
            Column(title="Chosen inside"),
        ],
        [_row(result, cell, names) for cell in result.cells],
        caption=f"Means over {result.estimating:,} queries that estimate",
        class_="cards",
        fold=verdicts.FOLD,
    )
    said = element(
        "p",
        "Verdicts are about ",
        element("b", result.measure),
        " alone; the other measures are shown without a test. Holes are documents among the first ten that nobody judged: they"
        " count as wrong, whatever they say. A weight is the share of a hybrid's first part, chosen on the queries that choose.",
        class_="fineprint",
    )
    return Section(
        id="measures",
        title="By other measures, and what nobody judged",
        nav="Measures",
        body=element("div", table, said),
    )


def _row(result: RetrievalResult, cell: CellResult, names: list[str]) -> Row:
    holes = result.holes[cell.id]
    chosen = cell.id == result.winner
    inside = ", ".join(_choice(name, value) for name, value in cell.choices.items())
    return Row(
        class_="chosen keep" if chosen else "plain",
        cells=[
            Cell(
                content=element("b", cell.label, " ", chip("chosen") if chosen else "", class_="cell-name"),
                sort=cell.label.casefold(),
            ),
            *[Cell(content=fixed(cell.measures[name], DECIMALS), sort=cell.measures[name]) for name in names],
            Cell(content=percent(holes), sort=holes),
            Cell(content=inside),
        ],
    )


def _choice(name: str, value: float | str) -> str:
    """A weight, or the cell that a part of a hybrid stands for."""
    return f"{name}: {value}" if isinstance(value, str) else f"{name} {value:g}"
