"""What the sections of a tuning's report ask of its result: decimals, names, words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from semascope.reports.model import Paragraph
from semascope.reports.parts import Said, number
from semascope.reports.verdicts import verdict_notes
from semascope.studies.tuned.telling.advice import advice_of
from semascope.studies.tuned.telling.differences import decimals_of
from semascope.words.numbers import NOTHING, between, fixed, signed
from semascope.words.texts import capital

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semascope.stats.results import Estimate, Verdict
    from semascope.studies.tuned.judging.searched import Searched
    from semascope.studies.tuned.result import TuneResult
    from semascope.studies.tuned.telling.advice import Advice

PARTS = {
    "unseen": "documents not seen in training",
    "seen": "documents that stood in training",
    "all": "all judging queries",
}
UNIT = {"pairs": "queries", "labels": "texts"}


@dataclass(frozen=True)
class Reading:
    """A result with what its report asks more than once."""

    result: TuneResult

    @cached_property
    def advice(self) -> Advice:
        """What to use."""
        return advice_of(self.result.trained, self.result.searched, self.result.separation)

    @property
    def advised(self) -> str:
        """The encoder that is advised, as it is called."""
        return self.result.tuned if self.advice.tuned else self.result.base

    def decimals(self, searched: Searched) -> int:
        """Of the measure in every table: as many as its widest part takes."""
        return max(decimals_of(part.values.values()) for part in searched.parts)


def estimate_said(estimate: Estimate, decimals: int) -> Said:
    """A value with its interval below it; why there is none stands below the table, where it has room."""
    if estimate.value != estimate.value:
        return Said(text=NOTHING)
    interval = between(estimate.low, estimate.high, decimals)
    return number(estimate.value, fixed(estimate.value, decimals), interval or "no interval")


def without_interval(estimates: Iterable[Estimate]) -> list[Paragraph]:
    """Why some have none, each reason once."""
    found = dict.fromkeys(one.reason for one in estimates if one.reason and one.low != one.low)
    return [
        Paragraph(text=f"{capital(reason)}.", opening="Without an interval:", small=True) for reason in found
    ]


def difference_said(verdict: Verdict, decimals: int) -> Said:
    """The difference with its interval; nothing for the baseline, or where there is none."""
    if verdict.word == "baseline" or verdict.difference != verdict.difference:
        return Said()
    return number(
        verdict.difference,
        signed(verdict.difference, decimals),
        between(verdict.low, verdict.high, decimals),
    )


def verdict_said(verdict: Verdict, *, units: str) -> Said:
    """The word with p, and what keeps it from being settled."""
    return Said(word=verdict.word, note=verdict_notes(verdict, units=units))
