"""The study that asks for judgements, as a task: its cells are those of any study of retrieval, its verdicts its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.files import replace_file
from semascope.retrieval.asking.drawing import Drawing
from semascope.retrieval.asking.forecast import Forecast
from semascope.retrieval.asking.pool import Looked, pools
from semascope.retrieval.asking.worth import differences
from semascope.stats.always_valid import Bound
from semascope.store.place import default_store
from semascope.studies.failing import refuse_without
from semascope.studies.folder import RunFolder
from semascope.studies.retrieval.asking.prepare import prepare
from semascope.studies.retrieval.asking.seen import recorded_seen, seen_by
from semascope.studies.retrieval.few.answers import Answers
from semascope.studies.retrieval.few.concluding import INTERVAL, conclude
from semascope.studies.retrieval.few.machine import Machine
from semascope.studies.retrieval.few.open_queries import (
    known_grades,
    read_open,
    refuse_chosen_weights,
    refuse_what_needs_judgements,
)
from semascope.studies.retrieval.few.questions import Questions
from semascope.studies.retrieval.few.told import beforehand_line
from semascope.studies.retrieval.searching.found import FOUND, read_found
from semascope.studies.retrieval.searching.searches import Searches
from semascope.studies.retrieval.task import RUNS, RetrievalTask
from semascope.studies.retrieval.winner import write_winner
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from semascope.retrieval.asking.pool import Pool
    from semascope.retrieval.rankings import Rankings
    from semascope.store.vectors import VectorStore
    from semascope.studies.retrieval.asking.plan import Cell
    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.retrieval.asking.settings import RetrievalStudy
    from semascope.studies.retrieval.few.result import FewResult
    from semascope.studies.task import CellValues, Computed, Records
    from semascope.types import Progress

SETTLES = 0.07
"""The difference that the bound is made to settle soonest, unless a margin is given: it holds for any."""
POOL = "pool.tsv"


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

    def asks(self, batch: Sequence[Cell]) -> Sequence[str]:
        """As of ways of searching."""
        return self.searched.asks(batch)

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
        """An index that searches as the advised cell did, once judgements advise one."""
        write_winner(self.prepared, finished.recipe, place, progress=progress)

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
        for failed in computed.failed:  # what it finds belongs into the pool before anybody judges
            refuse_without(failed, computed.failed)
        pooled = pools(self._unseen(computed), looked=Looked.by(self.prepared.measure))
        _write_pool(pooled, folder / POOL)
        machine = self._machine(pooled)
        questions = self._questions(computed, pooled, machine, folder)
        said = self._beforehand(questions)
        self.say(said)
        try:
            self.ask(questions)
        finally:
            if questions.answers.given:
                questions.answers.write_judgements()
        return conclude(
            self.prepared,
            computed,
            questions,
            machine,
            folder=folder,
            made=self._how(computed, questions, command),
            beforehand=said,
        )

    def _unseen(self, computed: Computed) -> dict[str, Rankings]:
        """The rankings without queries whose text some encoder was tuned on: they would flatter it."""
        seen = seen_by(recorded_seen(computed.records))
        if not seen:
            return self._rankings(computed)
        self.say(
            f"WARNING: {count(len(seen), 'query', 'queries')} left out: an encoder of this study was tuned on them, or on documents that"
            " are known to answer them"
        )
        queries = list(self.prepared.asked.queries)
        rows = np.array([row for row, query in enumerate(queries) if query not in seen], dtype=np.int64)
        if len(rows) < 2:
            raise DataError(
                f"{len(queries) - len(rows):,} of {len(queries):,} queries were seen by an encoder in training; two at least must be new to"
                " it; give other queries, or leave the encoder out"
            )
        return {cell: rankings.only(rows) for cell, rankings in self._rankings(computed).items()}

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
    if len(prepared.cells) < 2:
        raise ConfigError(
            f"{prepared.cells[0].id} stands alone; judgements are asked for where two ways of searching differ; add --encoder"
        )
    searched = RetrievalTask(prepared=prepared, searches=Searches(prepared))
    return FewTask(searched=searched, say=say, ask=ask if study.ask else lambda questions: None), folder


def _write_pool(pooled: Sequence[Pool], path: Path) -> None:
    """Query and document of every pooled pair between tabs: what a machine is to judge."""
    rows = [f"{pool.query}\t{document}\n" for pool in pooled for document in pool.documents]
    replace_file(path, "".join(["query-id\tcorpus-id\n", *rows]).encode())
