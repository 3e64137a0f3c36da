"""What is left of each cell's measure when the queries are disturbed, query by query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from semascope.retrieval.measuring.query_scores import score_queries
from semascope.stats.family import one_family
from semascope.stats.scores import judge_scores
from semascope.studies.retrieval.judging.hybrids import parts_of
from semascope.studies.retrieval.searching.found import DISTURBED, FOUND, read_found
from semascope.studies.retrieval.telling.shown import Disturbed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.measuring.hits import AnswerKey
    from semascope.retrieval.rankings import Rankings
    from semascope.stats.results import Verdict
    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.task import Computed, Record, Records

AS_ASKED = "as asked"


def judge_disturbed(prepared: Prepared, computed: Computed, key: AnswerKey) -> list[Disturbed]:
    """Every cell on disturbed queries against itself on the same ones as they were asked, Holm over all of these.

    A run of others, and a hybrid of one, has nothing to say of other queries and is left out; so is a way that changes none
    of the queries.
    """
    asked, measure = prepared.asked, prepared.measure
    told: list[Disturbed] = []
    families = []
    for way in prepared.study.perturb:
        texts = dict(zip(asked.queries, asked.disturbed(way, seed=prepared.study.seed), strict=True))
        known = [query for query in key.queries if texts[query] is not None]
        changed = sum(texts[query] != asked.queries[query] for query in known)
        if not changed:
            continue
        part = asked.key_of(known)
        groups = asked.copies(part)
        for cell, record in computed.records.items():
            if _knows_no_other_queries(record, computed.records):
                continue
            table = computed.tables[DISTURBED][cell]
            disturbed = read_found(prepared, table.filter(pc.equal(table["perturb"], way)))
            as_asked = read_found(prepared, computed.tables[FOUND][cell])
            scores = {
                name: score_queries(run, part, [measure]).scores[measure.name]
                for name, run in (
                    (AS_ASKED, as_asked),
                    (way, disturbed),
                )
            }
            families.append(
                judge_scores(
                    scores,
                    baseline=AS_ASKED,
                    measure=measure,
                    margin=prepared.study.margin,
                    groups=groups,
                    unit="query",
                    same=[way] if table.num_rows and _same_lists(disturbed, as_asked, known) else [],
                    seed=prepared.study.seed,
                )
            )
            told.append(
                _told(
                    way,
                    cell,
                    changed,
                    measure.value(scores[AS_ASKED]),
                    measure.value(scores[way]),
                    families[-1].verdicts[way],
                )
            )
    corrected = one_family(families)
    return [
        _told(one.perturbation, one.cell, one.queries, one.value, one.disturbed, verdicts[one.perturbation])
        for one, verdicts in zip(told, corrected, strict=True)
    ]


def _knows_no_other_queries(record: Record, records: Records) -> bool:
    """Whether a cell is a run of others, or made of one."""
    if record["kind"] == "mixed":
        return any(records[part]["kind"] == "given" for part in parts_of(record) if part in records)
    return bool(record["kind"] == "given")


def _same_lists(one: Rankings, other: Rankings, queries: Sequence[str]) -> bool:
    """Whether every query found the same documents in the same order: then the way of searching does not see the difference."""
    place = {query: row for row, query in enumerate(one.query_ids)}
    return all(np.array_equal(one.found(place[query])[0], other.found(place[query])[0]) for query in queries)


def _told(way: str, cell: str, changed: int, value: float, disturbed: float, verdict: Verdict) -> Disturbed:
    return Disturbed(
        perturbation=way,
        cell=cell,
        value=value,
        disturbed=disturbed,
        difference=verdict.difference,
        low=verdict.low,
        high=verdict.high,
        p=verdict.p_holm if np.isfinite(verdict.p_holm) else float("nan"),
        word=verdict.word,
        queries=changed,
    )
