"""From a run to one number a query: what verdicts are made of, and what had to be counted apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.errors import ConfigError
from semascope.retrieval.measuring.hits import condensed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.measuring.hits import AnswerKey
    from semascope.retrieval.measuring.measures import QueryMeasure
    from semascope.retrieval.measuring.run import Retrieved
    from semascope.types import Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class QueryScores:
    """A run by the judgements."""

    queries: tuple[str, ...]  # (m,) ids of those that count
    scores: Mapping[str, Floats]  # by measure, (m,) one number a query
    missing: tuple[
        str, ...
    ]  # of them, those that the run does not have, or retrieved nothing for: they count 0
    unjudged: tuple[
        str, ...
    ]  # queries of the run that nobody judged, or that have no relevant document: left out


def score_queries(
    run: Retrieved,
    key: AnswerKey,
    measures: Sequence[QueryMeasure],
    *,
    depth: int | None = None,
    judged_only: bool = False,
) -> QueryScores:
    """The scores of each query that has a relevant document.

    Parameters
    ----------
    depth
        Documents that were asked for a query; None when nobody knows, as of a file.
    judged_only
        Whether documents that nobody judged are left out of the run first.

    Raises
    ------
    ConfigError
        A measure looks deeper than the run goes.

    Examples
    --------
    >>> from semascope.retrieval.collections.judgements import Judgements
    >>> from semascope.retrieval.measuring.hits import AnswerKey
    >>> from semascope.retrieval.measuring.naming import query_measure
    >>> from semascope.retrieval.measuring.run import Run
    >>> key = AnswerKey.of(Judgements.of({"tides": {"a": 3, "b": 1}, "storms": {"c": 1}}))
    >>> found = score_queries(Run.of({"tides": {"b": 0.9, "x": 0.8, "a": 0.7}}), key, [query_measure("nDCG@10")])
    >>> found.scores["nDCG@10"].round(4).tolist()  # (1 / log2(2) + 3 / log2(4)) / (3 / log2(2) + 1 / log2(3)), and 0
    [0.6885, 0.0]
    >>> found.missing
    ('storms',)
    """
    for measure in measures:
        if depth is not None and (measure.cutoff or 0) > depth < len(run.doc_ids):
            raise ConfigError(
                f"{measure.name} looks at {measure.cutoff} documents a query, and the run has {depth}; accepted are "
                f"cutoffs up to that; retrieve more, or take a smaller cutoff"
            )
    hits = key.look_up(run)
    missing = tuple(query for query, count in zip(key.queries, hits.retrieved, strict=True) if count == 0)
    if judged_only:
        hits = condensed(hits)
    counted = set(key.queries)
    return QueryScores(
        queries=key.queries,
        scores={measure.name: measure.scores(hits) for measure in measures},
        missing=missing,
        unjudged=tuple(query for query in run.query_ids if query not in counted),
    )
