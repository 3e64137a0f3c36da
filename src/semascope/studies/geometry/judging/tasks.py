"""What remedies are judged by: labels to tell, queries to answer. Letters: n rows, q queries, m documents, d dim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.types import Ints, Vectors


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LabelTask:
    """Labels of rows, to be told by a probe and by neighbours."""

    label: str  # name of the column
    vectors: Mapping[str, Vectors]  # by space, (n, d) of unit length
    codes: Ints  # (n,) -1 where a row has no label
    names: Sequence[str]  # of the labels
    components: Ints  # (n,) rows that must stay on one side: ``sides.rows_together``


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SearchTask:
    """Queries that documents answer.

    Queries of equal vectors are one question: each is right with the answers of all. Documents that say the same are one
    document, found or not found together, so that a copy of an answer is no miss.
    """

    queries: Mapping[str, Vectors]  # by space, (q, d) of unit length
    documents: Mapping[str, Vectors]  # by space, (m, d) of unit length
    # grade by document by query, both as numbers of rows, above 0 for an answer; None: pairs, document i answers query i
    qrels: Mapping[int, Mapping[int, float]] | None = None
    components: Ints | None = None  # (q,) queries that must stay on one side; None: those of equal vectors
    copies: Ints | None = (
        None  # (m,) numbers equal where documents say the same; None: those of equal vectors
    )
