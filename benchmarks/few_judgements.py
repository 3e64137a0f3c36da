"""How many judgements a person has to give, and whether the words hold that come of them, with and without a machine's help.

    python benchmarks/few_judgements.py COLLECTION RUNS [--draws 200] [--cells BASELINE CANDIDATE] [--measure nDCG@10]

COLLECTION is a folder with judgements (SciFact's training queries in the documentation), RUNS the ``runs.parquet`` of a study on it. The
judgements play the person: a pooled document that they do not name is not relevant. A machine of sensitivity s and specificity t
calls a relevant document relevant with chance s, and another one with chance 1 - t; *partial* calls relevant what the candidate
has among its first three, whatever it says. Everything that draws, estimates and bounds is the product's own code.

What it takes: median judgements until the candidate is called better or worse, at a bound that holds at every look; and until 1.96 standard
errors are the difference, what a person needs who looks once and knows when. What holds: the share of draws in which any look gave
a word although the two runs were swapped at random query by query, so that there is no difference; and in which any look's interval missed
the mean of the queries that the draw was made from.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from semascope.retrieval.asking.drawing import EVEN, Drawing
from semascope.retrieval.asking.estimates import Estimated, estimate
from semascope.retrieval.asking.pool import Looked, Pool, pools
from semascope.retrieval.asking.worth import differences
from semascope.retrieval.collections.read_beir import read_collection
from semascope.retrieval.measuring.naming import query_measure
from semascope.retrieval.rankings import Rankings
from semascope.stats.always_valid import Bound
from semascope.studies.retrieval.few.open_queries import known_grades
from semascope.studies.retrieval.few.task import SETTLES
from semascope.studies.retrieval.few.verdicts import FEWEST

JUDGES = {"95 / 99.5 %": (0.95, 0.995), "85 / 98 %": (0.85, 0.98), "60 / 95 %": (0.6, 0.95)}
Grades = dict[str, dict[str, float]]
Judge = Callable[[np.random.Generator], Grades]


@dataclass(frozen=True, kw_only=True)
class World:
    """Two cells on the queries of a collection, all of which are judged."""

    pools: list[Pool]
    human: np.ndarray  # (1, q) differences by the judgements
    costs: np.ndarray  # (q,) judgements that a query takes
    whole: np.ndarray  # (q,) pooled documents
    grades: Grades
    measure: str

    @classmethod
    def of(cls, pooled: list[Pool], grades: Grades, measure: str) -> World:
        """Of pooled documents and their judgements."""
        return cls(
            pools=pooled,
            human=differences(pooled, grades, query_measure(measure)),
            costs=np.array([cost(pool, grades.get(pool.query, {})) for pool in pooled]),
            whole=np.array([len(pool) for pool in pooled]),
            grades=grades,
            measure=measure,
        )

    def resampled(self, rng: np.random.Generator) -> tuple[World, np.ndarray]:
        """As many queries drawn from these, each a query of its own; and their places."""
        places = rng.integers(0, len(self.pools), len(self.pools))
        named = [replace(self.pools[place], query=f"{place} {row}") for row, place in enumerate(places)]
        return replace(
            self, pools=named, human=self.human[:, places], costs=self.costs[places], whole=self.whole[places]
        ), places

    def judged(self, judge: Judge, rng: np.random.Generator) -> np.ndarray:
        """(1, q) differences by a machine."""
        return differences(self.pools, judge(rng), query_measure(self.measure))


def cost(pool: Pool, grades: dict[str, float]) -> int:
    """Judgements until nothing can change any more."""
    known: dict[str, float] = {}
    while left := pool.open(known):
        known[pool.documents[left[0]]] = grades.get(pool.documents[left[0]], 0.0)
    return len(known)


def machine(world: World, sensitivity: float, specificity: float) -> Judge:
    def judge(rng: np.random.Generator) -> Grades:
        found: Grades = {}
        for pool in world.pools:
            luck = rng.random(len(pool)).tolist()
            known = world.grades.get(pool.query, {})
            found[pool.query] = {
                document: float(
                    chance < sensitivity if known.get(document, 0.0) > 0 else chance > specificity
                )
                for document, chance in zip(pool.documents, luck, strict=True)
            }
        return found

    return judge


def partial(world: World) -> Judge:
    """Calls relevant what the candidate has among its first three."""
    found = {
        pool.query: dict(zip(pool.documents, (pool.ranks[1] <= 3).astype(float).tolist(), strict=True))
        for pool in world.pools
    }
    return lambda rng: found


@dataclass(frozen=True, kw_only=True)
class Way:
    """How judgements are spent."""

    name: str
    even: float = EVEN
    whole: bool = False  # all pooled documents are judged
    judge: Judge | None = None
    trust: float | None = None


def looks(
    drawing: Drawing, human: np.ndarray, said: np.ndarray | None, trust: float | None, *, last: int = 10**9
) -> Iterator[tuple[int, Estimated]]:
    """Every look from the first that may give a word; behind 200 queries every tenth."""
    for judged in range(FEWEST, min(last, len(drawing.order)) + 1):
        if judged <= 200 or judged % 10 == 0:
            yield judged, estimate(drawing, human[:, drawing.order[:judged]], said, trust=trust)


def effort(world: World, way: Way, *, draws: int, bound: Bound) -> tuple[float, float, float]:
    """Median judgements at every look and at one, and the share of draws that were settled rightly."""
    truth = float(world.human.mean())
    many, once, right = [], [], 0
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        said = world.judged(way.judge, rng) if way.judge else None
        drawing = Drawing.of(world.pools, seed=seed, even=way.even)
        spent = np.cumsum((world.whole if way.whole else world.costs)[drawing.order])
        settled = enough = np.inf
        for judged, found in looks(drawing, world.human, said, way.trust):
            mean, variance = float(found.difference[0]), float(found.variance[0])
            if np.isinf(enough) and 1.96 * variance**0.5 <= abs(truth):
                enough = spent[judged - 1]
            if np.isinf(settled) and bound.p(mean, variance) < 0.05:
                settled = spent[judged - 1]
                right += mean * truth > 0
            if np.isfinite(settled) and np.isfinite(enough):
                break
        many.append(settled)
        once.append(enough)
    return float(np.median(many)), float(np.median(once)), right / draws


def faults(world: World, way: Way, *, draws: int, bound: Bound) -> tuple[float, float]:
    """Shares of draws with a word at any look where there is no difference, and with an interval that missed at any look."""
    truth = float(world.human.mean())
    words = misses = 0
    for seed in range(draws):
        rng = np.random.default_rng(10_000 + seed)
        said = world.judged(way.judge, rng) if way.judge else None
        sign = rng.choice([-1.0, 1.0], len(world.pools))
        drawing = Drawing.of(world.pools, seed=seed, even=way.even)
        swapped = None if said is None else said * sign
        words += any(
            bound.p(float(found.difference[0]), float(found.variance[0])) < 0.05
            for _, found in looks(drawing, world.human * sign, swapped, way.trust)
        )
        again, places = world.resampled(rng)
        drawing = Drawing.of(again.pools, seed=seed, even=way.even)
        misses += any(
            abs(float(found.difference[0]) - truth) > bound.half_width(float(found.variance[0]))
            for _, found in looks(drawing, again.human, None if said is None else said[:, places], way.trust)
        )
    return words / draws, misses / draws


def ways(world: World) -> list[Way]:
    plain = [
        Way(name="random queries, all pooled documents", even=1.0, whole=True),
        Way(name="random queries, documents whose place differs", even=1.0),
        Way(name="by disagreement, documents whose place differs"),
    ]
    for name, (sensitivity, specificity) in JUDGES.items():
        judge = machine(world, sensitivity, specificity)
        plain.append(Way(name=f"with a judge of {name}", judge=judge))
        plain.append(Way(name=f"with a judge of {name}, untuned", judge=judge, trust=1.0))
    return [*plain, Way(name="with a partial judge", judge=partial(world))]


def read(folder: Path, runs: Path, cells: list[str], measure: str) -> World:
    collection = read_collection(folder)
    table = pq.read_table(runs)
    grades = known_grades(collection.judgements)
    asked = [query for query in collection.queries.ids if any(grades.get(query, {}).values())]
    found = {
        cell: Rankings.from_table(
            table.filter(pc.equal(table["cell"], cell)), query_ids=asked, doc_ids=collection.documents.ids
        )
        for cell in cells
    }
    return World.of(pools(found, looked=Looked.by(query_measure(measure))), grades, measure)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("collection", type=Path)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--cells", nargs=2, default=["minilm", "hybrid:minilm+bm25,way=sum"])
    parser.add_argument("--measure", default="nDCG@10")
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--queries", type=int, help="of all queries so many, at random")
    asked = parser.parse_args(arguments)
    world = read(asked.collection, asked.runs, asked.cells, asked.measure)
    if asked.queries:
        kept = np.random.default_rng(0).choice(len(world.pools), asked.queries, replace=False)
        world = World.of([world.pools[place] for place in kept], world.grades, asked.measure)
    bound = Bound(settles=SETTLES)
    print(f"python {' '.join(['benchmarks/few_judgements.py', *arguments])}")
    print(
        f"{asked.cells[1]} against {asked.cells[0]}, {len(world.pools)} queries: {asked.measure} {world.human.mean():+.3f}, standard"
        f" deviation {world.human.std():.3f}, {world.whole.mean():.1f} pooled documents a query, {world.costs.mean():.1f} to be judged;"
        f" {asked.draws} draws"
    )
    print(f"{'':50}{'every look':>12}{'one look':>10}{'right':>8}{'false words':>13}{'missed':>8}")
    for way in ways(world):
        many, once, right = effort(world, way, draws=asked.draws, bound=bound)
        words, missed = faults(world, way, draws=asked.draws, bound=bound)
        print(f"{way.name:50}{many:12,.0f}{once:10,.0f}{right:8.0%}{words:13.1%}{missed:8.1%}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
