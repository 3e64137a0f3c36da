"""What the words alone reach, said beside what the chosen cell reaches: whoever pays for an encoder should know."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.probes.head import TEXT_HEADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from semascope.stats.results import Family, Verdict
    from semascope.studies.judging import Bench
    from semascope.studies.result import CellResult


def words_cell(cells: Iterable[CellResult]) -> CellResult | None:
    """The cell that reads the words; None in a study that has none."""
    return next((cell for cell in cells if cell.head in TEXT_HEADS), None)


def judge_words(bench: Bench, family: Family, cells: Iterable[CellResult], chosen: str) -> Verdict | None:
    """The words against the chosen cell on the judged held-out rows; None where the words are chosen.

    Where the chosen cell is the baseline, the verdict of the primary family; else one comparison of its own.
    """
    words = words_cell(cells)
    if words is None or words.id == chosen:
        return None
    if family.baseline == chosen:
        return family.verdicts[words.id]
    two = {name: bench.raw[name] for name in (chosen, words.id)}
    return replace(bench, baseline=chosen, raw=two).family(np.flatnonzero(bench.judged)).verdicts[words.id]


def words_sentence(
    cells: Iterable[CellResult],
    chosen: CellResult,
    verdict: Verdict | None,
    *,
    write: Callable[[float], str],
    amount: Callable[[Verdict, CellResult], str],
) -> str:
    """What the words alone give and how that stands beside the chosen cell; "" where there is nothing to say.

    Parameters
    ----------
    verdict
        From ``judge_words``.
    write, amount
        A value of the measure in words; how far a verdict's cell is from another, "3 %".
    """
    words = words_cell(cells)
    if words is None:
        return ""
    if words.id == chosen.id:
        return (
            "No vectors did better than the words themselves on the training rows, where the choice is made: nothing here"
            " speaks for paying for an encoder."
        )
    if verdict is None or not math.isfinite(words.estimate.value):
        return ""
    text = f"Answering from the words alone ({words.label}) gives {write(words.estimate.value)}"
    p = "p < 0.001" if verdict.p_holm < 0.001 else f"p {verdict.p_holm:.3f}"
    if verdict.word == "worse":
        return f"{text}, {amount(verdict, chosen)} worse than {chosen.label} ({p})."
    if verdict.word == "equivalent":
        return f"{text}, equivalent to {chosen.label}: its vectors add nothing to the words."
    if verdict.word == "better":
        return f"{text}, {amount(verdict, chosen)} better than {chosen.label} ({p}): its vectors carry less than the words."
    return f"{text}, and {chosen.label} is not shown to beat that ({p})."
