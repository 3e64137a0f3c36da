"""Remedies judged by retrieval: queries and documents mended alike, nDCG@10 of the queries that judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.retrieval.measuring.naming import query_measure
from semascope.stats.intervals import estimate_scores
from semascope.stats.scores import judge_scores
from semascope.studies.geometry.judging.mending import each_remedy
from semascope.studies.geometry.judging.remedied import NOTHING, TaskResult
from semascope.studies.geometry.judging.searching import MEASURE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.studies.geometry.judging.remedied import Task
    from semascope.studies.geometry.judging.searching import SearchSides
    from semascope.types import Vectors


def judged_by_search(
    queries: Vectors,
    documents: Vectors,
    sides: SearchSides,
    remedies: Sequence[str],
    *,
    task: Task = "retrieval",
    margin: float | None,
    seed: int,
    unfitted: dict[str, str],
    tick: Callable[[], None],
) -> TaskResult:
    """nDCG@10 in one space; parameters as of ``judged_by_labels``."""
    measure = query_measure(MEASURE)
    rows = sides.fit_rows(queries, documents)
    scores = {}
    for name, mend in each_remedy(rows, remedies, unfitted):
        scores[name] = sides.scores(mend(queries), mend(documents))
        tick()
    return TaskResult(
        task=task,
        measure=measure.name,
        scores={
            name: estimate_scores(values, measure=measure, groups=sides.units, unit="query")
            for name, values in scores.items()
        },
        family=judge_scores(
            scores,
            baseline=NOTHING,
            measure=measure,
            margin=margin,
            groups=sides.units,
            unit="query",
            seed=seed,
        ),
        fitted_on=len(rows),
        held_out=len(sides.test_queries),
    )
