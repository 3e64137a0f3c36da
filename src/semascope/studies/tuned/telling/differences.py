"""How a sentence gives a verdict's figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.words.numbers import between, measure_decimals, p_value, roughly, signed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semascope.stats.results import Estimate, Verdict

BESIDE = {
    "better": "better than",
    "worse": "worse than",
    "equivalent": "no better and no worse than",
    "unresolved": "not settled against",
}


def decimals_of(estimates: Iterable[Estimate]) -> int:
    """Of a measure, everywhere it is written."""
    found = list(estimates)
    return measure_decimals((each.value for each in found), ((each.high - each.low) / 2 for each in found))


def figures(verdict: Verdict, decimals: int, *, corrected: bool) -> str:
    """The difference, where it may lie, and p: "+0.058, 95 % +0.031 to +0.084, p <0.001 after Holm".

    Parameters
    ----------
    corrected
        Whether Holm's correction went over more than this one.
    """
    interval = between(verdict.low, verdict.high, decimals, sign=True)
    p = "" if verdict.p_holm != verdict.p_holm else f"p {p_value(verdict.p_holm)}"
    return ", ".join(
        filter(
            None,
            [
                signed(verdict.difference, decimals),
                f"95 % {interval}" if interval else "",
                f"{p} after Holm" if p and corrected else p,
            ],
        )
    )


def would_tell(verdict: Verdict, unit: str, *, such: bool = False) -> str:
    """What would settle a verdict, behind a semicolon; why none can be given; "" for one that is settled."""
    if verdict.word != "unresolved":
        return ""
    if verdict.reason:
        return f"; {verdict.reason}"
    if not verdict.rows_needed:
        return ""
    return f"; about {roughly(verdict.rows_needed)} {'such ' if such else ''}{unit} would tell"
