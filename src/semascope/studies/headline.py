"""The answer of a study in sentences, most important first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.stats.measures import Measure
    from semascope.stats.results import Family, Verdict
    from semascope.studies.result import CellResult

SPOKEN = {
    "mae": "mean absolute error",
    "mse": "mean squared error",
    "rmse": "root mean squared error",
    "r2": "R2",
    "spearman": "Spearman correlation",
    "pearson": "Pearson correlation",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "f1": "F1",
}
"""Names of the measures in a sentence."""


def write_headline(
    cells: Sequence[CellResult],
    *,
    winner: str,
    heldout_best: str,
    baseline: str,
    constant: Sequence[str],
    targets: Sequence[str],
    measure: Measure,
    family: Family,
    repeat_family: Family | None,
    judged: str,
    rows: int,
    warnings: Sequence[str],
) -> list[str]:
    """Sentences for a reader who reads nothing else.

    Parameters
    ----------
    constant
        Ids of the heads that look at no vector.
    judged
        The headline's restriction, "lang=en"; empty for none.
    rows
        Held-out rows that the headline speaks about.
    warnings
        Sentences that can change the answer; they come last, all of them.
    """
    by_id = {cell.id: cell for cell in cells}
    chosen, base, best = by_id[winner], by_id[baseline], by_id[heldout_best]
    where = f" on the {rows:,} held-out rows" + (f" with {judged}" if judged else "")
    sentences = _answer(chosen, base, targets, measure, where)
    if winner != heldout_best and best.verdict.gain > chosen.verdict.gain:
        sentences.append(
            f"On the held-out rows {best.label} came out best ({best.estimate.value:.3g}), yet {chosen.label} is chosen: the choice"
            " is made on training rows, because one made on the held-out rows would flatter itself."
        )
    sentences += _guessing([by_id[name] for name in constant if name in by_id], chosen, measure)
    equal = [
        cell
        for cell in cells
        if cell.id not in (baseline, winner) and cell.verdict.word in ("equivalent", "better")
    ]
    if equal:
        listed = ", ".join(f"{cell.label} ({cell.verdict.word})" for cell in equal[:6])
        sentences.append(f"Against {base.label} also: {listed}.")
    if repeat_family is not None:
        sentences.append(_recipe(chosen, base, repeat_family))
    return [*sentences, *warnings]


def _answer(
    chosen: CellResult, base: CellResult, targets: Sequence[str], measure: Measure, where: str
) -> list[str]:
    """The answer in one sentence, and what stands behind it in a second."""
    learnt = _join([f"“{name}”" for name in targets]) if len(targets) <= 3 else f"{len(targets)} targets"
    spoken, verdict = SPOKEN[measure.name], chosen.verdict
    numbers = f"{spoken} {chosen.estimate.value:.3g}"
    against = f"{numbers} against {base.estimate.value:.3g}"
    if chosen.id == base.id:
        first = f"Use {base.label}, the baseline, for {learnt}: {numbers}{where}."
    elif verdict.word == "better":
        change = _change(verdict, base, measure, several=len(targets) > 1)
        first = f"Use {chosen.label} for {learnt}: {change} than {base.label}, {against}{where}."
    elif verdict.word == "equivalent":
        first = f"Use {chosen.label} or {base.label} for {learnt}: they are equivalent, {against}{where}."
    elif verdict.word == "worse":
        first = f"Use {base.label} for {learnt}: {chosen.label}, chosen on the training rows, is worse, {against}{where}."
    else:
        first = (
            f"Use {chosen.label} for {learnt}, though it is not shown to beat {base.label}: {against}{where}."
        )
    behind = f"95 % interval of {chosen.label}: {_interval(chosen)}."
    if chosen.id == base.id:
        behind += " No other cell did better on the training rows, where the choice is made."
    if verdict.mixed and chosen.id != base.id:
        behind += f" Over the targets it is mixed: {_join([f'“{name}”' for name in verdict.mixed])} went the other way."
    if verdict.word == "unresolved":
        behind += f" What keeps it open: {verdict.reason}." if verdict.reason else ""
        behind += (
            f" About {verdict.rows_needed:,} held-out rows would settle it." if verdict.rows_needed else ""
        )
    return [first, behind]


def _guessing(constant: Sequence[CellResult], chosen: CellResult, measure: Measure) -> list[str]:
    if chosen.id in {cell.id for cell in constant}:
        return ["No vector helped: the best that could be chosen is a constant."]
    known = [cell for cell in constant if math.isfinite(cell.estimate.value)]
    if not known:
        return []
    best = (min if measure.lower_is_better else max)(known, key=lambda cell: cell.estimate.value)
    text = f"Answering every text with the {best.label} gives {best.estimate.value:.3g}"
    if best.verdict.word == "better":
        return [f"{text}, which is better than the baseline: the vectors carry little about this target."]
    return [f"{text}."]


def _recipe(chosen: CellResult, base: CellResult, family: Family) -> str:
    verdict = family.verdicts.get(chosen.id)
    repeat = chosen.repeat
    if verdict is None or repeat is None or chosen.id == base.id:
        count = base.repeat.repeats if base.repeat else 0
        return (
            f"Over {count} repeated splits the baseline's own mean is {base.repeat.mean:.3g}."
            if base.repeat
            else ""
        )
    words = {
        "better": f"beats {base.label}",
        "worse": f"is worse than {base.label}",
        "equivalent": f"is equivalent to {base.label}",
        "unresolved": f"cannot be told from {base.label}",
    }
    return (
        f"As a recipe, over {repeat.repeats} repeated splits, {chosen.label} {words.get(verdict.word, 'is the baseline')}"
        f" (p {_p(verdict.p_holm)} after Holm)."
    )


def _interval(cell: CellResult) -> str:
    estimate = cell.estimate
    if not math.isfinite(estimate.low):
        return f"none ({estimate.reason})" if estimate.reason else "none"
    return f"{estimate.low:.3g} to {estimate.high:.3g}"


def _change(verdict: Verdict, base: CellResult, measure: Measure, *, several: bool) -> str:
    gain = abs(verdict.difference)
    if several and measure.lower_is_better and not measure.bounded:
        return f"{gain:.0%} better on average over the targets"  # the difference is a share of the baseline's error
    if measure.lower_is_better and base.estimate.value:
        return f"{gain / abs(base.estimate.value):.0%} better"
    return f"{gain:.3g} better"


def _join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
