"""How good a machine's judgements are, on the pairs that a person judged too.

Letters: j pairs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.types import Floats, Mask

Z = 1.959963984540054  # of a 95 % interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A share of all pairs in question with its 95 % interval; NaN where no pair tells."""

    value: float
    low: float
    high: float
    pairs: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """What the machine makes of what a person calls relevant, and of the rest."""

    sensitivity: Share  # of the relevant ones, those that it calls so
    specificity: Share  # of the others, those that it calls so


def quality(human: Mask, machine: Mask, weights: Floats) -> Quality:
    """How the machine's word goes with the person's.

    Parameters
    ----------
    human, machine
        (j,) whether a pair is relevant.
    weights
        (j,) pairs that each stands for: one over the chance that its query was judged.

    Examples
    --------
    >>> import numpy as np
    >>> found = quality(np.array([True, True, False]), np.array([True, False, False]), np.ones(3))
    >>> round(found.sensitivity.value, 2), round(found.sensitivity.low, 2), found.specificity.value
    (0.5, 0.09, 1.0)
    """
    return Quality(
        sensitivity=_share(machine[human], weights[human]),
        specificity=_share(~machine[~human], weights[~human]),
    )


def _share(right: Mask, weights: Floats) -> Share:
    """Wilson's interval on as many pairs as the weighted ones are worth (Kish): unequal weights tell less."""
    if not len(right):
        return Share(value=math.nan, low=math.nan, high=math.nan, pairs=0)
    total = float(weights.sum())
    value = float((weights * right).sum()) / total
    worth = total**2 / float((weights**2).sum())
    centre = (value + Z**2 / (2 * worth)) / (1 + Z**2 / worth)
    half = Z * math.sqrt(value * (1 - value) / worth + Z**2 / (4 * worth**2)) / (1 + Z**2 / worth)
    # the ends of Wilson's interval are 0 and 1 exactly there; rounding must not leave them
    return Share(
        value=value,
        low=max(0.0, centre - half) if value > 0 else 0.0,
        high=min(1.0, centre + half) if value < 1 else 1.0,
        pairs=len(right),
    )
