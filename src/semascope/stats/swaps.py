"""Paired differences of measures that are not means: swapped predictions for p, a symmetric bootstrap for the interval.

Letters: u units, c candidates, t targets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.few_changes import named_with_few, wider
from semascope.stats.few_classes import changed_rows, few_class_changes
from semascope.stats.paired import LEVELS, Compared, skewness, swap_test
from semascope.stats.resampled import target_parts
from semascope.stats.resampling import count_blocks, is_exact, swap_blocks

if TYPE_CHECKING:
    from semascope.stats.few_classes import FewChanges
    from semascope.stats.heldout import Rows
    from semascope.stats.measure import RowMeasure
    from semascope.stats.resampled import TargetParts
    from semascope.stats.units import Units
    from semascope.types import Array, Floats

_UNDEFINED = 0.01  # share of resamples that may leave the measure undefined before no interval is given


def compare_swapped(
    rows: Rows, measure: RowMeasure, scale: Floats, *, draws: int, seed: int
) -> tuple[Compared, Floats]:
    """Candidates against the baseline, and (c, t) p values of the single targets.

    Parameters
    ----------
    rows
        With the baseline as the first cell.
    scale
        (t,) what each target's difference is multiplied by before they are added: the weights of the mean.
    """
    parts = target_parts(rows, measure)
    values = _observed_differences(parts) @ scale
    p, p_targets = _swap_p(
        parts, scale, units=rows.units.count, slack=_rounding(parts, measure), draws=draws, seed=seed
    )
    boot = resampled_values(rows, parts, measure, scale, draws=draws, seed=seed)  # (b, cells)
    error, half, half90 = symmetric_bootstrap(boot[:, 1:] - boot[:, :1], values) * _widened(rows, measure)
    ends = np.stack([values - half, values + half, values - half90, values + half90])
    few = few_class_changes(rows, measure, values) if measure.kind == "classification" else None
    if few is not None:
        ends[:, few.which] = wider(ends[:, few.which], few.ends[:, few.which])
    compared = Compared(
        difference=values,
        error=error,
        low=ends[0],
        high=ends[1],
        low90=ends[2],
        high90=ends[3],
        p=p,
        skewness=skewness(_squares(rows, measure, scale)),
        reach=None if few is None else few.reach,
        differ=None if few is None else few.units,
        test=swap_test("swapped predictions", rows.units, draws),
        interval=_interval_name(measure, len(boot), rows.units, few),
    )
    return compared, p_targets


def resampled_values(
    rows: Rows, parts: list[TargetParts], measure: RowMeasure, scale: Floats, *, draws: int, seed: int
) -> Floats:
    """(b, cells) the measure of each cell in each bootstrap resample, targets added with the weights ``scale``."""
    return np.concatenate(
        [
            _values(rows, parts, counts, measure, scale)
            for counts in count_blocks(rows.units.count, draws=_draws(measure, draws), seed=seed)
        ]
    )


def _draws(measure: RowMeasure, draws: int) -> int:
    """Ranks anew in each resample cost: 2,000 do for an interval."""
    return draws if measure.weighted is None else min(draws, 2_000)


def _values(
    rows: Rows, parts: list[TargetParts], counts: Array, measure: RowMeasure, scale: Floats
) -> Floats:
    total = np.zeros((len(counts), len(rows.predictions)))
    for target, weight in enumerate(scale):
        if measure.weighted is None:
            total += weight * parts[target].weighted(counts)
        else:
            keep = rows.present[:, target]
            drawn = counts[:, rows.units.index[keep]]
            total += weight * measure.weighted(
                rows.truth[keep, target], rows.predictions[:, keep, target], drawn
            )
    return total


def _widened(rows: Rows, measure: RowMeasure) -> Floats:
    """(c,) factor of the interval: where k units of classes change, as if two more did.

    A bootstrap of few changed rows is too narrow; Bonett and Price add one to either count for the same reason.
    """
    if measure.kind == "regression":
        return np.ones(len(rows.predictions) - 1)
    units = (changed_rows(rows) > 0).sum(axis=0)
    return np.asarray(np.sqrt((units + 2) / np.maximum(units, 1)))


def _interval_name(measure: RowMeasure, draws: int, units: Units, few: FewChanges | None) -> str:
    more = " with two more changes" if measure.kind == "classification" else ""
    name = f"symmetric bootstrap{more}, {draws:,} draws"
    return name if few is None else named_with_few(name, few.which, units)


def symmetric_bootstrap(resampled: Floats, observed: Floats) -> Floats:
    """(3, c) standard error and half-widths (95 %, 90 %) of each column of (b, c) around ``observed``.

    All NaN for a column that is undefined in more than 1 % of the resamples.
    """
    away = np.abs(resampled - observed)
    undefined = np.isnan(away)
    away = np.where(undefined, np.inf, away)
    halves = [np.quantile(away, level, axis=0, method="higher") for level in LEVELS]
    allowed = (undefined.mean(axis=0) <= _UNDEFINED) & np.isfinite(observed)
    # a rare undefined draw: no deviation
    known = np.where(undefined, np.where(allowed, observed, 0.0), resampled)
    return np.where(allowed, np.stack([known.std(axis=0), *halves]), np.nan)


def _squares(rows: Rows, measure: RowMeasure, scale: Floats) -> Floats:
    """(u, c) differences of squared errors around their mean, for RMSE and R2; zeros for ranks and classes."""
    if not measure.of_squares:
        return np.zeros((1, len(rows.predictions) - 1))
    change = row_squares(rows) @ scale
    sums = rows.units.sums(change)
    return np.asarray(sums - change.mean(axis=0) * rows.units.sizes()[:, None])


def row_squares(rows: Rows) -> Floats:
    """(m, c, t) squared error of each candidate less the baseline's; 0 where the target is missing."""
    squares = np.nan_to_num((rows.predictions - rows.truth) ** 2)
    return np.moveaxis(squares[1:] - squares[0], 0, 1)


