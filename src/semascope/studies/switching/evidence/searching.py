"""Queries as a task: documents are ranked by their vectors, judgements measure every query.

Letters: n documents, q queries that are asked, m queries that judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from semascope.retrieval.dense import DenseDocuments
from semascope.retrieval.measuring.query_scores import score_queries
from semascope.retrieval.rankings import ranked
from semascope.stats.intervals import estimate_scores
from semascope.stats.scores import judge_scores
from semascope.studies.switching.evidence.forms import search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.measuring.hits import AnswerKey
    from semascope.retrieval.measuring.measures import QueryMeasure
    from semascope.retrieval.rankings import Rankings
    from semascope.stats.results import Estimate, Family
    from semascope.studies.switching.evidence.forms import Form
    from semascope.types import Array, Vectors

KEPT = 100  # documents of each query that are kept, unless the measure looks deeper
WHOLE = 1_000  # the same, where the measure has no cutoff


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Queries:
    """The queries of a collection that somebody judged."""

    key: AnswerKey
    measure: QueryMeasure
    query_ids: Sequence[str]  # (q,)
    doc_ids: Sequence[str]  # (n,)
    copies: (
        Sequence[int] | None
    )  # (m,) a label of each query of the key; None where every one stands for itself
    seed: int

    name = "queries"
    kind: Literal["regression", "classification", "queries"] = "queries"
    head = ""
    trained = 0
    floor_of = "documents in a random order"

    @property
    def judged(self) -> int:
        """Queries that judge."""
        return len(self.key)

    @property
    def kept(self) -> int:
        """Documents of each query that are kept."""
        return WHOLE if self.measure.cutoff is None else max(KEPT, self.measure.cutoff)

    def rank(self, vectors: Form, asking: Vectors) -> Rankings:
        """The documents of every query, best first."""
        if vectors.rescored is None:
            documents = DenseDocuments.read(vectors.rows, self.doc_ids)
            return documents.rank(vectors.asks(asking), self.query_ids, k=self.kept)
        looked_at = self.measure.cutoff or self.kept
        places, similarities = search(vectors, asking, looked_at)
        return ranked(
            zip(places, similarities, strict=True),
            query_ids=self.query_ids,
            doc_ids=self.doc_ids,
            k=looked_at,
        )

    def scores(self, rankings: Rankings) -> Array:
        """(m,) the measure of every query that judges."""
        return score_queries(rankings, self.key, [self.measure]).scores[self.measure.name]

    def answers(self, vectors: Form, asking: Vectors | None) -> Array:
        """(m,) the measure of every query when documents are kept in a form."""
        assert asking is not None
        return self.scores(self.rank(vectors, asking))

    def floor(self, vectors: Form, asking: Vectors | None) -> Array:
        """(m,) the measure of every query when each finds what another one would: the documents' vectors are shuffled."""
        assert asking is not None
        order = np.random.default_rng(self.seed).permutation(len(self.doc_ids))
        shuffled = DenseDocuments.read(vectors.rows[order], self.doc_ids)
        return self.scores(shuffled.rank(vectors.asks(asking), self.query_ids, k=self.kept))

    def estimate(self, answers: Array) -> Estimate:
        """The mean over queries, with its interval."""
        return estimate_scores(
            answers, measure=self.measure, groups=self.copies, unit="query", seed=self.seed
        )

    def family(self, answers: Mapping[str, Array], *, baseline: str, margin: float | None) -> Family:
        """Every way of searching against the baseline, query by query."""
        return judge_scores(
            answers,
            baseline=baseline,
            measure=self.measure,
            margin=margin,
            groups=self.copies,
            unit="query",
            seed=self.seed,
        )
