"""What a race asks of a study of heads: cells fitted out of fold on samples of the training rows, of which alone texts are encoded."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.embedding.width import cut
from semascope.encoders.protocol import Billed, stored_as
from semascope.errors import DataError
from semascope.stats.guards import FEWEST_OF_A_CLASS
from semascope.stats.left_out import unit_moves
from semascope.studies.choice import RANK
from semascope.studies.heads.computing.compute import embed_rows, encoding_cost, made_of
from semascope.studies.heads.computing.fit import (
    fold_cell,
    select,
    selecting,
    selecting_parts,
    selecting_shares,
)
from semascope.studies.heads.computing.nested import first_of, order_of
from semascope.studies.heads.computing.sharing import missing_prompts
from semascope.studies.race_file import KeptRace, read_races, write_races
from semascope.studies.racing import FIRST, Lap, Race, Runner, race, samples
from semascope.types import Step
from semascope.words.numbers import count
from semascope.words.texts import BETWEEN, listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from semascope.stats.measure import RowMeasure
    from semascope.studies.choice import Price
    from semascope.studies.folder import RunFolder
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.computing.fit import Folded
    from semascope.studies.task import Records
    from semascope.types import Array, Floats, Ints, Progress


def race_cells(
    prepared: Prepared,
    records: Records,
    folder: RunFolder,
    *,
    progress: Progress,
    say: Callable[[str], None],
) -> list[Race]:
    """The race of all cells whose vectors are still to be computed, behind earlier ones of the folder.

    Cells on the vectors of the baseline, the words alone, the constants and finished cells do not fall; others may fall to them.
    Tuned models, given vectors, columns of the file, and encoders that were tuned on these rows stand outside.
    """
    if prepared.races:
        return list(prepared.races)  # the last has ended before
    paid = lane_of(prepared.plan.baseline)
    runners = [cell for cell in prepared.todo(records) if _may_race(prepared, cell) and lane_of(cell) != paid]
    free = [
        cell
        for cell in prepared.plan.cells
        if cell not in runners and (cell.reads in ("nothing", "words") or _may_race(prepared, cell))
    ]
    before, settings = read_races(folder), race_settings(prepared)
    killed = before.pop() if before and not before[-1].ended else None
    begun = killed.race if killed and killed.answers(settings) else None
    track = Track(
        prepared, [*runners, *free], records, known=begun.prices if begun else {}, progress=progress
    )
    to_compute = begun.to_compute if begun else _missing(prepared, [*runners, *free])
    made = {cell.id: made_of(cell) for cell in [*runners, *free]}

    def keep(standing: Race, *, ended: bool = False) -> Race:
        told = replace(standing, to_compute=to_compute, made=made)
        if ended:
            told = replace(told, left_out=_missing(prepared, runners))
        write_races(folder, [*before, KeptRace(race=told, settings=settings, ended=ended)])
        return told

    def report(standing: Race) -> None:
        keep(standing)
        say(_standing_words(prepared, standing))

    found = race(
        [Runner(cell=cell.id, lane=lane_of(cell)) for cell in runners],
        free={cell.id: lane_of(cell) for cell in free},
        units=track.units,
        measure=prepared.measure,
        margin=prepared.study.margin,
        rule=prepared.study.choose,
        confidence=prepared.study.race_confidence,
        run=track.run,
        report=report,
    )
    if not found.heats:
        say(_no_race_words(track.units))
    return [*(one.race for one in before), keep(found, ended=True)]


def ended_races(prepared: Prepared, folder: RunFolder) -> list[Race]:
    """The races of a folder, where the last is the one that the study asks for, and has ended; else none."""
    kept = read_races(folder)
    if not kept or not kept[-1].ended or not kept[-1].answers(race_settings(prepared)):
        return []
    return [one.race for one in kept]


def race_settings(prepared: Prepared) -> dict[str, Any]:
    """What decides who falls, beside the rows: the rule, and which cells of the plan read what."""
    study = prepared.study
    return {
        "first": FIRST,
        "confidence": study.race_confidence,
        "margin": study.margin,
        "choose": study.choose,
        "seed": study.seed,
        "cells": {
            cell.id: prepared.encoder_of(cell).fingerprint
            for cell in prepared.plan.cells
            if _may_race(prepared, cell)
        },
    }


def _missing(prepared: Prepared, cells: Sequence[Cell]) -> dict[str, int]:
    """Texts that are still to be encoded, by lane."""
    spaces = {lane_of(cell): cell for cell in cells if cell.reads == "vectors"}
    return {lane: len(missing_prompts(prepared, cell, planned=False)) for lane, cell in spaces.items()}


def lane_of(cell: Cell) -> str:
    """What is computed once for all cells that share it: the vectors of an encoder, an instruction and a way of reading."""
    if not cell.encoder:
        return cell.id
    return BETWEEN.join([cell.encoder, cell.instruction.name, cell.long])


def _may_race(prepared: Prepared, cell: Cell) -> bool:
    """Whether a cell's vectors cost something, and its encoder has not seen the rows."""
    return cell.reads == "vectors" and cell.encoder not in prepared.rows.seen.apart


