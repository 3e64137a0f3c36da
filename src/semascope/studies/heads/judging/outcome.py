"""From records and predictions to the finished study: verdicts, the advised cell, notes, the headline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.studies.failing import failed_notes, refuse_without
from semascope.studies.heads.asking.plan import CONSTANT_HEADS, cell_of
from semascope.studies.heads.computing.predictions import probabilities_from_table, tokens_of
from semascope.studies.heads.judging.calibrating import judge_calibration
from semascope.studies.heads.judging.judged import judge_cells
from semascope.studies.heads.judging.long_texts import over_limit
from semascope.studies.heads.result import HeadsResult, HeldOut
from semascope.studies.heads.tables import HELD_OUT
from semascope.studies.heads.telling.headline import Headline
from semascope.studies.heads.telling.noted import all_notes
from semascope.studies.versions import installed_versions
from semascope.words.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.heads.judging.bench import Bench
    from semascope.studies.heads.judging.judged import Judged
    from semascope.studies.task import Computed


def conclude(prepared: Prepared, computed: Computed, *, folder: Path, command: str) -> HeadsResult:
    """The finished study; ``command`` is how it was called."""
    rows = prepared.rows
    failed = {**prepared.unserved, **computed.failed}
    refuse_without(prepared.plan.baseline.id, failed)
    judged = judge_cells(prepared, computed)
    noted = all_notes(prepared, judged)
    headline = _headline(prepared, judged, noted.warnings)
    held_out = held_out_rows(prepared, computed, judged.bench, judged.winner)
    return HeadsResult(
        name=prepared.study.data.name,
        folder=str(folder),
        kind=rows.kind,
        targets=rows.targets,
        classes=rows.classes,
        measure=prepared.measure.name,
        headline=headline.sentences(),
        answers=headline.answers(judged.questions),
        suspects=judged.suspects,
        choice=judged.choice,
        raced=judged.raced,
        cells=judged.cells,
        family=judged.family,
        repeat_family=judged.recipes,
        guess=judged.guess,
        columns=judged.columns,
        references=judged.references,
        bands=judged.bands,
        price=prepared.study.price,
        winner=judged.winner,
        heldout_best=judged.heldout_best,
        rows_total=len(rows),
        rows_train=len(rows.split.train),
        rows_test=len(rows.split.test),
        rows_judged=int(judged.bench.judged.sum()),
        held_out=held_out,
        calibration=judge_calibration(
            held_out,
            [judged.winner, judged.bench.baseline],
            kind=rows.kind,
            targets=rows.targets,
            judged=judged.bench.judged[judged.bench.clean],
        ),
        long_texts=judged.long_texts,
        notes=[*failed_notes(failed), *noted.notes],
        failed=failed,
        looked_for=noted.looked_for,
        settings=prepared.study.model_dump(mode="json"),
        made=how_made(prepared, computed, command=command),
    )


def _headline(prepared: Prepared, judged: Judged, warnings: Sequence[str]) -> Headline:
    """What the answer is written from."""
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
        raced=judged.raced,
        groups=(judged.family.verdicts[bench.baseline].groups or None) if grouped else None,
        warnings=warnings,
    )


def held_out_rows(prepared: Prepared, computed: Computed, bench: Bench, winner: str) -> HeldOut:
    """The held-out rows as the report shows them; lengths are the winner's, or the baseline's when it reads nothing."""
    rows, kept = prepared.rows, np.flatnonzero(bench.clean)
    test = rows.split.test[kept]
    shown = winner if computed.records[winner]["cell"]["encoder"] else bench.baseline
    cell = cell_of(computed.records[shown]["cell"])
    table = computed.tables[HELD_OUT][shown]
    over = np.zeros(len(rows.split.test), dtype=np.bool_)
    if cell.encoder:
        over = over_limit(rows, cell, prepared.encoders[cell.encoder], table)
    probabilities = {
        name: probabilities_from_table(computed.tables[HELD_OUT][name], rows)[kept]
        for name in bench.raw
        if "probabilities" in computed.tables[HELD_OUT][name].column_names
    }
    return HeldOut(
        rows=rows.table.rows[test],
        texts=[rows.texts[row] for row in test],
        truth=bench.truth[kept],
        predictions={name: seen[kept] for name, seen in bench.seen_by(prepared.measure).items()},
        probabilities=probabilities,
        languages=[rows.language.languages[row] for row in test],
        tokens=tokens_of(table, rows)[kept],
        over_limit=over[kept],
        long=cell.long,
        slices={name: [column[row] for row in test] for name, column in rows.slices.items()},
    )


def how_made(prepared: Prepared, computed: Computed, *, command: str) -> dict[str, Any]:
    """Command, times, digests, encoders, split and versions, by name."""
    records = list(computed.records.values())
    return {
        "command": command,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "data digest": prepared.rows.digest,
        "seed": prepared.study.seed,
        "cells computed now": computed.new,
        "seconds in all cells": round(sum(record["seconds"] for record in records), 1),
        "encoders": _fingerprints(records),
        **({"read from": read} if (read := _read_from(records)) else {}),
        "split": _split_words(prepared),
        "languages from": prepared.rows.language.method,
        "versions": installed_versions(),
    }


def _fingerprints(records: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """By encoder; another way of reading long texts is named behind it."""
    found = {}
    for record in records:
        name, long = record["cell"]["encoder"], record["cell"]["long"]
        if name:
            found[name if long == "truncate" else f"{name}, {long}"] = record["fingerprint"]
    return found


def _read_from(records: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Where each encoder was read from that is called otherwise."""
    sources = {record["cell"]["encoder"]: record["source"] for record in records}
    return {name: source for name, source in sources.items() if source not in ("", name)}


def _split_words(prepared: Prepared) -> str:
    study = prepared.study
    if study.split_column:
        return f"given by column {study.split_column!r}"
    strata = ", stratified by class" if prepared.rows.kind == "classification" else ""
    group = f" and groups of {study.group!r}" if study.group else ""
    return f"{percent(1 - study.test_size, space='')[:-1]} / {percent(study.test_size, space=' ')}, seed {study.seed}{strata}; duplicates{group} on one side"
