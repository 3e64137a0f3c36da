"""Sentences about published figures, and about the bands of a measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.heads.asking.beside import PUBLISHED
from semascope.words.numbers import between, decimals_for, fixed

if TYPE_CHECKING:
    from semascope.stats.measure import Measure
    from semascope.studies.heads.result import BandResult, HeadResult, ReferenceResult

UNPAIRED = "as published, on other rows, so unpaired"


def called(reference: ReferenceResult, decimals: int) -> str:
    """The figure with its name: "0.680 of BERT", or "the figure 0.680"."""
    written = exact_enough(reference.value, decimals)
    return f"the figure {written}" if reference.name == PUBLISHED else f"{written} of {reference.name}"


def reference_sentence(reference: ReferenceResult, cell: HeadResult, *, decimals: int) -> str:
    """How a cell stands beside a published figure, and by what."""
    one = reference.cells[cell.id]
    start = f"Against {called(reference, decimals)} ({UNPAIRED})"
    if one.reason:
        return f"{start} nothing can be said of {cell.label}: {one.reason}."
    interval = between(one.low, one.high, decimals)
    if one.word == "unresolved":
        return f"{start} {cell.label} cannot be told apart: the figure lies inside its 95 % interval, {interval}."
    side = "below" if one.difference < 0 else "above"
    return f"{start} {cell.label} is {one.word}: its whole 95 % interval, {interval}, lies {side} the figure."


def band_sentence(
    found: BandResult, cell: HeadResult, interval: str, *, measure: Measure, decimals: int
) -> str:
    """Which band a cell lies in, or between which it cannot be told; ``interval`` as it is written."""
    low, high = (exact_enough(number, decimals) for number in (found.low, found.high))
    start = f"By the bands {low} and {high} ({measure.side} is better)"
    value = fixed(found.value, decimals)
    if not found.possible:
        return f"{start} nothing can be said of {cell.label}, {value}: {found.reason}."
    if found.word == "unresolved":
        words = " or ".join(f"“{word}”" for word in found.possible)
        return f"{start} it cannot be told whether {cell.label} is {words}: its 95 % interval, {interval}, spans a threshold."
    return f"{start} {cell.label} is “{found.word}”: {value}, 95 % interval {interval}."


def exact_enough(value: float, decimals: int) -> str:
    """A figure that somebody gave: with the decimals of the measure, and with its own where these are more."""
    own = len(repr(value).partition(".")[2].rstrip("0")) if "e" not in repr(value) else decimals_for(value)
    return fixed(value, max(decimals, own))
