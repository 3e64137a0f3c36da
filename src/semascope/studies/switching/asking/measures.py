"""What tasks are judged by: the measures that were asked for, each for the kind of task that has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from semascope.errors import ConfigError
from semascope.retrieval.measuring.naming import DEFAULT, query_measure
from semascope.stats.measures import all_measures, default_measure
from semascope.types import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.measuring.measures import QueryMeasure
    from semascope.stats.measure import RowMeasure


@dataclass(frozen=True, kw_only=True, slots=True)
class Measures:
    """One of each kind."""

    of_rows: dict[Kind, RowMeasure]
    of_queries: QueryMeasure


def read_measures(names: Sequence[str]) -> Measures:
    """The measures of these names, and the default one of every kind that none is for.

    Raises
    ------
    ConfigError
        For a name that nobody knows, two of one kind, and a measure of queries that is no mean.

    Examples
    --------
    >>> found = read_measures(["rmse", "R@100"])
    >>> found.of_rows["regression"].name, found.of_rows["classification"].name, found.of_queries.name
    ('rmse', 'accuracy', 'R@100')
    """
    known = _known()
    asked: dict[str, list[str]] = {}
    for name, kind in kinds_of_measures(names).items():
        asked.setdefault(kind, []).append(name)
    for kind, several in asked.items():
        if len(several) > 1:
            what = "queries" if kind == "queries" else f"a {kind}"
            raise ConfigError(
                f"measure is {' and '.join(several)}, all of {what}; one of each kind is judged by; leave out the others"
            )
    return Measures(
        of_rows={
            kind: measures[asked[kind][0]] if kind in asked else default_measure(kind)
            for kind, measures in known.items()
        },
        of_queries=query_measure(asked.get("queries", [DEFAULT])[0]),
    )


def kinds_of_measures(names: Sequence[str]) -> dict[str, str]:
    """What tasks each measure is for, by its name: "regression", "classification" or "queries".

    Raises
    ------
    ConfigError
        For a name that nobody knows, and a measure of queries that is no mean.

    Examples
    --------
    >>> kinds_of_measures(["rmse", "R@100"])
    {'rmse': 'regression', 'R@100': 'queries'}
    """
    known = _known()
    found = {}
    for name in names:
        kind = next((kind for kind, measures in known.items() if name in measures), "queries")
        found[_of_queries(name, known).name if kind == "queries" else name] = kind
    return found


def _known() -> dict[Kind, dict[str, RowMeasure]]:
    return {kind: {measure.name: measure for measure in all_measures(kind)} for kind in get_args(Kind)}


def _of_queries(name: str, known: dict[Kind, dict[str, RowMeasure]]) -> QueryMeasure:
    try:
        measure = query_measure(name)
    except ConfigError:
        names = ", ".join(measure for measures in known.values() for measure in measures)
        raise ConfigError(
            f"measure {name!r} is not known; accepted are {names} of columns, and {DEFAULT}, R@100 and the like of queries; take"
            " one of them"
        ) from None
    if not measure.is_mean:
        raise ConfigError(
            f"measure {measure.name!r} is no mean over queries, and verdicts are about means; take {DEFAULT}"
        )
    return measure
