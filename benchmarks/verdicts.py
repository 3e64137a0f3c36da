"""Do the words keep their promise? Simulated studies whose answer is known, judged by ``semascope.stats``.

    python benchmarks/verdicts.py --quick                                           # 200 studies a line
    python benchmarks/verdicts.py --predictions ratings.parquet labels.parquet      # 1,000: about an hour on two cores

``--predictions`` takes a study's ``predictions.parquet`` of a regression and one of a classification; without them
the lines of resampled real errors are left out (``benchmarks/tfidf_study.py`` makes such files). Prints Markdown.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np

import verdict_worlds as worlds
from semascope.stats.measures import all_measures, get_measure
from semascope.stats.paired import without_largest
from semascope.stats.power import POWER, POWER_OF_EACH, rows_for_difference, rows_for_equivalent
from semascope.stats.results import Family
from semascope.stats.verdict import judge

GROUPS = 20
SIZES = (100, 300, 1_000)
CANDIDATES = worlds.CELLS - 1
NAMES = ("baseline", *(f"cell {i}" for i in range(1, worlds.CELLS)))


@dataclass(frozen=True, kw_only=True)
class Run:
    """How much is simulated."""

    studies: int
    draws: int
    processes: int
    real: list[Path] = field(default_factory=list)
    measures: list[str] = field(default_factory=lambda: ["mae", "accuracy", "macro_f1"])

    def each(self, study: Callable, studies: int | None = None) -> list:
        """``study(seed)`` for every seed, in forked processes that inherit it, closures and all."""
        _CURRENT[:] = [study]
        with ProcessPoolExecutor(self.processes, mp_context=get_context("fork")) as executor:
            return list(executor.map(_call, range(studies or self.studies), chunksize=1 if studies else 10))

    def family(
        self,
        measure: str,
        truth: np.ndarray,
        predictions: np.ndarray,
        *,
        seed: int,
        groups: np.ndarray | None = None,
        margin: float | None = None,
    ) -> Family:
        """The verdicts on one simulated study, the first cell being the baseline."""
        return judge(
            truth,
            dict(zip(NAMES[: len(predictions)], predictions, strict=True)),
            baseline="baseline",
            measure=get_measure(measure, kind_of(measure)),
            margin=margin,
            groups=None if groups is None else groups.tolist(),
            seed=seed,
            draws=self.draws,
        )

    def bar(self, share: float) -> float:
        """Two standard errors of a share."""
        return 2 * np.sqrt(share * (1 - share) / self.studies)


_CURRENT: list[Callable] = []


def _call(seed: int) -> object:
    return _CURRENT[0](seed)


def kind_of(measure: str) -> str:
    known = {one.name: one.kind for kind in ("regression", "classification") for one in all_measures(kind)}
    return known[measure]


# --- exchangeable cells ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One line of the first table."""

    name: str
    world: worlds.World
    measure: str
    rows: int
    grouped: bool
    promised: bool  # whether the bar is promised here, or only reported


def exchangeable_lines(real: list[Path]) -> list[Line]:
    regressions = [("Gaussian", worlds.gaussian, True), ("ordinal", worlds.ordinal, True)]
    classes = [("2 classes", worlds.two_classes, True), ("3 classes", worlds.three_classes, True)]
    if real:
        regressions.append((f"real: {real[0].stem}", worlds.resampled(real[0]), True))
        classes.append((f"real: {real[1].stem}", worlds.resampled(real[1]), True))
    regressions.append(("lognormal", worlds.skewed, False))
    reported = [*classes, ("unbalanced ratings", worlds.ratings, False)]
    return [
        Line(name, world, measure, rows, grouped, promised and get_measure(measure, kind_of(measure)).is_mean)
        for grouped in (False, True)
        for rows in SIZES
        for measure, kinds in (("mae", regressions), ("accuracy", classes), ("macro_f1", reported))
        for name, world, promised in kinds
    ]