class Track:
    """Runs cells on samples."""

    def __init__(
        self,
        prepared: Prepared,
        cells: Sequence[Cell],
        records: Records,
        *,
        known: Mapping[str, Price],
        progress: Progress,
    ) -> None:
        self.prepared, self.records, self.progress = prepared, records, progress
        self.cells = {cell.id: cell for cell in cells}
        self.prices = dict(
            known
        )  # what a race that was killed went by: the clock says something else each time
        self.order = order_of(prepared.rows, seed=prepared.study.seed)

    @property
    def units(self) -> int:
        """Training rows that choose."""
        return int(self.prepared.rows.judged[self.order].sum())

    def run(self, cells: Sequence[str], units: int) -> tuple[int, dict[str, Lap]]:
        """How many rows of a sample choose, that many or a few more, and the laps of cells on it.

        Cells on the same vectors run one after the other.
        """
        chooses = np.cumsum(self.prepared.rows.judged[self.order])
        sample = first_of(self.prepared.rows, self.order, int(np.searchsorted(chooses, units)) + 1)
        rows = self.prepared.rows.part(sample)
        folded: dict[str, tuple[Folded, Folded] | None] = {}
        lanes: dict[str, list[Cell]] = {}
        for name in cells:
            lanes.setdefault(lane_of(self.cells[name]), []).append(self.cells[name])
        for cells_of_lane in lanes.values():
            for cell, read in self._read(cells_of_lane, sample, units):
                self.progress(
                    Step(
                        stage=f"race on {units:,} rows: fitting {self.prepared.plan.labels.get(cell.id, cell.id)}",
                        done=len(folded),
                        total=len(cells),
                        unit="cells",
                    )
                )
                folded[cell.id] = self._fold(cell, read, rows)
        scale = self._scale(folded, rows)
        nothing = self._nothing(folded, rows, scale)
        laps = {name: self._lap(name, folded[name], rows, scale, nothing) for name in cells}
        return int(rows.judged.sum()), laps

    def _read(self, cells: Sequence[Cell], sample: Ints, units: int) -> Iterator[tuple[Cell, Array]]:
        """(k, dim) vectors of the sample as each cell sees them, or (k,) texts; constants see a column of zeros."""
        first = cells[0]
        if not first.encoder:
            read: Array = np.zeros((len(sample), 1), dtype=np.float32)
            if first.reads == "words":
                read = np.array([self.prepared.rows.texts[row] for row in sample], dtype=np.object_)
            yield first, read
            return
        embedded = embed_rows(
            self.prepared,
            first,
            progress=lambda step: self.progress(replace(step, stage=f"race on {units:,} rows: {step.stage}")),
            among=sample,
        )
        for cell in cells:
            if cell.id not in self.prices:
                cost = encoding_cost(
                    self.prepared, cell, embedded.account, self.records, progress=self.progress
                )
                billed = isinstance(stored_as(self.prepared.encoders[cell.encoder]), Billed)
                # an API costs money, which its seconds say nothing of: nothing is known to be dearer than it, or cheaper
                seconds = math.nan if billed else float(cost["encode_seconds_per_1000"])
                self.prices[cell.id] = RANK["vectors"], seconds
            yield cell, cut(embedded.vectors, cell.dim)

    def _fold(self, cell: Cell, read: Array, rows: Rows) -> tuple[Folded, Folded] | None:
        """Out-of-fold predictions, and those learnt from half as many rows; None where the sample is too small for the head."""
        seed, factory = self.prepared.study.seed, self.prepared.factory(cell.head)
        try:
            whole, half = (
                fold_cell(read, rows, factory=factory, seed=seed, from_next=from_next)
                for from_next in (False, True)
            )
        except DataError:
            return None
        return whole, half

    def _scale(self, folded: Mapping[str, tuple[Folded, Folded] | None], rows: Rows) -> Floats:
        """(t,) what each target counts for: over several, errors are shares of the baseline's, or of a constant's without it."""
        baseline = self.prepared.plan.baseline.id
        constants = [name for name in folded if self.cells[name].reads == "nothing"]
        unit = folded[baseline if baseline in folded else constants[0]]
        if unit is None:
            return np.full(len(rows.targets), np.nan)
        found = select(unit[0], rows, self.prepared.measure)[0]
        return self.prepared.measure.weights(np.array(list(found.values())))

    def _nothing(
        self, folded: Mapping[str, tuple[Folded, Folded] | None], rows: Rows, scale: Floats
    ) -> tuple[float, Floats] | None:
        """What the best constant reaches, which has learnt nothing of the texts, and what moves it; None without one.

        No constant ranks any text: by a correlation nothing is 0.
        """
        measure = self.prepared.measure
        if measure.ranks:
            return 0.0, np.zeros(1)
        found = {
            name: _seen(both[0], rows, scale, measure=measure)
            for name, both in folded.items()
            if both is not None and self.cells[name].reads == "nothing"
        }
        return found[measure.best({name: value for name, (value, _) in found.items()})] if found else None

    def _lap(
        self,
        name: str,
        folded: tuple[Folded, Folded] | None,
        rows: Rows,
        scale: Floats,
        nothing: tuple[float, Floats] | None,
    ) -> Lap:
        measure, cell = self.prepared.measure, self.cells[name]
        price = self.prices.get(name, (RANK[cell.reads], 0.0))
        learns = cell.reads != "nothing"
        known = np.isfinite(scale).all() and not (measure.by_class and has_rare_class(rows, measure))
        if folded is None or nothing is None or not known:
            unknown = np.full(1, np.nan)
            return Lap(
                value=math.nan,
                moves=unknown,
                less=math.nan,
                less_moves=unknown,
                nothing=math.nan,
                nothing_moves=unknown,
                learns=learns,
                price=price,
            )
        (value, moves), (less, less_moves) = (_seen(one, rows, scale, measure=measure) for one in folded)
        return Lap(
            value=value,
            moves=moves,
            less=less,
            less_moves=less_moves,
            nothing=nothing[0],
            nothing_moves=np.broadcast_to(nothing[1], moves.shape),
            learns=learns,
            price=price,
        )


