"""The four words, and Holm's correction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from semascope.stats.measures import Measure
    from semascope.stats.results import Word
    from semascope.types import Array, Floats

ALPHA = 0.05
SHARE_OF_ERROR = 0.05  # default margin of an error, as a share of the baseline's
POINTS = 0.02  # default margin of every other measure
SHARE_OF_THE_WAY = 0.4  # most that a default margin takes of the way from a share to 0 or to 1


def holm(p: Array) -> Floats:
    """Holm's corrected p values, in the order given.

    Parameters
    ----------
    p
        (k,) in [0, 1]; NaN for a comparison that cannot be made, which takes no place: it stays NaN and the others
        are corrected as if it were not there.

    Notes
    -----
    Holm, Scandinavian Journal of Statistics 6 (1979): the i-th smallest of k is multiplied by k - i + 1, and never
    less than the one before it.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    >>> holm([0.01, float("nan"), 0.03]).round(3).tolist()
    [0.02, nan, 0.03]
    """
    corrected = np.array(p, dtype=np.float64)
    made = np.flatnonzero(~np.isnan(corrected))
    order = made[np.argsort(corrected[made], kind="stable")]
    stepped = np.maximum.accumulate(corrected[order] * (len(order) - np.arange(len(order))))
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected


def word_of(low90: float, high90: float, margin: float, p_holm: float, gain: float) -> Word:
    """One of the four words. NaN anywhere in the interval rules out "equivalent"."""
    if -margin < low90 and high90 < margin:
        return "equivalent"
    if p_holm < ALPHA and gain != 0:
        return "better" if gain > 0 else "worse"
    return "unresolved"


def margin_of(margin: float | None, measure: Measure, baseline: Floats) -> float:
    """The margin in the unit of the difference.

    Parameters
    ----------
    margin
        As the user gave it, 0 or more. None: 5 % of the baseline's error for errors, 0.02 for other measures, and for a
        measure in [0, 1] never more than two fifths of the baseline's way to 0 or to 1, whichever is nearer.
    baseline
        (t,) the baseline's measure on each target. Over several the unit of an error's difference already is a
        share of the baseline's error.
    """
    if margin is None:
        if measure.bounded:
            return _points(float(baseline[0]))
        if not measure.lower_is_better:
            return POINTS
        return SHARE_OF_ERROR * (float(baseline[0]) if len(baseline) == 1 else 1.0)
    if not margin >= 0:
        raise ConfigError(f"margin is {margin}; it must be 0 or more; give it in the unit of the measure")
    return float(margin)


def _points(share: float) -> float:
    """The default margin around a share; the usual one, where the share is undefined.

    Examples
    --------
    >>> [_points(share) for share in (0.5, 0.95, 0.98, 0.005)]
    [0.02, 0.02, 0.008, 0.002]
    """
    way = min(share, 1.0 - share)
    return POINTS if np.isnan(way) else min(POINTS, round(SHARE_OF_THE_WAY * way, 12))
