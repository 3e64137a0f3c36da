"""Do the words keep their promise? Simulated studies whose answer is known, judged by ``semascope.stats``.

    python benchmarks/verdicts.py --quick                                  # 5 minutes, 200 studies a line
    python benchmarks/verdicts.py --predictions ratings.parquet labels.parquet > verdicts.txt   # about an hour

``--predictions`` takes a study's ``predictions.parquet`` of a regression and of a classification; without them
the lines of resampled real errors are left out (``benchmarks/tfidf_study.py`` makes a pair). Prints Markdown.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

import verdict_worlds as worlds
from semascope.stats.measures import get_measure
from semascope.stats.paired import without_largest
from semascope.stats.power import rows_for_difference, rows_for_equivalent
from semascope.stats.results import Family
from semascope.stats.verdict import judge

GROUPS = 20
SIZES = (100, 300, 1_000)
NAMES = ("baseline", *(f"cell {i}" for i in range(1, worlds.CELLS)))


@dataclass(frozen=True)
class Line:
    """One line of the first table: a world, a measure, a size."""

    name: str
    world: worlds.World
    measure: str
    rows: int
    grouped: bool
    promised: bool  # whether the bar is promised here, or only reported


def judged(line: Line, seed: int) -> np.ndarray:
    """One study: any false word, share of intervals that cover 0, shares given, unresolved by a guard, equivalent."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, GROUPS, size=line.rows) if line.grouped else None
    truth, predictions = line.world(rng, line.rows, groups)
    verdicts = list(_family(line.measure, truth, predictions, groups, seed).verdicts.values())[1:]
    low, high = np.array([[v.low, v.high] for v in verdicts]).T
    given = ~np.isnan(low)
    covers = (low[given] <= 0) & (high[given] >= 0)
    words = [v.word for v in verdicts]
    return np.array(
        [
            "better" in words or "worse" in words,
            covers.mean() if given.any() else np.nan,
            given.mean(),
            np.mean([bool(v.reason) for v in verdicts]),
            words.count("equivalent") / len(words),
            min(v.p_holm for v in verdicts) < 0.05,
        ],
        dtype=np.float64,
    )


def _family(
    measure: str, truth: np.ndarray, predictions: np.ndarray, groups: np.ndarray | None, seed: int
) -> Family:
    kind = "classification" if measure in ("accuracy", "macro_f1") else "regression"
    cells = dict(zip(NAMES[: len(predictions)], predictions, strict=True))
    listed = None if groups is None else groups.tolist()
    return judge(
        truth, cells, baseline="baseline", measure=get_measure(measure, kind), groups=listed, seed=seed
    )


def exchangeable_lines(real: list[Path]) -> list[Line]:
    lines = []
    regressions = [("Gaussian", worlds.gaussian, True), ("ordinal", worlds.ordinal, True)]
    classes = [("2 classes", worlds.two_classes, True), ("3 classes", worlds.three_classes, True)]
    if real:
        regressions.append((f"real: {real[0].stem}", worlds.resampled(real[0]), True))
        classes.append((f"real: {real[1].stem}", worlds.resampled(real[1]), True))
    regressions.append(("lognormal", worlds.skewed, False))
    for grouped in (False, True):
        for rows in SIZES:
            lines += [Line(n, world, "mae", rows, grouped, promised) for n, world, promised in regressions]
            lines += [Line(n, world, "accuracy", rows, grouped, promised) for n, world, promised in classes]
            lines += [
                Line(n, world, "macro_f1", rows, grouped, False) for n, world, _ in [*classes, _RATINGS]
            ]
    return lines


_RATINGS = ("unbalanced ratings", worlds.ratings, False)


def null_table(studies: int, pool: int, real: list[Path]) -> None:
    print(f"## Exchangeable cells: {studies} studies a line, one baseline and five cells\n")
    print(
        "| errors | measure | rows | unit | any false word % (SE) | Holm alone % | covers % (SE) | intervals given % | guarded % | equivalent % | |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for line in exchangeable_lines(real):
        found = np.array(_map(pool, partial(judged, line), range(studies)))
        false, cover = _mean_error(found[:, 0]), _mean_error(found[:, 1])
        held = false[0] <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / studies) and not cover[0] < 0.93
        unit = f"{GROUPS} groups" if line.grouped else "rows"
        print(
            f"| {line.name} | {line.measure} | {line.rows} | {unit} | {_percent(*false)} | {100 * found[:, 5].mean():.1f} | "
            f"{_percent(*cover)} | {100 * found[:, 2].mean():.0f} | {100 * found[:, 3].mean():.1f} | "
            f"{100 * found[:, 4].mean():.0f} | {('holds' if held else 'FAILS') if line.promised else 'reported'} |",
            flush=True,
        )


_CURRENT: list[Callable] = []


def _call(item: int) -> object:
    return _CURRENT[0](item)


