"""Every measure by its name. One file a family: ``regression.py``, ``classification.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.errors import ConfigError
from semascope.stats import classification, regression

if TYPE_CHECKING:
    from semascope.stats.measure import Measure, RowMeasure
    from semascope.types import Kind

_FAMILIES = {"regression": regression.MEASURES, "classification": classification.MEASURES}
"""The default one of each first; all but F1, which exists once for every positive class."""


def get_measure(name: str, kind: Kind, *, positive: int | None = None) -> RowMeasure:
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
    of_one_class = {"f1"} if kind == "classification" else set()
    if name in of_one_class:
        if positive is None:
            raise ConfigError(
                "measure 'f1' has no positive class; it is about one class; name it with --positive"
            )
        return classification.f1(positive)
    known = {measure.name: measure for measure in _FAMILIES[kind]}
    if name not in known:
        names = [*sorted(known), *of_one_class]
        raise ConfigError(
            f"measure {name!r} is not known for a {kind}; known are {', '.join(names)}; take one of them"
        )
    return known[name]


def default_measure(kind: Kind) -> RowMeasure:
    """MAE for a regression, accuracy for a classification."""
    return _FAMILIES[kind][0]


def all_measures(kind: Kind, positive: int | None = None) -> tuple[RowMeasure, ...]:
    """Every measure of the kind, the default one first; F1 only when its class is given."""
    measures = _FAMILIES[kind]
    if kind == "classification" and positive is not None:
        measures += (classification.f1(positive),)
    return measures


def measure_named(name: str) -> Measure:
    """The words and the direction of a measure, from its name alone.

    Raises
    ------
    ConfigError
        No family has one of that name.
    """
    known = {measure.name: measure for family in _FAMILIES.values() for measure in family}
    known["f1"] = classification.f1(None)
    if name not in known:
        raise ConfigError(f"measure {name!r} is not known; known are {', '.join(known)}; take one of them")
    return known[name]
