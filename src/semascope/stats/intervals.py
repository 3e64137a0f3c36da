"""One measure on the held-out rows, with its interval.

Letters: m rows, t targets, u units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.guards import why_no_claim
from semascope.stats.heldout import make_rows
from semascope.stats.paired import bootstrap_t
from semascope.stats.resampled import target_parts
from semascope.stats.results import Estimate
from semascope.stats.swaps import resampled_values, symmetric_bootstrap
from semascope.stats.units import effective_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.stats.heldout import Rows
    from semascope.stats.measure import RowMeasure
    from semascope.types import Array, Floats

LEVEL = 0.95


def estimate(
    truth: Array,
    prediction: Array,
    *,
    measure: RowMeasure,
    groups: Sequence[object] | None = None,
    seed: int = 42,
    draws: int = 2_000,
) -> Estimate:
    """The measure on these rows and its 95 % interval.

    Parameters
    ----------
    truth, prediction
        (m, t) or (m,); NaN in the truth where a target is missing.
    groups
        (m,) group of each row: then groups are what is drawn.

    Returns
    -------
    Estimate
        Over several targets the plain mean of the targets' measures, in their own unit. Wilson's interval for an
        accuracy; symmetric bootstrap-t for means; symmetric bootstrap for the others; NaN with a reason
        where none holds. Intervals are cut at the ends of what the measure can be.

    Notes
    -----
    The mean over targets has the influence of row i as its unit: ``sum over its targets of (loss - mean) * m / rows
    that have the target / t``. Without missing values that is the row's mean loss.
    """
    rows = make_rows(truth, [prediction], measure=measure, groups=groups)
    value = float(np.mean([_value(rows, measure, target) for target in range(len(rows.targets))]))
    reason = why_no_claim(rows, measure)
    if not reason and np.isnan(value):
        reason = f"{measure.name} is undefined on these rows"
    if reason:
        return _estimate(rows, measure, value, np.nan, np.nan, "none", reason)
    if measure.of_hits:
        hits = rows.units.sums(measure.losses(rows.truth[:, 0], rows.predictions[0, :, 0]))
        low, high = grouped_wilson(hits, rows.units.sizes(), level=LEVEL)
        method = "Wilson over groups" if rows.units.grouped else "Wilson"
        return _estimate(rows, measure, value, low, high, method, "")
    half, method = (
        (_half_of_mean(rows, measure, draws=draws, seed=seed), "bootstrap-t")
        if measure.is_mean
        else (_half_of_other(rows, measure, value, draws=draws, seed=seed), "bootstrap")
    )
    if not np.isfinite(half):
        return _estimate(
            rows, measure, value, np.nan, np.nan, "none", f"too few {rows.units.name} differ for an interval"
        )
    return _estimate(rows, measure, value, value - half, value + half, method, "")


def wilson(share: float, rows: float, *, level: float, wider: float = 1.0) -> tuple[float, float]:
    """Wilson's score interval of a share of ``rows`` rows, with a normal quantile that is ``wider`` times its own.

    Examples
    --------
    >>> [round(end, 3) for end in wilson(0.5, 10, level=0.95)]
    [0.237, 0.763]
    """
    from scipy.stats import norm

    z2 = (wider * float(norm.ppf((1 + level) / 2))) ** 2
    centre = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    half = np.sqrt(z2 * (share * (1 - share) / rows + z2 / (4 * rows**2))) / (1 + z2 / rows)
    low = (
        max(float(centre - half), 0.0) if share > 0 else 0.0
    )  # the ends themselves, whatever rounding makes of them
    return low, min(float(centre + half), 1.0) if share < 1 else 1.0


def grouped_wilson(hits: Floats, sizes: Floats, *, level: float) -> tuple[float, float]:
    """Wilson's interval of a share whose rows hang together in groups; with groups of one row it is Wilson's.

    Parameters
    ----------
    hits, sizes
        (u,) rows that are right, and rows, of each group.

    Notes
    -----
    The rows count as as many as they are worth: divided by the design effect (the groups' variance of the share over
    the variance of independent rows, at least 1; the groups' own where all rows are right, or none), with a quantile
    wider by Student's t (Korn & Graubard, Survey Methodology 24, 1998).

    Examples
    --------
    >>> pairs = grouped_wilson(np.array([2.0] * 5 + [0.0] * 5), np.full(10, 2.0), level=0.95)
    >>> [round(end, 2) for end in pairs], [round(end, 2) for end in wilson(0.5, 10, level=0.95)]  # ten pairs of copies
    ([0.22, 0.78], [0.24, 0.76])
    """
    from scipy.stats import t as student

    rows, worth = float(sizes.sum()), max(float(effective_groups(sizes)), 2.0)
    share = float(hits.sum()) / rows
    alone = rows * share * (1 - share)
    together = float(((hits - share * sizes) ** 2).sum())
    effect = max(together / alone, 1.0) if 0 < share < 1 else rows / worth
    q = (1 + level) / 2
    wider = float(student.ppf(q, worth - 1) / student.ppf(q, rows - 1)) if worth < rows else 1.0
    return wilson(share, rows / effect, level=level, wider=wider)


def _value(rows: Rows, measure: RowMeasure, target: int) -> float:
    keep = rows.present[:, target]
    return measure.of(rows.truth[keep, target], rows.predictions[0, keep, target])


def _half_of_mean(rows: Rows, measure: RowMeasure, *, draws: int, seed: int) -> float:
    spread = bootstrap_t(
        rows.units.sums(_row_values(rows, measure)[:, None]), rows.units.sizes(), draws=draws, seed=seed
    )
    return float(spread.half[0])


def _row_values(rows: Rows, measure: RowMeasure) -> Floats:
    """(m,) numbers whose mean is the mean over targets of the measure."""
    m, targets = rows.truth.shape
    values = np.zeros(m)
    for target in range(targets):
        keep = rows.present[:, target]
        losses = measure.losses(rows.truth[keep, target], rows.predictions[0, keep, target])
        values += losses.mean() / targets
        values[keep] += (losses - losses.mean()) * m / len(losses) / targets
    return values


def _half_of_other(rows: Rows, measure: RowMeasure, value: float, *, draws: int, seed: int) -> float:
    parts = target_parts(rows, measure)
    scale = np.full(len(parts), 1 / len(parts))
    resampled = resampled_values(rows, parts, measure, scale, draws=draws, seed=seed)
    return float(symmetric_bootstrap(resampled, np.array([value]))[1][0])


def _estimate(
    rows: Rows, measure: RowMeasure, value: float, low: float, high: float, method: str, reason: str
) -> Estimate:
    low, high = measure.cut(low, high)
    return Estimate(
        value=value,
        low=low,
        high=high,
        n=len(rows.truth),
        level=LEVEL,
        method=method,
        reason=reason,
    )