def _map(pool: int, function: Callable, items: Iterable[int]) -> list:
    """Over forked processes that inherit ``function``, closures and all."""
    _CURRENT[:] = [function]
    with ProcessPoolExecutor(pool, mp_context=get_context("fork")) as executor:
        return list(executor.map(_call, items, chunksize=10))


# --- planted differences -------------------------------------------------------------------------------------------


def planted_errors(
    rng: np.random.Generator, rows: int, *, gain: float, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian heads; cell 1 has ``1 - gain`` of the others' error."""
    errors = rng.normal(size=rows) + noise * rng.normal(size=(worlds.CELLS, rows))
    errors[1] *= 1 - gain
    return np.zeros(rows), errors


def planted_hits(
    rng: np.random.Generator, rows: int, *, gain: float, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """Two classes; cell 1's threshold lies ``gain`` lower."""
    truth = rng.integers(0, 2, size=rows)
    ease = 0.9 + rng.normal(size=rows) + noise * rng.normal(size=(worlds.CELLS, rows))
    ease[1] += gain
    return truth.astype(np.float64), np.where(ease > 0, truth, 1 - truth).astype(np.float64)


@dataclass(frozen=True)
class Truth:
    """What is true of cell 1 against the baseline, from a million rows."""

    difference: float
    margin: float
    cases: list[
        tuple[float, float]
    ]  # difference and spread a row, with and without the 1 % largest differences


def truth_about(world: Callable, measure: str) -> Truth:
    kind = "classification" if measure == "accuracy" else "regression"
    truth, cells = world(np.random.default_rng(0), 1_000_000)
    losses = [get_measure(measure, kind).losses(truth, cells[c]) for c in (0, 1)]
    change = losses[1] - losses[0]
    cases = [change]
    if measure == "mae":
        cases.append(without_largest(change[:, None], np.ones(len(change)))[0][:, 0])
    margin = 0.05 * float(losses[0].mean()) if measure == "mae" else 0.02
    return Truth(float(change.mean()), margin, [(float(case.mean()), float(case.std())) for case in cases])


def planted_table(studies: int, pool: int) -> None:
    print(
        f"\n## Planted differences at the rows that promise 80 %: {studies} studies a line, one of five cells planted\n"
    )
    print(
        "| measure | true difference (share of margin) | rows | found % (SE) | resolved % | wrong way % | |"
    )
    print("|---|---|---|---|---|---|---|")
    plans = [
        ("mae", planted_errors, 0.30, 1.0), ("mae", planted_errors, 0.20, 0.9), ("mae", planted_errors, 0.10, 0.7),
        ("mae", planted_errors, 0.07, 0.4), ("accuracy", planted_hits, 0.60, 0.8), ("accuracy", planted_hits, 0.30, 0.8),
        ("accuracy", planted_hits, 0.15, 0.5),
    ]  # fmt: skip
    for measure, make, gain, noise in plans:
        world = partial(make, gain=gain, noise=noise)
        true = truth_about(world, measure)
        rows = int(np.ceil(max(rows_for_difference(*case, worlds.CELLS - 1) for case in true.cases)))
        words = _map(pool, _Words(world, measure, rows, 1), range(studies))
        found = np.array([word == "better" for word in words])
        share = _mean_error(found)
        print(
            f"| {measure} | {true.difference:+.3f} ({abs(true.difference) / true.margin:.1f}) | {rows} | {_percent(*share)} | "
            f"{100 * np.mean([w != 'unresolved' for w in words]):.1f} | {100 * np.mean([w == 'worse' for w in words]):.1f} | "
            f"{'holds' if share[0] >= 0.80 - 2 * np.sqrt(0.16 / studies) else 'FAILS'} |",
            flush=True,
        )


@dataclass(frozen=True)
class _Words:
    world: Callable
    measure: str
    rows: int
    cell: int
    cells: int = worlds.CELLS
    margin: float | None = None

    def __call__(self, seed: int) -> str:
        truth, predictions = self.world(np.random.default_rng(seed), self.rows)
        family = _family(self.measure, truth, predictions[: self.cells], None, seed)
        return family.verdicts[NAMES[self.cell]].word


def equivalence_table(studies: int, pool: int) -> None:
    print(
        f"\n## Equal heads and heads that differ by a share of the margin: {studies} studies a line, one candidate\n"
    )
    print(
        "| measure | true difference / margin | rows | equivalent % (SE) | better or worse % | unresolved % | rows promised for 80 % |"
    )
    print("|---|---|---|---|---|---|---|")
    for measure, make, noise in (("mae", planted_errors, 0.4), ("accuracy", planted_hits, 0.5)):
        for share in (0.0, 0.5, 1.0):
            gain = _gain_for(make, measure, noise, share)
            world = partial(make, gain=gain, noise=noise)
            true = truth_about(world, measure)
            needed = (
                max(rows_for_equivalent(*case, true.margin) for case in true.cases) if share < 1 else np.inf
            )
            promised = f"{needed:,.0f}" if np.isfinite(needed) else "none"
            for rows in sorted(
                {100, 300, 1_000, 3_000, 10_000, *([int(np.ceil(needed))] if share < 1 else [])}
            ):
                words = _map(
                    pool, _Words(world, measure, rows, 1, 2), range(studies if rows < 3_000 else studies // 2)
                )
                equal = _mean_error(np.array([word == "equivalent" for word in words]))
                decided = np.mean([word in ("better", "worse") for word in words])
                print(
                    f"| {measure} | {share:.1f} | {rows} | {_percent(*equal)} | {100 * decided:.1f} | "
                    f"{100 * (1 - equal[0] - decided):.1f} | {promised} |",
                    flush=True,
                )


def _gain_for(make: Callable, measure: str, noise: float, share: float) -> float:
    """The gain at which the true difference is ``share`` of the margin, by bisection on a million fixed rows."""
    low, high = 0.0, 0.5
    for _ in range(20):
        middle = (low + high) / 2
        true = truth_about(partial(make, gain=middle, noise=noise), measure)
        low, high = (middle, high) if abs(true.difference) < share * true.margin else (low, middle)
    return high if share > 0 else 0.0


# --- where no method holds ------------------------------------------------------------------------------------------


def outlier_differences(
    rng: np.random.Generator, rows: int, *, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Equal means, but the candidate is a little better on most rows and much worse on ``share`` of them."""
    baseline = np.full(rows, 5.0)
    change = 0.3 * rng.normal(size=rows) - 3.0 * share + 3.0 * (rng.random(rows) < share)
    return np.zeros(rows), np.stack([baseline, baseline + change])


def lognormal_differences(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Equal means, differences of one-sided lognormal skew."""
    change = np.exp(rng.normal(size=rows)) - np.exp(0.5)
    return np.zeros(rows), np.stack([np.full(rows, 50.0), 50.0 + change])


def hard_table(studies: int, pool: int) -> None:
    print(
        f"\n## Differences that no method handles on few rows: {studies} studies a line, one candidate, margin 0\n"
    )
    print(
        "| differences | rows | p < 0.05 % (SE) | false word % (SE) | covers % | held back by the 1 % rule % |"
    )
    print("|---|---|---|---|---|---|")
    hard = {"one-sided lognormal": lognormal_differences}
    hard |= {
        f"{100 * share:g} % one-sided outliers": partial(outlier_differences, share=share)
        for share in (0.01, 0.03)
    }
    for name, world in hard.items():
        for rows in (50, *SIZES):
            found = np.array(_map(pool, _Hard(world, rows), range(studies)), dtype=np.float64)
            print(
                f"| {name} | {rows} | {_percent(*_mean_error(found[:, 0]))} | {_percent(*_mean_error(found[:, 1]))} | "
                f"{100 * np.nanmean(found[:, 2]):.1f} | {100 * found[:, 3].mean():.1f} |",
                flush=True,
            )


@dataclass(frozen=True)
class _Hard:
    world: Callable
    rows: int

    def __call__(self, seed: int) -> tuple[bool, bool, bool, bool]:
        truth, (a, b) = self.world(np.random.default_rng(seed), self.rows)
        family = judge(
            truth,
            {"a": a, "b": b},
            baseline="a",
            measure=get_measure("mae", "regression"),
            margin=0.0,
            seed=seed,
        )
        v = family.verdicts["b"]
        return v.p < 0.05, v.word in ("better", "worse"), v.low <= 0 <= v.high, bool(v.reason)


# --- numbers --------------------------------------------------------------------------------------------------------


def _mean_error(values: np.ndarray) -> tuple[float, float]:
    known = values[~np.isnan(values)] if values.dtype.kind == "f" else values.astype(np.float64)
    if len(known) == 0:
        return float("nan"), float("nan")
    return float(known.mean()), float(known.std() / np.sqrt(len(known)))


def _percent(mean: float, error: float) -> str:
    return "none given" if np.isnan(mean) else f"{100 * mean:.1f} ({100 * error:.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="200 studies a line instead of 1,000")
    parser.add_argument(
        "--predictions", nargs=2, type=Path, metavar=("REGRESSION", "CLASSIFICATION"), default=[]
    )
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", choices=("null", "planted", "equivalence", "hard"), help="one table alone")
    settings = parser.parse_args()
    studies = 200 if settings.quick else 1_000
    began = time.perf_counter()
    if settings.only in (None, "null"):
        null_table(studies, settings.processes, settings.predictions)
    for name, table in (("planted", planted_table), ("equivalence", equivalence_table), ("hard", hard_table)):
        if settings.only in (None, name):
            table(studies, settings.processes)
    print(
        f"\n{studies} studies a line, {(time.perf_counter() - began) / 60:.1f} minutes on {settings.processes} processes"
    )


if __name__ == "__main__":
    main()
