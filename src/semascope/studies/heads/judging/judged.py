"""Every cell of a study of heads with its verdicts, and the one that is advised: all figures, no sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.heads.asking.plan import CELL_FIELDS, CONSTANT_HEADS, cell_of
from semascope.studies.heads.judging.answer_columns import judge_columns
from semascope.studies.heads.judging.bench import (
    Bench,
    judge_leaks,
    judge_recipes,
    judge_slices,
    judge_targets,
)
from semascope.studies.heads.judging.choosing import choose_head, on_common_rows, selection_scores
from semascope.studies.heads.judging.curves import curve_of
from semascope.studies.heads.judging.guessing import judge_guess
from semascope.studies.heads.judging.leading import leading
from semascope.studies.heads.judging.long_texts import judge_long_texts, over_limit
from semascope.studies.heads.judging.published import judge_bands, judge_references
from semascope.studies.heads.judging.questions import Questions, ask_questions
from semascope.studies.heads.judging.raced import raced_cells
from semascope.studies.heads.judging.slice_recipes import judge_slice_recipes
from semascope.studies.heads.judging.suspects import find_suspects
from semascope.studies.heads.judging.two_cells import judge_two
from semascope.studies.heads.judging.words_alone import judge_words
from semascope.studies.heads.result import Costs, HeadResult
from semascope.studies.heads.tables import HELD_OUT, OUT_OF_FOLD
from semascope.studies.plan import short_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from semascope.stats.results import Family, Verdict
    from semascope.studies.choice import Choice
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.heads.result import (
        BandResult,
        Guess,
        LongTexts,
        ReferenceResult,
        RepeatResult,
        Suspect,
    )
    from semascope.studies.racing import Raced
    from semascope.studies.task import Computed, Records


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the held-out rows say of every cell, and what the training rows chose."""

    bench: Bench
    records: Records  # in plan order, whatever was computed first; then cells of earlier plans
    cells: Sequence[HeadResult]
    family: Family
    recipes: Family | None  # over the repeated splits
    choice: Choice
    guess: Guess | None
    chosen_on: (
        int  # training rows that chose the cells; fewer than all where a tuned model predicted one fold
    )
    words: Verdict | None  # of the words alone against the advised cell
    columns: Mapping[str, Verdict]  # of each column of the file against the advised cell, by cell id
    long_texts: Sequence[LongTexts]
    references: Sequence[ReferenceResult]
    bands: BandResult | None
    questions: Questions
    suspects: Sequence[Suspect]
    raced: Raced | None

    @property
    def winner(self) -> str:
        """Id of the advised cell."""
        return self.choice.advised

    @cached_property
    def by_id(self) -> dict[str, HeadResult]:
        """The cells by id."""
        return {cell.id: cell for cell in self.cells}

    @property
    def heldout_best(self) -> str:
        """Id of the cell that came out best on the held-out rows, of those that can be chosen at all."""
        gains = {
            cell.id: leading(cell, self.recipes).verdict.gain for cell in self.cells if cell.reads != "column"
        }
        return max(gains, key=lambda name: np.nan_to_num(gains[name], nan=-np.inf))

    @property
    def beside(self) -> dict[str, str]:
        """Labels of the winner and of what it is held against in notes on the data: the baseline, or a constant."""
        constants = CONSTANT_HEADS[self.bench.rows.kind]
        other = self.bench.baseline if self.by_id[self.winner].head in constants else constants[-1]
        return {one: self.by_id[one].label for one in (self.winner, other)}


def judge_cells(prepared: Prepared, computed: Computed) -> Judged:
    """Verdicts, the advised cell, and what is said beside them."""
    study, rows, measure = prepared.study, prepared.rows, prepared.measure
    left = [
        cell.id for cell in prepared.plan.cells if cell.id in computed.records
    ]  # what fell in a race has no record
    kept = {name: computed.records[name] for name in left} | computed.records
    records, among = on_common_rows(kept, rows, measure, computed.tables[OUT_OF_FOLD])
    baseline, constants = prepared.plan.baseline.id, CONSTANT_HEADS[rows.kind]
    held_out = {name: computed.tables[HELD_OUT][name] for name in records}
    bench = Bench.of(study, rows, measure, baseline, held_out)
    family = bench.family(np.flatnonzero(bench.judged))
    recipes, repeats = judge_recipes(records, baseline=baseline, measure=measure, margin=study.margin)
    plan = {name: cell_of(record["cell"]) for name, record in records.items()}
    raced = raced_cells(prepared, records)
    cells = _cell_results(bench, records, family, repeats, raced)
    by_id, families = {cell.id: cell for cell in cells}, (family, recipes)
    choice = choose_head(
        study, rows, measure, records, computed.tables[OUT_OF_FOLD], baseline=baseline, among=among
    )
    selections = {one.cell: one.value for one in choice.standings}
    guess = judge_guess(bench, records, selections=selections, constants=constants, among=among)
    if choice.by_cost:
        # Of a constant the same verdict as where nothing is said to beat it, so that the two agree.
        known = guess.verdicts.get(choice.best) if guess and guess.cell == choice.advised else None
        two = known or judge_two(bench, records, families, by_id[choice.best], against=by_id[choice.advised])
        choice = replace(choice, verdict=two)
    return Judged(
        bench=bench,
        records=records,
        cells=cells,
        family=family,
        recipes=recipes,
        choice=choice,
        guess=guess,
        chosen_on=int(
            (rows.judged[rows.split.train] if among is None else among & rows.judged[rows.split.train]).sum()
        ),
        raced=raced,
        words=judge_words(bench, records, families, cells, choice.advised),
        columns=judge_columns(bench, records, families, cells, choice.advised),
        references=judge_references(study.reference, cells, recipes, measure=measure),
        bands=judge_bands(study.bands, by_id, recipes, advised=choice.advised, measure=measure),
        long_texts=judge_long_texts(bench, plan, prepared.encoders, held_out),
        questions=ask_questions(
            bench,
            records,
            families,
            cells,
            choice,
            over=lambda name: over_limit(
                rows, plan[name], prepared.encoders[plan[name].encoder], held_out[name]
            ),
        ),
        suspects=find_suspects(
            rows, records, choice, measure, folded=computed.tables[OUT_OF_FOLD], held_out=held_out
        ),
    )


def _cell_results(
    bench: Bench,
    records: Mapping[str, Mapping[str, Any]],
    family: Family,
    repeats: Mapping[str, RepeatResult | None],
    raced: Raced | None,
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
    labels = raced.labels if raced else short_labels([cell_of(record["cell"]) for record in records.values()])
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
            curve=curve_of(record),
            costs=Costs(**record["costs"]),
            choices=record["choices"],
            notes=record["notes"],
        )
        for name, record in records.items()
    ]
