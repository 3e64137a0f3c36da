"""What the report shows beside the verdicts: curves, costs, pairs of cells query by query, and why queries fail."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any

from semascope.retrieval.measuring.naming import query_measure
from semascope.retrieval.measuring.query_scores import score_queries
from semascope.studies.retrieval.telling.changes import CHANGED, pair_of
from semascope.studies.retrieval.telling.failing import find_failures
from semascope.studies.retrieval.telling.shown import CellCost, Curve, Details, PerQuery
from semascope.studies.retrieval.telling.standing import Lists

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.retrieval.judging.judged import Judged
    from semascope.studies.task import Records

CUTOFFS = (1, 2, 3, 5, 10, 20, 50, 100)
RECALL = "R"
COMPARED = 6  # cells of which each two are shown beside each other
CHANGED_MORE = 4  # the same of every other pair


def make_details(prepared: Prepared, judged: Judged, records: Records) -> Details:
    """All that is shown beside the verdicts; bounded, however many cells and queries there are."""
    lists = Lists(asked=prepared.asked, runs=judged.runs, queries=judged.keys.estimating.queries)
    compared = _compared(prepared, judged)
    pairs = [*combinations(compared, 2)]
    every = len(judged.cells) * (len(judged.cells) - 1) // 2
    return Details(
        curves=_curves(prepared, judged),
        costs={cell.id: _cost(records[cell.id]["costs"]) for cell in judged.cells},
        pairs=[
            pair_of(lists, judged.scores, pair, most=CHANGED_MORE if number else CHANGED)
            for number, pair in enumerate(pairs)
        ],
        pairs_left_out=every - len(pairs),
        failures=find_failures(prepared, judged, records, lists),
        per_query=PerQuery(queries=judged.keys.estimating.queries, scores=judged.scores),
    )


def _compared(prepared: Prepared, judged: Judged) -> list[str]:
    """The baseline, the advised cell, then the others, the best estimate first."""
    loss = prepared.measure.loss
    order = sorted(judged.cells, key=lambda cell: loss(cell.estimate.value))
    names = [prepared.baseline, judged.choice.advised, *(cell.id for cell in order)]
    return list(dict.fromkeys(names))[:COMPARED]


def _curves(prepared: Prepared, judged: Judged) -> list[Curve]:
    """The measure's family where it takes a cutoff, and recall."""
    own = prepared.measure.name.partition("@")[0]
    families = list(dict.fromkeys([own, RECALL]))
    cutoffs = [k for k in CUTOFFS if k <= prepared.kept]
    measures = [query_measure(f"{family}@{k}") for family in families for k in cutoffs]
    means: dict[str, dict[str, float]] = {}
    for cell in judged.cells:
        scored = score_queries(judged.runs[cell.id], judged.keys.estimating, measures)
        means[cell.id] = {one.name: one.value(scored.scores[one.name]) for one in measures}
    return [
        Curve(
            family=family,
            cutoffs=cutoffs,
            values={cell: [of_cell[f"{family}@{k}"] for k in cutoffs] for cell, of_cell in means.items()},
        )
        for family in families
    ]


def _cost(costs: Mapping[str, Any]) -> CellCost:
    return CellCost(
        seconds_per_1000=costs["seconds_per_1000"],
        seconds_per_1000_documents=costs.get("seconds_per_1000_documents", math.nan),
        bytes_per_document=costs.get("bytes_per_document", math.nan),
        median_wait=costs.get("median_wait", math.nan),
        long_wait=costs.get("long_wait", math.nan),
        start=costs.get("start", math.nan),
        is_billed=costs.get("is_billed", False),
        charge_per_million=costs.get("charge_per_million", 0.0),
        charge_per_million_documents=costs.get("charge_per_million_documents", 0.0),
        currency=costs.get("currency", ""),
    )
