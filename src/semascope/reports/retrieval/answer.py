"""The opening of the report: the answer and four figures beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.model import KeyFigure
from semascope.reports.retrieval.reading import after_holm, queries
from semascope.words.numbers import NOTHING, between, count, seconds
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from semascope.reports.retrieval.reading import Reading


def about(reading: Reading) -> list[str]:
    """The collection, and what is asked of it."""
    result = reading.result
    return [result.name, "retrieval", count(result.documents, "document")]


def key_figures(reading: Reading) -> list[KeyFigure]:
    """What was chosen, what it reaches, what it is against the baseline, and on what that was judged."""
    winner, result = reading.winner, reading.result
    taken = seconds(result.details.costs[winner.id].seconds_per_1000)
    interval = between(winner.estimate.low, winner.estimate.high, reading.decimals)
    return [
        KeyFigure(
            label="Advised" if result.pair else "Chosen on the choosing queries",
            value=winner.label,
            note="" if taken == NOTHING else f"{taken} for 1,000 queries",
        ),
        KeyFigure(
            label=reading.measure.short if result.pair else f"{reading.measure.short} on the others",
            value=reading.value(winner.estimate.value),
            note=f"95 % interval {interval}" if interval else winner.estimate.reason or "no interval",
        ),
        _against_baseline(reading),
        KeyFigure(
            label="Judged on",
            value=queries(result.estimating),
            note=_chosen_on(reading),
        ),
    ]


def _chosen_on(reading: Reading) -> str:
    result = reading.result
    if result.pair:
        return "all that there are"
    return f"chosen on {result.choosing:,} others" if len(result.cells) > 1 else ""


def _against_baseline(reading: Reading) -> KeyFigure:
    if reading.winner.id != reading.baseline.id:
        verdict = reading.winner.verdict
        return KeyFigure(
            label=f"Against {shorten(reading.baseline.label, 28)}",
            value=reading.difference(verdict.difference),
            note=f"Holm {after_holm(verdict.p_holm)}" if after_holm(verdict.p_holm) else verdict.reason,
            word=verdict.word,
        )
    if len(reading.result.cells) == 1:
        return KeyFigure(label="Against the baseline", value=NOTHING, note="nothing stands beside it")
    words = [cell.verdict.word for cell in reading.result.cells]
    better, open_ = words.count("better"), words.count("unresolved")
    shown = f"{better:,} better" if better else "none shown better"
    return KeyFigure(
        label="Against the baseline",
        value=shown + (f"; {open_:,} unresolved" if open_ else ""),
        note="the choice is the baseline itself",
    )
