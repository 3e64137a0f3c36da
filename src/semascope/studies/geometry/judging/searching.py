"""Which queries judge a remedy, what it may be fitted on, and what is found. Letters: q queries, m documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.splits import by_appearance, join_components, make_split
from semascope.errors import DataError
from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.dense import DenseDocuments
from semascope.retrieval.measuring.hits import AnswerKey
from semascope.retrieval.measuring.naming import query_measure
from semascope.retrieval.measuring.query_scores import score_queries
from semascope.studies.geometry.judging.sides import FEWEST, equal_rows, units_of
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.studies.geometry.judging.tasks import SearchTask
    from semascope.types import Array, Floats, Ints, Vectors

MEASURE = "nDCG@10"
OF_PAIRS, OF_JUDGED = 0.5, 0.7
"""Shares of the queries that judge: of judged ones more, because documents that answer none of them fit the remedy too."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SearchSides:
    """Queries and documents that train, and queries that judge over all documents."""

    train_queries: Ints
    test_queries: Ints  # that have an answer, ascending
    train_documents: Ints  # distinct ones that answer no query that judges
    distinct: Ints  # (u,) one document for each that says something else
    key: AnswerKey | None  # of the queries that judge; None without sides
    units: list[int] | None  # of the queries that judge: what counts as one; None when that is the query
    notes: tuple[str, ...] = ()
    reason: str = ""  # why there are no sides; "" when there are

    def fit_rows(self, queries: Array, documents: Array) -> Array:
        """The rows that a remedy is fitted on."""
        return np.concatenate([queries[self.train_queries], documents[self.train_documents]])

    def scores(self, queries: Vectors, documents: Vectors) -> Floats:
        """(k,) nDCG@10 of each query that judges, over all distinct documents."""
        assert self.key is not None  # asked for with sides only
        measure = query_measure(MEASURE)
        found = DenseDocuments.read(documents[self.distinct], [str(row) for row in self.distinct.tolist()])
        asked = [str(row) for row in self.test_queries.tolist()]
        run = found.rank(queries[self.test_queries], asked, k=measure.cutoff or 10)
        scores: Floats = score_queries(run, self.key, [measure]).scores[MEASURE]
        return scores


def split_search(task: SearchTask, *, seed: int) -> SearchSides:
    """The sides of a search.

    Raises
    ------
    DataError
        Spaces of different numbers of rows, pairs of unequal numbers, or a judgement of a row that there is not.
    """
    q, m = _sizes(task)
    same = equal_rows(task.queries.values()) if q else np.empty(0, dtype=np.int64)
    copies = by_appearance(task.copies) if task.copies is not None else equal_rows(task.documents.values())
    answers = _answers(task, same, copies, q, m)
    asked = np.array(sorted(answers), dtype=np.int64)
    components = same if task.components is None else join_components(same, np.asarray(task.components))
    notes = _notes(copies, q - len(asked))
    distinct = np.unique(copies, return_index=True)[1]
    reason = _why_no_sides(len(asked), len(np.unique(components[asked])), len(distinct))
    if reason:
        none = np.empty(0, dtype=np.int64)
        return SearchSides(
            train_queries=none,
            test_queries=none,
            train_documents=none,
            distinct=distinct,
            key=None,
            units=None,
            notes=notes,
            reason=reason,
        )
    share = OF_PAIRS if task.qrels is None else OF_JUDGED
    split = make_split(by_appearance(components[asked]), strata=None, test_size=share, seed=seed)
    test = asked[split.test]
    taken = {document for query in test.tolist() for document in answers[query]}
    grades = {
        str(query): {str(distinct[kind]): grade for kind, grade in answers[query].items()}
        for query in test.tolist()
    }
    return SearchSides(
        train_queries=asked[split.train],
        test_queries=test,
        train_documents=distinct[[kind not in taken for kind in range(len(distinct))]],
        distinct=distinct,
        key=AnswerKey.of(Judgements.of(grades)),
        units=units_of(components[test]),
        notes=notes,
    )


def _answers(task: SearchTask, same: Ints, copies: Ints, q: int, m: int) -> dict[int, dict[int, float]]:
    """Grade by distinct document by query, of the queries that have an answer; equal queries share theirs."""
    if task.qrels is None:
        judged: Mapping[int, Mapping[int, float]] = {row: {row: 1.0} for row in range(q)}
    else:
        judged = task.qrels
    merged: dict[int, dict[int, float]] = {}
    for query, grades in judged.items():
        for document, grade in grades.items():
            if not (0 <= query < q and 0 <= document < m):
                raise DataError(
                    f"a judgement is of query {query} and document {document}; there are {q:,} and {m:,}, counted from 0; "
                    "give the numbers of rows of the vectors"
                )
            if grade > 0:
                of_query = merged.setdefault(int(same[query]), {})
                kind = int(copies[document])
                of_query[kind] = max(of_query.get(kind, 0.0), float(grade))
    return {query: merged[int(same[query])] for query in judged if int(same[query]) in merged}


def _sizes(task: SearchTask) -> tuple[int, int]:
    sizes = [{len(rows) for rows in side.values()} for side in (task.queries, task.documents)]
    if any(len(found) != 1 for found in sizes) or set(task.queries) != set(task.documents):
        raise DataError(
            f"spaces {', '.join(map(repr, task.queries))} have {_listed(sizes[0])} queries and {', '.join(map(repr, task.documents))} {_listed(sizes[1])} "
            "documents; every space needs the same of both; embed them under every encoder"
        )
    q, m = (found.pop() for found in sizes)
    if task.qrels is None and q != m:
        raise DataError(
            f"there are {q:,} queries and {m:,} documents of pairs; row i answers row i; give as many"
        )
    for what, rows, given in (("components", q, task.components), ("copies", m, task.copies)):
        if given is not None and len(given) != rows:
            raise DataError(
                f"{what} has {len(given):,} entries for {rows:,} rows; each row needs one; pass one a row"
            )
    return q, m


def _listed(sizes: set[int]) -> str:
    return " and ".join(f"{size:,}" for size in sorted(sizes)) or "no"


def _why_no_sides(asked: int, components: int, documents: int) -> str:
    if asked < FEWEST:
        return f"{count(asked, 'query', 'queries')} with an answer; retrieval needs {FEWEST}"
    if components < 2:
        return "all queries belong together (copies of one text, or one group)"
    return "all documents say the same" if documents < 2 else ""


def _notes(copies: Ints, unanswered: int) -> tuple[str, ...]:
    notes = []
    again = len(copies) - len(np.unique(copies))
    if again:
        notes.append(
            f"{count(again, 'document repeats', 'documents repeat')} another one; copies count as one document."
        )
    if unanswered:
        notes.append(f"{count(unanswered, 'query has', 'queries have')} no answer and judge nothing.")
    return tuple(notes)
