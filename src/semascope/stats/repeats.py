"""Claims about the recipe: the same cells over repeated splits, corrected for their overlap.

Letters: r repeats, t targets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.stats.few_changes import unseen_share
from semascope.stats.heldout import cells_in_order, two_dimensional
from semascope.stats.holm import holm
from semascope.stats.measure import RowMeasure
from semascope.stats.paired import LEVELS, agreeing
from semascope.stats.results import Family, Verdict
from semascope.stats.standing import word_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.stats.measure import Measure
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
        As in ``judge``: around the baseline's mean over the repeats.

    Returns
    -------
    Family
        Without ``rows_needed``; an unresolved verdict's reason says what would help.
    """
    order = cells_in_order(values, baseline)
    first = two_dimensional(values[baseline])
    _check(values, first)
    recipe = _Recipe(
        measure=measure,
        margin=measure.margin_around(margin, first.mean(axis=0)),
        n_train=n_train,
        n_test=n_test,
        rows=_rows_seen(first, n_train, n_test),
    )
    differences = {name: _difference(two_dimensional(values[name]), first, measure) for name in order[1:]}
    # NaN: none is made
    p = np.array([_p(recipe, difference) for difference in differences.values()])
    found = {baseline: Verdict.of_nothing("baseline", margin=recipe.margin, n=n_test)}
    for (name, difference), one, p_holm in zip(
        differences.items(), p.tolist(), holm(p).tolist(), strict=True
    ):
        found[name] = (
            Verdict.of_nothing("equivalent", margin=recipe.margin, n=n_test)
            if _equal(difference) and not recipe.of_classes
            else _verdict(recipe, difference, p=one, p_holm=p_holm)
        )
    return Family(
        measure=measure.name,
        baseline=baseline,
        margin=recipe.margin,
        test=f"corrected t over {len(first)} repeated splits",
        interval="Nadeau-Bengio corrected t",
        verdicts={name: found[name] for name in values},
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Recipe:
    measure: Measure
    margin: float
    n_train: int
    n_test: int
    rows: float  # different ones that all repeats together held out

    @property
    def of_classes(self) -> bool:
        """Whether answers are classes, which agree on most rows whatever gave them."""
        return isinstance(self.measure, RowMeasure) and self.measure.kind == "classification"

    def unseen(self, level: float) -> float:
        """What a difference may be where no row told the recipes apart: 0 of numbers, of which one row tells.

        Of classes the share of rows of which none was seen to differ, as ``few_changes`` has it for one split; a row moves an
        F1 by about as much as an accuracy.
        """
        return unseen_share(self.rows, level=level) if self.of_classes else 0.0


def _verdict(recipe: _Recipe, differences: Floats, *, p: float, p_holm: float) -> Verdict:
    sizes = {"n_train": recipe.n_train, "n_test": recipe.n_test}
    mean, _, high = repeat_interval(differences, level=LEVELS[0], **sizes)
    _, _, high90 = repeat_interval(differences, level=LEVELS[1], **sizes)
    half, half90 = (
        float(np.maximum(end - mean, recipe.unseen(level)))  # NaN stays
        for end, level in zip((high, high90), LEVELS, strict=True)
    )
    if _one_split(differences) and not _equal(differences):
        half = half90 = np.nan
    low, high = mean - half, mean + half
    if recipe.of_classes and np.isfinite(half):
        inner = agreeing(np.array(low), np.array(high), p=np.array(p), difference=np.array(mean))
        low, high = (float(end) for end in inner)
    low90, high90 = (float(end) for end in (np.maximum(mean - half90, low), np.minimum(mean + half90, high)))
    gain = recipe.measure.gain(mean)
    word = word_of(
        low=low, high=high, low90=low90, high90=high90, margin=recipe.margin, p_holm=p_holm, gain=gain
    )
    return Verdict(
        word=word,
        difference=mean,
        gain=gain,
        low=low,
        high=high,
        low90=low90,
        high90=high90,
        p=p,
        p_holm=p_holm,
        margin=recipe.margin,
        n=recipe.n_test,
        reason=_reason(recipe, differences) if word == "unresolved" else "",
    )


def _reason(recipe: _Recipe, differences: Floats) -> str:
    repeats, undefined = len(differences), int(np.isnan(differences).sum())
    if repeats < FEWEST_REPEATS:
        return f"only {repeats} repeats; a claim about the recipe needs {FEWEST_REPEATS}"
    if undefined:
        what = (
            recipe.measure.name
            if not recipe.measure.lower_is_better
            else "a share of the baseline's error, which is 0,"
        )
        return f"{what} is undefined in {undefined} of {repeats} repeats"
    if _equal(differences):
        return f"no split tells them apart, but {recipe.rows:,.0f} rows are too few to say so of others"
    if _one_split(differences):
        return "every split gave the same difference, so that nothing is known of others"
    return "more repeats or more rows would narrow it"


def _difference(values: Floats, baseline: Floats, measure: Measure) -> Floats:
    change = values - baseline
    if measure.in_shares(change.shape[1]):
        error = np.broadcast_to(baseline.mean(axis=0), change.shape)
        change = np.divide(change, error, out=np.full(change.shape, np.nan), where=error > 0)
    return np.asarray(change.mean(axis=1))


def _equal(difference: Floats) -> bool:
    """Whether the recipes are equal in every repeat, however few: of numbers that leaves nothing to compare."""
    return not difference.any()


def _one_split(difference: Floats) -> bool:
    """Whether all repeats say the same to the last digit: then they held out the same rows, and are no repeats."""
    return bool((difference == difference[0]).all())


def _rows_seen(baseline: Floats, n_train: int, n_test: int) -> float:
    """How many different rows random splits are expected to hold out together; those of one where all say the same."""
    rows = n_train + n_test
    return rows * (1 - (n_train / rows) ** (1 if (baseline == baseline[0]).all() else len(baseline)))


def _p(recipe: _Recipe, difference: Floats) -> float:
    from scipy.stats import t as student

    if _equal(difference) and recipe.of_classes and len(difference) >= FEWEST_REPEATS:
        return 1.0
    error = _error(difference, recipe.n_train, recipe.n_test)
    if len(difference) < FEWEST_REPEATS or np.isnan(error) or _equal(difference) or _one_split(difference):
        return float("nan")
    return float(2 * student.sf(abs(difference.mean()) / error, len(difference) - 1))


def _error(values: Floats, n_train: int, n_test: int) -> float:
    repeats = len(values)
    if repeats < 2:
        return float("nan")
    return float(np.sqrt((1 / repeats + n_test / n_train) * values.var(ddof=1)))


def _check(values: Mapping[str, Array], first: Floats) -> None:
    for name, given in values.items():
        shape = two_dimensional(given).shape
        if shape != first.shape:
            raise DataError(
                f"cell {name!r} has values of shape {shape}; the baseline has {first.shape}; give every repeat of every cell"
            )
    if len(first) < 1:
        raise ConfigError("repeats is 0; it must be 1 or more; set --repeats")
