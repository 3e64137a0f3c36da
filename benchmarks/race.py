"""How often a race ends at a worse cell than the full grid chooses, and what it leaves out: planted worlds and real files.

    python benchmarks/race.py worlds [--races 40] [--units 1600] [--world half ...]
    python benchmarks/race.py real FOLDER --store STORE --encoder minilm --encoder e5-small-q4 ... [--races 10] [--head ridge ...]

Both rules of choosing; "worse" counts races whose end is worse than the full grid's choice by more than the margin (5 % of
the error; 0.02), on all training rows. ``worlds`` plants twelve spaces over one signal: ``half`` (six alike, six some 10 % behind, one price), ``near``
(one best, the others 4-11 % behind at lower and higher prices), ``cross`` (spaces of few dims that are ahead on few rows, and wide ones
that overtake them), ``any`` (levels of noise, widths and prices drawn anew). Their cells are ridge regressions with
generalised cross-validation. ``real`` runs the product's own race on the files of FOLDER (those that are missing are left
out), from samples drawn anew; the store is filled first. ``--dim`` and ``--head`` add cells.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from choice_real import FILES
from semascope.encoders.precision import processor_name
from semascope.stats.measures import get_measure
from semascope.store.vectors import VectorStore
from semascope.studies.choosing import Candidate, choose
from semascope.studies.folder import RunFolder
from semascope.studies.heads.asking.prepare import prepare
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.computing.compute import embed_rows
from semascope.studies.heads.computing.nested import order_of
from semascope.studies.heads.computing.racing import Track, lane_of
from semascope.studies.racing import Lap, Race, Runner, moves_of, race
from semascope.types import silent

MARGIN = 0.05
RULES = ("cheapest", "best")
WORLDS = ("half", "near", "cross", "any")
HELD_OUT = 0.2  # of all rows: those that are left are encoded whole, with these
PENALTIES = np.logspace(-3, 4, 15)
MAE = get_measure("mae", "regression")


@dataclass
class Tally:
    """What the races of one world or file came to."""

    worse: list[float] = field(default_factory=list)  # the end behind the full grid's choice, in margins
    dearer: list[float] = field(default_factory=list)  # its price beside that of the choice
    rows: list[float] = field(default_factory=list)  # share of the rows to encode that was left out
    seconds: list[float] = field(default_factory=list)  # likewise, weighted by price

    def line(self, name: str, rule: str) -> str:
        """A row of the table."""
        worse, races = sum(one > 1 for one in self.worse), len(self.worse)
        return (
            f"| {name} | {rule} | {worse} of {races} | {max(self.worse):.1f} | {sum(one > 1.1 for one in self.dearer)} |"
            f" {np.mean(self.rows):.0%} ({min(self.rows):.0%} to {max(self.rows):.0%}) | {np.mean(self.seconds):.0%} |"
        )


HEAD = (
    "| what | rule | ends worse by more than the margin | worst, in margins | ends dearer | rows not encoded | seconds not spent |\n"
    "|---|---|---|---|---|---|---|"
)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    worlds = verbs.add_parser("worlds")
    worlds.add_argument("--units", type=int, default=1600)
    worlds.add_argument("--world", action="append", choices=WORLDS)
    real = verbs.add_parser("real")
    real.add_argument("files", type=Path)
    real.add_argument("--store", type=Path, required=True)
    real.add_argument("--encoder", action="append", required=True)
    real.add_argument("--instruction", action="append", default=[])
    real.add_argument("--head", action="append")
    real.add_argument("--dim", action="append", type=int)
    real.add_argument("--only", default="")
    for verb in (worlds, real):
        verb.add_argument("--races", type=int, default=40 if verb is worlds else 10)
        verb.add_argument("--confidence", type=float, default=0.95)
    settings = parser.parse_args()
    print(
        f"{processor_name()}, confidence {settings.confidence}, {settings.races} races each\n\n{HEAD}",
        flush=True,
    )
    with threadpool_limits(1):
        if settings.verb == "worlds":
            for world in settings.world or WORLDS:
                run_world(world, settings)
        else:
            for file, (text, target) in FILES.items():
                if (settings.files / file).exists() and file.startswith(tuple(settings.only.split(","))):
                    run_file(settings.files / file, text, target, settings)
    return 0


def full_choice(laps: Mapping[str, Lap], rule: Any, measure: Any, among: Sequence[str]) -> str:
    """The cell that a study advises of some, when all rows are there."""
    return choose(
        [
            Candidate(cell=cell, value=laps[cell].value, reads="vectors", seconds=laps[cell].price[1])
            for cell in among
        ],
        rule=rule,
        measure=measure,
        margin=MARGIN,
        errors=lambda best: {
            cell: float(np.linalg.norm(laps[cell].moves - laps[best].moves)) for cell in among
        },
        otherwise=among[0],
    ).advised


def tally(into: Tally, found: Race, whole: Mapping[str, Lap], rule: str, measure: Any) -> None:
    cells = list(whole)
    chosen = full_choice(whole, rule, measure, cells)
    end = full_choice(whole, rule, measure, [cell for cell in cells if cell not in found.falls])
    behind = measure.loss(whole[end].value) - measure.loss(whole[chosen].value)
    margin = measure.margin_around(
        MARGIN if measure.lower_is_better else None, np.array([whole[chosen].value])
    )
    into.worse.append(behind / margin)
    into.dearer.append(whole[end].price[1] / whole[chosen].price[1])
    every = found.units / (1 - HELD_OUT)
    lanes: dict[str, float] = {}
    prices: dict[str, float] = {}
    for cell in cells:
        lane = found.lanes[cell]
        units = found.falls[cell].units if cell in found.falls else every
        lanes[lane], prices[lane] = max(lanes.get(lane, 0.0), units), whole[cell].price[1]
    into.rows.append(1 - sum(lanes.values()) / (len(lanes) * every))
    spent = sum(units * prices[lane] for lane, units in lanes.items())
    into.seconds.append(1 - spent / (every * sum(prices.values())))


def run_world(world: str, settings: argparse.Namespace) -> None:
    found = {rule: Tally() for rule in RULES}
    for number in range(settings.races):
        rng = np.random.default_rng([WORLDS.index(world), number])
        truth, spaces, prices = planted(world, settings.units, rng)
        fold = rng.permutation(settings.units) % 3

        run = partial(run_planted, truth, spaces, prices, fold)
        _, whole = run(list(spaces), settings.units)
        for rule in RULES:
            went = race(
                [Runner(cell=cell, lane=cell) for cell in spaces],
                free={},
                units=settings.units,
                measure=MAE,
                margin=MARGIN,
                rule=rule,
                confidence=settings.confidence,
                run=run,
            )
            tally(found[rule], went, whole, rule, MAE)
    for rule in RULES:
        print(found[rule].line(f"{world}, {settings.units:,} rows", rule), flush=True)


def run_planted(
    truth: Any,
    spaces: Mapping[str, Any],
    prices: Mapping[str, float],
    fold: Any,
    cells: Sequence[str],
    units: int,
) -> tuple[int, dict[str, Lap]]:
    return units, {
        cell: lap_of(spaces[cell][:units], truth[:units], fold[:units], prices[cell]) for cell in cells
    }


def planted(world: str, units: int, rng: np.random.Generator) -> tuple[Any, dict[str, Any], dict[str, float]]:
    """A signal of 32 directions, the first the strongest, and twelve spaces that see it in noise."""
    seen = rng.standard_normal((units, 32))
    weights = rng.standard_normal(32) / np.sqrt(np.arange(1, 33))
    truth = seen @ (weights / np.linalg.norm(weights)) + 0.6 * rng.standard_normal(units)
    spaces, prices = {}, {}
    for place in range(12):
        level, width, strong = _space(world, place, rng)
        known = seen[:, :strong] + level * rng.standard_normal((units, strong))
        noise = rng.standard_normal((units, max(0, width - strong)))
        both = np.hstack([known, noise])
        turn = np.linalg.qr(rng.standard_normal((both.shape[1],) * 2))[0]
        spaces[f"space {place}"] = both @ turn
        prices[f"space {place}"] = 1.0 if world == "half" else float(rng.uniform(1, 10))
    return truth, spaces, prices


def _space(world: str, place: int, rng: np.random.Generator) -> tuple[float, int, int]:
    """Noise, width, and how many of the directions are seen."""
    if world == "half":
        return (0.25 + 0.03 * rng.random(), 64, 32) if place < 6 else (0.46, 64, 32)
    if world == "near":
        return (0.25 + (rng.uniform(0.08, 0.25) if place else 0.0), 64, 32)
    if world == "cross":
        return (
            (0.2, int(rng.choice([192, 256])), 32)
            if place % 2
            else (rng.uniform(0.2, 0.3), 0, int(rng.integers(10, 22)))
        )
    return rng.uniform(0.1, 1.0), int(rng.choice([32, 64, 128])), 32


def lap_of(vectors: Any, truth: Any, fold: Any, price: float) -> Lap:
    whole, half = (np.abs(ridge(vectors, truth, fold, from_next) - truth) for from_next in (False, True))
    constant = np.abs(truth - np.median(truth))
    return Lap(
        value=float(whole.mean()),
        moves=moves_of(whole),
        less=float(half.mean()),
        less_moves=moves_of(half),
        nothing=float(constant.mean()),
        nothing_moves=moves_of(constant),
        price=(2, price),
    )


def ridge(vectors: Any, truth: Any, fold: Any, from_next: bool) -> Any:
    """(n,) predictions out of fold, the penalty by generalised cross-validation."""
    out = np.empty(len(truth))
    for each in range(3):
        held, learns = fold == each, fold == (each + 1) % 3 if from_next else fold != each
        middle, level = vectors[learns].mean(axis=0), truth[learns].mean()
        left, size, right = np.linalg.svd(vectors[learns] - middle, full_matrices=False)
        along = left.T @ (truth[learns] - level)
        shrunk = size**2 / (size**2 + PENALTIES[:, None])  # (p, k)
        rest = np.square(truth[learns] - level).sum() - (along**2 * (2 * shrunk - shrunk**2)).sum(axis=1)
        best = np.argmin(rest / (1 - (shrunk.sum(axis=1) + 1) / learns.sum()) ** 2)
        weights = right.T @ (shrunk[best] / size * along)
        out[held] = np.clip(
            (vectors[held] - middle) @ weights + level, truth[learns].min(), truth[learns].max()
        )
    return out


def run_file(file: Path, text: str, target: str, settings: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        study = Study.from_mapping(
            {
                "data": file,
                "text": text,
                "target": target,
                "encoder": settings.encoder,
                "instruction": settings.instruction or ["default"],
                "head": settings.head or [],
                "dim": settings.dim or [],
                "repeats": 1,
                "margin": MARGIN if target not in ("subject", "label") else None,
            }
        )
        prepared, _ = prepare(
            study,
            folder=RunFolder(Path(scratch, "run")),
            store=VectorStore(settings.store),
            device="auto",
            trust_remote_code=False,
        )
        cells = [cell for cell in prepared.plan.cells if cell.encoder]
        paid = lane_of(prepared.plan.baseline)
        free = [cell for cell in prepared.plan.cells if not cell.encoder or lane_of(cell) == paid]
        for cell in {lane_of(cell): cell for cell in cells}.values():
            embed_rows(prepared, cell, progress=silent)
        track = Track(
            prepared, [*cells, *(cell for cell in free if not cell.encoder)], {}, known={}, progress=silent
        )
        began = time.perf_counter()
        _, every = track.run(list(track.cells), track.units)
        whole = {cell.id: every[cell.id] for cell in cells}
        took = time.perf_counter() - began
        found = {rule: Tally() for rule in RULES}
        for number in range(settings.races):
            track.order = order_of(prepared.rows, seed=1_000 + number)
            for rule in RULES:
                went = race(
                    [Runner(cell=cell.id, lane=lane_of(cell)) for cell in cells if cell not in free],
                    free={cell.id: lane_of(cell) for cell in free},
                    units=track.units,
                    measure=prepared.measure,
                    margin=study.margin,
                    rule=rule,
                    confidence=settings.confidence,
                    run=track.run,
                )
                tally(found[rule], went, whole, rule, prepared.measure)
        for rule in RULES:
            name = f"{file.stem}, {track.units:,} rows, {len(cells)} cells"
            print(found[rule].line(name, rule), f"<!-- the full grid {took:.0f} s -->", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
