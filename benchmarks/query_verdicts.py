"""Do verdicts on scores of queries keep their promise? Studies drawn from real runs, and from made ones, whose answer is known.

    semascope retrieve SCIFACT --encoder minilm --encoder hybrid:minilm+bm25 --encoder hybrid:minilm+bm25,way=sum --output scifact
    semascope retrieve PAIRS.jsonl --query title --document abstract --encoder minilm --encoder hybrid:minilm+bm25 --output titles
    python benchmarks/query_verdicts.py scifact titles --studies 500       # half an hour on one core

Without folders the tables of real runs are left out. Prints Markdown; the bars are two standard errors wide.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

import query_worlds as worlds
from semascope.retrieval.naming import query_measure
from semascope.stats.paired import bootstrap_t
from semascope.stats.power import rows_needed, rows_needed_between_ends
from semascope.stats.results import Verdict
from semascope.stats.scores import judge_scores
from verdicts import columns, heading, mean_error, percent, row

MEASURES = ["nDCG@10", "R@100", "RR@10", "AP", "Success@1"]
COUNTS = (30, 100, 300)
MARGIN = 0.02
DRAWS = 2_000


@dataclass(frozen=True)
class Seen:
    """What one study said, beside the truth."""

    word: str
    false: (
        bool  # the wrong sign, any sign of no difference, "equivalent" of a difference of the margin or more
    )
    covers: bool
    p: float
    at_odds: bool  # the word, p and the two intervals do not belong together
    reason: str
    width: float


def judged(
    pair: tuple[np.ndarray, np.ndarray],
    true: float,
    measure: str,
    *,
    seed: int,
    groups: list[int] | None = None,
    ends: bool = True,
    draws: int = DRAWS,
) -> Seen:
    """``ends=False`` judges as errors are: by the bootstrap and the two rules for rare differences."""
    taken = query_measure(measure)
    if not ends:
        taken = replace(taken, ends=(-np.inf, np.inf), of_hits=False)
    verdict = judge_scores(
        {"one": pair[0], "other": pair[1]},
        baseline="one",
        measure=taken,
        margin=MARGIN,
        groups=groups,
        unit="query",
        seed=seed,
        draws=draws,
    ).verdicts["other"]
    return seen(verdict, true)


def seen(verdict: Verdict, true: float) -> Seen:
    signs = {"better": 1, "worse": -1}
    wrong = verdict.word in signs and signs[verdict.word] != np.sign(round(true, 12))
    none_given = np.isnan(verdict.low)
    excludes = verdict.low > 0 or verdict.high < 0
    return Seen(
        word=verdict.word,
        false=wrong or (verdict.word == "equivalent" and abs(true) >= MARGIN - 1e-9),
        covers=bool(none_given or verdict.low - 1e-12 <= true <= verdict.high + 1e-12),
        p=verdict.p,
        at_odds=bool(verdict.word in signs and not (verdict.low >= 0 or verdict.high <= 0))
        or bool(excludes and not verdict.p < 0.05),
        reason=verdict.reason.split(":")[0].split("(")[0].strip(),
        width=verdict.high - verdict.low,
    )


class Studies:
    """Studies of one seed each, in forked processes."""

    def __init__(self, studies: int, processes: int) -> None:
        self.studies, self.processes = studies, processes

    def each(self, study: Callable) -> list:
        """``study(seed)`` for every seed."""
        if self.processes == 1:
            return [study(seed) for seed in range(self.studies)]
        _CURRENT[:] = [study]
        with ProcessPoolExecutor(self.processes, mp_context=get_context("fork")) as executor:
            return list(executor.map(_call, range(self.studies), chunksize=50))

    def bar(self, share: float) -> float:
        """Two standard errors of a share."""
        return 2 * float(np.sqrt(share * (1 - share) / self.studies))


_CURRENT: list[Callable] = []


def _call(seed: int) -> object:
    return _CURRENT[0](seed)


# --- real runs ------------------------------------------------------------------------------------------------------


def of_swapped(world: worlds.World, n: int, ends: bool, seed: int) -> Seen:
    rng = np.random.default_rng([seed, n])
    return judged(worlds.swapped(rng, world.draw(rng, n)), 0.0, world.measure, seed=seed, ends=ends)


def of_drawn(world: worlds.World, n: int, ends: bool, seed: int, *, again: bool = True) -> Seen:
    rng = np.random.default_rng([seed, n])
    return judged(world.draw(rng, n, again=again), world.true, world.measure, seed=seed, ends=ends)


def of_groups(world: worlds.World, n: int, null: bool, seed: int) -> Seen:
    rng = np.random.default_rng([seed, n])
    one, other, groups = worlds.in_groups(rng, world, n)
    pair = worlds.swapped(rng, (one, other), groups) if null else (one, other)
    return judged(pair, 0.0 if null else world.true, world.measure, seed=seed, groups=groups)


def kinds(world: worlds.World, ends: bool, n: int) -> dict[str, Callable[[int], Seen]]:
    """The truths that a pair of cells is judged under."""
    found = {"swapped": partial(of_swapped, world, n, ends)}
    still, near = world.leaning(0.0), world.leaning(MARGIN if world.true > 0 else -MARGIN)
    if still:
        found["mean 0"] = partial(of_drawn, still, n, ends)
    if near:
        found["at the margin"] = partial(of_drawn, near, n, ends)
    found["as it is"] = partial(of_drawn, world, n, ends)
    if n <= len(world.baseline) / 2:
        found["without replacement"] = partial(of_drawn, world, n, ends, again=False)
    return found


def real_table(run: Studies, real: list[worlds.World], *, ends: bool) -> None:
    how = "as the product judges" if ends else "as errors are judged: bootstrap-t, 1 % rule, skewness rule"
    heading(f"Real runs, {how}: {run.studies} studies a pair of cells")
    columns(
        "measure | queries | truth | pairs | false word | worst (SE) | over | covers | worst (SE) | under | settled"
    )
    reasons: Counter[str] = Counter()
    at_odds = 0
    for measure in MEASURES:
        pairs = [world for world in real if world.measure == measure]
        for n in COUNTS:
            lines: dict[str, list[list[Seen]]] = {}
            for world in pairs:
                for name, study in kinds(world, ends, n).items():
                    lines.setdefault(name, []).append(run.each(study))
            for name, found in lines.items():
                print_line(run, measure, n, name, found)
                reasons += Counter(
                    one.reason or "the interval is too wide"
                    for each in found
                    for one in each
                    if one.word == "unresolved"
                )
                at_odds += sum(one.at_odds for each in found for one in each)
    print(f"\nUnresolved, by reason: {dict(reasons)}. Words, p and intervals at odds: {at_odds}.")


def print_line(run: Studies, measure: str, n: int, name: str, found: list[list[Seen]]) -> None:
    false = [mean_error(np.array([one.false for one in each])) for each in found]
    cover = [mean_error(np.array([one.covers for one in each])) for each in found]
    settled = np.mean([[one.word != "unresolved" for one in each] for each in found])
    over = sum(share > 0.05 + run.bar(0.05) for share, _ in false)
    under = sum(share < 0.93 - run.bar(0.93) for share, _ in cover)
    means = [f"{100 * np.mean([share for share, _ in each]):.1f}" for each in (false, cover)]
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
        f"{100 * settled:.1f}",
    )


def groups_table(run: Studies, real: list[worlds.World]) -> None:
    heading(f"Near-copies of a query, one to three together: {run.studies} studies a pair of cells")
    columns(
        "measure | queries | truth | pairs | false word | worst (SE) | over | covers | worst (SE) | under | settled"
    )
    for measure in MEASURES:
        pairs = [world for world in real if world.measure == measure]
        for n in COUNTS:
            print_line(
                run, measure, n, "swapped", [run.each(partial(of_groups, world, n, True)) for world in pairs]
            )
            print_line(
                run,
                measure,
                n,
                "as it is",
                [run.each(partial(of_groups, world, n, False)) for world in pairs],
            )


# --- few that differ, and rare losses -------------------------------------------------------------------------------


def of_sparse(n: int, differ: float, sizes: str, signs: str, true: float, seed: int) -> tuple[Seen, bool]:
    """The study, and whether the bootstrap alone would have covered."""
    pair = worlds.sparse_pair(np.random.default_rng([seed, n]), n, differ=differ, sizes=sizes, signs=signs)
    change = (pair[1] - pair[0])[:, None]
    spread = bootstrap_t(change, np.ones(n), draws=DRAWS, seed=seed)
    return judged(pair, true, "R@100", seed=seed), bool(abs(spread.mean[0] - true) <= spread.half[0])


def sparse_table(run: Studies) -> None:
    heading(f"Few queries that differ: {run.studies} studies a line")
    columns(
        "size of a difference | signs | queries | expected to differ | covers (SE) | bootstrap-t alone | false word (SE) | width x queries | "
    )
    for sizes in worlds.SIZES:
        typical = worlds.typical_size(sizes)
        for signs, gains in worlds.SIGNS.items():
            for n in COUNTS:
                for differ in (0, 1, 2, 5, 10, 20):
                    true = differ / n * typical * (2 * gains - 1)
                    found = run.each(partial(of_sparse, n, differ, sizes, signs, true))
                    cover = mean_error(np.array([one.covers for one, _ in found]))
                    false = mean_error(np.array([one.false for one, _ in found]))
                    alone = mean_error(np.array([covered for _, covered in found]))
                    holds = cover[0] >= 0.93 - run.bar(0.93) and false[0] <= 0.05 + run.bar(0.05)
                    width = np.median([one.width for one, _ in found]) * n
                    row(
                        sizes,
                        signs,
                        n,
                        differ,
                        percent(cover),
                        percent(alone),
                        percent(false),
                        f"{width:.1f}",
                        "holds" if holds else "FAILS",
                    )


def of_unusual(change: Callable, n: int, ends: bool, seed: int) -> Seen:
    drawn = change(np.random.default_rng([seed, n]), n)
    return judged((np.maximum(-drawn, 0), np.maximum(drawn, 0)), 0.0, "nDCG@10", seed=seed, ends=ends)


def unusual_table(run: Studies) -> None:
    heading(f"Lopsided differences of mean 0: {run.studies} studies a line")
    columns(
        "differences | queries | false word (SE) | covers (SE) | as errors are judged: false word | covers | "
    )
    for name, change in worlds.UNUSUAL.items():
        for n in (*COUNTS, 1_000):
            shown = []
            for ends in (True, False):
                found = run.each(partial(of_unusual, change, n, ends))
                shown.append(
                    [
                        mean_error(np.array([getattr(one, what) for one in found]))
                        for what in ("false", "covers")
                    ]
                )
            (false, cover), others = shown
            holds = false[0] <= 0.05 + run.bar(0.05) and cover[0] >= 0.93 - run.bar(0.93)
            row(name, n, percent(false), percent(cover), *map(percent, others), "holds" if holds else "FAILS")


# --- queries needed -------------------------------------------------------------------------------------------------


def needed_table(run: Studies, real: list[worlds.World]) -> None:
    heading(f"At the queries that are said to be needed, for 80 %: {run.studies} studies a line")
    columns("cells | measure | true difference | differ | needed | settled (SE) | as rows are counted | ")
    for world in real:
        change = world.change
        spread, share = float(change.std()), float((change != 0).mean())
        needed = rows_needed_between_ends(world.true, spread, MARGIN, reach=1.0, share=share, candidates=1)
        if query_measure(world.measure).of_hits or needed is None or needed > 6_000:
            continue
        found = run.each(partial(of_drawn, world, needed, True))
        settled = mean_error(np.array([one.word != "unresolved" and not one.false for one in found]))
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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, help="run folders of semascope retrieve")
    parser.add_argument("--studies", type=int, default=500)
    parser.add_argument("--processes", type=int, default=1)
    tables = {
        "real": lambda run, real: real_table(run, real, ends=True),
        "errors": lambda run, real: real_table(run, real, ends=False),
        "groups": groups_table,
        "sparse": lambda run, _: sparse_table(run),
        "unusual": lambda run, _: unusual_table(run),
        "needed": needed_table,
    }
    parser.add_argument("--only", choices=tables, nargs="+", default=list(tables), help="these tables alone")
    settings = parser.parse_args()
    run = Studies(settings.studies, settings.processes)
    real = worlds.real_worlds(settings.folders, MEASURES) if settings.folders else []
    began = time.perf_counter()
    for name in settings.only:
        tables[name](run, real)
    minutes = (time.perf_counter() - began) / 60
    print(f"\n{run.studies} studies a line, {DRAWS:,} draws, {minutes:.0f} minutes. Numbers in %.")


if __name__ == "__main__":
    main()
