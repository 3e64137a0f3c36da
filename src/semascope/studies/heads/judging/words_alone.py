"""What the words alone reach, said beside what the chosen cell reaches: whoever pays for an encoder should know."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.studies.heads.judging.two_cells import judge_two
from semascope.words.numbers import p_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from semascope.stats.results import Family, Verdict
    from semascope.studies.heads.judging.bench import Bench
    from semascope.studies.heads.result import HeadResult


def words_cell(cells: Iterable[HeadResult]) -> HeadResult | None:
    """The cell that reads the words; None in a study that has none."""
    return next((cell for cell in cells if cell.reads == "words"), None)


def judge_words(
    bench: Bench,
    records: Mapping[str, Mapping[str, Any]],
    families: tuple[Family, Family | None],
    cells: Iterable[HeadResult],
    chosen: str,
) -> Verdict | None:
    """The words against the chosen cell, as from ``judge_two``; None where the words are chosen."""
    by_id = {cell.id: cell for cell in cells}
    words = words_cell(by_id.values())
    if words is None or words.id == chosen:
        return None
    return judge_two(bench, records, families, words, against=by_id[chosen])


def words_sentence(
    cells: Iterable[HeadResult],
    chosen: HeadResult,
    verdict: Verdict | None,
    figures: Mapping[str, float],
    *,
    write: Callable[[float], str],
    amount: Callable[[Verdict, HeadResult], str],
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
    p = verdict.reason if math.isnan(verdict.p_holm) else f"p {p_value(verdict.p_holm)}"
    vectors = chosen.reads in ("vectors", "given")  # a constant has none, so nothing is said of them
    if verdict.word == "worse":
        return f"{text}, {amount(verdict, chosen)} worse than {chosen.label} ({p})."
    if verdict.word == "equivalent":
        return f"{text}, equivalent to {chosen.label}{': its vectors add nothing to the words' if vectors else ''}."
    if verdict.word == "better":
        less = ": its vectors carry less than the words" if vectors else ""
        return f"{text}, {amount(verdict, chosen)} better than {chosen.label} ({p}){less}."
    return f"{text}, and {chosen.label} is not shown to beat that ({p})."
