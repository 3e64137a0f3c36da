"""The sentence about what truncation costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.words.numbers import fixed, p_value, roughly
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.stats.measure import Measure
    from semascope.stats.results import Verdict
    from semascope.studies.heads.result import LongTexts


def cost_of_truncation(
    found: LongTexts, *, head: str, spoken: str, measure: Measure, decimals: int, shares: bool
) -> str:
    """What each way of reading long texts gives where it reads differently, and on all rows.

    Parameters
    ----------
    head
        Of the recipe.
    spoken, measure, decimals
        The measure in words, itself, and its decimals.
    shares
        Whether differences are shares of an error.
    """
    cut, *others = found.ways
    where = f"{found.over:,} of the {found.rows:,} held-out rows are over the {found.limit:,} tokens of {found.encoder}"
    if cut.over_estimate is None:
        few = f"What truncation costs cannot be said: {where}"
        return f"{few}." if found.over else f"{few.replace('0 of', 'none of', 1)}."
    told = [
        f"{way.way} {fixed(way.over_estimate.value, decimals)} ({_paired(way.over, measure, decimals, shares=shares)})"
        for way in others
        if way.over_estimate and way.over
    ]
    words = [f"{way.way} is {way.everything.word}" for way in others]
    gains = [way.way for way in others if way.over and way.over.word == "better"]
    flag = f"; ask for it with --long {gains[0]}" if gains else ""
    return (
        f"What truncation costs with {head}: {where}; on these the {spoken} is"
        f" {fixed(cut.over_estimate.value, decimals)} for truncate, {listing(told)}; on all rows {listing(words)}{flag}."
    )


def _paired(verdict: Verdict, measure: Measure, decimals: int, *, shares: bool) -> str:
    """The word of a difference from truncation, with the difference and its p."""
    change = measure.change(verdict.difference, decimals=max(decimals, 2), shares=shares)
    more = f", about {roughly(verdict.rows_needed)} such rows would settle it" if verdict.rows_needed else ""
    if math.isnan(verdict.p_holm):
        return f"{verdict.word}: {verdict.reason}"
    return f"{verdict.word}: {change}, p {p_value(verdict.p_holm)}{more}"
