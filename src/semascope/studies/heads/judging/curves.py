"""Learning curves: what a cell reaches with fewer training rows, and what twice as many would bring."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.power_law import fit_power_law
from semascope.studies.heads.result import CurvePoint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from semascope.stats.measure import Measure
    from semascope.studies.heads.result import HeadResult

USED = 4
"""Points that a law is fitted to, the largest ones: it holds where learning is under way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MoreRows:
    """What a cell would reach with twice the training rows, if its error goes on falling as it does."""

    cell: str
    first: CurvePoint
    rows: int  # training rows that there are
    now: float  # the measure with them
    twice: float
    low: float  # least and largest over the draws
    high: float
    draws: int  # of each number of rows


def curve_of(record: Mapping[str, Any]) -> list[CurvePoint]:
    """The curve of a cell's record; empty where it has none."""
    found = []
    for each in record.get("curve", ()):
        draws = [float(np.mean(list(draw.values()))) for draw in each["draws"]]
        known = [value for value in draws if math.isfinite(value)]
        mean = float(np.mean(known)) if known else math.nan
        found.append(
            CurvePoint(rows=each["rows"], mean=mean, low=each["low"], high=each["high"], draws=draws)
        )
    return found


def more_rows(cell: HeadResult, measure: Measure, *, rows: int) -> MoreRows | None:
    """The forecast of a cell; None without a curve of two points, or for a measure that no error falls under.

    Parameters
    ----------
    rows
        Training rows that there are.
    """
    points = [point for point in cell.curve if math.isfinite(point.mean)]
    if len(points) < 2 or not (measure.lower_is_better or measure.ends == (0.0, 1.0)):
        return None
    now = mean_of(cell)
    whole = _forecast([(point.rows, point.mean) for point in points], (rows, now), measure)
    most = min(len(point.draws) for point in points)
    each = [
        _forecast([(point.rows, point.draws[draw]) for point in points], (rows, now), measure)
        for draw in range(most)
    ]
    if not math.isfinite(whole):
        return None
    known = [value for value in [whole, *each] if math.isfinite(value)]
    return MoreRows(
        cell=cell.id,
        first=points[0],
        rows=rows,
        now=now,
        twice=whole,
        low=min(known),
        high=max(known),
        draws=most,
    )


def mean_of(cell: HeadResult) -> float:
    """The measure with all training rows, as its curve has it: the plain mean over several targets."""
    values = [part.estimate.value for part in cell.targets] or [cell.estimate.value]
    return float(np.mean(values))


def _forecast(points: Sequence[tuple[int, float]], last: tuple[int, float], measure: Measure) -> float:
    """The measure with twice the rows of the last point."""
    used = [*points, last][-USED:]
    turned = [value if measure.lower_is_better else 1 - value for _, value in used]
    law = fit_power_law(np.array([rows for rows, _ in used]), np.array(turned))
    if law is None:
        return math.nan
    error = law.error(2 * last[0])
    return error if measure.lower_is_better else 1 - error
