"""Cells of the tables of a geometry: a number with its interval, a verdict with what keeps it from being settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.parts import Said, number
from semascope.reports.verdicts import verdict_notes
from semascope.words.numbers import apart_decimals, between, fixed, signed
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from semascope.geometry.measured import Measured
    from semascope.stats.results import Estimate, Verdict

DECIMALS = 3


def estimate_said(estimate: Estimate) -> Said:
    """A value with its interval below it, or why there is none."""
    if estimate.value != estimate.value:
        return Said(text="–", note=estimate.reason)
    decimals = apart_decimals(estimate.low, estimate.high, least=DECIMALS)
    interval = between(estimate.low, estimate.high, decimals)
    return number(estimate.value, fixed(estimate.value, decimals), interval or estimate.reason)


def measured_said(measured: Measured) -> Said:
    """As ``estimate_said``."""
    return estimate_said(measured.estimate)


def difference_said(verdict: Verdict) -> Said:
    """The difference with its interval; nothing for the baseline."""
    if verdict.word == "baseline" or verdict.difference != verdict.difference:
        return Said()
    return number(
        verdict.difference,
        signed(verdict.difference, DECIMALS),
        between(verdict.low, verdict.high, DECIMALS),
    )


def verdict_said(verdict: Verdict, *, units: str = "texts") -> Said:
    """The word with p, and what keeps it from being settled."""
    return Said(word=verdict.word, note=verdict_notes(verdict, units=units))


def change_said(verdict: Verdict, *, units: str = "rows") -> Said:
    """The word with the difference, its interval and p below it; nothing for the baseline."""
    if verdict.word == "baseline":
        return Said()
    difference = signed(verdict.difference, DECIMALS) if verdict.difference == verdict.difference else ""
    interval = between(verdict.low, verdict.high, DECIMALS)
    told = f"{difference} ({interval})" if interval else difference
    return Said(
        word=verdict.word,
        note="; ".join(filter(None, [told, verdict_notes(verdict, units=units)])),
        sort=verdict.difference,
    )


def text_words(text: str, row: int, limit: int) -> str:
    """The beginning of a text with its row in the file; the row alone where there is no text.

    Examples
    --------
    >>> text_words("High tide at noon.", 3, 12), text_words("", 3, 12)
    ('“High tide…” (row 3)', 'row 3')
    """
    words = shorten(" ".join(text.split()), limit)
    return f"“{words}” (row {row})" if words else f"row {row}"
