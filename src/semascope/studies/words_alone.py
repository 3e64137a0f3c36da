"""What the words alone reach, said beside what the chosen cell reaches: whoever pays for an encoder should know."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.numbers import p_value
from semascope.probes.head import TEXT_HEADS
from semascope.studies.judging import judge_recipes
from semascope.studies.leading import leads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from semascope.stats.results import Family, Verdict
    from semascope.studies.judging import Bench
    from semascope.studies.result import CellResult


def words_cell(cells: Iterable[CellResult]) -> CellResult | None:
    """The cell that reads the words; None in a study that has none."""
    return next((cell for cell in cells if cell.head in TEXT_HEADS), None)


def judge_words(
    bench: Bench,
    records: Mapping[str, Mapping[str, Any]],
    families: tuple[Family, Family | None],
    cells: Iterable[CellResult],
    chosen: str,
) -> Verdict | None:
    """The words against the chosen cell, on what the answer leads with; None where the words are chosen.

    Where the chosen cell is the baseline, the verdict of its family; else one comparison of its own.

    Parameters
    ----------
    records
        By cell id, with the repeated splits.
    families
        The primary one, and that of the repeated splits.
    """
    by_id = {cell.id: cell for cell in cells}
    words = words_cell(by_id.values())
    if words is None or words.id == chosen or not bench.judged.any():
        return None
    primary, recipes = families
    repeated = recipes if recipes is not None and leads(recipes, by_id[chosen]) else None
    if primary.baseline == chosen:
        return (repeated or primary).verdicts[words.id]
    measure, margin = bench.measure, bench.study.margin
    if repeated is not None:
        two = {name: records[name] for name in (chosen, words.id)}
        found, _ = judge_recipes(two, baseline=chosen, measure=measure, margin=margin)
        return found.verdicts[words.id] if found else None
    raw = {name: bench.raw[name] for name in (chosen, words.id)}
    return replace(bench, baseline=chosen, raw=raw).family(np.flatnonzero(bench.judged)).verdicts[words.id]


def words_sentence(
    cells: Iterable[CellResult],
    chosen: CellResult,
    verdict: Verdict | None,
    figures: Mapping[str, float],
    *,
    write: Callable[[float], str],
    amount: Callable[[Verdict, CellResult], str],
) -> str:
    """What the words alone give and how that stands beside the chosen cell; "" where there is nothing to say.

    Parameters
    ----------
    verdict
        From ``judge_words``.
    figures
        The measure of each cell, by its id.
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
    if verdict is None or not math.isfinite(figures[words.id]):
        return ""
    text = f"Answering from the words alone ({words.label}) gives {write(figures[words.id])}"
    p = f"p {p_value(verdict.p_holm)}"
    vectors = bool(chosen.encoder)  # a constant has none, so nothing is said of them
    if verdict.word == "worse":
        return f"{text}, {amount(verdict, chosen)} worse than {chosen.label} ({p})."
    if verdict.word == "equivalent":
        return f"{text}, equivalent to {chosen.label}{': its vectors add nothing to the words' if vectors else ''}."
    if verdict.word == "better":
        less = ": its vectors carry less than the words" if vectors else ""
        return f"{text}, {amount(verdict, chosen)} better than {chosen.label} ({p}){less}."
    return f"{text}, and {chosen.label} is not shown to beat that ({p})."
