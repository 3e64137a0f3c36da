"""Cells whose encoder was tuned on texts of the collection: figures on what it has seen, and on what it has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.retrieval.measuring.query_scores import score_queries
from semascope.stats.scores import judge_scores
from semascope.studies.retrieval.asking.seen import recorded_seen
from semascope.studies.retrieval.telling.shown import OnPart, SeenApart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.retrieval.rankings import Rankings
    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.task import Records

NAN = float("nan")


def judge_seen(
    prepared: Prepared, records: Records, runs: Mapping[str, Rankings], *, pair: bool
) -> list[SeenApart]:
    """Each such cell and the baseline on the estimating queries that its encoder has seen, and on the others.

    Of a ``pair`` of cells all queries estimate. A query is seen when its text, or a document that is relevant for it, was among what the encoder was tuned on.
    """
    sides = prepared.asked.sides
    estimating = (*sides.choosing, *sides.estimating) if pair else sides.estimating
    found = []
    for cell, queries in recorded_seen(records).items():
        seen = [query for query in estimating if query in set(queries)]
        unseen = [query for query in estimating if query not in set(queries)]
        found.append(
            SeenApart(
                cell=cell,
                seen=_on(prepared, runs, cell, seen),
                unseen=_on(prepared, runs, cell, unseen),
            )
        )
    return found


def _on(prepared: Prepared, runs: Mapping[str, Rankings], cell: str, queries: list[str]) -> OnPart:
    if not queries:
        return OnPart(queries=0, value=NAN, difference=NAN, low=NAN, high=NAN)
    measure, key = prepared.measure, prepared.asked.key_of(queries)
    names = dict.fromkeys([prepared.baseline, cell])
    scores = {name: score_queries(runs[name], key, [measure]).scores[measure.name] for name in names}
    value = measure.value(scores[cell])
    if len(scores) == 1:
        return OnPart(queries=len(queries), value=value, difference=0.0, low=NAN, high=NAN)
    verdict = judge_scores(
        scores,
        baseline=prepared.baseline,
        measure=measure,
        margin=prepared.study.margin,
        groups=prepared.asked.copies(key),
        unit="query",
        seed=prepared.study.seed,
    ).verdicts[cell]
    return OnPart(
        queries=len(queries),
        value=value,
        difference=verdict.difference,
        low=verdict.low,
        high=verdict.high,
    )
