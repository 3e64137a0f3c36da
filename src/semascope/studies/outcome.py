"""From records and predictions to the finished study: verdicts, the winner's name, notes, the headline."""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.encoders.instructions import Instruction
from semascope.studies.compute import installed_versions
from semascope.studies.headline import Headline
from semascope.studies.judging import (
    Bench,
    judge_leaks,
    judge_recipes,
    judge_slices,
    judge_targets,
)
from semascope.studies.notes import (
    cell_notes,
    data_notes,
    encoder_notes,
    instruction_warnings,
    language_warnings,
)
from semascope.studies.plan import CONSTANT_HEADS, Cell, short_labels
from semascope.studies.predictions import probabilities_from_table, tokens_of
from semascope.studies.result import CellResult, Costs, HeldOut, StudyResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.stats.measures import Measure
    from semascope.studies.compute import Computed
    from semascope.studies.prepare import Prepared
    from semascope.types import Floats


def conclude(prepared: Prepared, computed: Computed, *, command: str) -> StudyResult:
    """The finished study; ``command`` is how it was called."""
    study, rows, measure = prepared.study, prepared.rows, prepared.measure
    planned = {cell.id: computed.records[cell.id] for cell in prepared.plan.cells}
    records = (
        planned | computed.records
    )  # in plan order, whatever was computed first; then cells of earlier plans
    baseline = prepared.plan.baseline.id
    tokens = tokens_of(computed.predictions, rows)
    bench = Bench.of(study, rows, measure, baseline, computed.predictions, list(records))
    chosen = np.flatnonzero(bench.judged)
    family = bench.family(chosen)
    recipes, repeats = judge_recipes(records, baseline=baseline, measure=measure, margin=study.margin)
    targets, slices, leaks = judge_targets(bench, records), judge_slices(bench), judge_leaks(bench)
    labels = short_labels([cell_of(record) for record in records.values()])
    selections = selection_scores(records, baseline=baseline, measure=measure)
    cells = [
        CellResult(
            id=name,
            label=labels[name],
            **{
                key: record["cell"][key]
                for key in ("encoder", "instruction", "sentence", "long", "dim", "head")
            },
            selection=selections[name],
            estimate=bench.estimate(name, chosen),
            measures={measure: mean(values.values()) for measure, values in record["measures"].items()},
            verdict=family.verdicts[name],
            targets=targets[name],
            slices=slices[name],
            repeat=repeats[name],
            leak=leaks[name],
            costs=Costs(**record["costs"]),
            choices=record["choices"],
            notes=record["notes"],
        )
        for name, record in records.items()
    ]
    winner = choose(selections, measure)
    best = max(cells, key=lambda cell: np.nan_to_num(cell.verdict.gain, nan=-np.inf)).id
    loud = [*language_warnings(rows, prepared.encoders.values()), *instruction_warnings(prepared)]
    notes = [*loud, *data_notes(rows), *cell_notes(records), *encoder_notes(prepared.encoders.values())]
    first = next(iter(prepared.encoders.values()))
    test = rows.split.test
    return StudyResult(
        name=study.data.name,
        folder=str(prepared.folder.path),
        kind=rows.kind,
        targets=rows.targets,
        classes=rows.classes,
        measure=measure.name,
        headline=Headline(
            cells=cells,
            winner=winner,
            heldout_best=best,
            baseline=baseline,
            constant=CONSTANT_HEADS[rows.kind],
            targets=rows.targets,
            measure=measure,
            repeat_family=recipes,
            positive=study.positive or "",
            judged=study.headline or "",
            rows=len(chosen),
            groups=max((verdict.groups or 0 for verdict in family.verdicts.values()), default=0) or None,
            warnings=[f"Warning: {note.title}. {note.text}" for note in loud],
        ).sentences(),
        cells=cells,
        family=family,
        repeat_family=recipes,
        winner=winner,
        heldout_best=best,
        rows_total=len(rows),
        rows_train=len(rows.split.train),
        rows_test=len(test),
        held_out=HeldOut(
            rows=rows.table.rows[test],
            texts=[rows.texts[row] for row in test],
            truth=bench.truth,
            predictions=bench.seen_by(measure),
            probabilities={
                name: probabilities_from_table(computed.predictions, rows, cell=name)
                for name in records
                if rows.kind == "classification"
            },
            languages=[rows.language.languages[row] for row in test],
            tokens=tokens,
            truncated=tokens > first.max_tokens,
            slices={name: [column[row] for row in test] for name, column in rows.slices.items()},
        ),
        notes=sorted(notes, key=lambda note: note.level != "warning"),
        settings=study.model_dump(mode="json"),
        made=_made(prepared, computed, command=command),
    )


def choose(selections: Mapping[str, float], measure: Measure) -> str:
    """The cell that did best out of fold on the training rows; the first of equals."""
    sign = 1 if measure.lower_is_better else -1
    return min(selections, key=lambda cell: (np.isnan(selections[cell]), sign * selections[cell]))


def selection_scores(
    records: Mapping[str, Mapping[str, Any]], *, baseline: str, measure: Measure
) -> dict[str, float]:
    """One number a cell from the training rows.

    Over several targets, errors are divided by the baseline's on the same target before the mean, so that a target
    with a wide scale does not decide alone; the baseline then stands at 1. NaN where the measure is undefined.
    """
    base = np.array(list(records[baseline]["selection"].values()))
    scores = {}
    for name, record in records.items():
        values = np.array(list(record["selection"].values()))
        relative = len(values) > 1 and measure.lower_is_better
        scores[name] = float(np.mean(_shares(values, base) if relative else values))
    return scores


def _shares(errors: Floats, base: Floats) -> Floats:
    """Errors as shares of the baseline's; where that one makes none, 1 for the same and infinity for any other."""
    perfect = np.where(errors == 0, 1.0, np.inf)
    return np.divide(errors, base, out=perfect, where=base != 0)


def cell_of(record: Mapping[str, Any]) -> Cell:
    """The cell that a record is about."""
    cell = record["cell"]
    return Cell(
        encoder=cell["encoder"],
        instruction=Instruction(cell["instruction"], cell["sentence"]),
        long=cell["long"],
        dim=cell["dim"],
        head=cell["head"],
    )


def _made(prepared: Prepared, computed: Computed, *, command: str) -> dict[str, Any]:
    records = list(computed.records.values())
    return {
        "command": command,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "data digest": prepared.rows.digest,
        "seed": prepared.study.seed,
        "cells computed now": computed.new,
        "seconds in all cells": round(sum(record["seconds"] for record in records), 1),
        "encoders": {name: encoder.fingerprint for name, encoder in prepared.encoders.items()},
        "split": _split_words(prepared),
        "languages from": prepared.rows.language.method,
        "versions": installed_versions(),
    }


def _split_words(prepared: Prepared) -> str:
    study = prepared.study
    if study.split_column:
        return f"given by column {study.split_column!r}"
    strata = ", stratified by class" if prepared.rows.kind == "classification" else ""
    group = f" and groups of {study.group!r}" if study.group else ""
    return f"{100 * (1 - study.test_size):.0f} / {100 * study.test_size:.0f} %, seed {study.seed}{strata}; duplicates{group} on one side"
