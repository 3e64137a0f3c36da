"""What the statistics hand over: plain values, no text of a report."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

Word = Literal["baseline", "equivalent", "better", "worse", "unresolved"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A measure on n rows with its interval.

    ``low`` and ``high`` are NaN when no interval can be given; ``reason`` then says why.
    """

    value: float
    low: float
    high: float
    n: int  # rows that entered
    level: float = 0.95
    method: str = ""  # "bootstrap-t", "Wilson", ...
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One candidate against the baseline on the same rows.

    ``difference`` is candidate minus baseline in the measure's own unit, so for an error a negative one is an
    improvement; ``gain`` has the sign turned so that positive is always better.
    """

    word: Word
    difference: float
    gain: float
    low: float  # 95 % interval of the difference, unadjusted
    high: float
    low90: float  # 90 % interval: the two one-sided tests
    high90: float
    p: float  # two-sided; NaN, as p_holm is, where no comparison can be made, whatever the numbers say
    p_holm: float  # corrected over the comparisons that were made; 1 for identical predictions, which take no place
    margin: float  # in the measure's unit
    n: int
    groups: int | None = None  # held-out groups, None when rows are the unit
    rows_needed: int | None = None  # estimate for 80 % power, only when unresolved and attainable
    reason: str = ""  # why it is unresolved beyond "the interval is too wide"
    mixed: tuple[str, ...] = ()  # targets that significantly go the other way

    @classmethod
    def of_nothing(cls, word: Word, *, margin: float, n: int, groups: int | None = None) -> Verdict:
        """Of no difference at all: of the baseline itself, or of a cell that is the baseline under another name."""
        none: Any = {"difference": 0.0, "gain": 0.0, "low": 0.0, "high": 0.0, "low90": 0.0, "high90": 0.0}
        return cls(word=word, **none, p=1.0, p_holm=1.0, margin=margin, n=n, groups=groups)

    @classmethod
    def unknown(cls, reason: str) -> Verdict:
        """Where nothing is left to judge on."""
        names = ("difference", "gain", "low", "high", "low90", "high90", "p", "p_holm", "margin")
        numbers: Any = dict.fromkeys(names, math.nan)
        return cls(word="unresolved", **numbers, n=0, reason=reason)

    @property
    def is_comparison(self) -> bool:
        """Whether it takes a place in Holm's family: not the baseline itself, whatever its name, and with a p.

        A cell that predicts what the baseline predicts is the baseline under another name: no chance decides there.
        """
        same = self.difference == self.low == self.high == 0.0
        return self.word != "baseline" and not same and not math.isnan(self.p)


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """The verdicts of one Holm family, and how they were reached."""

    measure: str
    baseline: str
    margin: float
    test: str  # printed with the verdict, e.g. "sign flip over 344 rows, 10,000 draws"
    interval: str
    verdicts: dict[str, Verdict]  # by cell, the baseline's own included with word "baseline"

    @property
    def comparisons(self) -> int:
        """How many Holm's correction went over."""
        return sum(verdict.is_comparison for verdict in self.verdicts.values())
