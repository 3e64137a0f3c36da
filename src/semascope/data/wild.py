"""Values of a target that lie so far from all others that they decide an error by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.types import Floats, Ints

MOST = 0.05  # of the values; more of them are a part of the target
GAP = 2.0  # spans of the ordinary deviations, in logarithms, between the ordinary and the wild
LEAST_SPAN = np.log(2)  # of the ordinary deviations
OF_DEVIATION, OF_SQUARES = (
    0.1,
    0.5,
)  # shares of all deviation from the median, and of its squares, that the wild carry
FEWEST, FEWEST_MOVED = 20, 15  # values, and those of them that differ from the median


def wild_values(values: Floats) -> Ints:
    """Positions of the values that no tail reaches, ascending; mostly none.

    Parameters
    ----------
    values
        (n,) numbers; NaN is missing.

    Notes
    -----
    Deviations from the median are taken in logarithms, where the tails of counts, prices (log-normal) and even incomes
    (Pareto) are smooth. Their span is the distance from the median to the ninth decile of the deviations that are not
    zero. Values are wild when they are at most ``MOST`` of all, when a gap of ``GAP`` spans lies between them and all
    others, and when they carry a tenth of the deviation or half of its squares. The width of the gap follows the span, so a
    wide tail needs a wide gap: in 1,000 draws of each of ten such targets (``tests/unit/data/test_wild.py`` has them)
    values were called wild in at most 2 %, by the heaviest Pareto tail.

    Examples
    --------
    >>> ratings = np.array([4.0, 5, 3, 4, 2, 5, 4, 1, 4, 5] * 10 + [99999])
    >>> wild_values(ratings).tolist(), wild_values(ratings[:-1]).tolist()
    ([100], [])
    """
    known = np.flatnonzero(np.isfinite(values))
    away = np.abs(values[known] - np.median(values[known])) if len(known) else np.empty(0)
    moved = np.flatnonzero(away > 0)
    most = int(MOST * len(known))
    if len(known) < FEWEST or len(moved) < FEWEST_MOVED or most < 1:
        return np.empty(0, dtype=np.int64)
    order = moved[np.argsort(away[moved], kind="stable")]
    logs = np.log(away[order])
    span = max(float(np.quantile(logs, 0.9) - np.median(logs)), LEAST_SPAN)
    first = max(len(order) - most, 1)  # the wild are among the last ``most``
    gaps = np.diff(logs)[first - 1 :]
    wide = np.flatnonzero(gaps > GAP * span)
    if not len(wide):
        return np.empty(0, dtype=np.int64)
    wild = order[first + int(wide[0]) :]
    scaled = away / away.max()  # squares of values near the largest number would overflow
    carried = scaled[wild].sum() / scaled.sum(), (scaled[wild] ** 2).sum() / (scaled**2).sum()
    if carried[0] < OF_DEVIATION and carried[1] < OF_SQUARES:
        return np.empty(0, dtype=np.int64)
    return np.sort(known[wild])
