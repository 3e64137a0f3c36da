"""Scores outside what a scorer has learnt from, said where they are written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from semascope.learner.learnt_range import learnt_range
from semascope.pages.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.probes.card import TargetCard
    from semascope.types import Floats

_BARELY = 1e-6  # of the range: what rounding can do


def tell_outside(artifact: Path, targets: Sequence[TargetCard], scores: Floats, *, ranked: bool) -> None:
    """Say how many scores lie outside the labels that were learnt from, and whether they were cut to them.

    Parameters
    ----------
    scores
        (n, t) of the targets before any cut, NaN where there is none.
    ranked
        Whether they are written as they are: a cut would make ties.
    """
    for target, values in zip(targets, scores.T, strict=True):
        cut = target.low is not None and target.high is not None
        found = (target.low, target.high) if cut else learnt_range(artifact)
        if found is None or found[0] is None or found[1] is None:
            continue
        low, high = found[0], found[1]
        more = _BARELY * (high - low)
        known = values[~np.isnan(values)]
        outside = int(((known < low - more) | (known > high + more)).sum())
        if outside:
            became = "they were cut to it" if cut and not ranked else "they were not cut to it"
            print(
                f"{outside:,} of {count(len(known), 'score')} of {target.name!r} {'lies' if outside == 1 else 'lie'}"
                f" outside {low:g} to {high:g}, which is what was learnt from; {became}",
                file=sys.stderr,
            )
