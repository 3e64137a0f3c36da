"""The study of heads as a task: what ``studies/run.py`` asks of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semascope.embedding.consent import agree
from semascope.errors import ConfigError
from semascope.store.place import default_store
from semascope.studies.folder import RunFolder
from semascope.studies.heads.asking.plan import cell_of
from semascope.studies.heads.asking.prepare import prepare
from semascope.studies.heads.computing.ahead import encode_ahead, expected_bills
from semascope.studies.heads.computing.columns import compute_column
from semascope.studies.heads.computing.compute import compute_batch
from semascope.studies.heads.computing.forecasting import forecast
from semascope.studies.heads.computing.racing import ended_races, race_cells
from semascope.studies.heads.computing.strangers import strangers
from semascope.studies.heads.judging.foreign import language_notes
from semascope.studies.heads.judging.outcome import conclude
from semascope.studies.heads.tables import TABLES
from semascope.studies.heads.telling.notes import reading_notes, seen_notes
from semascope.studies.heads.winner import advice_notes, holds, kept_notes, save_scorer
from semascope.types import Step, silent
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from semascope.store.vectors import VectorStore
    from semascope.studies.encoder_names import StudyEncoders
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Naming, Prepared
    from semascope.studies.heads.asking.settings import Study
    from semascope.studies.heads.computing.ahead import EncodedAhead
    from semascope.studies.heads.result import HeadResult, HeadsResult
    from semascope.studies.task import CellValues, Computed, Records
    from semascope.types import Progress

FROZEN = (
    "text",
    "target",
    "kind",
    "group",
    "slice",
    "split_column",
    "language_column",
    "headline",
    "positive",
    "measure",
    "baseline",
    "margin",
    "test_size",
    "repeats",
    "curve",
    "seed",
    "limit",
    "precision",
)
"""Settings that every cell of a folder shares; the grid (encoder, instruction, long, dim, head) may grow."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadsTask:
    """Every head on every encoder's vectors, the words alone, and the constants."""

    prepared: Prepared
    naming: Naming
    called: StudyEncoders | None = None  # known once the folder is met
    kind: str = "study"
    tables: Sequence[str] = TABLES
    agree: Callable[[str], bool] = lambda question: True  # asked before much is trained

    @property
    def frozen(self) -> Mapping[str, Any]:
        """What all cells of the folder share."""
        values = self.prepared.study.model_dump(mode="json")
        seen = {name: list(rows) for name, rows in self.prepared.rows.seen.counts.items()}
        frozen = {name: values[name] for name in FROZEN}
        return frozen | {"data_digest": self.prepared.rows.digest, "rows tuned on": seen}

    def meeting(self, records: Records) -> HeadsTask:
        """With the encoders of all cells that the folder holds."""
        prepared, called = self.naming.joined(self.prepared, records)
        if prepared.study.race:
            prepared = replace(prepared, races=ended_races(prepared, RunFolder(self.naming.folder)))
        return replace(self, prepared=prepared, called=called)

    def written(self) -> str:
        """The study file; a baseline that is pinned is written with what its encoder is read from."""
        assert self.called is not None  # the folder was met
        baseline = self.called.written_baseline(self.prepared.plan.baseline.id)
        return self.prepared.study.model_copy(update={"baseline": baseline}).to_yaml()

    def opening(self, records: Records, *, progress: Progress) -> Iterator[str]:
        """What was taken, warnings, and what it will cost."""
        prepared, rows = self.prepared, self.prepared.rows
        yield (
            f"{prepared.study.data.name}: {count(len(rows), 'row')}, {len(rows.split.train):,} to learn from,"
            f" {len(rows.split.test):,} held out"
        )
        for note in reading_notes(rows):
            yield f"WARNING: {note.text}" if note.level == "warning" else note.text
        yield from prepared.remarks
        for note in [*seen_notes(rows), *prepared.flaws.loud, *language_notes(rows, prepared.encoders)]:
            yield f"{'WARNING: ' if note.level == 'warning' else ''}{note.title}. {note.text}"
        for sentence in strangers(prepared, prepared.todo(records)):
            yield f"WARNING: {sentence}"
        work = forecast(prepared, records, progress=progress)
        yield f"{work}; folder {self.naming.folder}"
        billed = expected_bills(prepared, prepared.todo(records))
        yield from map(str, billed)
        agree(billed)
        if work.doubt and not self.agree(work.doubt):
            raise ConfigError(
                "nothing was computed, as asked; leave out --tuned, take a smaller model or fewer epochs, or run it where there is"
                " more of both"
            )

    def narrowed(
        self, records: Records, folder: RunFolder, *, progress: Progress, say: Callable[[str], None]
    ) -> HeadsTask:
        """Without the cells that a race leaves behind, where one was asked for."""
        if not self.prepared.study.race:
            return self
        races = race_cells(self.prepared, records, folder, progress=progress, say=say)
        return replace(self, prepared=replace(self.prepared, races=races))

    def batches(self, records: Records) -> list[list[Cell]]:
        """Cells on the same vectors together; those that have a record but no price come last."""
        unpriced = [
            cell_of(record["cell"])
            for record in records.values()
            if record["cell"]["reads"] == "vectors" and math.isnan(record["costs"]["encode_seconds_per_1000"])
        ]
        spaces: dict[tuple[str, str, str, str], list[Cell]] = {}
        for cell in [*self.prepared.todo(records), *unpriced]:
            own = cell.reads if cell.reads in ("texts", "column") else ""
            shared = (own, cell.encoder, cell.instruction.sentence, cell.long)
            spaces.setdefault(shared, []).append(cell)
        return list(spaces.values())

    def asks(self, batch: Sequence[Cell]) -> Sequence[str]:
        """The encoder whose vectors all cells of a batch read, where they read some of an encoder."""
        return [batch[0].encoder] if batch[0].reads == "vectors" else []

    def compute(
        self, batch: Sequence[Cell], records: Records, *, starting: Callable[[str], None], progress: Progress
    ) -> Iterator[CellValues]:
        """The values of cells on the same vectors, of tuned ones, or of columns of the file."""
        if batch[0].reads == "texts":
            return self._tune(batch, starting=starting, progress=progress)
        if batch[0].reads == "column":
            return (compute_column(self.prepared, cell) for cell in batch)
        return compute_batch(self.prepared, batch, records, starting=starting, progress=progress)

    def _tune(
        self, batch: Sequence[Cell], *, starting: Callable[[str], None], progress: Progress
    ) -> Iterator[CellValues]:
        from semascope.studies.heads.computing.tuning import compute_tuned  # late: it needs torch

        for cell in batch:
            starting(cell.head)
            place = RunFolder(self.naming.folder).of_cell(cell.id)
            yield compute_tuned(self.prepared, cell, place, progress=progress)

    def conclude(self, computed: Computed, *, folder: Path, command: str) -> HeadsResult:
        """Verdicts, choice, headline and notes."""
        return conclude(self.prepared, computed, folder=folder, command=command)

    def hand_over(self, finished: HeadsResult, place: Path, *, progress: Progress) -> None:
        """The winner's recipe, fitted on every row; a scorer of the same cell, chosen alike, stays."""
        chosen = next(cell for cell in finished.cells if cell.id == finished.winner)
        self._keep(finished, chosen, place, notes=advice_notes(finished), progress=progress)
        if self.prepared.study.keep == "all":
            kept = [cell for cell in finished.cells if cell.reads != "column"]
            for number, cell in enumerate(kept):
                progress(Step(stage="keeping every head", done=number, total=len(kept), unit="heads"))
                beside = RunFolder(place.parent).of_cell(cell.id) / "scorer"
                notes = advice_notes(finished) if cell.id == finished.winner else kept_notes(finished)
                self._keep(finished, cell, beside, notes=notes, progress=progress)

    def _keep(
        self,
        finished: HeadsResult,
        cell: HeadResult,
        place: Path,
        *,
        notes: Sequence[str],
        progress: Progress,
    ) -> None:
        if not holds(place, cell, advice=notes, data_digest=self.prepared.rows.digest):
            save_scorer(self.prepared, finished, cell, place, notes=notes, progress=progress)


