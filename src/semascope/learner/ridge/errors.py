"""How well a ridge with a given penalty does on scored vectors: train, validation, cross-validation, leave-one-out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import normalise
from semascope.data.splits import make_folds, make_split
from semascope.errors import DataError
from semascope.probes.ridge_core import fold_predictions, ridge_at
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from semascope.types import Floats, Ints

_SEED = 42


@dataclass(frozen=True, kw_only=True, slots=True)
class Errors:
    """Mean squared error and R2 of some rows; ``reason`` says why an undefined one is NaN."""

    mse: float
    r2: float
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Validation:
    """One split of the rows, judged on both sides."""

    train: Errors
    held_out: Errors


@dataclass(frozen=True, kw_only=True, slots=True)
class Folds:
    """Mean squared errors over folds, one line an alpha."""

    mean: Floats  # (a,)
    std: Floats  # (a,) over the folds
    count: int  # of folds; 0 where none could be made
    note: str = ""


def components_of(texts: Sequence[str]) -> Ints:
    """(n,) labels: copies of one text share one, so that no copy is judged by a fit that saw another."""
    return codes_of([normalise(text) for text in texts], len(texts))


def codes_of(labels: Sequence[Hashable] | None, n: int) -> Ints:
    """(n,) whole numbers, equal where labels are equal; without labels no two are."""
    if labels is None:
        return np.arange(n)
    if len(labels) != n:
        raise DataError(
            f"labels are {len(labels)} for {count(n, 'example')}; one label per example is needed"
        )
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)


def validate(x: Floats, y: Floats, components: Ints, *, alpha: float, share: float) -> Validation:
    """Fit on the rows outside a random ``share`` of the rows, which are judged; copies stay together."""
    if len(np.unique(components)) < 2:
        nothing = Errors(mse=math.nan, r2=math.nan, reason="all examples are copies of one text")
        return Validation(train=errors(y, _fitted(x, y, x, alpha)), held_out=nothing)
    split = make_split(components, strata=None, test_size=share, seed=_SEED)
    fit, held = split.train, split.test
    return Validation(
        train=errors(y[fit], _fitted(x[fit], y[fit], x[fit], alpha)),
        held_out=errors(y[held], _fitted(x[fit], y[fit], x[held], alpha)),
    )


def cross_validate(x: Floats, y: Floats, components: Ints, *, alphas: Sequence[float], folds: int) -> Folds:
    """Mean squared error of each alpha over shuffled folds; fewer folds where there are fewer distinct texts."""
    available = len(np.unique(components))
    k = min(folds, available)
    empty = np.full(len(alphas), np.nan)
    if k < 2:
        return Folds(
            mean=empty,
            std=empty,
            count=0,
            note="cross-validation needs two distinct texts; its figures are NaN",
        )
    of_row = make_folds(components, strata=None, folds=k, seed=_SEED)
    origin = x.mean(axis=0)
    predicted = fold_predictions(
        x - origin, (y - y.mean())[:, None], of_row, np.asarray(alphas, dtype=np.float64)
    )
    squared = (predicted[:, :, 0] + y.mean() - y) ** 2  # (a, n)
    by_fold = np.stack([squared[:, of_row == fold].mean(axis=1) for fold in range(k)])
    note = "" if k == folds else f"{k} folds instead of {folds}: there are {available} distinct texts"
    return Folds(mean=by_fold.mean(axis=0), std=by_fold.std(axis=0), count=k, note=note)


def errors(truth: Floats, predicted: Floats) -> Errors:
    """Mean squared error and R2; R2 of one row, of equal scores, or where there is no prediction, is NaN."""
    mse = float(((truth - predicted) ** 2).mean())
    if math.isnan(mse):
        return Errors(mse=mse, r2=math.nan, reason="no other text is left to predict from")
    spread = float(((truth - truth.mean()) ** 2).mean())
    if len(truth) < 2:
        return Errors(mse=mse, r2=math.nan, reason="R2 of a single row is undefined")
    if spread <= (1e-12 * float(np.abs(truth).max())) ** 2:
        return Errors(mse=mse, r2=math.nan, reason="R2 of scores that are all equal is undefined")
    return Errors(mse=mse, r2=1 - mse / spread)


def _fitted(x: Floats, y: Floats, other: Floats, alpha: float) -> Floats:
    predicted: Floats = ridge_at(x, y[:, None], np.array([alpha])).predict(other)[:, 0]
    return predicted
