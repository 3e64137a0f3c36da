"""From records and predictions to the finished study: verdicts, the winner's name, notes, the headline."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.studies.heads.asking.plan import CELL_FIELDS, CONSTANT_HEADS, cell_of
from semascope.studies.heads.computing.compute import HELD_OUT, OUT_OF_FOLD, installed_versions
from semascope.studies.heads.computing.predictions import probabilities_from_table, tokens_of
from semascope.studies.heads.flaws.figures import with_figures
from semascope.studies.heads.judging.bench import (
    Bench,
    judge_leaks,
    judge_recipes,
    judge_slices,
    judge_targets,
)
from semascope.studies.heads.judging.choosing import choose_head, selection_scores
from semascope.studies.heads.judging.foreign import language_notes, told_of_foreign
from semascope.studies.heads.judging.guessing import judge_guess
from semascope.studies.heads.judging.leading import leading
from semascope.studies.heads.judging.long_texts import judge_long_texts
from semascope.studies.heads.judging.slice_recipes import judge_slice_recipes
from semascope.studies.heads.judging.two_cells import judge_two
from semascope.studies.heads.judging.words_alone import judge_words
from semascope.studies.heads.result import Costs, HeadResult, HeadsResult, HeldOut
from semascope.studies.heads.telling.headline import Headline
from semascope.studies.heads.telling.notes import (
    cell_notes,
    data_notes,
    encoder_notes,
    instruction_warnings,
    seen_notes,
    unknown_notes,
    width_notes,
)
from semascope.studies.plan import short_labels
from semascope.words.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from semascope.stats.results import Family
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.result import RepeatResult
    from semascope.studies.task import Computed


def conclude(prepared: Prepared, computed: Computed, *, folder: Path, command: str) -> HeadsResult:
    """The finished study; ``command`` is how it was called."""
    study, rows, measure = prepared.study, prepared.rows, prepared.measure
    # In plan order, whatever was computed first; then cells of earlier plans.
    records = {cell.id: computed.records[cell.id] for cell in prepared.plan.cells} | computed.records
    baseline = prepared.plan.baseline.id
    held_out = {name: computed.tables[HELD_OUT][name] for name in records}
    bench = Bench.of(study, rows, measure, baseline, held_out)
    family = bench.family(np.flatnonzero(bench.judged))
    recipes, repeats = judge_recipes(records, baseline=baseline, measure=measure, margin=study.margin)
    plan = {name: cell_of(record["cell"]) for name, record in records.items()}
    long_texts = judge_long_texts(bench, plan, prepared.encoders, held_out)
    cells = _cell_results(bench, records, family, repeats)
    by_id, families = {cell.id: cell for cell in cells}, (family, recipes)
    choice = choose_head(study, rows, measure, records, computed.tables[OUT_OF_FOLD], baseline=baseline)
    winner, selections = choice.advised, {one.cell: one.value for one in choice.standings}
    guess = judge_guess(bench, records, selections=selections, constants=CONSTANT_HEADS[rows.kind])
    if choice.by_cost:
        # Of a constant the same verdict as where nothing is said to beat it, so that the two agree.
        known = guess.verdicts.get(choice.best) if guess and guess.cell == winner else None
        two = known or judge_two(bench, records, families, by_id[choice.best], against=by_id[winner])
        choice = replace(choice, verdict=two)
    best = max(cells, key=lambda cell: np.nan_to_num(leading(cell, recipes).verdict.gain, nan=-np.inf)).id
    flaws = prepared.flaws
    other = baseline if plan[winner].head in CONSTANT_HEADS[rows.kind] else CONSTANT_HEADS[rows.kind][-1]
    beside = {one: by_id[one].label for one in (winner, other)}
    with_figures(flaws, rows, measure, bench.seen_by(measure), beside)
    told = told_of_foreign(bench, prepared.encoders, cells)
    languages = language_notes(rows, prepared.encoders, told=told)
    loud = [
        *seen_notes(rows),
        *flaws.loud,
        *[note for note in languages if note.level == "warning"],
        *instruction_warnings(prepared),
    ]
    notes = [
        *loud,
        *[note for note in languages if note.level == "info"],
        *flaws.notes,
        *data_notes(rows),
        *cell_notes(records, prepared.encoders),
        *unknown_notes(records),
        *width_notes(prepared),
        *encoder_notes(prepared.encoders.values()),
    ]
    headline = Headline(
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
        rows=int(bench.judged.sum()),
        long_texts=long_texts,
        guess=guess,
        leaked=len(rows.leaked),
        grouped=rows.groups is not None,
        words=judge_words(bench, records, families, cells, winner),
        choice=choice,
        groups=(family.verdicts[baseline].groups or None) if rows.groups is not None else None,
        warnings=[
            *[f"{title}; {text}." for title, text in told.items()],
            *[f"Warning: {note.title}. {note.text}" for note in loud],
        ],
    )
    return HeadsResult(
        name=study.data.name,
        folder=str(folder),
        kind=rows.kind,
        targets=rows.targets,
        classes=rows.classes,
        measure=measure.name,
        headline=headline.sentences(),
        choice=choice,
        cells=cells,
        family=family,
        repeat_family=recipes,
        guess=guess,
        winner=winner,
        heldout_best=best,
        rows_total=len(rows),
        rows_train=len(rows.split.train),
        rows_test=len(rows.split.test),
        rows_judged=int(bench.judged.sum()),
        held_out=_held_out(prepared, computed, bench, winner),
        long_texts=long_texts,
        notes=sorted(notes, key=lambda note: note.level != "warning"),
        looked_for=[*flaws.absent, *_not_noted(rows)],
        settings=study.model_dump(mode="json"),
        made=_made(prepared, computed, command=command),
    )


def _not_noted(rows: Rows) -> list[str]:
    """What the other notes are about, where there is nothing to note: half sentences."""
    looked = {
        "held-out rows that also stand in training": len(rows.leaked) > 0,
        "copies and near copies": len(rows.duplicates.exact_repeats) + len(rows.duplicates.near_repeats) > 0,
        "empty texts and rows without a target": len(rows.empty) + len(rows.lacking) > 0,
    }
    return [what for what, found in looked.items() if not found]


def _cell_results(
    bench: Bench,
    records: Mapping[str, Mapping[str, Any]],
    family: Family,
    repeats: Mapping[str, RepeatResult | None],
) -> list[HeadResult]:
    """Every cell with its estimates and verdicts, in the order of the records."""
    chosen = np.flatnonzero(bench.judged)
    by_slice = judge_slice_recipes(
        records,
        list(bench.rows.slices),
        baseline=bench.baseline,
        measure=bench.measure,
        margin=bench.study.margin,
    )
    targets, slices, leaks = judge_targets(bench, records), judge_slices(bench, by_slice), judge_leaks(bench)
    labels = short_labels([cell_of(record["cell"]) for record in records.values()])
    selections = selection_scores(
        records, baseline=bench.baseline, measure=bench.measure, apart=bench.rows.seen.apart
    )
    return [
        HeadResult(
            id=name,
            label=labels[name],
            **{key: record["cell"][key] for key in CELL_FIELDS},
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


def _held_out(prepared: Prepared, computed: Computed, bench: Bench, winner: str) -> HeldOut:
    """The held-out rows as the report shows them; lengths are the winner's, or the baseline's when it reads nothing."""
    rows, kept = prepared.rows, np.flatnonzero(bench.clean)
    test = rows.split.test[kept]
    shown = winner if computed.records[winner]["cell"]["encoder"] else bench.baseline
    cell = cell_of(computed.records[shown]["cell"])
    limit = prepared.encoders[cell.encoder].max_tokens if cell.encoder else np.inf
    tokens = tokens_of(computed.tables[HELD_OUT][shown], rows)[kept]
    probabilities = {
        name: probabilities_from_table(computed.tables[HELD_OUT][name], rows)[kept]
        for name in bench.raw
        if rows.kind == "classification"
    }
    return HeldOut(
        rows=rows.table.rows[test],
        texts=[rows.texts[row] for row in test],
        truth=bench.truth[kept],
        predictions={name: seen[kept] for name, seen in bench.seen_by(prepared.measure).items()},
        probabilities=probabilities,
        languages=[rows.language.languages[row] for row in test],
        tokens=tokens,
        over_limit=tokens > limit,
        long=cell.long,
        slices={name: [column[row] for row in test] for name, column in rows.slices.items()},
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
    sources = {record["cell"]["encoder"]: record.get("source", "") for record in records}
    return {name: source for name, source in sources.items() if source not in ("", name)}


def _split_words(prepared: Prepared) -> str:
    study = prepared.study
    if study.split_column:
        return f"given by column {study.split_column!r}"
    strata = ", stratified by class" if prepared.rows.kind == "classification" else ""
    group = f" and groups of {study.group!r}" if study.group else ""
    return f"{percent(1 - study.test_size, space='')[:-1]} / {percent(study.test_size, space=' ')}, seed {study.seed}{strata}; duplicates{group} on one side"
