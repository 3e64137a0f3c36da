"""From records and predictions to the finished study: verdicts, the advised cell, notes, the headline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.heads.asking.plan import CONSTANT_HEADS
from semascope.studies.heads.judging.held_out import held_out_rows
from semascope.studies.heads.judging.judged import judge_cells
from semascope.studies.heads.judging.made import how_made
from semascope.studies.heads.result import HeadsResult
from semascope.studies.heads.telling.headline import Headline
from semascope.studies.heads.telling.noted import all_notes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.heads.judging.judged import Judged
    from semascope.studies.task import Computed


def conclude(prepared: Prepared, computed: Computed, *, folder: Path, command: str) -> HeadsResult:
    """The finished study; ``command`` is how it was called."""
    rows = prepared.rows
    judged = judge_cells(prepared, computed)
    noted = all_notes(prepared, judged)
    return HeadsResult(
        name=prepared.study.data.name,
        folder=str(folder),
        kind=rows.kind,
        targets=rows.targets,
        classes=rows.classes,
        measure=prepared.measure.name,
        headline=_headline(prepared, judged, noted.warnings),
        choice=judged.choice,
        cells=judged.cells,
        family=judged.family,
        repeat_family=judged.recipes,
        guess=judged.guess,
        columns=judged.columns,
        references=judged.references,
        bands=judged.bands,
        winner=judged.winner,
        heldout_best=judged.heldout_best,
        rows_total=len(rows),
        rows_train=len(rows.split.train),
        rows_test=len(rows.split.test),
        rows_judged=int(judged.bench.judged.sum()),
        held_out=held_out_rows(prepared, computed, judged.bench, judged.winner),
        long_texts=judged.long_texts,
        notes=noted.notes,
        looked_for=noted.looked_for,
        settings=prepared.study.model_dump(mode="json"),
        made=how_made(prepared, computed, command=command),
    )


def _headline(prepared: Prepared, judged: Judged, warnings: Sequence[str]) -> Sequence[str]:
    """The answer in sentences."""
    study, rows, bench = prepared.study, prepared.rows, judged.bench
    grouped = rows.groups is not None
    return Headline(
        cells=judged.cells,
        winner=judged.winner,
        heldout_best=judged.heldout_best,
        baseline=bench.baseline,
        constant=CONSTANT_HEADS[rows.kind],
        targets=rows.targets,
        measure=prepared.measure,
        repeat_family=judged.recipes,
        positive=study.positive or "",
        judged=study.headline or "",
        rows=int(bench.judged.sum()),
        long_texts=judged.long_texts,
        guess=judged.guess,
        leaked=len(rows.leaked),
        grouped=grouped,
        words=judged.words,
        columns=judged.columns,
        references=judged.references,
        bands=judged.bands,
        choice=judged.choice,
        groups=(judged.family.verdicts[bench.baseline].groups or None) if grouped else None,
        warnings=warnings,
    ).sentences()