def heads_task(
    study: Study,
    *,
    output: Path | None = None,
    store: VectorStore | None = None,
    device: str = "auto",
    trust_remote_code: bool = False,
    agree: Callable[[str], bool] = lambda question: True,
) -> tuple[HeadsTask, RunFolder]:
    """The study ready to start, and its folder; parameters and errors are those of ``run_study``."""
    folder = RunFolder(output or Path("runs") / f"{study.data.stem}-{study.digest()}")
    prepared, naming = prepare(
        study,
        folder=folder,
        store=store or default_store(),
        device=device,
        trust_remote_code=trust_remote_code,
    )
    return HeadsTask(prepared=prepared, naming=naming, agree=agree), folder


def embed_study(
    study: Study,
    *,
    output: Path | None = None,
    store: VectorStore | None = None,
    device: str = "auto",
    trust_remote_code: bool = False,
    progress: Progress = silent,
    say: Callable[[str], None] = lambda line: None,
) -> list[EncodedAhead]:
    """Everything that the study reads, encoded into the store; nothing is fitted, and no folder is written.

    The same study with that store then encodes nothing, on whichever machine. Parameters and errors are those of
    ``run_study``; ``output`` names the folder whose records may bring a baseline's encoder.
    """
    task, folder = heads_task(
        study, output=output, store=store, device=device, trust_remote_code=trust_remote_code
    )
    prepared = task.naming.with_others(task.prepared, folder.read_records(TABLES))
    for line in [*prepared.remarks, *(f"WARNING: {one}" for one in strangers(prepared, prepared.plan.cells))]:
        say(line)
    agree(expected_bills(prepared, prepared.plan.cells))
    return list(encode_ahead(prepared, progress=progress))
