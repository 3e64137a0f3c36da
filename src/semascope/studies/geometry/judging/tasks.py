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
    vectors: Mapping[str, Vectors]  # by space, (n, d)
    codes: Ints  # (n,) -1 where a row has no label
    names: Sequence[str]  # of the labels
    components: Ints  # (n,) rows that must stay on one side


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SearchTask:
    """Queries that documents answer."""

    queries: Mapping[str, Vectors]  # by space, (q, d)
    documents: Mapping[str, Vectors]  # by space, (m, d)
    # grade by document by query, both as numbers of rows; None: pairs, document i answers query i
    qrels: Mapping[int, Mapping[int, float]] | None = None
    query_components: Ints | None = (
        None  # (q,) queries that must stay on one side; None: those of equal vectors
    )
    document_components: Ints | None = None  # (m,) documents that say the same; None: those of equal vectors
