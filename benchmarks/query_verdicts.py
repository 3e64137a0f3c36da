"""Do verdicts on scores of queries keep their promise? Studies drawn from real runs, and from made ones, whose answer is known.

    semascope retrieve SCIFACT --encoder minilm --encoder hybrid:minilm+bm25 --encoder hybrid:minilm+bm25,way=sum --output scifact
    semascope retrieve PAIRS.jsonl --query title --document abstract --encoder minilm --encoder hybrid:minilm+bm25 --output titles
    python benchmarks/query_verdicts.py scifact titles      # some ten minutes of one core

Without folders the tables of real runs are left out. Every study is one column of a comparison, by the functions and the
rules that ``judge_scores`` uses; studies of a line share the draws of their resamples. Prints Markdown; bars are two
standard errors wide. "As errors are judged" is what verdicts on errors do: bootstrap-t alone, and no word that the 1 % largest
differences decide or that too few units bear for the skewness.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import TypeAlias

import numpy as np

import query_worlds as worlds
from semascope.retrieval.measuring.naming import query_measure
from semascope.stats import bounded
from semascope.stats.bounded import compare_bounded, few_differ
from semascope.stats.guards import why_lopsided
from semascope.stats.mcnemar import compare_hits
from semascope.stats.paired import Compared, bootstrap_t, compare_means, without_largest
from semascope.stats.power import rows_needed, rows_needed_between_ends
from semascope.stats.standing import word_of
from semascope.stats.units import make_units
from verdicts import columns, heading, mean_error, percent, row

MEASURES = ["nDCG@10", "R@100", "RR@10", "AP", "Success@1"]
COUNTS = (30, 50, 100, 300)
MARGIN = 0.02
DRAWS = 2_000
SIGN = {"better": 1, "worse": -1, "equivalent": 0, "unresolved": 9}


@dataclass(frozen=True)
class Seen:
    """What the studies of one line said, (b,) each, beside the truth."""

    word: np.ndarray  # as in SIGN
    false: (
        np.ndarray
    )  # the wrong sign, any sign of no difference, "equivalent" of a difference of the margin or more
    covers: np.ndarray
    width: np.ndarray
    few: np.ndarray  # judged by bounds

    @property
    def settled(self) -> np.ndarray:
        """(b,) whether there is a word."""
        return self.word != SIGN["unresolved"]


def judged(
    sums: np.ndarray, sizes: np.ndarray, true: float, measure: str, seed: int, *, margin: float = MARGIN
) -> Seen:
    """(u, b) differences, summed within groups of (u,) sizes."""
    units = make_units(
        np.repeat(np.arange(len(sizes)), sizes.astype(int)).tolist(), int(sizes.sum()), row="query"
    )
    few = few_differ(sums, np.broadcast_to(sizes[:, None], sums.shape), span=1.0)
    if query_measure(measure).of_hits:
        found, few = compare_hits(sums, sizes, units=units), np.zeros_like(few)
    else:
        found = compare_bounded(sums, sizes, span=1.0, units=units, draws=DRAWS, seed=seed)
    return seen(found, words(found, margin), true, margin, few)


def judged_as_errors(sums: np.ndarray, true: float, seed: int) -> Seen:
    n = len(sums)
    units = make_units(None, n, row="query")
    found = compare_means(sums, np.ones(n), units=units, draws=DRAWS, seed=seed)
    firm = compare_means(*without_largest(sums, np.ones(n)), units=units, draws=DRAWS, seed=seed)
    word = words(found, MARGIN)
    lopsided = np.array([bool(why_lopsided(float(one), n, "queries")) for one in found.skewness])
    word = np.where(lopsided | (words(firm, MARGIN) != word), SIGN["unresolved"], word)
    return seen(found, word, true, MARGIN, np.zeros(len(word), dtype=bool))


def words(found: Compared, margin: float) -> np.ndarray:
    return np.array(
        [
            SIGN[word_of(low=low, high=high, low90=low90, high90=high90, margin=margin, p_holm=p, gain=gain)]
            for low, high, low90, high90, p, gain in zip(
                found.low, found.high, found.low90, found.high90, found.p, found.difference, strict=True
            )
        ]
    )


def seen(found: Compared, word: np.ndarray, true: float, margin: float, few: np.ndarray) -> Seen:
    false = (np.abs(word) == 1) & (word != np.sign(round(true, 12)))
    if abs(true) >= margin - 1e-9:
        false |= word == SIGN["equivalent"]
    none = np.isnan(found.low)
    covers = none | ((found.low - 1e-12 <= true) & (true <= found.high + 1e-12))
    return Seen(word, false, covers, found.high - found.low, few)


@dataclass(frozen=True)
class Run:
    """How much is simulated."""

    studies: int
    seed: int

    def rng(self, *line: int) -> np.random.Generator:
        """Of one line."""
        return np.random.default_rng([self.seed, *line])

    def bar(self, share: float) -> float:
        """Two standard errors of a share."""
        return 2 * float(np.sqrt(share * (1 - share) / self.studies))

    def holds(self, found: Seen) -> str:
        """Whether a line keeps both promises."""
        kept = found.false.mean() <= 0.05 + self.bar(0.05) and found.covers.mean() >= 0.93 - self.bar(0.93)
        return "holds" if kept else "FAILS"


# --- real runs ------------------------------------------------------------------------------------------------------


def drawn_from(run: Run, world: worlds.World, n: int, line: int) -> Iterator[tuple[str, np.ndarray, float]]:
    """The truths that a pair of cells is judged under: name, differences, true mean."""
    rng, studies = run.rng(line, n), run.studies
    yield "swapped", worlds.swapped(rng, world.draw(rng, n, studies)), 0.0
    for name, true in (("mean 0", 0.0), ("at the margin", MARGIN if world.true > 0 else -MARGIN)):
        leaning = world.leaning(true)
        if leaning:
            yield name, leaning.draw(rng, n, studies), true
    yield "as it is", world.draw(rng, n, studies), world.true
    if n <= len(world.change) / 2:
        yield "drawn once", world.draw(rng, n, studies, again=False), world.true


def real_table(run: Run, real: list[worlds.World], *, as_errors: bool) -> None:
    heading(
        f"Real runs{', as errors are judged' if as_errors else ''}: {run.studies} studies a pair of cells"
    )
    columns(
        "measure | queries | truth | pairs | false word | worst (SE) | over | covers | worst (SE) | under | settled | by bounds"
    )
    lines: Lines = {}
    for line, (world, n) in enumerate(product(real, COUNTS)):
        if as_errors and query_measure(world.measure).of_hits:
            continue
        for name, sums, true in drawn_from(run, world, n, line):
            found = (
                judged_as_errors(sums, true, line)
                if as_errors
                else judged(sums, np.ones(n), true, world.measure, line)
            )
            lines.setdefault((world.measure, n, name), []).append(found)
    print_lines(run, lines)


Lines: TypeAlias = dict[tuple[str, int, str], list[Seen]]
"""By measure, queries and truth, what was seen of each pair of cells."""


def print_lines(run: Run, lines: Lines) -> None:
    """Each measure, then all of them together."""
    together: Lines = {}
    for (measure, n, name), found in lines.items():
        print_line(run, measure, n, name, found)
        together.setdefault(("all", n, name), []).extend(found)
    for (measure, n, name), found in sorted(together.items()):
        print_line(run, measure, n, name, found)


def print_line(run: Run, measure: str, n: int, name: str, found: list[Seen]) -> None:
    false, cover = ([mean_error(getattr(one, what)) for one in found] for what in ("false", "covers"))
    over = sum(share > 0.05 + run.bar(0.05) for share, _ in false)
    under = sum(share < 0.93 - run.bar(0.93) for share, _ in cover)
    means = [
        f"{100 * np.mean([getattr(one, what) for one in found]):.1f}"
        for what in ("false", "covers", "settled", "few")
    ]
    row(
        measure,
        n,
        name,
        len(found),
        means[0],
        percent(max(false)),
        over,
        means[1],
        percent(min(cover)),
        under,
        *means[2:],
    )


def groups_table(run: Run, real: list[worlds.World]) -> None:
    heading(f"Near-copies of a query, one to three together: {run.studies} studies a pair of cells")
    columns(
        "measure | queries | truth | pairs | false word | worst (SE) | over | covers | worst (SE) | under | settled | by bounds"
    )
    lines: Lines = {}
    for line, (world, n) in enumerate(product(real, COUNTS)):
        rng = run.rng(line, n)
        drawn = {
            "swapped": world,
            "at the margin": world.leaning(MARGIN if world.true > 0 else -MARGIN),
            "as it is": world,
        }
        for name, one in drawn.items():
            if one is None:
                continue
            sums, sizes = worlds.in_groups(rng, one, n, run.studies)
            true = one.true
            if name == "swapped":
                sums, true = worlds.swapped(rng, sums), 0.0
            lines.setdefault((world.measure, n, name), []).append(
                judged(sums, sizes, true, world.measure, line)
            )
    print_lines(run, lines)


# --- few that differ, and rare losses -------------------------------------------------------------------------------


def sparse_table(run: Run) -> None:
    heading(f"Few queries that differ: {run.studies} studies a line")
    columns(
        "size of a difference | signs | queries | expected to differ | covers (SE) | bootstrap-t alone | false word (SE) | width x queries | by bounds | "
    )
    for line, sizes in enumerate(worlds.SIZES):
        typical = worlds.typical_size(sizes)
        for signs, gains in worlds.SIGNS.items():
            for n in (30, 100, 300):
                for differ in (0, 1, 2, 5, 10, 20):
                    true = differ / n * typical * (2 * gains - 1)
                    sums = worlds.sparse(
                        run.rng(line, n, differ), n, run.studies, differ=differ, sizes=sizes, signs=signs
                    )
                    found = judged(sums, np.ones(n), true, "R@100", line)
                    alone = bootstrap_t(sums, np.ones(n), draws=DRAWS, seed=line)
                    width = f"{np.median(found.width) * n:.1f}"
                    row(
                        sizes,
                        signs,
                        n,
                        differ,
                        percent(mean_error(found.covers)),
                        percent(mean_error(np.abs(alone.mean - true) <= alone.half)),
                        percent(mean_error(found.false)),
                        width,
                        f"{100 * found.few.mean():.0f}",
                        run.holds(found),
                    )


def unusual_table(run: Run) -> None:
    heading(f"Lopsided differences of mean 0: {run.studies} studies a line")
    columns(
        "differences | queries | false word (SE) | covers (SE) | by bounds | as errors are judged: false word | covers | "
    )
    for line, (name, change) in enumerate(worlds.UNUSUAL.items()):
        for n in (*COUNTS, 1_000):
            sums = change(run.rng(line, n), (n, run.studies))
            found, other = judged(sums, np.ones(n), 0.0, "nDCG@10", line), judged_as_errors(sums, 0.0, line)
            false, cover, *others = (
                percent(mean_error(getattr(one, what)))
                for one in (found, other)
                for what in ("false", "covers")
            )
            row(name, n, false, cover, f"{100 * found.few.mean():.0f}", *others, run.holds(found))


# --- queries needed -------------------------------------------------------------------------------------------------


def needed_table(run: Run, real: list[worlds.World]) -> None:
    heading(f"At the queries that are said to be needed, for 80 %: {run.studies} studies a line")
    columns(
        "cells | measure | true difference | differ | needed | settled (SE) | as rows of errors are counted | "
    )
    for line, world in enumerate(real):
        spread, share = float(world.change.std()), float((world.change != 0).mean())
        needed = rows_needed_between_ends(world.true, spread, MARGIN, reach=1.0, share=share, candidates=1)
        if query_measure(world.measure).of_hits or needed is None or needed > 6_000:
            continue
        found = judged(
            world.draw(run.rng(line), needed, run.studies), np.ones(needed), world.true, world.measure, line
        )
        settled = mean_error(found.settled & ~found.false)
        holds = "holds" if settled[0] >= 0.80 - run.bar(0.80) else "FAILS"
        others = rows_needed([(world.true, spread)], MARGIN, candidates=1)
        row(
            world.name,
            world.measure,
            f"{world.true:+.3f}",
            f"{100 * share:.0f} %",
            needed,
            percent(settled),
            others,
            holds,
        )


TABLES: dict[str, Callable[[Run, list[worlds.World]], None]] = {
    "real": partial(real_table, as_errors=False),
    "errors": partial(real_table, as_errors=True),
    "groups": groups_table,
    "sparse": lambda run, _: sparse_table(run),
    "unusual": lambda run, _: unusual_table(run),
    "needed": needed_table,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, help="run folders of semascope retrieve")
    parser.add_argument("--studies", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=TABLES, nargs="+", default=list(TABLES), help="these tables alone")
    parser.add_argument(
        "--fewest", type=int, default=bounded.FEWEST, help="queries that must differ for a bootstrap"
    )
    parser.add_argument(
        "--enough", type=float, default=bounded.ENOUGH, help="full differences that squares must be worth"
    )
    settings = parser.parse_args()
    bounded.FEWEST, bounded.ENOUGH = settings.fewest, settings.enough
    run = Run(settings.studies, settings.seed)
    real = worlds.real_worlds(settings.folders, MEASURES) if settings.folders else []
    began = time.perf_counter()
    for name in settings.only:
        TABLES[name](run, real)
    minutes = (time.perf_counter() - began) / 60
    print(f"\n{run.studies} studies a line, {DRAWS:,} draws, {minutes:.0f} minutes. Numbers in %.")


if __name__ == "__main__":
    main()