def judged(run: Run, line: Line, seed: int) -> np.ndarray:
    """One study: any false word, p alone, intervals that cover 0, intervals given, words held back, equivalent."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, GROUPS, size=line.rows) if line.grouped else None
    truth, predictions = line.world(rng, line.rows, groups)
    verdicts = list(run.family(line.measure, truth, predictions, groups=groups, seed=seed).verdicts.values())[
        1:
    ]
    low, high = np.array([[v.low, v.high] for v in verdicts]).T
    given = ~np.isnan(low)
    words = [v.word for v in verdicts]
    return np.array(
        [
            "better" in words or "worse" in words,
            min(v.p_holm for v in verdicts) < 0.05,
            ((low[given] <= 0) & (high[given] >= 0)).mean() if given.any() else np.nan,
            given.mean(),
            np.mean([bool(v.reason) for v in verdicts]),
            words.count("equivalent") / len(words),
        ],
        dtype=np.float64,
    )


def null_table(run: Run) -> None:
    heading(f"Exchangeable cells: {run.studies} studies a line, one baseline and five cells")
    columns(
        "errors | measure | rows | unit | false word (SE) | Holm p alone | covers (SE) | given | held back | equivalent | "
    )
    for line in (line for line in exchangeable_lines(run.real) if line.measure in run.measures):
        found = np.array(run.each(partial(judged, run, line)))
        false, cover = mean_error(found[:, 0]), mean_error(found[:, 2])
        held = false[0] <= 0.05 + run.bar(0.05) and not cover[0] < 0.93
        alone, given, back, equal = (f"{100 * found[:, i].mean():.1f}" for i in (1, 3, 4, 5))
        unit = f"{GROUPS} groups" if line.grouped else "rows"
        kept = ("holds" if held else "FAILS") if line.promised else "reported"
        row(
            line.name,
            line.measure,
            line.rows,
            unit,
            percent(false),
            alone,
            percent(cover),
            given,
            back,
            equal,
            kept,
        )


# --- planted differences --------------------------------------------------------------------------------------------


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
    # difference and spread a row: on all rows and, for errors, without the 1 % largest differences
    cases: list[tuple[float, float]]

    @property
    def rows_to_find(self) -> int:
        """Rows that promise "better" or "worse" in 80 of 100 studies."""
        return int(
            np.ceil(max(rows_for_difference(*case, CANDIDATES, power=self._power) for case in self.cases))
        )

    @property
    def rows_to_equal(self) -> float:
        """Rows that promise "equivalent" in 80 of 100 studies; inf at the margin."""
        return np.ceil(max(rows_for_equivalent(*case, self.margin, power=self._power) for case in self.cases))

    @property
    def _power(self) -> float:
        return POWER if len(self.cases) == 1 else POWER_OF_EACH


def changes_in(world: Callable, measure: str) -> tuple[np.ndarray, float]:
    """Differences of a million rows, and the margin."""
    truth, cells = world(np.random.default_rng(0), 1_000_000)
    taken = get_measure(measure, kind_of(measure))
    baseline, candidate = (taken.losses(truth, cells[c]) for c in (0, 1))
    return candidate - baseline, taken.margin_around(None, np.array([baseline.mean()]))


def truth_about(world: Callable, measure: str) -> Truth:
    change, margin = changes_in(world, measure)
    cases = [change]
    if not get_measure(measure, kind_of(measure)).of_hits:  # of hits none is large
        cases.append(without_largest(change[:, None], np.ones(len(change)))[0][:, 0])
    return Truth(float(change.mean()), margin, [(float(case.mean()), float(case.std())) for case in cases])


def word(run: Run, world: Callable, measure: str, rows: int, cells: int, seed: int) -> str:
    """The word on cell 1 in one study."""
    truth, predictions = world(np.random.default_rng(seed), rows)
    return run.family(measure, truth, predictions[:cells], seed=seed).verdicts[NAMES[1]].word


def planted_table(run: Run) -> None:
    heading(
        f"Planted differences at the rows that promise 80 %: {run.studies} studies a line, one of five cells planted"
    )
    columns("measure | true difference | of the margin | rows | found (SE) | unresolved | wrong way | ")
    errors = [(0.30, 1.0), (0.20, 0.9), (0.10, 0.7), (0.07, 0.4)]
    hits = [(0.60, 0.8), (0.30, 0.8), (0.15, 0.5)]
    plans = [("mae", planted_errors, *plan) for plan in errors] + [
        ("accuracy", planted_hits, *plan) for plan in hits
    ]
    for measure, make, gain, noise in plans:
        world = partial(make, gain=gain, noise=noise)
        true = truth_about(world, measure)
        words = run.each(partial(word, run, world, measure, true.rows_to_find, worlds.CELLS))
        found = mean_error(np.array([w == "better" for w in words]))
        open_, wrong = (f"{100 * words.count(w) / len(words):.1f}" for w in ("unresolved", "worse"))
        kept = "holds" if found[0] >= 0.80 - run.bar(0.80) else "FAILS"
        share = f"{abs(true.difference) / true.margin:.1f}"
        row(measure, f"{true.difference:+.3f}", share, true.rows_to_find, percent(found), open_, wrong, kept)


# --- equivalence ----------------------------------------------------------------------------------------------------


def equivalence_table(run: Run) -> None:
    heading(f"Heads that differ by a share of the margin: {run.studies} studies a line, one candidate")
    columns("measure | difference / margin | rows | equivalent (SE) | better or worse | unresolved | ")
    for measure, make, noise in (("mae", planted_errors, 0.4), ("accuracy", planted_hits, 0.5)):
        for share in (0.0, 0.5, 1.0):
            world = partial(make, gain=gain_for(make, measure, noise, share), noise=noise)
            promised = truth_about(world, measure).rows_to_equal if share < 1 else np.inf
            sizes = {100, 300, 1_000, 3_000, 10_000} | ({int(promised)} if share < 1 else set())
            for rows in sorted(sizes):
                words = run.each(partial(word, run, world, measure, rows, 2))
                equal = mean_error(np.array([w == "equivalent" for w in words]))
                decided = sum(w in ("better", "worse") for w in words) / len(words)
                kept = ""
                if rows == promised:
                    kept = "80 % promised: " + ("holds" if equal[0] >= 0.80 - run.bar(0.80) else "FAILS")
                if share == 1:
                    kept = "at most 5 %: " + ("holds" if equal[0] <= 0.05 + run.bar(0.05) else "FAILS")
                open_ = words.count("unresolved") / len(words)
                row(measure, share, rows, percent(equal), f"{100 * decided:.1f}", f"{100 * open_:.1f}", kept)


def gain_for(make: Callable, measure: str, noise: float, share: float) -> float:
    """The gain at which the true difference is ``share`` of the margin, by bisection on a million fixed rows."""
    if share == 0:
        return 0.0
    low, high = 0.0, 0.5
    for _ in range(20):
        middle = (low + high) / 2
        change, margin = changes_in(partial(make, gain=middle, noise=noise), measure)
        low, high = (middle, high) if abs(change.mean()) < share * margin else (low, middle)
    return high


# --- few rows, hardly any of which differ ---------------------------------------------------------------------------

FEW = (20, 40, 60, 100, 200)
FEW_MARGINS = (0.02, 0.05)
TOGETHER = 4  # rows of a group that differ together


def seldom_worse(
    rng: np.random.Generator, rows: int, *, worse: float, won: float, together: int
) -> tuple[np.ndarray, np.ndarray]:
    """Two classes in turn, of which the baseline has .8 right; the candidate says the same but wins and loses some rows.

    ``won`` of all rows are won and so many more lost that it is worse by ``worse``, in accuracy and, as the classes are alike,
    in macro F1. Groups of ``together`` rows are right, won and lost as one.
    """
    groups = rows // together
    truth = np.repeat(np.arange(groups) % 2, together)
    right, change = rng.random(groups) < 0.8, rng.random(groups)
    other = np.where(right, change >= (won + worse) / 0.8, change < won / 0.2)
    cells = np.stack([np.where(np.repeat(hits, together), truth, 1 - truth) for hits in (right, other)])
    return truth.astype(np.float64), cells.astype(np.float64)


def word_on_few(
    run: Run, measure: str, rows: int, margin: float, won: float, together: int, seed: int
) -> str:
    truth, cells = seldom_worse(np.random.default_rng(seed), rows, worse=margin, won=won, together=together)
    groups = np.arange(len(truth)) // together if together > 1 else None
    family = run.family(measure, truth, cells, seed=seed, groups=groups, margin=margin)
    return family.verdicts[NAMES[1]].word


def few_table(run: Run) -> None:
    heading(
        f"Truly worse by the margin, on few rows that hardly ever differ: {run.studies} studies a line, one candidate"
    )
    columns("measure | unit | rows | margin | also won | equivalent (SE) | worse | unresolved | at most 5 %")
    for measure, together in (("accuracy", 1), ("macro_f1", 1), ("accuracy", TOGETHER)):
        for margin, won, rows in product(FEW_MARGINS, (0.0, 0.01), FEW):
            words = run.each(partial(word_on_few, run, measure, rows, margin, won, together))
            equal = mean_error(np.array([w == "equivalent" for w in words]))
            worse, open_ = (f"{100 * words.count(w) / len(words):.1f}" for w in ("worse", "unresolved"))
            kept = "holds" if equal[0] <= 0.05 + run.bar(0.05) else "FAILS"
            unit = "row" if together == 1 else f"groups of {together}"
            row(measure, unit, rows, margin, won, percent(equal), worse, open_, kept)


# --- where no method holds ------------------------------------------------------------------------------------------


def outliers(rng: np.random.Generator, rows: int, *, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Equal means, but the candidate is a little better on most rows and much worse on ``share`` of them."""
    change = 0.1 * rng.normal(size=rows) - 3.0 * share + 3.0 * (rng.random(rows) < share)
    return np.zeros(rows), np.stack([np.full(rows, 50.0), 50.0 + change])


