"""A mean of per-row losses in a group of held-out rows, with its interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.intervals import estimate
from semascope.stats.measures import get_measure
from semascope.stats.results import Estimate

if TYPE_CHECKING:
    from semascope.types import Floats

DRAWS = 1_000  # of the bootstrap: many small groups are shown, none is judged


def mean_of(losses: Floats) -> Estimate:
    """The mean of the finite losses (k,), each 0 or more, with its symmetric bootstrap-t interval.

    It is the mean absolute error of the losses against zeros. Without rows it is NaN.
    """
    known = losses[np.isfinite(losses)]
    if not len(known):
        return Estimate(value=math.nan, low=math.nan, high=math.nan, n=0, reason="no rows")
    return estimate(np.zeros(len(known)), known, measure=get_measure("mae", "regression"), draws=DRAWS)


def share_of(flags: Floats) -> Estimate:
    """The share of ones among (k,) zeros and ones, with its Wilson interval; NaN is left out."""
    known = flags[np.isfinite(flags)]
    if not len(known):
        return Estimate(value=math.nan, low=math.nan, high=math.nan, n=0, reason="no rows")
    return estimate(np.ones(len(known)), known, measure=get_measure("accuracy", "classification"))
