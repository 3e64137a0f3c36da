"""The figures that an answer leads with: those of the repeated splits where there are any, else of the one split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semascope.stats.repeats import FEWEST_REPEATS

if TYPE_CHECKING:
    from semascope.stats.results import Estimate, Family, Verdict
    from semascope.studies.heads.result import HeadResult, RepeatResult, SliceResult, TargetResult


@dataclass(frozen=True, kw_only=True, slots=True)
class Leading:
    """One cell: its measure with a 95 % interval (NaN where there is none, with the reason), and its verdict."""

    value: float
    low: float
    high: float
    reason: str
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class LeadingPart:
    """One cell on one part of the rows: its measure, its interval, its verdict."""

    value: float
    low: float
    high: float
    reason: str
    n: int  # held-out rows, of one split
    verdict: Verdict | None  # None for the baseline, or where there are too few rows


def leads(repeat_family: Family | None, cell: HeadResult) -> bool:
    """Whether there are repeats enough to lead: one split of few rows says little about what to expect."""
    return repeat_family is not None and cell.repeat is not None and cell.repeat.repeats >= FEWEST_REPEATS


def leading(cell: HeadResult, repeat_family: Family | None) -> Leading:
    """What is said of the cell first."""
    if repeat_family is not None and cell.repeat is not None and leads(repeat_family, cell):
        return Leading(**_over_splits(cell.repeat), verdict=repeat_family.verdicts[cell.id])
    return Leading(**_on_one(cell.estimate), verdict=cell.verdict)


def leading_slice(part: SliceResult) -> LeadingPart:
    """What is said first of a cell on one value of a slice column."""
    if (repeat := part.repeat) is not None:
        return LeadingPart(**_over_splits(repeat), n=repeat.n, verdict=repeat.verdict)
    return of_one_split(part)


def of_one_split(part: SliceResult | TargetResult) -> LeadingPart:
    """What the study's own split says of a part."""
    return LeadingPart(**_on_one(part.estimate), n=part.n, verdict=part.verdict)


def _over_splits(repeat: RepeatResult) -> dict[str, Any]:
    return {"value": repeat.mean, "low": repeat.low, "high": repeat.high, "reason": ""}


def _on_one(estimate: Estimate) -> dict[str, Any]:
    return {name: getattr(estimate, name) for name in ("value", "low", "high", "reason")}
