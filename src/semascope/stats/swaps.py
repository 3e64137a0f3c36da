"""Paired differences of measures that are not means: swapped predictions for p, a symmetric bootstrap for the interval.

Letters: u units, c candidates, t targets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.paired import LEVELS, Compared, skewness, swap_test
from semascope.stats.rank_resampled import weighted_spearman
from semascope.stats.resampled import swapped, target_parts, weighted
from semascope.stats.resampling import count_blocks, is_exact, swap_blocks

if TYPE_CHECKING:
    from semascope.stats.heldout import Rows
    from semascope.stats.measures import Measure
    from semascope.stats.resampled import TargetParts
    from semascope.types import Array, Floats

_UNDEFINED = 0.01  # share of resamples that may leave the measure undefined before no interval is given


def compare_swapped(
    rows: Rows, measure: Measure, scale: Floats, *, draws: int, seed: int
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
    observed = np.stack([_difference(one, measure) for one in parts], axis=1)  # (c, t)
    values = observed @ scale
    p, p_targets = _swap_p(parts, measure, scale, observed, draws=draws, seed=seed)
    boot = resampled_values(rows, parts, measure, scale, draws=draws, seed=seed)  # (b, cells)
    error, half, half90 = symmetric_bootstrap(boot[:, 1:] - boot[:, :1], values)
    compared = Compared(
        difference=values,
        error=error,
        low=values - half,
        high=values + half,
        low90=values - half90,
        high90=values + half90,
        p=p,
        skewness=skewness(_squares(rows, measure, scale)),
        test=swap_test("swapped predictions", rows.units, draws),
        interval=f"symmetric bootstrap, {len(boot):,} draws",
    )
    return compared, p_targets


def resampled_values(
    rows: Rows, parts: list[TargetParts], measure: Measure, scale: Floats, *, draws: int, seed: int
) -> Floats:
    """(b, cells) the measure of each cell in each bootstrap resample, targets added with the weights ``scale``."""
    return np.concatenate(
        [
            _values(rows, parts, counts, measure, scale)
            for counts in count_blocks(rows.units.count, draws=_draws(measure, draws), seed=seed)
        ]
    )


def _draws(measure: Measure, draws: int) -> int:
    """Ranks anew in each resample cost: 2,000 do for an interval."""
    return min(draws, 2_000) if measure.name == "spearman" else draws


def _values(rows: Rows, parts: list[TargetParts], counts: Array, measure: Measure, scale: Floats) -> Floats:
    total = np.zeros((len(counts), len(rows.predictions)))
    for target, weight in enumerate(scale):
        if measure.name == "spearman":
            keep = rows.present[:, target]
            weights = counts[:, rows.units.index[keep]]
            total += weight * weighted_spearman(
                rows.truth[keep, target], rows.predictions[:, keep, target], weights
            )
        else:
            total += weight * weighted(parts[target], counts, measure)
    return total


def symmetric_bootstrap(resampled: Floats, observed: Floats) -> tuple[Floats, Floats, Floats]:
    """Standard error and half-widths (95 %, 90 %) of each column of (b, c) around ``observed``.

    All NaN for a column that is undefined in more than 1 % of the resamples.
    """
    away = np.abs(resampled - observed)
    undefined = np.isnan(away)
    away = np.where(undefined, np.inf, away)
    halves = [np.quantile(away, level, axis=0, method="higher") for level in LEVELS]
    allowed = (undefined.mean(axis=0) <= _UNDEFINED) & np.isfinite(observed)
    known = np.where(
        undefined, np.where(allowed, observed, 0.0), resampled
    )  # a rare undefined draw: no deviation
    error = known.std(axis=0)
    return (
        np.where(allowed, error, np.nan),
        np.where(allowed, halves[0], np.nan),
        np.where(allowed, halves[1], np.nan),
    )


def _squares(rows: Rows, measure: Measure, scale: Floats) -> Floats:
    """(u, c) differences of squared errors around their mean, for RMSE and R2; zeros for ranks and classes."""
    if measure.name not in ("rmse", "r2"):
        return np.zeros((1, len(rows.predictions) - 1))
    change = row_squares(rows) @ scale
    sums = rows.units.sums(change)
    return np.asarray(sums - change.mean(axis=0) * rows.units.sizes()[:, None])


def row_squares(rows: Rows) -> Floats:
    """(m, c, t) squared error of each candidate less the baseline's; 0 where the target is missing."""
    squares = np.nan_to_num((rows.predictions - rows.truth) ** 2)
    return np.moveaxis(squares[1:] - squares[0], 0, 1)


def _difference(parts: TargetParts, measure: Measure) -> Floats:
    value = np.asarray(measure.combine(parts.total), dtype=np.float64)
    return np.asarray(value[1:] - value[0])


def _swap_p(
    parts: list[TargetParts], measure: Measure, scale: Floats, observed: Floats, *, draws: int, seed: int
) -> tuple[Floats, Floats]:
    units = parts[0].sums.shape[1]
    exact = is_exact(units, draws)
    slack = 1e-12 if exact else 1e-6  # rounding must not break ties
    least, least_targets = np.abs(observed @ scale) - slack * np.abs(scale).sum(), np.abs(observed) - slack
    extreme, extreme_targets = np.zeros(len(observed)), np.zeros(observed.shape)
    for swaps in swap_blocks(units, draws=draws, seed=seed):
        drawn = np.stack([swapped(one, swaps, measure) for one in parts], axis=2)  # (b, c, t)
        extreme += _at_least(drawn @ scale, least)
        extreme_targets += _at_least(drawn, least_targets)
    if exact:
        return extreme / 2**units, extreme_targets / 2**units
    return (extreme + 1) / (draws + 1), (extreme_targets + 1) / (draws + 1)


def _at_least(drawn: Floats, least: Floats) -> Floats:
    """How many draws are as extreme; an undefined draw counts as one."""
    away = np.abs(drawn)
    return np.asarray(np.sum(np.isnan(away) | (away >= least), axis=0, dtype=np.float64))
