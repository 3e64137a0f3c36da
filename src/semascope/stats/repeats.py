"""Claims about the recipe: the same cells over repeated splits, corrected for their overlap.

Letters: r repeats, t targets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.stats.heldout import cells_in_order
from semascope.stats.results import Family, Verdict
from semascope.stats.words import POINTS, SHARE_OF_ERROR, checked_margin, default_margin, holm, word_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.stats.measures import Measure
    from semascope.types import Array, Floats

FEWEST_REPEATS = 3


class Interval(NamedTuple):
    """A mean over repeats and the ends of its interval."""

    mean: float
    low: float
    high: float


def repeat_interval(values: Array, *, n_train: int, n_test: int, level: float = 0.95) -> Interval:
    """Mean over repeated splits and its corrected interval.

    Parameters
    ----------
    values
        (r,) the measure, or a difference, in each repeat.
    n_train, n_test
        Rows of each side of a split, 1 or more.

    Returns
    -------
    Interval
        With NaN ends below 3 repeats.

    Notes
    -----
    Nadeau & Bengio, Machine Learning 52 (2003): variance (1/r + n_test/n_train) s^2, Student's t with r - 1 degrees
    of freedom. Splits of one table share rows, so the plain s^2/r would be far too small.

    Examples
    --------
    >>> [round(x, 3) for x in repeat_interval([1.0, 2.0, 3.0], n_train=80, n_test=20)]
    [2.0, -1.286, 5.286]
    """
    from scipy.stats import t as student

    numbers = np.asarray(values, dtype=np.float64)
    mean, error = float(numbers.mean()), _error(numbers, n_train, n_test)
    if len(numbers) < FEWEST_REPEATS:
        return Interval(mean, float("nan"), float("nan"))
    half = float(student.ppf((1 + level) / 2, len(numbers) - 1)) * error
    return Interval(mean, mean - half, mean + half)


def judge_repeats(
    values: Mapping[str, Array],
    *,
    baseline: str,
    measure: Measure,
    n_train: int,
    n_test: int,
    margin: float | None = None,
) -> Family:
    """The four words about recipes, from the measure of every cell in each repeat.

    Parameters
    ----------
    values
        (r,) or (r, t) of each cell: the measure on the held-out rows of each repeat, the same splits for all cells.
        Over several targets differences of errors are divided by the baseline's mean error on the target.
    margin
        As in ``judge``; None takes 5 % of the baseline's mean error, or 0.02.

    Returns
    -------
    Family
        Without ``rows_needed``; an unresolved verdict's reason says what would help.
    """
    order = cells_in_order(values, baseline)
    first = _by_target(values[baseline])
    _check(values, first)
    limit = _margin(margin, measure, first)
    differences = [_difference(_by_target(values[name]), first, measure) for name in order[1:]]
    p = np.array([_p(difference, n_train, n_test) for difference in differences])
    corrected = holm(p)
    found = {baseline: _verdict("baseline", np.zeros(len(first)), 1.0, 1.0, limit, measure, n_train, n_test)}
    for name, difference, one, p_holm in zip(order[1:], differences, p, corrected, strict=True):
        found[name] = _verdict("", difference, float(one), float(p_holm), limit, measure, n_train, n_test)
    return Family(
        measure=measure.name,
        baseline=baseline,
        margin=limit,
        test=f"corrected t over {len(first)} repeated splits",
        interval="Nadeau-Bengio corrected t",
        verdicts={name: found[name] for name in values},
    )


def _verdict(
    word: str,
    differences: Floats,
    p: float,
    p_holm: float,
    margin: float,
    measure: Measure,
    n_train: int,
    n_test: int,
) -> Verdict:
    mean, low, high = repeat_interval(differences, n_train=n_train, n_test=n_test)
    _, low90, high90 = repeat_interval(differences, n_train=n_train, n_test=n_test, level=0.90)
    gain = 0.0 - mean if measure.lower_is_better else mean
    if not differences.any():  # identical in every repeat, however few
        low = high = low90 = high90 = 0.0
        found = "baseline" if word == "baseline" else "equivalent"
    else:
        found = word_of(low90, high90, margin, p_holm, gain)
    return Verdict(
        word=found,  # type: ignore[arg-type]
        difference=mean,
        gain=gain,
        low=low,
        high=high,
        low90=low90,
        high90=high90,
        p=p,
        p_holm=p_holm,
        margin=margin,
        n=n_test,
        reason=_reason(len(differences)) if found == "unresolved" else "",
    )


def _reason(repeats: int) -> str:
    if repeats < FEWEST_REPEATS:
        return f"only {repeats} repeats; a claim about the recipe needs {FEWEST_REPEATS}"
    return "more repeats or more rows would narrow it"


def _difference(values: Floats, baseline: Floats, measure: Measure) -> Floats:
    change = values - baseline
    if change.shape[1] > 1 and measure.lower_is_better:
        change = change / baseline.mean(axis=0)
    return np.asarray(change.mean(axis=1))


def _p(difference: Floats, n_train: int, n_test: int) -> float:
    from scipy.stats import t as student

    if not difference.any():
        return 1.0
    error = _error(difference, n_train, n_test)
    if np.isnan(error):
        return 1.0
    return float(2 * student.sf(abs(difference.mean()) / error, len(difference) - 1)) if error > 0 else 0.0


def _error(values: Floats, n_train: int, n_test: int) -> float:
    repeats = len(values)
    if repeats < 2:
        return float("nan")
    return float(np.sqrt((1 / repeats + n_test / n_train) * values.var(ddof=1)))


def _margin(margin: float | None, measure: Measure, baseline: Floats) -> float:
    if margin is not None:
        return checked_margin(float(margin))
    if baseline.shape[1] > 1:
        return SHARE_OF_ERROR if measure.lower_is_better else POINTS
    return default_margin(measure, float(baseline.mean()))


def _by_target(values: Array) -> Floats:
    numbers = np.asarray(values, dtype=np.float64)
    return numbers[:, None] if numbers.ndim == 1 else numbers


def _check(values: Mapping[str, Array], first: Floats) -> None:
    for name, given in values.items():
        shape = _by_target(given).shape
        if shape != first.shape:
            raise DataError(
                f"cell {name!r} has values of shape {shape}; the baseline has {first.shape}; give every repeat of every cell"
            )
    if len(first) < 1:
        raise ConfigError("repeats is 0; it must be 1 or more; set --repeats")
