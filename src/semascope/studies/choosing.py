"""How every cell of a study stands on the side that chooses, and which one is advised."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.units import make_units
from semascope.studies.choice import Choice, Standing, advise, allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from semascope.stats.measure import Measure
    from semascope.studies.choice import Reads
    from semascope.types import Array, Rule


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One cell as far as it can be known without looking at the held-out side."""

    cell: str
    value: float  # the measure on the side that chooses; NaN: it takes no part
    reads: Reads
    seconds: float  # per 1,000 units; NaN where nothing was measured
    charge: float = (
        math.nan
    )  # of a provider, for a million texts; NaN where nobody is paid, or no price is known
    currency: str = ""  # of the charge


def choose(
    candidates: Sequence[Candidate],
    *,
    rule: Rule,
    measure: Measure,
    margin: float | None,
    errors: Callable[[str], Mapping[str, float]],
    otherwise: str,
) -> Choice:
    """The advised cell beside the one that did best on the side that chooses.

    Parameters
    ----------
    candidates
        Every cell, in the order of the study; of equal ones the first is taken.
    margin
        What counts as equal, as a study gives it; None: the measure's own.
    errors
        Of the best cell's id: the standard error of each cell's paired difference from it, on that side.
    otherwise
        The cell that is taken where none has a number.
    """
    values = {one.cell: one.value for one in candidates}
    best = measure.best(values)
    if math.isnan(values[best]):
        best = otherwise
    limit = measure.margin_around(margin, np.array([values[best]]))
    of_difference = errors(best)
    standings = [
        Standing(
            cell=one.cell,
            value=one.value,
            behind=0.0 if one.cell == best else measure.gain(values[best] - one.value),
            error=of_difference[one.cell],
            allowed=allowed(limit, of_difference[one.cell]),
            reads=one.reads,
            seconds=one.seconds,
            charge=one.charge,
            currency=one.currency,
        )
        for one in candidates
    ]
    return Choice(
        rule=rule,
        advised=advise(standings, best=best) if rule == "cheapest" else best,
        best=best,
        margin=limit,
        of_error=measure.lower_is_better,
        standings=standings,
    )


def score_errors(
    scores: Mapping[str, Array], *, groups: Sequence[object] | None = None
) -> Callable[[str], dict[str, float]]:
    """Standard errors of the differences of mean scores, for cells that give every unit one number.

    Parameters
    ----------
    scores
        (m,) of each cell, the same units in the same order.
    groups
        (m,) group of each unit: rows of one group, queries of one author. None: every unit on its own.

    Returns
    -------
    Callable
        From the best cell to the errors of all; 0 for itself, NaN with fewer than two units.

    Examples
    --------
    >>> of_best = score_errors({"a": np.array([0.0, 1.0, 0.0, 1.0]), "b": np.array([0.0, 0.0, 0.0, 1.0])})
    >>> of_best("a")  # differences 0, -1, 0, 0: their variance is 1 / 4
    {'a': 0.0, 'b': 0.25}
    """

    def errors(best: str) -> dict[str, float]:
        return {
            cell: _error(np.asarray(values) - np.asarray(scores[best])) for cell, values in scores.items()
        }

    def _error(difference: Array) -> float:
        units = make_units(groups, len(difference))
        if units.count < 2:
            return float("nan")
        sums = units.sums(difference - difference.mean())
        return float(np.sqrt(units.count / (units.count - 1) * np.square(sums).sum()) / len(difference))

    return errors
