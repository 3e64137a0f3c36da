"""The study that asks for judgements, as a task: its cells are those of any study of retrieval, its verdicts its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import ConfigError
from semascope.files import replace_file
from semascope.retrieval.asking.drawing import Drawing
from semascope.retrieval.asking.forecast import Forecast
from semascope.retrieval.asking.pool import Looked, pools
from semascope.retrieval.asking.worth import differences
from semascope.stats.always_valid import Bound
from semascope.stats.results import Estimate, Family, Verdict
from semascope.store.place import default_store
from semascope.studies.choice import Choice
from semascope.studies.folder import RunFolder
from semascope.studies.result import CellResult
from semascope.studies.retrieval.few.answers import Answers
from semascope.studies.retrieval.few.machine import Machine, compared
from semascope.studies.retrieval.few.open_queries import (
    known_grades,
    read_open,
    refuse_chosen_weights,
    refuse_what_needs_judgements,
)
from semascope.studies.retrieval.few.questions import Questions
from semascope.studies.retrieval.few.result import FewResult, Judge
from semascope.studies.retrieval.few.told import Told, beforehand_line, open_effort, read_notes
from semascope.studies.retrieval.found import FOUND, read_found
from semascope.studies.retrieval.prepare import prepare
from semascope.studies.retrieval.searching import Searches
from semascope.studies.retrieval.task import RUNS, RetrievalTask
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from semascope.retrieval.asking.pool import Pool
    from semascope.retrieval.rankings import Rankings
    from semascope.store.vectors import VectorStore
    from semascope.studies.retrieval.plan import Cell
    from semascope.studies.retrieval.prepare import Prepared
    from semascope.studies.retrieval.settings import RetrievalStudy
    from semascope.studies.task import CellValues, Computed, Records
    from semascope.types import Progress

SETTLES = 0.07
"""The difference that the bound is made to settle soonest, unless a margin is given: it holds for any."""
POOL = "pool.tsv"
INTERVAL = "a bound over all looks (Robbins' normal mixture)"
TEST = "the same bound, so that it may be looked at any time"


@dataclass(frozen=True, kw_only=True)
class FewTask:
    """Ways of searching, on queries of which few or none are judged."""

    searched: RetrievalTask  # gives the cells and what they find
    say: Callable[[str], None]
    ask: Callable[[Questions], None]  # puts the questions to somebody, until it ends

    @property
    def kind(self) -> str:
        """As a locked folder calls it."""
        return self.searched.kind

    @property
    def tables(self) -> Sequence[str]:
        """What every cell hands over."""
        return self.searched.tables

    @property
    def prepared(self) -> Prepared:
        """What was fixed before the first cell."""
        return self.searched.prepared

    @property
    def frozen(self) -> Mapping[str, Any]:
        """What all cells of the folder share; a folder of answers is none of a study on given judgements."""
        return {**self.searched.frozen, "judged_here": True}

    def meeting(self, records: Records) -> FewTask:
        """The same; refuses a cell that the folder has under this name and that is made of something else."""
        self.searched.meeting(records)
        return self

    def written(self) -> str:
        """The study file."""
        return self.searched.written()

    def narrowed(
        self, records: Records, folder: RunFolder, *, progress: Progress, say: Callable[[str], None]
    ) -> FewTask:
        """The same: no race is run between ways of searching."""
        return self

    def batches(self, records: Records) -> list[list[Cell]]:
        """One cell at a time."""
        return self.searched.batches(records)

    def compute(
        self, batch: Sequence[Cell], records: Records, *, starting: Callable[[str], None], progress: Progress
    ) -> Iterator[CellValues]:
        """What each cell found."""
        return self.searched.compute(batch, records, starting=starting, progress=progress)

    def hand_over(self, finished: FewResult, place: Path, *, progress: Progress) -> None:
        """Nothing: what won is named."""

    def opening(self, records: Records, *, progress: Progress) -> Iterator[str]:
        """What was read, and how many cells are left."""
        asked = self.prepared.asked
        yield (
            f"{asked.collection.name}: {count(len(asked.collection.documents), 'document')},"
            f" {count(len(asked.queries), 'query', 'queries')} to draw from"
        )
        yield from (f"WARNING: {note.text}" for note in asked.collection.notes if note.warning)
        left = sum(len(batch) for batch in self.batches(records))
        yield f"{len(self.prepared.cells):,} ways of searching, {left:,} to compute"

    def conclude(self, computed: Computed, *, folder: Path, command: str) -> FewResult:
        """Somebody is asked, if asking was asked for; then verdicts, headline and notes."""
        pooled = pools(self._rankings(computed), looked=Looked.by(self.prepared.measure))
        _write_pool(pooled, folder / POOL)
        machine = self._machine(pooled)
        questions = self._questions(computed, pooled, machine, folder)
        if len(questions.cells) > 1:
            self.say(self._beforehand(questions))
            try:
                self.ask(questions)
            finally:
                if questions.answers.given:
                    questions.answers.write_judgements()
        return self._result(computed, questions, machine, folder=folder, command=command)

    def _rankings(self, computed: Computed) -> dict[str, Rankings]:
        """By cell, the baseline first: cells of the study, then those that the folder has besides."""
        base = self.prepared.baseline
        own = [cell.id for cell in self.prepared.cells if cell.id in computed.records]
        names = [base, *(cell for cell in [*own, *computed.records] if cell != base)]
        return {
            cell: read_found(self.prepared, computed.tables[FOUND][cell]) for cell in dict.fromkeys(names)
        }

    def _machine(self, pooled: Sequence[Pool]) -> Machine | None:
        file = self.prepared.study.judge
        return None if file is None else Machine.read(file, self.prepared.asked.collection, pooled)

    def _questions(
        self, computed: Computed, pooled: Sequence[Pool], machine: Machine | None, folder: Path
    ) -> Questions:
        study, collection, measure = (
            self.prepared.study,
            self.prepared.asked.collection,
            self.prepared.measure,
        )
        drawing = Drawing.of(pooled, seed=study.seed)
        documents = collection.documents
        return Questions(
            cells=list(self._rankings(computed)),
            pools=pooled,
            drawing=drawing,
            forecast=Forecast.of(drawing, pooled),
            measure=measure,
            bound=Bound(settles=study.margin or SETTLES),
            margin=measure.margin_around(
                study.margin, np.array([math.nan])
            ),  # what the baseline comes to is not known
            known=known_grades(self.prepared.asked.sides.judgements),
            machine=None if machine is None else differences(pooled, machine.grades, measure),
            answers=Answers.read(folder),
            query_texts=self.prepared.asked.queries,
            document_texts={
                name: (title, body)
                for name, title, body in zip(documents.ids, documents.titles, documents.bodies, strict=True)
            },
        )

    def _beforehand(self, questions: Questions) -> str:
        return beforehand_line(
            questions.forecast.beforehand(questions.bound, questions.bound.settles),
            questions.bound.settles,
            self.prepared.measure.short,
        )

    def _result(
        self,
        computed: Computed,
        questions: Questions,
        machine: Machine | None,
        *,
        folder: Path,
        command: str,
    ) -> FewResult:
        prepared, asked = self.prepared, self.prepared.asked
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
            beforehand=self._beforehand(questions),
        )
        notes = [
            *told.notes(),
            *read_notes(
                [*asked.collection.notes, *asked.leaks.notes(), *([] if machine is None else machine.notes)]
            ),
        ]
        base = Verdict.of_nothing("baseline", margin=questions.margin, n=questions.done)
        return FewResult(
            name=asked.collection.name,
            folder=str(folder),
            measure=prepared.measure.name,
            headline=told.headline(),
            cells=[
                CellResult(
                    id=cell,
                    label=cell,
                    selection=math.nan,
                    estimate=_no_estimate(questions.done),
                    measures={},
                    verdict=verdicts.get(cell, base),
                    choices=computed.records[cell]["choices"],
                )
                for cell in questions.cells
            ],
            family=Family(
                measure=prepared.measure.name,
                baseline=questions.cells[0],
                margin=questions.margin,
                test=TEST,
                interval=INTERVAL,
                verdicts={questions.cells[0]: base, **verdicts},
            ),
            choice=Choice(
                rule="best",
                advised=advised,
                best=advised,
                margin=questions.margin,
                of_error=False,
                standings=[],
            ),
            winner=advised,
            notes=sorted(notes, key=lambda note: note.level != "warning"),
            settings=prepared.study.model_dump(mode="json"),
            made=self._how(computed, questions, command),
            documents=len(asked.collection.documents),
            queries=len(asked.queries),
            differing=len(questions.drawing.order),
            done=questions.done,
            judgements=len(questions.answers.given),
            skipped=questions.answers.skipped,
            known=sum(
                document in questions.known.get(pool.query, {})
                for pool in questions.pools
                for document in pool.documents
            ),
            settles=questions.bound.settles,
            beforehand=questions.forecast.beforehand(questions.bound, questions.bound.settles),
            open=open_,
            judge=judge,
        )

    def _how(self, computed: Computed, questions: Questions, command: str) -> dict[str, Any]:
        made = self.searched.made(computed, command)
        del made["split"]
        return {
            **made,
            "queries drawn": "priority sampling by disagreement and cost, 30 % of the weight alike",
            "bound": f"{INTERVAL}, made to settle {questions.bound.settles:g} soonest",
            "answers": "answers.jsonl",
        }


def few_task(
    study: RetrievalStudy,
    *,
    output: Path | None = None,
    store: VectorStore | None = None,
    device: str = "auto",
    trust_remote_code: bool = False,
    say: Callable[[str], None] = lambda line: None,
    ask: Callable[[Questions], None] = lambda questions: None,
) -> tuple[FewTask, RunFolder]:
    """The study ready to start, and its folder; parameters and errors are those of ``run_few``."""
    Looked.by(study.measured_by)
    refuse_what_needs_judgements(study)
    if study.judge is not None and not study.judge.is_file():
        raise ConfigError(
            f"judge is {study.judge}, which is no file; judgements by a machine (query, document, grade) are needed; check the path"
        )
    folder = RunFolder(
        output or Path("runs") / f"{study.data.resolve().stem}-{study.digest()}", together=RUNS
    )
    prepared = prepare(
        study,
        store=store or default_store(),
        device=device,
        trust_remote_code=trust_remote_code,
        read=read_open,
    )
    refuse_chosen_weights(prepared.cells)
    searched = RetrievalTask(prepared=prepared, searches=Searches(prepared))
    return FewTask(searched=searched, say=say, ask=ask if study.ask else lambda questions: None), folder


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


def _write_pool(pooled: Sequence[Pool], path: Path) -> None:
    """Query and document of every pooled pair between tabs: what a machine is to judge."""
    rows = [f"{pool.query}\t{document}\n" for pool in pooled for document in pool.documents]
    replace_file(path, "".join(["query-id\tcorpus-id\n", *rows]).encode())
