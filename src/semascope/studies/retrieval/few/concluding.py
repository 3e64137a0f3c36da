"""What the answers come to: verdicts, headline, notes, and how good a machine was, as plain values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from semascope.stats.results import Estimate, Family, Verdict
from semascope.studies.choice import Choice
from semascope.studies.result import CellResult
from semascope.studies.retrieval.few.machine import compared
from semascope.studies.retrieval.few.result import FewResult, Judge
from semascope.studies.retrieval.few.told import Told, open_effort, read_notes
from semascope.studies.retrieval.winner import recipe_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.retrieval.few.machine import Machine
    from semascope.studies.retrieval.few.questions import Questions
    from semascope.studies.task import Computed

INTERVAL = "a bound over all looks (Robbins' normal mixture)"
TEST = "the same bound, so that it may be looked at any time"


def conclude(
    prepared: Prepared,
    computed: Computed,
    questions: Questions,
    machine: Machine | None,
    *,
    folder: Path,
    made: Mapping[str, Any],
    beforehand: str,
) -> FewResult:
    """The finished study.

    Parameters
    ----------
    made
        How it was made.
    beforehand
        What was said before the first question.
    """
    asked = prepared.asked
    verdicts = dict(zip(questions.cells[1:], questions.standing.verdicts, strict=True))
    advised = _advised(questions.cells[0], verdicts)
    open_ = {
        cell: open_effort(questions, c)
        for c, (cell, verdict) in enumerate(verdicts.items())
        if verdict.word == "unresolved" and not verdict.reason
    }
    judge = None if machine is None else _judge(machine, questions)
    told = Told(
        cells=questions.cells,
        verdicts=verdicts,
        advised=advised,
        short=prepared.measure.short,
        queries=len(asked.queries),
        done=questions.done,
        judgements=len(questions.answers.given),
        skipped=questions.answers.skipped,
        open=open_,
        margin=questions.margin,
        judge=judge,
        beforehand=beforehand,
    )
    notes = [
        *told.notes(),
        *read_notes(
            [*asked.collection.notes, *asked.leaks.notes(), *([] if machine is None else machine.notes)]
        ),
    ]
    family = _family(prepared, questions, verdicts)
    return FewResult(
        name=asked.collection.name,
        folder=str(folder),
        measure=prepared.measure.name,
        headline=told.headline(),
        cells=_cells(computed, questions, family),
        family=family,
        choice=Choice(
            rule="best", advised=advised, best=advised, margin=questions.margin, of_error=False, standings=[]
        ),
        winner=advised,
        notes=sorted(notes, key=lambda note: note.level != "warning"),
        settings=prepared.study.model_dump(mode="json"),
        made=made,
        documents=len(asked.collection.documents),
        queries=len(asked.queries),
        differing=len(questions.drawing.order),
        done=questions.done,
        judgements=len(questions.answers.given),
        skipped=questions.answers.skipped,
        known=_known(questions),
        settles=questions.bound.settles,
        beforehand=questions.forecast.beforehand(questions.bound, questions.bound.settles),
        open=open_,
        judge=judge,
        recipe=recipe_of(computed.records, advised) if _is_answered(advised, questions, verdicts) else None,
    )


def _family(prepared: Prepared, questions: Questions, verdicts: Mapping[str, Verdict]) -> Family:
    """The verdicts with that of the baseline, which is none."""
    baseline = questions.cells[0]
    base = Verdict.of_nothing("baseline", margin=questions.margin, n=questions.done)
    return Family(
        measure=prepared.measure.name,
        baseline=baseline,
        margin=questions.margin,
        test=TEST,
        interval=INTERVAL,
        verdicts={baseline: base, **verdicts},
    )


def _cells(computed: Computed, questions: Questions, family: Family) -> list[CellResult]:
    return [
        CellResult(
            id=cell,
            label=cell,
            selection=math.nan,
            estimate=_no_estimate(questions.done),
            measures={},
            verdict=family.verdicts[cell],
            choices=computed.records[cell]["choices"],
        )
        for cell in questions.cells
    ]


def _known(questions: Questions) -> int:
    """Pooled pairs that were judged before anybody was asked."""
    return sum(
        document in questions.known.get(pool.query, {})
        for pool in questions.pools
        for document in pool.documents
    )


def _is_answered(advised: str, questions: Questions, verdicts: Mapping[str, Verdict]) -> bool:
    """Whether judgements advise the cell: it is better, or no other can be."""
    return advised != questions.cells[0] or all(verdict.word != "unresolved" for verdict in verdicts.values())


def _advised(base: str, verdicts: Mapping[str, Verdict]) -> str:
    """The cell that is furthest above the baseline of those that are better; the baseline where none is shown to be."""
    better = {cell: verdict.difference for cell, verdict in verdicts.items() if verdict.word == "better"}
    return max(better, key=better.__getitem__) if better else base


def _judge(machine: Machine, questions: Questions) -> Judge:
    assert questions.machine is not None
    means = questions.machine.mean(axis=1).tolist()
    estimated = questions.standing.estimated
    return Judge(
        source=machine.source,
        pairs=machine.pairs,
        missing=machine.missing,
        quality=compared(
            machine.grades,
            questions.answers.grades,
            pools=questions.pools,
            drawing=questions.drawing,
            done=questions.done,
        ),
        trust=dict(zip(questions.cells[1:], estimated.trust.tolist(), strict=True)),
        alone=dict(zip(questions.cells[1:], means, strict=True)),
    )


def _no_estimate(done: int) -> Estimate:
    return Estimate(
        value=math.nan, low=math.nan, high=math.nan, n=done, reason="only differences are estimated"
    )
