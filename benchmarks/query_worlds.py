"""Differences of scores of queries, whose true mean is known, for ``query_verdicts.py``.

A world is the differences of two cells on all queries that there are, with the probability of each; a study draws n of
them. Letters: n queries, b studies at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from semascope.retrieval.measuring.hits import AnswerKey
from semascope.retrieval.measuring.naming import query_measure
from semascope.retrieval.measuring.query_scores import score_queries
from semascope.retrieval.rankings import Rankings
from semascope.studies.retrieval.asking.asked import read_asked
from semascope.studies.retrieval.asking.settings import RetrievalStudy


@dataclass(frozen=True, kw_only=True)
class World:
    """Two cells on all queries that there are."""

    name: str
    measure: str
    change: np.ndarray  # (m,) candidate less baseline
    chances: np.ndarray | None = None  # (m,) None: all alike

    @property
    def true(self) -> float:
        """The mean difference over all queries."""
        return float(np.average(self.change, weights=self.chances))

    def draw(self, rng: np.random.Generator, n: int, studies: int, *, again: bool = True) -> np.ndarray:
        """(n, b) differences."""
        if again:
            return self.change[rng.choice(len(self.change), (n, studies), p=self.chances)]
        return np.stack([rng.choice(self.change, n, replace=False) for _ in range(studies)], axis=1)

    def leaning(self, true: float) -> World | None:
        """The same differences with chances that make this their mean (exponential tilting); None where none do.

        Differences stay what they are, the many zeros too, so that a mean of 0 keeps the skewness of a real comparison.
        """
        if not self.change.min() < true < self.change.max():
            return None
        low, high = -500.0, 500.0
        for _ in range(200):
            middle = (low + high) / 2
            chances = np.exp(middle * self.change - abs(middle))
            chances /= chances.sum()
            low, high = (low, middle) if chances @ self.change > true else (middle, high)
        return replace(self, chances=chances)


def swapped(rng: np.random.Generator, change: np.ndarray) -> np.ndarray:
    """The two scores of every query, or group, exchanged by a coin: no true difference."""
    return change * rng.choice([-1.0, 1.0], change.shape)


def real_worlds(folders: list[Path], measures: list[str]) -> list[World]:
    """All pairs of cells of run folders that ``semascope retrieve`` wrote, on all their judged queries."""
    found = []
    for folder in folders:
        study = RetrievalStudy.model_validate(
            yaml.safe_load((folder / "study.yaml").read_text(encoding="utf8"))
        )
        asked = read_asked(study)
        key = AnswerKey.of(asked.sides.judgements)
        table = pq.read_table(folder / "runs.parquet")
        scores = {}
        for cell in dict.fromkeys(table["cell"].to_pylist()):
            run = Rankings.from_table(
                table.filter(pc.equal(table["cell"], cell)),
                query_ids=list(asked.queries),
                doc_ids=asked.collection.documents.ids,
            )
            scores[cell] = score_queries(run, key, [query_measure(name) for name in measures]).scores
        found += [
            World(
                name=f"{folder.name}: {one}, {other}",
                measure=measure,
                change=scores[other][measure] - scores[one][measure],
            )
            for measure in measures
            for one, other in combinations(scores, 2)
        ]
    return found


Draw: TypeAlias = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]

SIZES: dict[str, Draw] = {
    "1": lambda _, shape: np.ones(shape),
    "1/2 to 9/10, as ranks have": lambda rng, shape: 1 - 1 / rng.integers(2, 11, shape),
    "0 to 1, even": lambda rng, shape: rng.random(shape),
    "small, one in ten 1": lambda rng, shape: np.where(rng.random(shape) < 0.1, 1.0, 0.05),
}
SIGNS = {"all gains": 1.0, "four in five": 0.8, "half": 0.5}


def sparse(
    rng: np.random.Generator, n: int, studies: int, *, differ: float, sizes: str, signs: str
) -> np.ndarray:
    """(n, b) differences of which ``differ`` of n are expected not to be 0."""
    shape = (n, studies)
    gained = np.where(rng.random(shape) < SIGNS[signs], 1.0, -1.0)
    return np.where(rng.random(shape) < differ / n, SIZES[sizes](rng, shape) * gained, 0.0)


def typical_size(sizes: str) -> float:
    return float(SIZES[sizes](np.random.default_rng(0), (1_000, 1_000)).mean())


def outliers(share: float, noise: float) -> Draw:
    """Differences of mean 0: a full loss on ``share`` of the queries, a little gain with some noise on the others."""
    gain = share / (1 - share)

    def change(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        return np.where(rng.random(shape) < share, -1.0, (gain + noise * rng.normal(size=shape)).clip(-1, 1))

    return change


def skewed(scale: float) -> Draw:
    """Lognormal differences that end at 1, on half of the queries, with a mean of 0."""
    typical = np.minimum(scale * np.exp(np.random.default_rng(0).normal(size=1_000_000)), 1.0).mean()

    def change(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        drawn = np.minimum(scale * np.exp(rng.normal(size=shape)), 1.0) - typical
        return np.where(rng.random(shape) < 0.5, drawn, 0.0)

    return change


UNUSUAL = {
    "1 % lose all, others gain, noise .03": outliers(0.01, 0.03),
    "1 % lose all, others gain, noise .1": outliers(0.01, 0.10),
    "3 % lose all, others gain, noise .03": outliers(0.03, 0.03),
    "3 % lose all, others gain, noise .1": outliers(0.03, 0.10),
    "10 % lose all, others gain, noise .03": outliers(0.10, 0.03),
    "half differ, lognormal .05": skewed(0.05),
    "half differ, lognormal .2": skewed(0.2),
}


def in_groups(rng: np.random.Generator, world: World, n: int, studies: int) -> tuple[np.ndarray, np.ndarray]:
    """(u, b) sums and (u,) sizes of about n queries in groups of one to three near-copies.

    Three in four have the difference of the first of their group.
    """
    sizes = rng.choice([1, 2, 3], size=n, p=[0.7, 0.2, 0.1])
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), n)) + 1]
    groups = np.repeat(np.arange(len(sizes)), sizes)
    first, own = world.draw(rng, len(sizes), studies)[groups], world.draw(rng, len(groups), studies)
    change = np.where(rng.random(own.shape) < 0.75, first, own)
    sums = np.zeros((len(sizes), studies))
    np.add.at(sums, groups, change)
    return sums, sizes.astype(np.float64)
