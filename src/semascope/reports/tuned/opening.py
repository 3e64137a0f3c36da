"""The figures beside the answer: what is advised, what was gained, on what documents, and what it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.model import KeyFigure
from semascope.studies.tuned.telling.advice import leading
from semascope.words.numbers import between, count, fixed, p_value, seconds, signed

if TYPE_CHECKING:
    from semascope.reports.tuned.reading import Reading
    from semascope.stats.results import Verdict

_DECIMALS = 3


def about(reading: Reading) -> list[str]:
    """The data, the question, and what was learnt from."""
    result = reading.result
    rows = "pair" if result.flavour == "pairs" else "text"
    return [result.name, f"tuning {result.base}", f"{count(result.trained.rows, rows)} to learn from"]


def key_figures(reading: Reading) -> list[KeyFigure]:
    """Four at most."""
    result, advice = reading.result, reading.advice
    with_words = advice.cell not in ("", reading.advised)
    found = [
        KeyFigure(
            label="Search with" if advice.cell else "Advised",
            value=advice.cell or reading.advised,
            note=_why(reading) if not with_words or advice.tuned else f"{result.base} as it was",
        )
    ]
    found += _of_queries(reading) if result.searched is not None else _of_texts(reading)
    steps = count(result.trained.steps, "step")
    found.append(
        KeyFigure(
            label="Training took",
            value=seconds(result.trained.seconds),
            note=f"{steps}; kept that of step {result.trained.kept_step:,}",
        )
    )
    return found


def _why(reading: Reading) -> str:
    return f"{reading.result.base}, tuned" if reading.advice.tuned else "not tuned"


def _of_queries(reading: Reading) -> list[KeyFigure]:
    searched = reading.result.searched
    assert searched is not None
    decimals = reading.decimals(searched)
    lead, seen = leading(searched), searched.part("seen")
    labels = {
        "unseen": "On documents not seen in training",
        "seen": "On documents that stood in training",
        "all": "On all judging queries",
    }
    found = [
        _gained(
            labels[lead.name],
            lead.verdict,
            decimals,
            f"{searched.measure}, {lead.queries:,} queries"
            if lead.queries != 1
            else f"{searched.measure}, 1 query",
        )
    ]
    if seen is not None and seen is not lead:
        found.append(
            _gained(
                labels["seen"],
                seen.verdict,
                decimals,
                count(seen.queries, "query", "queries") + "; may be memory",
            )
        )
    else:
        value = lead.values[searched.tuned]
        found.append(
            KeyFigure(
                label=f"{searched.measure} of {searched.tuned}",
                value=fixed(value.value, decimals),
                note=f"{searched.base}: {fixed(lead.values[searched.base].value, decimals)}",
            )
        )
    return found


def _of_texts(reading: Reading) -> list[KeyFigure]:
    separation = reading.result.separation
    part = None if separation is None else separation.part("all")
    knn = None if part is None else part.numbers.get("knn")
    if separation is None or part is None or knn is None or knn.verdict is None:
        return []
    interval = between(knn.after.estimate.low, knn.after.estimate.high, _DECIMALS)
    return [
        _gained(
            f"Neighbours that tell {separation.label}", knn.verdict, _DECIMALS, count(part.texts, "text")
        ),
        KeyFigure(
            label="kNN accuracy, tuned",
            value=fixed(knn.after.value, _DECIMALS),
            note=f"before: {fixed(knn.before.value, _DECIMALS)}" + (f"; 95 % {interval}" if interval else ""),
        ),
    ]


def _gained(label: str, verdict: Verdict, decimals: int, note: str) -> KeyFigure:
    p = f"; p\u00a0{p_value(verdict.p_holm)}" if verdict.p_holm == verdict.p_holm else ""
    return KeyFigure(
        label=label, value=signed(verdict.difference, decimals), note=f"{note}{p}", word=verdict.word
    )
