"""One measure on the held-out rows, with its interval.

Letters: m rows, t targets, u units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.bounded import few_differ, mean_bounds
from semascope.stats.guards import why_no_claim, why_too_few
from semascope.stats.heldout import make_rows, row_losses, two_dimensional
from semascope.stats.paired import bootstrap_t
from semascope.stats.resampled import target_parts
from semascope.stats.results import Estimate
from semascope.stats.swaps import resampled_values, symmetric_bootstrap
from semascope.stats.units import effective_groups, make_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.stats.heldout import Rows
    from semascope.stats.measure import Measure, RowMeasure
    from semascope.stats.units import Units
    from semascope.types import Array, Floats, Mask

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
        accuracy; symmetric bootstrap-t for means, or Gaffke's bounds where scores have two ends and few of them differ; symmetric bootstrap for the others; NaN with a reason
        where none holds. Intervals are cut at the ends of what the measure can be.

    Notes
    -----
    The mean over targets has the influence of row i as its unit: ``sum over its targets of (loss - mean) * m / rows
    that have the target / t``. Without missing values that is the row's mean loss.
    """
    rows = make_rows(truth, [prediction], measure=measure, groups=groups)
    value = float(np.mean([_value(rows, measure, target) for target in range(len(rows.targets))]))
    if measure.is_mean:
        return _of_mean(row_losses(rows, measure)[:, 0], rows.units, measure, value, draws=draws, seed=seed)
    reason = why_no_claim(rows, measure)
    if not reason and np.isnan(value):
        reason = f"{measure.name} is undefined on these rows"
    if reason:
        return _without_interval(rows.units, value, reason)
    half = _half_of_other(rows, measure, value, draws=draws, seed=seed)
    return _around(rows.units, measure, value, half, "bootstrap")


def estimate_scores(
    scores: Array,
    *,
    measure: Measure,
    groups: Sequence[object] | Units | None = None,
    unit: str = "row",
    seed: int = 42,
    draws: int = 2_000,
) -> Estimate:
    """The mean of the scores of some units, of any kind, and its 95 % interval.

    Parameters
    ----------
    scores
        (m,) or (m, t): one number a unit, whose mean is the measure; NaN where a unit has none.
    measure, groups, unit
        As in ``judge_scores``.

    Returns
    -------
    Estimate
        As of ``estimate``; NaN with a reason where no unit has a score.

    Examples
    --------
    >>> from semascope.stats.measures import get_measure
    >>> hits = estimate_scores([1, 0, 1, 1, float("nan"), 1], measure=get_measure("accuracy", "classification"))
    >>> hits.value, hits.n, round(hits.low, 2)
    (0.8, 5, 0.38)
    """
    values = two_dimensional(scores)
    present = ~np.isnan(values)
    keep: Mask = np.any(present, axis=1)
    units = make_units(groups, len(values), row=unit).of_rows(keep)
    if not keep.any():
        return _without_interval(units, np.nan, f"no {units.name}")
    known = values[keep][:, np.any(present, axis=0)]
    return _of_mean(known, units, measure, float(np.nanmean(known, axis=0).mean()), draws=draws, seed=seed)


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
    # the ends themselves, whatever rounding makes of them
    low = max(float(centre - half), 0.0) if share > 0 else 0.0
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


def _of_mean(
    scores: Floats, units: Units, measure: Measure, value: float, *, draws: int, seed: int
) -> Estimate:
    """Of the (m, t) scores of units that have any."""
    reason = why_too_few(units)
    if reason:
        return _without_interval(units, value, reason)
    if measure.of_hits and scores.shape[1] == 1:
        low, high = grouped_wilson(units.sums(scores[:, 0]), units.sizes(), level=LEVEL)
        return _estimate(
            units, measure, value, low, high, "Wilson over groups" if units.grouped else "Wilson"
        )
    sums, sizes = units.sums(_influences(scores)[:, None]), units.sizes()
    spread = bootstrap_t(sums, sizes, draws=draws, seed=seed)
    if np.isfinite(measure.span) and scores.shape[1] == 1:
        away = sums - spread.mean * sizes[:, None]
        if few_differ(away, sizes[:, None], span=measure.span)[0] or not np.isfinite(spread.half[0]):
            return _between_ends(units, measure, value, scores[:, 0], draws=draws, seed=seed)
    return _around(units, measure, value, float(spread.half[0]), "bootstrap-t")


def _between_ends(
    units: Units, measure: Measure, value: float, scores: Floats, *, draws: int, seed: int
) -> Estimate:
    """Of (m,) scores that are nearly all the same: by what one more unit could have at either end."""
    middle, half = sum(measure.ends) / 2, measure.span / 2
    ends, _ = mean_bounds(
        units.sums((scores - middle)[:, None]), units.sizes()[:, None], span=half, draws=draws, seed=seed
    )
    return _estimate(
        units, measure, value, middle + float(ends[0, 0]), middle + float(ends[1, 0]), "Gaffke's bounds"
    )


def _influences(scores: Floats) -> Floats:
    """(m,) numbers whose mean is the mean over targets of the (m, t) scores' means."""
    m, targets = scores.shape
    values = np.zeros(m)
    for column in scores.T:
        keep = ~np.isnan(column)
        known = column[keep]
        values += known.mean() / targets
        values[keep] += (known - known.mean()) * m / len(known) / targets
    return values


def _half_of_other(rows: Rows, measure: RowMeasure, value: float, *, draws: int, seed: int) -> float:
    parts = target_parts(rows, measure)
    scale = np.full(len(parts), 1 / len(parts))
    resampled = resampled_values(rows, parts, measure, scale, draws=draws, seed=seed)
    return float(symmetric_bootstrap(resampled, np.array([value]))[1][0])


def _around(units: Units, measure: Measure, value: float, half: float, method: str) -> Estimate:
    if not np.isfinite(half):
        return _without_interval(units, value, f"too few {units.name} differ for an interval")
    return _estimate(units, measure, value, value - half, value + half, method)


def _estimate(units: Units, measure: Measure, value: float, low: float, high: float, method: str) -> Estimate:
    low, high = measure.cut(low, high)
    return Estimate(value=value, low=low, high=high, n=units.rows, level=LEVEL, method=method)


def _without_interval(units: Units, value: float, reason: str) -> Estimate:
    return Estimate(
        value=value, low=np.nan, high=np.nan, n=units.rows, level=LEVEL, method="none", reason=reason
    )
