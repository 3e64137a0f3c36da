"""Whether two scores are one axis of a space, in a sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.studies.geometry.comparing.axes import APART
from semascope.studies.geometry.telling.shares import between_shares, told_short
from semascope.words.numbers import fixed

if TYPE_CHECKING:
    from semascope.studies.geometry.comparing.axes import Axes, TwoScores

_TOGETHER = 0.2  # Spearman of the scores themselves from which it is said that they go together


def axes_sentences(found: TwoScores, space: str) -> list[str]:
    """Whether two scores are one axis of a space, two, or it cannot be told; then by what.

    Parameters
    ----------
    space
        One of ``found.spaces``; any where nothing can be said.
    """
    first, second = repr(found.first), repr(found.second)
    if found.why_not:
        return [f"Whether {first} and {second} are one axis cannot be told: {found.why_not}."]
    axes = found.spaces[space]
    if axes.word == "open":
        return [
            f"Whether {first} and {second} are one axis of {space!r} cannot be told from {found.texts:,} texts:"
            f" {axes.reason}{_angle_of_open(axes)}."
        ]
    turned = ", read the other way round" if axes.cosine.value < 0 else ""
    what = f"one axis{turned}" if axes.word == "one" else "two axes"
    low, high = fixed(axes.angle.low, 0), fixed(axes.angle.high, 0)
    counts = f"; above {180 - APART}" if axes.cosine.value < 0 else f"; below {APART}"
    counts = f"{counts} counts as one" if axes.word == "one" else ""
    apart = f"their probe directions stand {fixed(axes.angle.value, 0)} degrees apart (95 % {low} to {high}{counts})"
    if axes.word == "two" and not axes.is_apart:
        common = axes.in_common
        apart = (
            f"over these texts what their probes read correlates by {told_short(common.value)}"
            f" ({between_shares(common, short=True)}), though {apart}"
        )
    return [
        f"In {space!r}, {first} and {second} are {what}: {apart}.",
        _directions(found, axes),
        _crossing(found, axes),
        *_caution(found, axes),
    ]


def _directions(found: TwoScores, axes: Axes) -> str:
    floor = axes.agreement.floor
    shuffled = f" and of shuffled scores {told_short(floor.low)} to {told_short(floor.high)}" if floor else ""
    own = " and ".join(
        f"{told_short(each.value)} for {name!r}"
        for name, each in zip((found.first, found.second), axes.reliability, strict=True)
    )
    return (
        f"Fitted on different texts, the cosine of a direction with itself is {own}, of one with the other"
        f" {told_short(axes.agreement.value)}{shuffled}; the angle allows for that noise{_pull(found)}."
    )


def _pull(found: TwoScores) -> str:
    """What the correction for noise leaves in: a penalty shares out what texts have in common between both directions."""
    correlation = found.correlation.value
    if abs(correlation) < _TOGETHER:
        return ""
    if correlation > 0:
        return (
            ", not for ridge, which draws directions of scores that go together towards each other: the true angle may be"
            " larger"
        )
    return ", not for ridge, which draws directions of scores that go against each other apart: the true angle may be smaller"


def _crossing(found: TwoScores, axes: Axes) -> str:
    """How well the first's probe orders the second: beside the second's own, and beside the first score itself."""
    name = found.measures[1]
    measure = f"an {name} of" if name == "AUC" else f"a {name} of"
    return (
        f"The probe of {found.first!r} orders {found.second!r} with {measure} {told_short(axes.cross[0].value)}, its own"
        f" probe with {told_short(axes.own[1].value)}, {found.first!r} itself with {told_short(found.plain[0].value)}."
    )


def _caution(found: TwoScores, axes: Axes) -> list[str]:
    """That two axes go together in the file is not that they are one."""
    if axes.word == "one" or abs(found.correlation.value) < _TOGETHER:
        return []
    return [
        f"The two scores go together in these texts (Spearman {told_short(found.correlation.value)}); that does not make"
        " them one axis."
    ]


def _angle_of_open(axes: Axes) -> str:
    if not math.isfinite(axes.angle.low):
        return ""
    low, high = fixed(axes.angle.low, 0), fixed(axes.angle.high, 0)
    return f" (95 % {low} to {high} degrees)"
