"""Two scores of the same things against each other: bubbles above the diagonal are those on which the second is better."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.pages.frame import Frame, chart, horizontal_axis, remark, vertical_axis
from semascope.pages.markup import element
from semascope.pages.scales import Scale
from semascope.words.numbers import count, fixed

if TYPE_CHECKING:
    from markupsafe import Markup

    from semascope.types import Floats

SIDE = 400
STEPS = 50  # of each axis: scores that are nearer to each other are one bubble
_LARGEST = 20.0  # radius of a bubble in units of the chart
_LEAST = 3.0
SAME = 1e-9
_TONES = {1: "better", 0: "plain", -1: "worse"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Bubble:
    """Things with nearly the same two scores, where their mean lies."""

    x: float
    y: float
    count: int
    tone: str  # "better" where the second score is, "worse", or "plain" where both are the same


def bubbles(one: Floats, other: Floats) -> list[Bubble]:
    """Pairs of scores in [0, 1] that are nearly the same together, the largest bubble first.

    Those on which the second is better are never in one bubble with others.

    Examples
    --------
    >>> [(each.x, each.y, each.count, each.tone) for each in bubbles(np.array([0.0, 0.5, 0.0]), np.array([1.0, 0.5, 1.0]))]
    [(0.0, 1.0, 2, 'better'), (0.5, 0.5, 1, 'plain')]
    """
    signs = np.where(np.abs(other - one) > SAME, np.sign(other - one), 0.0)
    keys = np.stack([np.rint(one * STEPS), np.rint(other * STEPS), signs], axis=1)
    found, owner, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    owner = owner.reshape(-1)
    x, y = (np.bincount(owner, weights=values) / counts for values in (one, other))
    return [
        Bubble(x=float(x[at]), y=float(y[at]), count=int(counts[at]), tone=_TONES[int(found[at, 2])])
        for at in np.argsort(-counts, kind="stable")
    ]


def radius(bubble: Bubble, most: int) -> float:
    """Of a bubble: its area grows with the count."""
    return max(_LEAST, _LARGEST * math.sqrt(bubble.count / max(most, 60)))


def paired_chart(
    one: Floats, other: Floats, *, names: tuple[str, str], noun: str, plural: str, words: str
) -> Markup:
    """A square picture.

    Parameters
    ----------
    one, other
        (m,) scores in [0, 1] of the same things.
    names
        Of the horizontal and the vertical axis.
    noun, plural
        What a thing is called.
    words
        What the picture shows, for readers who do not see it.
    """
    frame = Frame(
        width=SIDE,
        height=SIDE + 22,
        x=Scale(low=-0.06, high=1.06, start=44.0, stop=SIDE - 10.0),
        y=Scale(low=-0.06, high=1.06, start=SIDE - 26.0, stop=28.0),
    )
    found = bubbles(one, other)
    most = max((bubble.count for bubble in found), default=1)
    marks = [
        element(
            "circle",
            element(
                "title", f"{count(bubble.count, noun, plural)}: {fixed(bubble.x, 2)} and {fixed(bubble.y, 2)}"
            ),
            class_=f"bubble {bubble.tone}",
            cx=frame.x(bubble.x),
            cy=frame.y(bubble.y),
            r=radius(bubble, most),
        )
        for bubble in found
    ]
    ends = [frame.x(0.0), frame.y(0.0), frame.x(1.0), frame.y(1.0)]
    return chart(
        frame,
        vertical_axis(frame, label=names[1]),
        horizontal_axis(frame, label=names[0]),
        element("line", class_="identity", x1=ends[0], y1=ends[1], x2=ends[2], y2=ends[3]),
        *marks,
        remark("better", x=frame.left + 34, y=frame.top + 44),
        remark("worse", x=frame.right - 34, y=frame.bottom - 36, anchor="end"),
        words=words,
        class_="paired",
    )
