"""Quality against what searching costs: seconds of 1,000 queries, and bytes of a document."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from semascope.pages.labelled import LabelledPoint, cost_chart, priced
from semascope.plots.costs import plot_costs
from semascope.reports.dominance import Cost, Standing, dominators
from semascope.reports.model import Figure, Paragraph
from semascope.reports.parts import Grid, Head, Part, Picture, Said, number
from semascope.studies.choice import SAME_SECONDS
from semascope.words.money import money
from semascope.words.numbers import NOTHING, SPACE, count, seconds, size
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.reports.parts import Block
    from semascope.reports.retrieval.reading import Reading
    from semascope.studies.result import CellResult
    from semascope.studies.retrieval.telling.shown import CellCost

SAME_BYTES = 16.0
"""Bytes of a document that count as none."""
UNDOMINATED = "nothing"
_WHOLE = 100_000
MARKS = (
    "Blue: chosen. Black: the baseline. Hollow: another cell dominates it. Dashed line: the best that can be had at each cost of the"
    " picture."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """A cost that is drawn."""

    name: str  # of its figure's file
    title: str
    axis: str
    of: Callable[[CellCost], float]
    write: Callable[[float], str]


def held(n_bytes: float) -> str:
    """Bytes as they are written, those of one document whole; a dash where they are not known."""
    if not math.isfinite(n_bytes):
        return NOTHING
    written = count(round(n_bytes), "byte") if n_bytes < _WHOLE else size(round(n_bytes))
    return written.replace(" ", SPACE)


PRICES = (
    Price(
        name="quality-and-seconds",
        title="Searching for 1,000 queries",
        axis="seconds, encoding the queries too",
        of=lambda cost: cost.seconds_per_1000,
        write=seconds,
    ),
    Price(
        name="quality-and-bytes",
        title="Memory of a document",
        axis="bytes of vectors and postings",
        of=lambda cost: cost.bytes_per_document,
        write=held,
    ),
)


def by_cost(reading: Reading) -> Part:
    """Pictures where there is something to see, and all costs."""
    found = _dominators(reading)
    blocks: list[Block] = [picture for price in PRICES if (picture := _picture(reading, price, found))]
    if blocks:
        blocks.append(Paragraph(text=MARKS, small=True))
    blocks.append(_table(reading, found))
    billed = any(cost.is_billed for cost in reading.result.details.costs.values())
    blocks.append(Paragraph(text=_meaning(billed=billed), opening="Dominated by:", small=True))
    return Part(id="cost", title="What quality costs", nav="Cost", lead=_lead(reading, found), blocks=blocks)


def _dominators(reading: Reading) -> dict[str, str | None]:
    costs = reading.result.details.costs
    counted = all(math.isfinite(cost.bytes_per_document) for cost in costs.values())
    currencies = dict.fromkeys(cost.currency for cost in costs.values() if cost.is_billed)
    return dominators(
        [
            Standing(
                name=cell.id,
                loss=reading.measure.loss(cell.estimate.value),
                costs=[
                    Cost(value=costs[cell.id].seconds_per_1000, least=SAME_SECONDS),
                    *([Cost(value=costs[cell.id].bytes_per_document, least=SAME_BYTES)] if counted else []),
                    *(Cost(value=_charge(costs[cell.id], currency), least=0.0) for currency in currencies),
                ],
            )
            for cell in reading.ordered
        ]
    )


def _charge(cost: CellCost, currency: str) -> float:
    """What a provider takes for a million queries in a currency; 0 of a cell for which nobody is paid."""
    return cost.charge_per_million if cost.is_billed and cost.currency == currency else 0.0


def _lead(reading: Reading, found: dict[str, str | None]) -> str:
    best = [cell.label for cell in reading.ordered if cell.id in found and found[cell.id] is None]
    cost = reading.result.details.costs[reading.winner.id]
    taken = seconds(cost.seconds_per_1000)
    said = f"{reading.winner.label} searches for 1,000 queries in {taken}" if taken != NOTHING else ""
    if (memory := held(cost.bytes_per_document)) != NOTHING:
        said += f"{' and' if said else reading.winner.label} holds {memory} a document"
    where = "on the machine that ran this study"
    if cost.is_billed:
        where += ", its queries encoded over an API"
    said = f"{said}, {where}." if said else "No cost was measured in this run."
    if cost.is_billed and math.isfinite(cost.charge_per_million):
        said += (
            f" A million queries cost {money(cost.charge_per_million, cost.currency)}, a million documents"
            f" {money(cost.charge_per_million_documents, cost.currency)}."
        )
    if len(found) > 1:
        be = "is" if len(best) == 1 else "are"
        said += f" {len(best)} of {len(found)} cells {be} dominated by no other: {listing(best, limit=6)}."
    return said


def _meaning(*, billed: bool) -> str:
    over_api = (
        " Where a provider is paid, it must not take more money either; its seconds are those of its answers and rates, and no query was"
        " sent alone to time it, for each is paid."
    )
    return (
        "the best cell that is at least as good, takes neither more seconds nor more memory, and is ahead in one of these;"
        f" “{UNDOMINATED}” marks the cells for which there is none. Costs that differ by under a tenth, under {SAME_SECONDS:g} s for 1,000"
        " queries or under 16 bytes a document count as the same. Seconds are those of exact search over this collection, and"
        " grow with it; starting up is not in them. One query is asked alone, some twenty of them, whatever the store has."
        f"{over_api if billed else ''} This describes these queries and is no test."
    )


def _charged(cost: CellCost, value: float) -> Said:
    return number(
        value if cost.is_billed else math.nan, money(value, cost.currency) if cost.is_billed else NOTHING
    )


def _table(reading: Reading, found: dict[str, str | None]) -> Grid:
    costs = reading.result.details.costs
    billed = any(cost.is_billed for cost in costs.values())
    lines = [
        reading.line(
            cell.id,
            [
                number(cell.estimate.value, reading.value(cell.estimate.value)),
                _dominated(reading, cell, found),
                number(costs[cell.id].seconds_per_1000, seconds(costs[cell.id].seconds_per_1000)),
                number(
                    costs[cell.id].median_wait,
                    seconds(costs[cell.id].median_wait),
                    _slowest(costs[cell.id].long_wait),
                ),
                number(costs[cell.id].start, seconds(costs[cell.id].start)),
                number(
                    costs[cell.id].seconds_per_1000_documents,
                    seconds(costs[cell.id].seconds_per_1000_documents),
                ),
                number(costs[cell.id].bytes_per_document, held(costs[cell.id].bytes_per_document)),
                *(
                    [
                        _charged(costs[cell.id], costs[cell.id].charge_per_million),
                        _charged(costs[cell.id], costs[cell.id].charge_per_million_documents),
                    ]
                    if billed
                    else []
                ),
            ],
        )
        for cell in reading.ordered
    ]
    return Grid(
        caption="Costs on this machine, wall time",
        heads=[
            Head(title=reading.measure.short),
            Head(title="Dominated by", number=False),
            Head(title="1,000 queries", help="seconds to search, encoding the queries too"),
            Head(
                title="One query",
                help="how long one query asked alone waits, encoding it too: the median, and the slowest twentieth of some twenty",
            ),
            Head(title="Start", help="seconds until the encoder is loaded"),
            Head(title="1,000 documents", help="seconds to make them ready: counted, or encoded"),
            Head(
                title="A document",
                help="bytes of vectors and postings; a hybrid holds those of all its parts",
            ),
            *(
                [
                    Head(title="Million queries", help="money that a provider charges to encode them"),
                    Head(title="Million documents", help="money that a provider charges to make them ready"),
                ]
                if billed
                else []
            ),
        ],
        lines=lines,
    )


def _slowest(wait: float) -> str:
    return f"95 % {seconds(wait)}" if math.isfinite(wait) else ""


def _dominated(reading: Reading, cell: CellResult, found: dict[str, str | None]) -> Said:
    if cell.id not in found:
        return Said(text=NOTHING, sort="~")  # behind all names
    by = found[cell.id]
    return (
        Said(text=UNDOMINATED, sort="")
        if by is None
        else Said(text=reading.by_id[by].label, sort=by.casefold())
    )


def _picture(reading: Reading, price: Price, found: dict[str, str | None]) -> Picture | None:
    points = [
        _point(reading, cell, price, dominated=found.get(cell.id) is not None) for cell in reading.ordered
    ]
    drawn = priced(points)
    if len(drawn) < 2:
        return None
    words = f"{reading.measure.short} of {len(drawn)} cells over {price.axis}, logarithmic."
    drawing = cost_chart(
        points,
        x_label=price.axis,
        y_label=reading.measure.short,
        lower_is_better=reading.measure.lower_is_better,
        words=f"{words} The same figures stand in the table below.",
        write=price.write,
    )
    figure = Figure(
        name=price.name,
        caption=price.title,
        words=words,
        draw=partial(
            plot_costs,
            points,
            headline=f"{reading.measure.short} over cost",
            sentence=f"{words} {MARKS}",
            x_label=price.axis,
            y_label=reading.measure.short,
            lower_is_better=reading.measure.lower_is_better,
            write=price.write,
        ),
    )
    return Picture(drawing=drawing, caption=price.title, figure=figure)


def _point(reading: Reading, cell: CellResult, price: Price, *, dominated: bool) -> LabelledPoint:
    return LabelledPoint(
        label=cell.label,
        x=price.of(reading.result.details.costs[cell.id]),
        y=cell.estimate.value,
        low=cell.estimate.low,
        high=cell.estimate.high,
        tone=reading.role(cell.id),
        hollow=dominated,
        title="dominated" if dominated else "",
    )
