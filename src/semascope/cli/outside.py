"""Scores outside what a scorer has learnt from, said where they are written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from semascope.learner.learnt_range import learnt_range
from semascope.words.numbers import count, significant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.probes.card import TargetCard
    from semascope.types import Floats

_BARELY = 1e-6  # of the range: what rounding can do


def tell_outside(
    artifact: Path, targets: Sequence[TargetCard], scores: Floats, *, written: Floats | None = None
) -> None:
    """Say how many scores lie outside the labels that were learnt from, and whether they were cut to them.

    Parameters
    ----------
    scores
        (n, t) of the targets before any cut, NaN where there is none.
    written
        (n, t) what is written of them; None for themselves, as in a ranking, where a cut would make ties.
    """
    for column, target in enumerate(targets):
        cut = target.low is not None and target.high is not None
        found = (target.low, target.high) if cut else learnt_range(artifact)
        if found is None or found[0] is None or found[1] is None:
            continue
        low, high = found[0], found[1]
        more = _BARELY * (high - low)
        known = ~np.isnan(scores[:, column])
        values = scores[known, column]
        beyond = (values < low - more) | (values > high + more)
        if cut and written is not None:  # a map to medians may have brought a score inside before the cut
            beyond &= np.isin(written[known, column], (low, high))
        if outside := int(beyond.sum()):
            became = "they were cut to it" if cut and written is not None else "they were not cut to it"
            print(
                f"{outside:,} of {count(len(values), 'score')} of {target.name!r} {'lies' if outside == 1 else 'lie'}"
                f" outside {significant(low, 6)} to {significant(high, 6)}, which is what was learnt from; {became}",
                file=sys.stderr,
            )