def _seen(folded: Folded, rows: Rows, scale: Floats, *, measure: RowMeasure) -> tuple[float, Floats]:
    """The number that ranks a cell, and (u,) what each unit moves it by."""
    predicted = selecting(folded, rows, measure)
    parts = selecting_parts(folded, rows, measure, folded.answered)
    moves = [
        unit_moves(
            rows.truth[part],
            predicted[part],
            measure=measure,
            scale=scale * share,
            groups=rows.units(np.flatnonzero(part)),
        )
        for part, share in zip(parts, selecting_shares(parts, rows, measure), strict=True)
    ]
    values = np.array(list(select(folded, rows, measure)[0].values()))
    return float(values @ scale), np.concatenate(moves)


def has_rare_class(rows: Rows, measure: RowMeasure) -> bool:
    """Whether a class that counts has so few rows that choose that no claim is made of a measure by class."""
    truth = rows.truth[rows.judged, 0]
    kinds = [0, 1] if measure.positive is not None else range(len(rows.classes))
    of = (truth == measure.positive).astype(np.float64) if measure.positive is not None else truth
    return any(0 < (of == kind).sum() < FEWEST_OF_A_CLASS for kind in kinds)


def _standing_words(prepared: Prepared, standing: Race) -> str:
    """How a race stands after its last sample, in a line."""
    heat, labels = standing.heats[-1], prepared.plan.labels
    fell = [cell for cell, fall in standing.falls.items() if fall.units == heat.units]
    left = [cell for cell in standing.lanes if cell not in standing.falls and cell not in standing.free]
    names = listing([labels[cell] for cell in fell], limit=4) if fell else "none"
    still = f"{count(len(left), 'cell')} still in it" if left else "no cell is left in it"
    return f"race on {heat.units:,} of {standing.units:,} rows: {names} left behind, {still}; {labels[heat.best]} leads"


def _no_race_words(rows: int) -> str:
    if samples(rows):
        return "no race: no vectors are to be computed but those of the baseline, which are needed; all cells are computed whole"
    return f"no race: {rows:,} rows to learn from are hardly more than its first sample of {FIRST}; all cells are computed whole"
