"""Names of measures in words, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.studies.heads.result import HeadsResult


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasureWords:
    """``short`` for heads and axes, ``long`` for sentences."""

    short: str
    long: str
    lower_is_better: bool


_MEASURES = {
    "mae": MeasureWords(short="MAE", long="mean absolute error", lower_is_better=True),
    "mse": MeasureWords(short="MSE", long="mean squared error", lower_is_better=True),
    "rmse": MeasureWords(short="RMSE", long="root mean squared error", lower_is_better=True),
    "r2": MeasureWords(short="R²", long="R²", lower_is_better=False),
    "spearman": MeasureWords(short="Spearman", long="Spearman correlation", lower_is_better=False),
    "pearson": MeasureWords(short="Pearson", long="Pearson correlation", lower_is_better=False),
    "accuracy": MeasureWords(short="Accuracy", long="accuracy", lower_is_better=False),
    "macro_f1": MeasureWords(short="Macro F1", long="macro F1", lower_is_better=False),
    "f1": MeasureWords(short="F1", long="F1 of the positive class", lower_is_better=False),
}


def measure_name(name: str) -> str:
    """The short name of a measure, the given one where none is known."""
    known = _MEASURES.get(name)
    return known.short if known else name


def measure_words(result: HeadsResult) -> MeasureWords:
    """The words of the study's measure; for an unknown one the direction is read off the verdicts."""
    known = _MEASURES.get(result.measure)
    if known:
        return known
    verdicts = [cell.verdict for cell in result.cells]
    lower = any(verdict.gain * verdict.difference < 0 for verdict in verdicts)
    return MeasureWords(short=result.measure, long=result.measure, lower_is_better=lower)
