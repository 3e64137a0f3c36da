"""From scores a unit to words: per-row losses, per-query nDCG, per-pair hits; every cell against the baseline.

Letters: m units, t targets, c candidates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.stats.bounded import compare_bounded
from semascope.stats.family import make_family
from semascope.stats.guards import why_too_few
from semascope.stats.heldout import cells_in_order, target_names, two_dimensional
from semascope.stats.mcnemar import compare_hits
from semascope.stats.paired import compare_means, sign_flip_p, without_largest
from semascope.stats.standing import Case
from semascope.stats.units import make_units, outweighed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from semascope.stats.measure import Measure
    from semascope.stats.paired import Compared
    from semascope.stats.results import Family
    from semascope.stats.units import Units
    from semascope.types import Array, Floats, Mask

ROUNDING = 1e-9  # what a score may lie beyond the ends of its measure


def judge_scores(
    scores: Mapping[str, Array],
    *,
    baseline: str,
    measure: Measure,
    margin: float | None = None,
    groups: Sequence[object] | Units | None = None,
    unit: str = "row",
    targets: Sequence[str] | None = None,
    same: Collection[str] = (),
    seed: int = 42,
    draws: int = 10_000,
) -> Family:
    """The verdict on every cell: better, worse, equivalent or unresolved against the baseline, by its mean score.

    Parameters
    ----------
    scores
        (m,) or (m, t) of each cell, the baseline included: one number a unit, whose mean is the measure. NaN where a unit
        has none; then no cell has one there.
    baseline
        Name of the cell that the others are held against.
    measure
        What the scores are: a mean. Over several targets the difference of an error becomes the unit's mean of the
        differences, each divided by the baseline's error on that target; of any other measure their plain mean.
    margin
        What counts as equal, 0 or more: a share of the baseline's error, or a difference of any other measure. None: the
        measure's own (``Measure.margin_around``).
    groups
        (m,) group of each unit; whole groups are then swapped and drawn. None: every unit on its own.
    unit
        What a unit is called: "row", "query".
    targets
        (t,) names for ``Verdict.mixed``. None: ``target 1``, ``target 2``, ...
    same
        Cells that are known to be the baseline under another name: equivalent, whatever the numbers of units.
    seed, draws
        Of the resamples; 10,000 draws or more keep p stable to about 0.002 at 0.05.

    Returns
    -------
    Family
        With the cells in the order given. NaN are intervals and p of comparisons that cannot be made, whose reason is
        in the verdict.

    Examples
    --------
    >>> from semascope.stats.measures import get_measure
    >>> wrong = np.tile([1.0, 2.0, 1.5, 3.0], 10)
    >>> found = judge_scores({"a": wrong, "b": wrong / 2}, baseline="a", measure=get_measure("mae", "regression"))
    >>> found.verdicts["b"].word, found.verdicts["b"].gain, found.margin
    ('better', 0.9375, 0.09375)
    """
    if not measure.is_mean:
        raise ConfigError(
            f"measure {measure.name!r} is not a mean of scores; judge predictions by it, or take a mean"
        )
    order = cells_in_order(scores, baseline)
    values = _checked({name: two_dimensional(scores[name]) for name in order}, unit)
    present = ~np.isnan(values[:, 0])
    least, most = measure.ends
    odd = values[(values < least - ROUNDING) | (values > most + ROUNDING)]
    if len(odd):
        raise DataError(
            f"a score is {odd[0]:g}; {measure.name} lies between {least:g} and {most:g}; check what was scored"
        )
    if measure.of_hits and not np.isin(np.nan_to_num(values), (0, 1)).all():
        raise DataError(
            f"a score is neither 0 nor 1; {measure.name} is a mean of hits; give 1 for a hit, else 0"
        )
    keep: Mask = np.any(present, axis=1)
    if not keep.any():
        raise DataError(f"no {unit} has a score; at least one is needed; check what was scored")
    known = np.flatnonzero(np.any(present, axis=0))
    names = target_names(targets, values.shape[2])
    units = make_units(groups, len(values), row=unit).of_rows(keep)
    comparison = _Means(
        np.ascontiguousarray(values[keep][:, :, known]), units, measure, draws=draws, seed=seed
    )
    case = Case(
        measure=measure,
        units=units,
        margin=measure.margin_around(margin, comparison.baseline),
        guard=why_too_few(units),
        targets=tuple(names[target] for target in known),
        same=tuple(name in same for name in order[1:]),
    )
    return make_family(case, comparison, order, named=scores)


class _Means:
    """Of a measure that is a mean: sign flips, bounds where scores have two ends and few differ, or McNemar for hits.

    Parameters
    ----------
    values
        (m, cells, t) scores, the baseline's first, NaN where a unit has none.
    """

    def __init__(self, values: Floats, units: Units, measure: Measure, *, draws: int, seed: int) -> None:
        self._units, self._measure, self._draws, self._seed = units, measure, draws, seed
        present = ~np.isnan(values[:, 0])
        scores = np.where(present[:, None], values, 0.0)
        self.baseline = scores[:, 0].sum(axis=0) / present.sum(axis=0)
        change = scores[:, 1:] - scores[:, :1]  # (m, c, t) candidate minus baseline
        self._change = _without_rounding(change, np.maximum(np.abs(scores[:, 1:]), np.abs(scores[:, :1])))
        combined = self._combined(present)
        self._sums = _without_rounding(units.sums(combined), units.sums(np.abs(combined)))
        self._sizes = units.sizes()
        self._span = np.inf if measure.in_shares(change.shape[2]) else measure.span

    def whole(self) -> Compared:
        """On all units."""
        return self._compared(self._sums, self._sizes)

    def trimmed(self, candidates: Sequence[int]) -> Compared | None:
        """None for scores between two ends, of which no group outweighs the others: then none stands out."""
        if np.isfinite(self._span) and not outweighed(self._sizes):
            return None
        return self._compared(*without_largest(self._sums[:, candidates], self._sizes))

    def by_target(self) -> tuple[Floats, Floats]:
        """Sign flips of each target's own differences."""
        m, cells, targets = self._change.shape
        sums = self._units.sums(self._change.reshape(m, cells * targets))
        p = sign_flip_p(sums, draws=self._draws, seed=self._seed)
        return sums.sum(axis=0).reshape(cells, targets), p.reshape(cells, targets)

    def _combined(self, present: Mask) -> Floats:
        """(m, c) the unit's difference: of several targets the mean over those that it has."""
        change = self._change
        if change.shape[2] == 1:
            return change[:, :, 0]
        if self._measure.in_shares(change.shape[2]):
            whole = np.broadcast_to(self.baseline > 0, change.shape)
            change = np.divide(change, self.baseline, out=np.zeros_like(change), where=whole)
        return np.asarray(change.sum(axis=2) / present.sum(axis=1)[:, None].astype(np.float64))

    def _compared(self, sums: Floats, sizes: Floats) -> Compared:
        if self._measure.of_hits:
            return compare_hits(sums, sizes, units=self._units)
        if np.isfinite(self._span):
            return compare_bounded(
                sums, sizes, span=self._span, units=self._units, draws=self._draws, seed=self._seed
            )
        return compare_means(sums, sizes, units=self._units, draws=self._draws, seed=self._seed)


def _without_rounding(values: Floats, parts: Floats) -> Floats:
    """Differences, or sums of them, that are no more than what rounding leaves of their parts, as 0."""
    return np.where(np.abs(values) <= 1e-12 * parts, 0.0, values)


def _checked(scores: Mapping[str, Floats], unit: str) -> Floats:
    """(m, cells, t) of cells that have a score in the same places."""
    baseline, first = next(iter(scores.items()))
    for name, values in scores.items():
        if values.shape != first.shape:
            raise DataError(
                f"cell {name!r} has scores of shape {values.shape}; {baseline!r} has {first.shape}; give every cell one a {unit}"
            )
        odd = np.flatnonzero((np.isnan(values) != np.isnan(first)).any(axis=1) | np.isinf(values).any(axis=1))
        if len(odd):
            raise DataError(
                f"cell {name!r} has score {values[odd[0]].tolist()} in {unit} {odd[0]}, {baseline!r} has {first[odd[0]].tolist()}; scores are"
                f" finite, or NaN in every cell; score what all cells have in common"
            )
    return np.stack(list(scores.values()), axis=1)
