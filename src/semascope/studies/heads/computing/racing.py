"""What a race asks of a study of heads: cells fitted out of fold on samples of the training rows, of which alone texts are encoded."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.embedding.width import cut
from semascope.encoders.naming import BETWEEN
from semascope.errors import DataError
from semascope.stats.left_out import unit_moves
from semascope.studies.choice import RANK
from semascope.studies.heads.computing.compute import embed_rows, encoding_cost
from semascope.studies.heads.computing.fit import (
    fold_cell,
    select,
    selecting,
    selecting_parts,
    selecting_shares,
)
from semascope.studies.heads.computing.nested import first_of, order_of
from semascope.studies.race_file import read_race, write_race
from semascope.studies.racing import FIRST, Lap, Race, Runner, race, samples
from semascope.types import Step
from semascope.words.numbers import count
from semascope.words.texts import listing

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
) -> Race:
    """The race of all cells whose vectors are still to be computed, or the one that the folder knows.

    The baseline, the words alone, the constants and finished cells do not fall; others may fall to them. Tuned models,
    given vectors, columns of the file, and encoders that were tuned on these rows stand outside.
    """
    if prepared.raced is not None:
        return prepared.raced  # it has ended before
    runners = [cell for cell in prepared.todo(records) if _races(prepared, cell)]
    free = [
        cell
        for cell in prepared.plan.cells
        if cell not in runners and (cell.reads in ("nothing", "words") or _lets_fall(prepared, cell))
    ]
    settings = race_settings(prepared)
    kept, _ = read_race(folder, settings=settings, cells=[cell.id for cell in runners])
    track = Track(prepared, [*runners, *free], records, known=kept.prices if kept else {}, progress=progress)

    def report(standing: Race) -> None:
        write_race(folder, standing, settings=settings, ended=False)
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
    write_race(folder, found, settings=settings, ended=True)
    return found


def reread_race(prepared: Prepared, records: Records, folder: RunFolder) -> Race | None:
    """The race of a finished run folder; None where it is not there, or of other settings, or has not ended."""
    runners = [cell.id for cell in prepared.todo(records) if _races(prepared, cell)]
    kept, ended = read_race(folder, settings=race_settings(prepared), cells=runners)
    return kept if ended else None


def race_settings(prepared: Prepared) -> dict[str, Any]:
    """What decides who falls, beside the rows and the cells."""
    study = prepared.study
    return {
        "first": FIRST,
        "confidence": study.race_confidence,
        "margin": study.margin,
        "choose": study.choose,
        "seed": study.seed,
    }


def lane_of(cell: Cell) -> str:
    """What is computed once for all cells that share it: the vectors of an encoder, an instruction and a way of reading."""
    if not cell.encoder:
        return cell.id
    return BETWEEN.join([cell.encoder, cell.instruction.name, cell.long])


def _races(prepared: Prepared, cell: Cell) -> bool:
    """Whether a cell may fall: its vectors cost something, and it is not what the others are held against."""
    is_baseline = cell.id == prepared.plan.baseline.id
    return cell.reads == "vectors" and not is_baseline and cell.encoder not in prepared.rows.seen.apart


def _lets_fall(prepared: Prepared, cell: Cell) -> bool:
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

    def run(self, cells: Sequence[str], units: int) -> dict[str, Lap]:
        """The laps of cells on a sample with so many rows that choose, those on the same vectors one after the other."""
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
        scale = self._scale(folded[self.prepared.plan.baseline.id], rows)
        nothing = self._nothing(folded, rows, scale)
        return {name: self._lap(name, folded[name], rows, scale, nothing) for name in cells}

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
                self.prices[cell.id] = RANK["vectors"], float(cost["encode_seconds_per_1000"])
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

    def _scale(self, baseline: tuple[Folded, Folded] | None, rows: Rows) -> Floats:
        """(t,) what each target counts for: over several, errors are shares of the baseline's."""
        if baseline is None:
            return np.full(len(rows.targets), np.nan)
        found = select(baseline[0], rows, self.prepared.measure)[0]
        return self.prepared.measure.weights(np.array(list(found.values())))

    def _nothing(
        self, folded: Mapping[str, tuple[Folded, Folded] | None], rows: Rows, scale: Floats
    ) -> float:
        """What the best constant reaches, which has learnt nothing of the texts; no constant ranks any."""
        measure = self.prepared.measure
        if measure.ranks:
            return 0.0
        values = {
            name: float(np.array(list(select(found[0], rows, measure)[0].values())) @ scale)
            for name, found in folded.items()
            if found is not None and self.cells[name].reads == "nothing"
        }
        return values[measure.best(values)]

    def _lap(
        self,
        name: str,
        folded: tuple[Folded, Folded] | None,
        rows: Rows,
        scale: Floats,
        nothing: float,
    ) -> Lap:
        price = self.prices.get(name, (RANK[self.cells[name].reads], 0.0))
        if folded is None or not np.isfinite(scale).all():
            unknown = np.full(1, np.nan)
            return Lap(
                value=math.nan,
                moves=unknown,
                less=math.nan,
                less_moves=unknown,
                nothing=math.nan,
                price=price,
            )
        (value, moves), (less, less_moves) = (
            _seen(one, rows, scale, measure=self.prepared.measure) for one in folded
        )
        return Lap(
            value=value,
            moves=moves,
            less=less,
            less_moves=less_moves,
            nothing=nothing,
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


def _standing_words(prepared: Prepared, standing: Race) -> str:
    """How a race stands after its last sample, in a line."""
    heat, labels = standing.heats[-1], prepared.plan.labels
    fell = [cell for cell, fall in standing.falls.items() if fall.units == heat.units]
    left = [cell for cell in standing.lanes if cell not in standing.falls and cell not in standing.free]
    names = listing([labels[cell] for cell in fell], limit=4) if fell else "none"
    return (
        f"race on {heat.units:,} of {standing.units:,} rows: {names} left behind,"
        f" {count(len(left), 'cell')} left; {labels[heat.best]} leads"
    )


def _no_race_words(rows: int) -> str:
    if samples(rows):
        return "no race: the vectors of one encoder at most are to be computed; it takes two"
    return f"no race: {rows:,} rows to learn from are hardly more than its first sample of {FIRST}; all cells are computed whole"
