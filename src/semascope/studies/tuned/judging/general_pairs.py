"""A general set of pairs of texts with a score of how alike they are: do cosines still order the pairs as people do?

Letters: m pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.path import embed
from semascope.errors import DataError
from semascope.stats.measures import get_measure
from semascope.stats.verdict import judge
from semascope.studies.tuned.judging.general_rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.stats.measure import RowMeasure
    from semascope.stats.results import Family
    from semascope.store.vectors import VectorStore
    from semascope.studies.tuned.judging.general import GeneralSet
    from semascope.studies.tuned.judging.general_rows import SetRows
    from semascope.types import Array, Floats, Progress, Vectors

_SAME = 1e-6
"""Cosines that differ by no more are equal: what is left is rounding."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PairCosines:
    """Pairs that people scored."""

    name: str
    rows: SetRows
    scores: Floats  # (m,)
    why_not: str
    seed: int

    what = "similarity"
    unit = "pair"
    by_cosines = True
    floor_of = "pairs in a random order"

    @property
    def measure(self) -> RowMeasure:
        """Spearman's correlation of cosine and score."""
        return get_measure("spearman", "regression")

    @property
    def judged(self) -> int:
        """Pairs."""
        return len(self.rows)

    @property
    def left_out(self) -> int:
        """Pairs of which a text was tuned on."""
        return self.rows.left_out

    def vectors(
        self, encoder: Encoder, *, store: VectorStore | None, progress: Progress
    ) -> tuple[Vectors, ...]:
        """Twice (m, d): no side asks for the other, so both are read alike."""
        one, other = self.rows.texts
        found = embed([*one, *other], encoder=encoder, store=store, progress=progress).vectors
        return found[: len(one)], found[len(one) :]

    def answers(self, vectors: tuple[Vectors, ...]) -> Array:
        """(m,) cosines. Where all are the same, pairs in a random order: a correlation with a constant would be undefined."""
        one, other = (side.astype(np.float64) for side in vectors)
        lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        cosines: Array = np.einsum("md,md->m", one, other) / lengths
        return self.floor(vectors) if np.ptp(cosines) <= _SAME else cosines

    def floor(self, vectors: tuple[Vectors, ...]) -> Array:
        """(m,) a random order."""
        return np.random.default_rng(self.seed).permutation(self.judged).astype(np.float64)

    def value(self, answers: Array) -> float:
        """Spearman's correlation over all pairs."""
        return self.measure.of(self.scores, answers)

    def family(self, answers: Mapping[str, Array], *, baseline: str, margin: float | None) -> Family:
        """Pairs that share a text, near copies included, as one.

        Notes
        -----
        p from exchanging the two encoders' ranks of a pair; the interval from a symmetric bootstrap of the difference that ranks
        anew in each resample (``stats/swaps.py``).
        """
        return judge(
            self.scores,
            answers,
            baseline=baseline,
            measure=self.measure,
            margin=margin,
            groups=self.rows.groups,
            seed=self.seed,
        )


def read_pair_scores(
    asked: GeneralSet, encoders: Iterable[Encoder], *, read: Sequence[str] = (), seed: int
) -> PairCosines:
    """The pairs of a table that have both texts and a score.

    Parameters
    ----------
    read
        What a training has just read: near copies of it are left out too.

    Raises
    ------
    ConfigError, DataError
        For a file or a column that cannot be used, and scores that are all the same.
    """
    rows = read_rows(asked, [[asked.left], [asked.right]], [asked.score], encoders, read=read, seed=seed)
    scores = rows.table.numbers(asked.score)
    known = np.isfinite(scores)
    if known.any() and np.ptp(scores[known]) == 0:
        raise DataError(
            f"general set {asked.label!r} has score {scores[known][0]:g} in every row of {asked.score!r}; scores must vary, or there is"
            " no order; name another column"
        )
    rows = rows.take(known)
    return PairCosines(name=asked.label, rows=rows, scores=scores[known], why_not=rows.why_not, seed=seed)
