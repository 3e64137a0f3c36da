"""Scores of queries whose true difference is known, for ``query_verdicts.py``.

A world is pairs of scores with the probability of each; a study draws n of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from semascope.retrieval.hits import AnswerKey
from semascope.retrieval.naming import query_measure
from semascope.retrieval.query_scores import score_queries
from semascope.retrieval.rankings import Rankings
from semascope.studies.retrieval.asked import read_asked
from semascope.studies.retrieval.settings import RetrievalStudy


@dataclass(frozen=True, kw_only=True)
class World:
    """Two cells on all queries that there are."""

    name: str
    measure: str
    baseline: np.ndarray  # (m,)
    candidate: np.ndarray  # (m,)
    chances: np.ndarray | None = None  # (m,) None: all alike

    @property
    def change(self) -> np.ndarray:
        """(m,) candidate less baseline."""
        return self.candidate - self.baseline

    @property
    def true(self) -> float:
        """The mean difference over all queries."""
        return float(np.average(self.change, weights=self.chances))

    def draw(self, rng: np.random.Generator, n: int, *, again: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """Scores of both cells on n queries."""
        rows = rng.choice(len(self.baseline), n, replace=again, p=self.chances)
        return self.baseline[rows], self.candidate[rows]

    def leaning(self, true: float) -> World | None:
        """The same pairs with chances that make this the true difference (exponential tilting); None where none do.

        Differences stay what they are, the many zeros too, so that a mean of 0 keeps the skewness of a real comparison.
        """
        change = self.change
        if not change.min() < true < change.max():
            return None
        low, high = -500.0, 500.0
        for _ in range(200):
            middle = (low + high) / 2
            chances = np.exp(middle * change - abs(middle))
            chances /= chances.sum()
            low, high = (low, middle) if chances @ change > true else (middle, high)
        return World(
            name=self.name,
            measure=self.measure,
            baseline=self.baseline,
            candidate=self.candidate,
            chances=chances,
        )


def swapped(
    rng: np.random.Generator, pair: tuple[np.ndarray, np.ndarray], groups: list[int] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The two scores of every query, or of whole groups, exchanged by a coin: no true difference."""
    turned = (rng.random(len(pair[0])) < 0.5)[slice(None) if groups is None else groups]
    return np.where(turned, pair[1], pair[0]), np.where(turned, pair[0], pair[1])


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
                baseline=scores[one][measure],
                candidate=scores[other][measure],
            )
            for measure in measures
            for one, other in combinations(scores, 2)
        ]
    return found


SIZES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "1": lambda _, count: np.ones(count),
    "1/2 to 9/10, as ranks have": lambda rng, count: 1 - 1 / rng.integers(2, 11, count),
    "0 to 1, even": lambda rng, count: rng.random(count),
    "small, one in ten 1": lambda rng, count: np.where(rng.random(count) < 0.1, 1.0, 0.05),
}
SIGNS = {"all gains": 1.0, "four in five": 0.8, "half": 0.5}


def sparse_pair(
    rng: np.random.Generator, n: int, *, differ: float, sizes: str, signs: str
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of which ``differ`` of n are expected to differ."""
    gained = np.where(rng.random(n) < SIGNS[signs], 1.0, -1.0)
    change = np.where(rng.random(n) < differ / n, SIZES[sizes](rng, n) * gained, 0.0)
    return np.where(change < 0, -change, 0.0), np.where(change > 0, change, 0.0)


def typical_size(sizes: str) -> float:
    return float(SIZES[sizes](np.random.default_rng(0), 1_000_000).mean())


def outliers(share: float, noise: float) -> Callable[[np.random.Generator, int], np.ndarray]:
    """Differences of mean 0: a full loss on ``share`` of the queries, a little gain with some noise on the others."""
    gain = share / (1 - share)

    def change(rng: np.random.Generator, n: int) -> np.ndarray:
        return np.where(rng.random(n) < share, -1.0, (gain + noise * rng.normal(size=n)).clip(-1, 1))

    return change


def skewed(scale: float) -> Callable[[np.random.Generator, int], np.ndarray]:
    """Lognormal differences that end at 1, on half of the queries, with a mean of 0."""
    typical = np.minimum(scale * np.exp(np.random.default_rng(0).normal(size=1_000_000)), 1.0).mean()

    def change(rng: np.random.Generator, n: int) -> np.ndarray:
        drawn = np.minimum(scale * np.exp(rng.normal(size=n)), 1.0) - typical
        return np.where(rng.random(n) < 0.5, drawn, 0.0)

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


def in_groups(rng: np.random.Generator, world: World, n: int) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """About n queries in groups of one to three near-copies, of which three in four have the score of the first."""
    sizes = rng.choice([1, 2, 3], size=n, p=[0.7, 0.2, 0.1])
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), n)) + 1]
    groups = np.repeat(np.arange(len(sizes)), sizes)
    first, own = world.draw(rng, len(sizes)), world.draw(rng, len(groups))
    alike = rng.random(len(groups)) < 0.75
    one, other = (np.where(alike, a[groups], b) for a, b in zip(first, own, strict=True))
    return one, other, groups.tolist()
