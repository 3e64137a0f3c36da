"""Sentences about columns of the file that were judged like cells."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.studies.result import Note
from semascope.words.numbers import p_value
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from semascope.stats.results import Verdict
    from semascope.studies.heads.result import HeadResult

SEEN = "nobody here knows whether what made {} had seen these rows"


def column_sentence(
    column: HeadResult,
    chosen: HeadResult,
    verdict: Verdict,
    figures: Mapping[str, float],
    *,
    write: Callable[[float], str],
    amount: Callable[[Verdict, HeadResult], str],
) -> str:
    """How a column of the file stands beside the advised cell.

    Parameters
    ----------
    verdict
        Of the column against the advised cell.
    figures
        The measure of each cell, by its id.
    write, amount
        A value of the measure in words; how far a verdict's cell is from another, "3 %".
    """
    its, mine = write(figures[column.id]), write(figures[chosen.id])
    name = f"{column.label}, a column of the file,"
    if math.isnan(verdict.p_holm):
        why = f" ({verdict.reason})" if verdict.reason else ""
        return f"{name} was not compared with {chosen.label}{why}."
    p = f"p {p_value(verdict.p_holm)}"
    far = f", {amount(verdict, chosen)} apart" if its != mine else ""
    if verdict.word == "better":
        return (
            f"{name} is shown better than {chosen.label}: {its} against {mine}{far} ({p}). It answers for no"
            " other text and cannot be handed over."
        )
    if verdict.word == "equivalent":
        return f"{name} is equivalent to {chosen.label}: {its} against {mine}."
    if verdict.word == "worse":
        return f"{chosen.label} is shown better than {name[:-1]}: {mine} against {its}{far} ({p})."
    return f"{chosen.label} and {name} cannot be told apart: {mine} against {its} ({p})."


def caveat(names: Sequence[str]) -> str:
    """What cannot be known of columns of the file, by their labels."""
    return f"N{SEEN[1:].format(listing(list(names)))}."


def column_cell_notes(cells: Iterable[HeadResult]) -> list[Note]:
    """What the reader should know of the columns that were judged like cells; none where there are none."""
    names = [cell.label for cell in cells if cell.reads == "column"]
    if not names:
        return []
    one = len(names) == 1
    return [
        Note(
            level="info",
            title=f"{listing(names)} {'is a column' if one else 'are columns'} of the file",
            text=(
                f"{'Its' if one else 'Their'} answers on the held-out rows are judged like those of every cell, but"
                f" {SEEN.format('them')}, or what they cost. {'It is' if one else 'They are'} never advised:"
                f" {'it answers' if one else 'they answer'} for no other text."
            ),
        )
    ]


def card_words(label: str, verdict: Verdict) -> str:
    """How a column stands beside a scorer, for the card of the scorer."""
    said = {"better": "better than", "worse": "worse than", "equivalent": "equivalent to"}
    stands = "not compared with" if math.isnan(verdict.p_holm) else said.get(verdict.word, "not told from")
    return f"{label}, a column of the file, is {stands} this cell on the held-out rows; {SEEN.format('it')}"
