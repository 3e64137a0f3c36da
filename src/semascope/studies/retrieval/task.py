"""The study of retrieval as a task: what ``studies/run.py`` asks of it."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from semascope.embedding.consent import agree_to
from semascope.encoders.naming import write_asked
from semascope.errors import ConfigError
from semascope.retrieval.hybrid_settings import is_hybrid
from semascope.retrieval.words.bm25_settings import is_bm25
from semascope.store.place import default_store
from semascope.studies.failing import failed_notes, refuse_without
from semascope.studies.folder import RunFolder
from semascope.studies.retrieval.asking.given import file_digest
from semascope.studies.retrieval.asking.plan import Dense, Given, Mixed, Words
from semascope.studies.retrieval.asking.prepare import opening_lines, prepare
from semascope.studies.retrieval.asking.seen import recorded_seen, seen_by
from semascope.studies.retrieval.judging.judged import judge
from semascope.studies.retrieval.result import RetrievalResult
from semascope.studies.retrieval.searching.found import DISTURBED, FOUND
from semascope.studies.retrieval.searching.searches import Searches
from semascope.studies.retrieval.searching.unread import unread_of_relevant
from semascope.studies.retrieval.telling.details import make_details
from semascope.studies.retrieval.telling.told import Told
from semascope.studies.retrieval.winner import recipe_of, write_winner
from semascope.studies.task import CellValues
from semascope.studies.versions import installed_versions
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from semascope.retrieval.rankings import Rankings
    from semascope.store.vectors import VectorStore
    from semascope.studies.choice import Reads
    from semascope.studies.retrieval.asking.plan import Cell
    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.retrieval.asking.settings import RetrievalStudy
    from semascope.studies.task import Computed, Records
    from semascope.types import Progress

FROZEN = (
    "query",
    "document",
    "grade",
    "measure",
    "margin",
    "perturb",
    "seed",
    "limit",
    "precision",
    "no_bm25",
)
"""Settings that every cell of a folder shares; the ways of searching may grow."""
RUNS = "runs.parquet"


@dataclass(frozen=True, kw_only=True)
class RetrievalTask:
    """Words, vectors and hybrids of them, on the queries of one collection."""

    prepared: Prepared
    searches: Searches = field(repr=False)
    kind: str = "study of retrieval"

    @property
    def tables(self) -> Sequence[str]:
        """What every cell found, and where queries are disturbed what it found for these."""
        return (FOUND, DISTURBED) if self.prepared.study.perturb else (FOUND,)

    @property
    def frozen(self) -> Mapping[str, Any]:
        """What all cells of the folder share."""
        values = self.prepared.study.model_dump(mode="json")
        rewritten = self.prepared.asked.rewritten(self.prepared.study.perturb)
        shared = {name: values[name] for name in FROZEN} | {"data_digest": self.prepared.asked.digest}
        return shared | ({"rewritten": rewritten} if rewritten else {})

    def meeting(self, records: Records) -> RetrievalTask:
        """The same; refuses a cell that the folder has under this name and that is made of something else, and encoders that
        leave no query to choose or to judge on.
        """
        for cell in self.prepared.cells:
            earlier = records.get(cell.id)
            if earlier is not None and earlier["made_of"] != self._made_of(cell):
                before, now = earlier["made_of"], self._made_of(cell)
                if "parts" in now and {**before, "parts": now["parts"]} == now:
                    raise ConfigError(
                        f"{cell.id!r} of the folder chose among {_several(before['parts'])}, and now there would be"
                        f" {_several(now['parts'])}; one name is one cell; name the part that is meant, or choose another --output"
                    )
                raise ConfigError(
                    f"cell {cell.id!r} of the folder is made of {earlier['made_of']}, here it is of {self._made_of(cell)}; one"
                    " name is one cell; give this one a name of its own, or choose another --output"
                )
        if not self.prepared.study.judged_here:
            self._leaves_queries(records)
        return self

    def _leaves_queries(self, records: Records) -> None:
        """Refuse encoders that were tuned on all queries of a side, before a cell is computed."""
        seen = seen_by(recorded_seen(records)) | seen_by(self.prepared.seen)
        asked = self.prepared.asked
        asked.both(seen)
        if asked.sides.how == "given" or len({*records, *(cell.id for cell in self.prepared.cells)}) > 2:
            asked.choosing(seen)
            asked.estimating(seen)

    def written(self) -> str:
        """The study file; encoders are named so that they are found from any working directory."""
        prepared = self.prepared
        encoders = [write_asked(name, source) for name, source in prepared.sources.items()]
        others = [one for one in prepared.study.encoder if is_bm25(one) or is_hybrid(one)]
        return prepared.study.to_yaml(encoder=[*encoders, *others])

    def opening(self, records: Records, *, progress: Progress) -> Iterator[str]:
        """What was read, warnings, and how many cells are left."""
        own = {cell.id for cell in self.prepared.cells}
        yield from opening_lines(self.prepared, [cell for cell in records if cell not in own])
        left = [cell for batch in self.batches(records) for cell in batch]
        yield f"{count(len(self.prepared.cells), 'way')} of searching, {len(left):,} to compute"
        work = self.searches.to_embed(left, progress=progress)
        yield from map(str, agree_to(work, store=self.prepared.store))

    def narrowed(
        self, records: Records, folder: RunFolder, *, progress: Progress, say: Callable[[str], None]
    ) -> RetrievalTask:
        """The same: no race is run between ways of searching."""
        return self

    def batches(self, records: Records) -> list[list[Cell]]:
        """One cell at a time; what cells share is kept by ``Searches``."""
        return [[cell] for cell in self.prepared.cells if cell.id not in records]

    def asks(self, batch: Sequence[Cell]) -> Sequence[str]:
        """Encoders of a cell, or of the parts of a hybrid."""
        by_id = {one.id: one for one in self.prepared.cells}
        parts = [
            by_id[name] for cell in batch if isinstance(cell, Mixed) for part in cell.parts for name in part
        ]
        return [cell.encoder for cell in [*batch, *parts] if isinstance(cell, Dense)]

    def compute(
        self, batch: Sequence[Cell], records: Records, *, starting: Callable[[str], None], progress: Progress
    ) -> Iterator[CellValues]:
        """What each cell found, as deep as it is measured."""
        for cell in batch:
            starting(cell.id)
            started = time.perf_counter()
            found = self.searches.of(cell, progress=progress)
            record = {
                "id": cell.id,
                "kind": type(cell).__name__.casefold(),
                **self._reading(cell),
                "reads": _reads(cell),
                "made_of": self._made_of(cell),
                "seen": self._seen(cell),
                "choices": dict(found.choices),
                "account": dict(found.account),
                "costs": asdict(found.costs),
                "unread": self._unread(cell),
                "seconds": round(time.perf_counter() - started, 3),
            }
            tables = {FOUND: self._table(cell, found.rankings)}
            if DISTURBED in self.tables:
                parts = [
                    self._table(cell, rankings).add_column(
                        1, "perturb", pa.array([way] * _rows(rankings.cut(self.prepared.kept)), pa.string())
                    )
                    for way, rankings in found.disturbed.items()
                ]
                empty = tables[FOUND].slice(0, 0).add_column(1, "perturb", pa.array([], pa.string()))
                tables[DISTURBED] = pa.concat_tables([empty, *parts])
            yield CellValues(record=record, tables=tables)

    def _table(self, cell: Cell, rankings: Rankings) -> pa.Table:
        table = rankings.cut(self.prepared.kept).to_table()
        return table.add_column(0, "cell", pa.array([cell.id] * table.num_rows, pa.string()))

    def _reading(self, cell: Cell) -> dict[str, Any]:
        """How an encoder reads, for whoever compares cells of one encoder."""
        if not isinstance(cell, Dense):
            return {"encoder": ""}
        encoder = self.prepared.encoders[cell.encoder]
        return {
            "encoder": cell.encoder,
            "instruction": cell.instruction.name,
            "long": cell.long,
            "dim": cell.dim or encoder.dim,
            "passage": cell.passage.label if cell.passage else "",
            "encoder_has": {"dim": encoder.dim, "max_tokens": encoder.max_tokens},
            "stated": list(self.prepared.stated.get(cell.encoder, ())),
            "foreign": self.prepared.foreign.get(cell.encoder, ""),
        }

    def _seen(self, cell: Cell) -> list[str]:
        """Queries that what the cell is made of was tuned on."""
        by_id = {one.id: one for one in self.prepared.cells}
        of = [cell] if isinstance(cell, Dense) else []
        if isinstance(cell, Mixed):
            of = [one for part in cell.parts for name in part if isinstance(one := by_id[name], Dense)]
        known = {query for one in of for query in self.prepared.seen.get(one.encoder, ())}
        return [query for query in self.prepared.asked.queries if query in known]

    def conclude(self, computed: Computed, *, folder: Path, command: str) -> RetrievalResult:
        """Verdicts, choice, headline and notes."""
        prepared, asked = self.prepared, self.prepared.asked
        failed = {**prepared.unserved, **computed.failed}
        refuse_without(prepared.baseline, failed)
        judged = judge(prepared, computed)
        told = Told(prepared=prepared, judged=judged, records=computed.records)
        return RetrievalResult(
            name=asked.collection.name,
            folder=str(folder),
            measure=prepared.measure.name,
            headline=told.headline(),
            cells=judged.cells,
            family=judged.family,
            choice=judged.choice,
            winner=judged.choice.advised,
            recipe=recipe_of(computed.records, judged.choice.advised),
            notes=[
                *failed_notes(failed),
                *sorted(told.notes(), key=lambda note: note.level != "warning"),
            ],
            failed=failed,
            settings=prepared.study.model_dump(mode="json"),
            made=self.made(computed, command)
            | ({"split": "none: all queries judge"} if judged.keys.pair else {}),
            documents=len(asked.collection.documents),
            choosing=0 if judged.keys.pair else len(judged.keys.choosing),
            estimating=len(judged.keys.estimating),
            pair=judged.keys.pair,
            split=asked.sides.how,
            beside=judged.beside,
            holes=judged.holes,
            silent=judged.silent,
            condensed=judged.condensed,
            robustness=judged.robustness,
            lengths=judged.lengths,
            seen=judged.seen,
            against_parts=judged.against_parts,
            details=make_details(prepared, judged, computed.records),
        )

    def _unread(self, cell: Cell) -> dict[str, list[int]]:
        """Of relevant documents that the cell's encoder did not read whole, the characters from and to."""
        if not isinstance(cell, Dense) or cell.passage is not None:
            return {}
        encoder = self.prepared.encoders[cell.encoder].in_way(cell.long)
        return unread_of_relevant(self.prepared.asked, encoder)

    def hand_over(self, finished: RetrievalResult, place: Path, *, progress: Progress) -> None:
        """An index of the documents that searches as the advised cell did."""
        write_winner(self.prepared, finished.recipe, place, progress=progress)

    def made(self, computed: Computed, command: str) -> dict[str, Any]:
        """How it was made, for the last section of the report."""
        prepared, asked = self.prepared, self.prepared.asked
        return {
            "command": command,
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "data digest": asked.digest,
            "seed": prepared.study.seed,
            "cells computed now": computed.new,
            "seconds in all cells": round(sum(one["seconds"] for one in computed.records.values()), 1),
            "cells": {
                cell: {name: value for name, value in one["made_of"].items() if value is not None}
                for cell, one in computed.records.items()
            },
            "text of a document": "title, space, text",
            "documents kept a query": prepared.kept,
            "split": "given by the judgements" if asked.sides.how == "given" else "drawn: 30 % choose",
            "versions": installed_versions("bm25s", "PyStemmer"),
        }

    def _made_of(self, cell: Cell) -> dict[str, Any]:
        """What tells a cell from another one of its name."""
        if isinstance(cell, Dense):
            encoder = self.prepared.encoders[cell.encoder]
            return {
                "source": self.prepared.sources[cell.encoder],
                "fingerprint": encoder.in_way(cell.long).fingerprint,
                "dim": cell.dim or encoder.dim,
                "instruction": cell.instruction.sentence,
                "passage": cell.passage.label if cell.passage else "",
            }
        if isinstance(cell, Words):
            return cell.settings.model_dump(mode="json", exclude={"name"})
        if isinstance(cell, Given):
            return {"file": file_digest(cell.file)}
        settings = cell.settings.model_dump(mode="json", exclude={"name"})
        return {**settings, "parts": [list(part) for part in cell.parts]}


def _several(parts: Sequence[Sequence[str]]) -> str:
    """The candidates of those parts that have several."""
    return " and ".join(", ".join(part) for part in parts if len(part) > 1) or "one cell a part"


def _reads(cell: Cell) -> Reads:
    if isinstance(cell, Words):
        return "words"
    return "given" if isinstance(cell, Given) else "vectors"


def _rows(rankings: Rankings) -> int:
    return int(rankings.counts.sum())


def retrieval_task(
    study: RetrievalStudy,
    *,
    output: Path | None = None,
    store: VectorStore | None = None,
    device: str = "auto",
    trust_remote_code: bool = False,
) -> tuple[RetrievalTask, RunFolder]:
    """The study ready to start, and its folder; parameters and errors are those of ``run_retrieval``."""
    folder = RunFolder(
        output or Path("runs") / f"{study.data.resolve().stem}-{study.digest()}", together=RUNS
    )
    prepared = prepare(
        study,
        store=store or default_store(),
        device=device,
        trust_remote_code=trust_remote_code,
        records=folder.read_records((FOUND,)),
    )
    return RetrievalTask(prepared=prepared, searches=Searches(prepared)), folder
