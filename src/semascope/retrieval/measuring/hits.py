"""Where the judged documents stand in a run: all that a measure needs to know of it.

Letters: m queries that count, h hits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.retrieval.measuring.run import in_order

if TYPE_CHECKING:
    from collections.abc import Collection

    from semascope.retrieval.collections.judgements import Judgements
    from semascope.retrieval.measuring.run import Retrieved
    from semascope.types import Floats, Ints, Mask


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Standing:
    """Judged documents by query and rank, ascending in both."""

    query: Ints  # (h,) 0 to m - 1
    rank: Ints  # (h,) from 1
    grade: Floats  # (h,) 0 or more

    def take(self, keep: Mask) -> Standing:
        """Those of them that are kept."""
        return Standing(query=self.query[keep], rank=self.rank[keep], grade=self.grade[keep])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Hits:
    """What a run found of what was judged."""

    found: Standing  # judged documents of the run
    ideal: Standing  # the relevant ones in the best order that there is
    retrieved: Ints  # (m,) documents retrieved
    relevant: Ints  # (m,) relevant documents that there are, 1 or more


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AnswerKey:
    """Judgements laid out so that many runs can be looked up.

    A query counts when it has at least one relevant document: a grade above 0.
    """

    queries: tuple[str, ...]  # (m,) ids of those that count, as they first appear in the judgements
    without_relevant: tuple[str, ...]  # judged queries that do not count
    codes: dict[str, int]  # of judged documents
    keys: Ints  # (j,) query * number of codes + code, ascending
    grades: Floats  # (j,)
    ideal: Standing

    @classmethod
    def of(cls, judgements: Judgements, queries: Collection[str] | None = None) -> AnswerKey:
        """The key of these judgements.

        Parameters
        ----------
        judgements
            Each pair of query and document once.
        queries
            Ids of those that are asked about; None for all.

        Raises
        ------
        DataError
            A pair stands twice, or no query has a relevant document.
        """
        asked = None if queries is None else set(queries)
        kept = [row for row, query in enumerate(judgements.queries) if asked is None or query in asked]
        grades = judgements.grades[kept]
        names = [judgements.queries[row] for row in kept]
        relevant = {name for name, grade in zip(names, grades, strict=True) if grade > 0}
        counted = {name: i for i, name in enumerate(n for n in dict.fromkeys(names) if n in relevant)}
        if not counted:
            raise DataError(
                f"none of {len(set(names)):,} judged queries has a relevant document; a grade above 0 says that one is; "
                "check the judgements, and that their ids are those of the queries"
            )
        codes: dict[str, int] = {}
        code = np.array([codes.setdefault(judgements.documents[row], len(codes)) for row in kept], np.int64)
        query = np.array([counted.get(name, -1) for name in names], dtype=np.int64)
        counts = query >= 0
        keys, grades = query[counts] * len(codes) + code[counts], grades[counts]
        order = np.argsort(keys)
        keys, grades = keys[order], grades[order]
        again = np.flatnonzero(keys[1:] == keys[:-1])
        if len(again):
            at, of = divmod(int(keys[again[0]]), len(codes))
            raise DataError(
                f"document {list(codes)[of]!r} is judged twice for query {list(counted)[at]!r}; accepted is one grade a pair; "
                "take one split, or merge the judgements"
            )
        return cls(
            queries=tuple(counted),
            without_relevant=tuple(name for name in dict.fromkeys(names) if name not in relevant),
            codes=codes,
            keys=keys,
            grades=grades,
            ideal=_ideal(keys // len(codes), grades),
        )

    def __len__(self) -> int:
        return len(self.queries)

    def look_up(self, run: Retrieved) -> Hits:
        """What a run found; a query that it does not have retrieved nothing.

        Raises
        ------
        DataError
            A judged document stands twice in the row of a query.
        """
        row_of = {query: row for row, query in enumerate(run.query_ids)}
        rows = np.array([row_of.get(query, -1) for query in self.queries], dtype=np.int64)
        there = np.flatnonzero(rows >= 0)
        retrieved = np.zeros(len(self), dtype=np.int64)
        retrieved[there] = run.counts[rows[there]]
        code_of = np.array([self.codes.get(each, -1) for each in run.doc_ids], dtype=np.int64)
        # what stands behind the counts may be any number
        codes = np.append(code_of, -1).take(in_order(run)[rows[there]], mode="clip")
        codes[np.arange(codes.shape[1]) >= retrieved[there][:, None]] = -1
        at_row, column = np.nonzero(codes >= 0)
        query = there[at_row]
        keys = query * len(self.codes) + codes[at_row, column]
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        hit = self.keys[at] == keys
        query, column, at = query[hit], column[hit], at[hit]
        self._refuse_repeats(at)
        return Hits(
            found=Standing(query=query, rank=column + 1, grade=self.grades[at]),
            ideal=self.ideal,
            retrieved=retrieved,
            relevant=np.bincount(self.ideal.query, minlength=len(self)),
        )

    def _refuse_repeats(self, at: Ints) -> None:
        ordered = np.sort(at)
        again = np.flatnonzero(ordered[1:] == ordered[:-1])
        if len(again):
            query, code = divmod(int(self.keys[ordered[again[0]]]), len(self.codes))
            raise DataError(
                f"document {list(self.codes)[code]!r} stands twice in the run of query {self.queries[query]!r}; "
                "accepted is each document once; keep its best score"
            )


def condensed(hits: Hits) -> Hits:
    """The same run without the documents that nobody judged: those behind them move up.

    Notes
    -----
    Sakai, SIGIR 2007. Where two runs differ in how much of them was judged, a measure alone would count the unjudged as wrong.
    """
    found = replace(hits.found, rank=places_within(hits.found.query) + 1)
    return replace(hits, found=found, retrieved=np.bincount(found.query, minlength=len(hits.relevant)))


def _ideal(query: Ints, grades: Floats) -> Standing:
    """The relevant documents of each query, highest grade first; queries come ascending."""
    relevant = grades > 0
    query, grades = query[relevant], grades[relevant]
    order = np.lexsort((-grades, query))
    query, grades = query[order], grades[order]
    return Standing(query=query, rank=places_within(query) + 1, grade=grades)


def places_within(query: Ints) -> Ints:
    """How many entries of the same query come before each, where equal ones stand together.

    Examples
    --------
    >>> places_within(np.array([0, 0, 0, 2, 2])).tolist()
    [0, 1, 2, 0, 1]
    """
    starts = np.flatnonzero(np.r_[True, query[1:] != query[:-1]]) if len(query) else query
    return np.arange(len(query)) - np.repeat(starts, np.diff(np.r_[starts, len(query)]))
