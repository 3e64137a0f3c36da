"""All costs of all cells, and which cells nothing dominates, as a table."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from semascope.pages.markup import element
from semascope.pages.tables import Cell, Column, Row, data_table
from semascope.reports.heads import money, undominated
from semascope.reports.heads.cells import SHOWN, name_cell
from semascope.studies.heads.telling.advice import apart
from semascope.words.numbers import NOTHING, SPACE, count, percent, seconds, size
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from semascope.reports.heads.reading import Reading
    from semascope.studies.choice import Choice, Standing
    from semascope.studies.heads.result import HeadResult

CAPTION = "Costs on this machine, wall time"
WORDS = ("Dominated by",)
"""Columns that hold words."""
UNDOMINATED = "nothing"
_NONE = Cell(content=NOTHING, sort=math.nan)


def tells_memory(reading: Reading) -> bool:
    """Whether the memory of any cell is known."""
    return any(math.isfinite(cell.costs.memory_bytes) for cell in reading.result.cells)


def held(n_bytes: float) -> str:
    """Memory as it is written; a dash where it is not known."""
    return size(round(n_bytes)).replace(" ", SPACE) if math.isfinite(n_bytes) else NOTHING


def columns(reading: Reading) -> dict[str, str]:
    """Title and what it means, of the columns behind the name."""
    price = reading.result.price
    memory = (
        "weights that scoring needs, as they are held: the encoder's as loaded, or the tuned network's, and the head's; the"
        " whole process takes more (semascope speed)"
    )
    charged = bool(undominated.currencies_of(reading.result.cells))
    paid = f"money for a million texts, at {money.rate(price)} of this machine" if price else ""
    if charged:
        paid = "money for a million texts like these: what a provider charges by its count of tokens" + (
            f"; of this machine, at {money.rate(price)}" if price else ""
        )
    return {
        "Dominated by": "the best of the cells that are as good, as fast and as small; what that means stands below",
        "Encode 1,000": "seconds to encode 1,000 texts, when they were last really encoded"
        + ("; behind an API by its answers and rates" if charged else ""),
        "Predict 1,000": "the head alone; of a head on words, with the reading",
        **({"Memory": memory} if tells_memory(reading) else {}),
        **({"Million texts": paid} if paid else {}),
        "Training": "fitting the head on the training rows; of a tuned model, the whole training",
        "Behind": "the best out of fold on the training rows, with the standard error: what the choice goes by",
        "Tokens": "of all prompts",
        "Rows cut": "longer than the encoder reads",
        "Tokens lost": "share of all tokens",
        "Dims": "width of the vectors",
    }


def table(reading: Reading) -> Markup:
    """One line a cell, the best estimate first."""
    cells = cost_cells(reading)
    rows = [
        Row(class_=reading.row_class(cell), cells=[name_cell(reading, cell), *map(_set_off, cells[cell.id])])
        for cell in reading.ordered
    ]
    heads = [
        Column(title="Cell", class_="name", sortable=True),
        *[
            Column(title=title, class_="" if title in WORDS else "num", sortable=True, help=help_)
            for title, help_ in columns(reading).items()
        ],
    ]
    return data_table(heads, rows, caption=CAPTION, fold=SHOWN)


def cost_cells(reading: Reading) -> dict[str, list[Cell]]:
    """What stands under ``columns`` for each cell, by its id. Plain text.

    A head on no vectors has nothing to encode, and nobody counted the tokens of given ones.
    """
    by = undominated.dominators(reading)
    titles = list(columns(reading))
    counted = ("Tokens", "Rows cut", "Tokens lost")
    unknown = {"vectors": (), "texts": (), "given": counted}
    found = {}
    for cell in reading.result.cells:
        shown = {
            "Dominated by": _dominated(cell, by),
            "Behind": _behind(reading, cell),
            **_figures(reading, cell),
        }
        without = unknown.get(cell.reads, ("Encode 1,000", *counted, "Dims"))
        found[cell.id] = [_NONE if title in without else shown[title] for title in titles]
    return found


def _set_off(cell: Cell) -> Cell:
    return replace(cell, content=element("b", UNDOMINATED)) if cell.content == UNDOMINATED else cell


def _figures(reading: Reading, cell: HeadResult) -> dict[str, Cell]:
    costs, million = cell.costs, money.per_million(reading, cell)
    return {
        "Encode 1,000": _timed(costs.encode_seconds_per_1000),
        "Predict 1,000": _timed(costs.predict_seconds_per_1000),
        "Memory": Cell(content=held(costs.memory_bytes), sort=costs.memory_bytes),
        "Million texts": Cell(content=money.written(reading, cell), sort=million),
        "Training": _timed(costs.fit_seconds),
        "Tokens": Cell(content=count(costs.tokens), sort=float(costs.tokens)),
        "Rows cut": Cell(content=count(costs.truncated_rows), sort=float(costs.truncated_rows)),
        "Tokens lost": Cell(content=percent(costs.tokens_lost_share, 1), sort=costs.tokens_lost_share),
        "Dims": Cell(content=str(costs.dim), sort=float(costs.dim)),
    }


def _timed(value: float) -> Cell:
    return Cell(content=seconds(value), sort=value)


def _dominated(cell: HeadResult, by: Mapping[str, HeadResult | None]) -> Cell:
    if cell.id not in by:
        return Cell(content=NOTHING, sort="~")  # behind all names
    other = by[cell.id]
    if other is None:
        return Cell(content=UNDOMINATED, sort="")
    return Cell(content=shorten(other.label, 40), sort=other.label.casefold())


def _behind(reading: Reading, cell: HeadResult) -> Cell:
    """How far behind the best the cell is out of fold, and whether that is clearly so."""
    choice = reading.result.choice
    one = choice.by_cell[cell.id]
    if math.isnan(one.behind):
        return Cell(content=NOTHING, sort=math.nan)
    if cell.id == choice.best:
        return Cell(content="0", note="the best", sort=0.0)
    error = f" ± {apart(choice, one.error, write=reading.value)}" if math.isfinite(one.error) else ""
    return Cell(
        content=f"{apart(choice, one.behind, write=reading.value)}{error}",
        note=_how_clearly(choice, one),
        sort=one.behind,
    )


def _how_clearly(choice: Choice, one: Standing) -> str:
    if one.near:
        return "not clearly"
    if math.isnan(one.error):
        return ""
    return "too few rows to tell" if one.behind <= max(choice.margin, one.error) else "clearly"
