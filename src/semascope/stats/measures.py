"""Measures as values: what is computed, which way is better, how it can be resampled."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from semascope.errors import ConfigError
from semascope.stats import classification, regression

if TYPE_CHECKING:
    from semascope.types import Array, Floats, Kind

Parts: TypeAlias = Callable[[Any, Any], Any]
"""truth (m,), predictions (c, m) -> (c, m, k): what is summed over rows."""
Combine: TypeAlias = Callable[[Any], Any]
"""sums (..., k) -> (...): the measure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One number about predictions, and all that the statistics need to know of it.

    Two measures are equal when their name, kind and positive class are. NaN always means *undefined here*:
    R2 of a constant truth, a correlation with a constant, F1 of a class that occurs nowhere, no rows.
    """

    name: str
    kind: Kind
    lower_is_better: bool
    bounded: bool  # always in [0, 1]
    is_mean: bool  # the mean of one number a row
    positive: int | None = None  # class index that F1 is about
    parts: Parts = field(compare=False, repr=False)
    combine: Combine = field(compare=False, repr=False)

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the most that it can be: errors from 0, R2 up to 1, correlations in [-1, 1], shares in [0, 1]."""
        if self.lower_is_better:
            return 0.0, math.inf
        if self.bounded:
            return 0.0, 1.0
        return (-math.inf if self.name == "r2" else -1.0), 1.0

    def of(self, truth: Array, prediction: Array) -> float:
        """The measure of one target.

        Parameters
        ----------
        truth, prediction
            (m,) numbers, or class indices for a classification; nothing missing.

        Returns
        -------
        float
            NaN where the measure is undefined.
        """
        if len(truth) == 0:
            return float("nan")
        return float(
            self.combine(self.parts(np.asarray(truth), np.asarray(prediction)[None, :]).sum(axis=1))[0]
        )

    def losses(self, truth: Array, prediction: Array) -> Floats:
        """The (m,) numbers a row whose mean is the measure: errors, or 1 for a hit under accuracy."""
        if not self.is_mean:
            raise ConfigError(
                f"measure {self.name!r} is not a mean over rows; only means have losses; "
                f"use one of {[m.name for m in _MEASURES if m.is_mean]}"
            )
        parts = self.parts(np.asarray(truth), np.asarray(prediction)[None, :])
        return np.asarray(parts[0, :, 1], dtype=np.float64)


def _error(name: str, parts: Parts, combine: Combine, *, is_mean: bool) -> Measure:
    return Measure(
        name=name,
        kind="regression",
        lower_is_better=True,
        bounded=False,
        is_mean=is_mean,
        parts=parts,
        combine=combine,
    )


def _agreement(name: str, parts: Parts, combine: Combine) -> Measure:
    return Measure(
        name=name,
        kind="regression",
        lower_is_better=False,
        bounded=False,
        is_mean=False,
        parts=parts,
        combine=combine,
    )


def _share(
    name: str, parts: Parts, combine: Combine, *, is_mean: bool, positive: int | None = None
) -> Measure:
    return Measure(
        name=name,
        kind="classification",
        lower_is_better=False,
        bounded=True,
        is_mean=is_mean,
        positive=positive,
        parts=parts,
        combine=combine,
    )


_MEASURES: tuple[Measure, ...] = (
    _error("mae", regression.absolute_parts, regression.mean_of, is_mean=True),
    _error("mse", regression.squared_parts, regression.mean_of, is_mean=True),
    _error("rmse", regression.squared_parts, regression.root_mean_of, is_mean=False),
    _agreement("r2", regression.spread_parts, regression.r2_of),
    _agreement("spearman", regression.rank_parts, regression.correlation_of),
    _agreement("pearson", regression.product_parts, regression.correlation_of),
    _share("accuracy", classification.hit_parts, regression.mean_of, is_mean=True),
    _share("macro_f1", classification.class_parts, classification.macro_f1_of, is_mean=False),
)
"""All but F1, which exists once for every positive class."""


def get_measure(name: str, kind: Kind, *, positive: int | None = None) -> Measure:
    """The measure of that name.

    Parameters
    ----------
    name
        ``mae mse rmse r2 spearman pearson`` for a regression, ``accuracy macro_f1 f1`` for a classification.
    kind
        What the target is.
    positive
        Class index that ``f1`` is about; the others do not use it.

    Raises
    ------
    ConfigError
        The name is unknown for this kind (the known ones are listed), or F1 lacks its class.

    Examples
    --------
    >>> get_measure("mae", "regression").of([1.0, 2.0], [2.0, 4.0])
    1.5
    """
    if name == "f1" and kind == "classification":
        if positive is None:
            raise ConfigError(
                "measure 'f1' has no positive class; it is about one class; name it with --positive"
            )
        parts = partial(classification.positive_parts, positive=positive)
        return _share("f1", parts, classification.f1_of, is_mean=False, positive=positive)
    known = {measure.name: measure for measure in _MEASURES if measure.kind == kind}
    if name not in known:
        names = sorted(known) + (["f1"] if kind == "classification" else [])
        raise ConfigError(
            f"measure {name!r} is not known for a {kind}; known are {', '.join(names)}; take one of them"
        )
    return known[name]


def default_measure(kind: Kind) -> Measure:
    """MAE for a regression, accuracy for a classification."""
    return get_measure("mae" if kind == "regression" else "accuracy", kind)


def all_measures(kind: Kind, positive: int | None = None) -> tuple[Measure, ...]:
    """Every measure of the kind, the default one first; F1 only when its class is given."""
    measures = tuple(measure for measure in _MEASURES if measure.kind == kind)
    if kind == "classification" and positive is not None:
        measures += (get_measure("f1", kind, positive=positive),)
    return measures
