"""From what every cell found to verdicts, the advised cell, and how much of it nobody judged."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.retrieval.measuring.naming import query_measure
from semascope.retrieval.measuring.query_scores import score_queries
from semascope.stats.intervals import estimate_scores
from semascope.stats.scores import judge_scores
from semascope.studies.choosing import Candidate, choose, score_errors
from semascope.studies.result import CellResult
from semascope.studies.retrieval.judging.disturbed import judge_disturbed
from semascope.studies.retrieval.judging.hybrids import judge_hybrids
from semascope.studies.retrieval.judging.keys import Keys
from semascope.studies.retrieval.judging.lengths import judge_lengths
from semascope.studies.retrieval.judging.seen_apart import judge_seen
from semascope.studies.retrieval.result import Condensed
from semascope.studies.retrieval.searching.found import FOUND, read_found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.measuring.hits import AnswerKey
    from semascope.retrieval.measuring.query_scores import QueryScores
    from semascope.retrieval.rankings import Rankings
    from semascope.stats.results import Family
    from semascope.studies.choice import Choice
    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.retrieval.telling.shown import AgainstPart, Disturbed, LengthJudged, SeenApart
    from semascope.studies.task import Computed
    from semascope.types import Floats

HOLES = "Judged@10"
BESIDE = ("nDCG@10", "R@100", "RR@10", "Success@1", HOLES)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """All that the judgements say of the cells."""

    cells: Sequence[CellResult]
    keys: Keys
    family: Family
    choice: Choice
    beside: Sequence[str]
    holes: Mapping[str, float]
    silent: Mapping[str, int]
    condensed: Sequence[Condensed]
    robustness: Sequence[Disturbed]
    lengths: Sequence[LengthJudged]
    seen: Sequence[SeenApart]
    runs: Mapping[str, Rankings]  # by cell, of every query that is asked
    scores: Mapping[str, Floats]  # by cell, (m,) the measure of each estimating query
    against_parts: Sequence[AgainstPart]


def judge(prepared: Prepared, computed: Computed) -> Judged:
    """Every cell against the baseline on the estimating queries; the choice is made on the others."""
    records, measure = computed.records, prepared.measure
    keys = Keys.of(prepared, records)
    names = list(dict.fromkeys([measure.name, *BESIDE]))
    runs = {cell: _run(prepared, computed, cell) for cell in records}
    scored = {
        cell: score_queries(
            run, keys.estimating, [query_measure(name) for name in names], depth=prepared.kept
        )
        for cell, run in runs.items()
    }
    scores = {cell: one.scores[measure.name] for cell, one in scored.items()}
    groups = prepared.asked.copies(keys.estimating)
    family = judge_scores(
        scores,
        baseline=prepared.baseline,
        measure=measure,
        margin=prepared.study.margin,
        groups=groups,
        unit="query",
        seed=prepared.study.seed,
    )
    choosing = {
        cell: score_queries(run, keys.choosing, [measure]).scores[measure.name] for cell, run in runs.items()
    }
    cells = [
        CellResult(
            id=cell,
            label=cell,
            selection=measure.value(choosing[cell]),
            estimate=estimate_scores(
                scores[cell], measure=measure, groups=groups, unit="query", seed=prepared.study.seed
            ),
            measures=_means(scored[cell]),
            verdict=family.verdicts[cell],
            choices=records[cell]["choices"],
        )
        for cell in _in_order(prepared, computed)
    ]
    holes = {cell.id: _holes(scored[cell.id]) for cell in cells}
    return Judged(
        cells=cells,
        keys=keys,
        family=family,
        choice=_choose(prepared, computed, choosing, keys),
        beside=names,
        holes=holes,
        silent={cell: len(one.missing) for cell, one in scored.items()},
        condensed=_condensed(prepared, runs, cells, holes, keys.estimating),
        robustness=judge_disturbed(prepared, computed, keys.estimating),
        lengths=judge_lengths(prepared, records, scores, groups),
        seen=judge_seen(prepared, records, runs, pair=keys.pair),
        runs=runs,
        scores=scores,
        against_parts=judge_hybrids(prepared, records, scores, choosing, groups),
    )


def _run(prepared: Prepared, computed: Computed, cell: str) -> Rankings:
    return read_found(prepared, computed.tables[FOUND][cell])


def _means(scored: QueryScores) -> dict[str, float]:
    return {name: query_measure(name).value(scores) for name, scores in scored.scores.items()}


def _holes(scored: QueryScores) -> float:
    """The share of the first ten that nobody judged, over queries for which something was found; NaN without any."""
    silent = set(scored.missing)
    asked = np.array([query not in silent for query in scored.queries], dtype=bool)
    return float(1.0 - scored.scores[HOLES][asked].mean()) if asked.any() else math.nan


def _in_order(prepared: Prepared, computed: Computed) -> list[str]:
    """Cells of the study in its order, then those that the folder has besides."""
    own = [cell.id for cell in prepared.cells if cell.id in computed.records]
    return [*own, *(cell for cell in computed.records if cell not in own)]


def _choose(prepared: Prepared, computed: Computed, scores: Mapping[str, Floats], keys: Keys) -> Choice:
    measure = prepared.measure
    return choose(
        [
            Candidate(
                cell=cell,
                value=measure.value(scores[cell]),
                reads=computed.records[cell]["reads"],
                **_costs(computed.records[cell]["costs"]),
            )
            for cell in _in_order(prepared, computed)
        ],
        rule=prepared.study.choose,
        measure=measure,
        margin=prepared.study.margin,
        errors=score_errors(scores, groups=prepared.asked.copies(keys.choosing)),
        otherwise=prepared.baseline,
    )


def _costs(costs: Mapping[str, Any]) -> dict[str, Any]:
    """What the choice weighs: seconds, or the charges of a provider, whose seconds say nothing of them."""
    if not costs.get("is_billed"):
        return {"seconds": costs["seconds_per_1000"]}
    return {"seconds": math.nan, "charge": costs["charge_per_million"], "currency": costs["currency"]}


def _condensed(
    prepared: Prepared,
    runs: Mapping[str, Rankings],
    cells: Sequence[CellResult],
    holes: Mapping[str, float],
    key: AnswerKey,
) -> list[Condensed]:
    """Cells that differ from the baseline by more in holes than in the measure, and by more than counts as nothing; both on
    judged documents alone.
    """
    measure = prepared.measure

    def value(cell: str) -> float:
        found = score_queries(runs[cell], key, [measure], judged_only=True)
        return measure.value(found.scores[measure.name])

    base = next(cell for cell in cells if cell.id == prepared.baseline)
    return [
        Condensed(cell=cell.id, value=value(cell.id), baseline=value(base.id))
        for cell in cells
        if abs(holes[cell.id] - holes[base.id]) > max(abs(cell.verdict.difference), base.verdict.margin)
    ]
