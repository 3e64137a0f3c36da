"""What mining is given and what it gives: known answers, and candidates with where they stood.

Letters: n documents, p pairs of a query and a document that answers it, c candidates kept of a pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from semascope.types import Floats, Ints

NOBODY = -1
"""In a cell of ``Mined`` behind the candidates of a pair."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answers:
    """What is known to answer what.

    Raises
    ------
    DataError
        For columns of different length.
    """

    queries: Ints  # (p,) places of queries
    documents: Ints  # (p,) places of documents; every answer of a query that is known, trained on or not
    groups: Ints  # (n,) of documents: copies and near-copies have one number

    def __post_init__(self) -> None:
        if len(self.queries) != len(self.documents):
            raise DataError(
                f"{len(self.queries)} queries and {len(self.documents)} documents are given as pairs; each query needs one; give"
                " columns of one table"
            )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Mined:
    """Candidates of each of p pairs; cells behind them hold ``NOBODY``, ranks 0 and similarities NaN."""

    documents: Ints  # (p, c) places, by their best rank
    similarities: Floats  # (p, c) inner product with the query
    vector_ranks: Ints  # (p, c) from 1; 0 where the vectors did not find it
    word_ranks: Ints  # (p, c) from 1; 0 where the words did not find it
    counts: Ints  # (p,) candidates
    answers: Floats  # (p,) similarity of the answer
    answering: Ints  # (p,) documents looked at that answer the query, or are near-copies of what does
    too_near: Ints  # (p,) others left out by a margin


def nothing_mined(similarities: Floats, *, count: int) -> Mined:
    """No candidate yet of any of p pairs, of which the answers have these similarities."""
    pairs = len(similarities)
    shape = (pairs, count)
    return Mined(
        documents=np.full(shape, NOBODY, dtype=np.int64),
        similarities=np.full(shape, np.nan),
        vector_ranks=np.zeros(shape, dtype=np.int64),
        word_ranks=np.zeros(shape, dtype=np.int64),
        counts=np.zeros(pairs, dtype=np.int64),
        answers=similarities,
        answering=np.zeros(pairs, dtype=np.int64),
        too_near=np.zeros(pairs, dtype=np.int64),
    )