def _swap_p(
    parts: list[TargetParts], scale: Floats, *, units: int, slack: Floats, draws: int, seed: int
) -> tuple[Floats, Floats]:
    """(c,) p of the mean over targets and (c, t) p of each; NaN where the difference is undefined.

    ``slack`` (t,) is what rounding may do to a measure: it must not break ties.
    """
    observed = _observed_differences(parts)
    exact = is_exact(units, draws)
    slack = slack * (1e-12 if exact else 1e-6)
    least, least_targets = np.abs(observed @ scale) - slack @ np.abs(scale), np.abs(observed) - slack
    extreme, extreme_targets = np.zeros(least.shape), np.zeros(least_targets.shape)
    for swaps in swap_blocks(units, draws=draws, seed=seed):
        drawn = np.stack([one.swapped(swaps) for one in parts], axis=2)  # (b, c, t)
        extreme += _at_least(drawn @ scale, least)
        extreme_targets += _at_least(drawn, least_targets)
    ways, seen = (2**units, 0) if exact else (draws + 1, 1)
    return (
        np.where(np.isnan(least), np.nan, (extreme + seen) / ways),
        np.where(np.isnan(least_targets), np.nan, (extreme_targets + seen) / ways),
    )


def _observed_differences(parts: list[TargetParts]) -> Floats:
    """(c, t) candidate minus baseline."""
    values = np.stack([one.observed() for one in parts], axis=1)
    return np.asarray(values[1:] - values[0])


def _rounding(parts: list[TargetParts], measure: RowMeasure) -> Floats:
    """(t,) the size of the numbers that each target's measure is computed from."""
    baseline = np.abs(np.nan_to_num([one.observed()[0] for one in parts]))
    return np.asarray(baseline if measure.lower_is_better else np.maximum(baseline, 1.0))


def _at_least(drawn: Floats, least: Floats) -> Floats:
    """How many draws are as extreme; an undefined draw counts as one."""
    away = np.abs(drawn)
    return np.asarray(np.sum(np.isnan(away) | (away >= least), axis=0, dtype=np.float64))