def one_sided(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Equal means, differences of one-sided lognormal skew."""
    change = np.exp(rng.normal(size=rows)) - np.exp(0.5)
    return np.zeros(rows), np.stack([np.full(rows, 50.0), 50.0 + change])


def hard_table(run: Run) -> None:
    heading(f"One-sided differences of mean 0: {run.studies} studies a line, one candidate, margin 0")
    columns("differences | rows | p below 0.05 (SE) | false word (SE) | covers (SE) | held back")
    hard = {
        "lognormal": one_sided,
        "1 % outliers": partial(outliers, share=0.01),
        "3 % outliers": partial(outliers, share=0.03),
    }
    for name, world in hard.items():
        for rows in (50, *SIZES):
            found = np.array(run.each(partial(hard_study, run, world, rows)), dtype=np.float64)
            p, false, cover, back = (percent(mean_error(found[:, i])) for i in range(4))
            row(name, rows, p, false, cover, back)


def hard_study(run: Run, world: Callable, rows: int, seed: int) -> tuple[bool, bool, bool, bool]:
    truth, predictions = world(np.random.default_rng(seed), rows)
    v = run.family("mae", truth, predictions, margin=0.0, seed=seed).verdicts[NAMES[1]]
    return v.p < 0.05, v.word in ("better", "worse"), v.low <= 0 <= v.high, bool(v.reason)


# --- printing -------------------------------------------------------------------------------------------------------


def mean_error(values: np.ndarray) -> tuple[float, float]:
    known = values[~np.isnan(values)] if values.dtype.kind == "f" else values.astype(np.float64)
    if len(known) == 0:
        return float("nan"), float("nan")
    return float(known.mean()), float(known.std() / np.sqrt(len(known)))


def percent(found: tuple[float, float]) -> str:
    return "none given" if np.isnan(found[0]) else f"{100 * found[0]:.1f} ({100 * found[1]:.1f})"


def heading(text: str) -> None:
    print(f"\n## {text}\n")


def columns(names: str) -> None:
    print(f"| {names} |\n|{'---|' * len(names.split('|'))}")


def row(*values: object) -> None:
    print("| " + " | ".join(str(value) for value in values) + " |", flush=True)


TABLES = {
    "null": null_table,
    "planted": planted_table,
    "equivalence": equivalence_table,
    "few": few_table,
    "hard": hard_table,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="200 studies a line instead of 1,000")
    parser.add_argument(
        "--predictions", nargs=2, type=Path, metavar=("REGRESSION", "CLASSIFICATION"), default=[]
    )
    parser.add_argument("--draws", type=int, default=10_000, help="resamples of each test and interval")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", choices=TABLES, nargs="+", default=list(TABLES), help="these tables alone")
    parser.add_argument(
        "--measures", nargs="+", default=["mae", "accuracy", "macro_f1"], help="of the first table"
    )
    settings = parser.parse_args()
    run = Run(
        studies=200 if settings.quick else 1_000,
        draws=settings.draws,
        processes=settings.processes,
        real=settings.predictions,
        measures=settings.measures,
    )
    began = time.perf_counter()
    for name in settings.only:
        TABLES[name](run)
    minutes = (time.perf_counter() - began) / 60
    print(
        f"\n{run.studies} studies a line, {run.draws:,} draws, {minutes:.0f} minutes on {run.processes} processes. Numbers in %."
    )


if __name__ == "__main__":
    main()
