"""What a way of searching gives: for each query its best documents, best first, by one rule of order.

Letters: q queries, n documents, k documents kept of each query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from semascope.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from semascope.types import Array, Floats, Ints, Mask


class DocumentIds(Sequence[str]):
    """Ids of n documents of which it is known where each stands among equal scores.

    Finding that out takes longer than a query does; whoever searches again and again does so once.

    Parameters
    ----------
    names
        (n,) ids, each once.
    standing
        (n,) as ``id_places`` gives it.
    """

    def __init__(self, names: Sequence[str], standing: Ints) -> None:
        self.names, self.standing = names, standing

    def __len__(self) -> int:
        return len(self.standing)

    def __getitem__(self, place: Any) -> Any:
        return self.names[place]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rankings:
    """The best documents of q queries: by score descending, equal scores by document id descending (as strings).

    A query has as many documents as were found for it, at most k. What stands in a row behind them means nothing:
    ``held`` says which cells count.

    Every score is one that 32 bits hold. trec_eval and what is built on it keep no more, so an order that rests on
    further bits would be another one there; and the last bits of a sum are rounding.

    Raises
    ------
    DataError
        For shapes that do not belong together, scores that are not finite or do not descend, and ids given twice.
    """

    query_ids: Sequence[str]  # (q,)
    doc_ids: Sequence[str]  # (n,) all documents that were searched, in any order
    places: Ints  # (q, k) positions among ``doc_ids``
    scores: Floats  # (q, k)
    counts: Ints  # (q,) documents found

    def __post_init__(self) -> None:
        refuse_copies(self.query_ids, what="query")
        shape = (len(self.query_ids), self.places.shape[-1])
        if self.places.shape != shape or self.scores.shape != shape or self.counts.shape != shape[:1]:
            raise DataError(
                f"{len(self.query_ids)} queries have places of shape {self.places.shape}, scores of {self.scores.shape} and "
                f"counts of {self.counts.shape}; one row each is needed; build rankings with ranked()"
            )
        held = self.held
        if not np.isfinite(self.scores[held]).all():
            row = int(np.flatnonzero((~np.isfinite(self.scores) & held).any(axis=1))[0])
            raise DataError(
                f"query {self.query_ids[row]!r} has a score that is not finite; each must be a number; leave it out"
            )
        rising = (self.scores[:, 1:] > self.scores[:, :-1]) & held[:, 1:]
        if rising.any():
            row = int(np.flatnonzero(rising.any(axis=1))[0])
            raise DataError(
                f"the scores of query {self.query_ids[row]!r} rise; the best document comes first; "
                "build rankings with ranked()"
            )

    @property
    def held(self) -> Mask:
        """(q, k) which cells hold a document."""
        held: Mask = np.arange(self.places.shape[1]) < self.counts[:, None]
        return held

    def found(self, row: int) -> tuple[Ints, Floats]:
        """Places and scores of one query's documents, best first."""
        count = self.counts[row]
        return self.places[row, :count], self.scores[row, :count]

    def listed(self, row: int) -> list[tuple[str, float]]:
        """Ids and scores of one query's documents, best first."""
        places, scores = self.found(row)
        ids = [self.doc_ids[place] for place in places.tolist()]
        return list(zip(ids, scores.tolist(), strict=True))

    def as_run(self) -> dict[str, dict[str, float]]:
        """Score by document id by query id; a query that found nothing has an empty dictionary."""
        return {query: dict(self.listed(row)) for row, query in enumerate(self.query_ids)}

    def only(self, rows: Ints) -> Self:
        """The rankings of some queries, in the order given."""
        return type(self)(
            query_ids=[self.query_ids[row] for row in rows.tolist()],
            doc_ids=self.doc_ids,
            places=self.places[rows],
            scores=self.scores[rows],
            counts=self.counts[rows],
        )

    def cut(self, k: int) -> Self:
        """The first k documents of each query."""
        check_k(k)
        return type(self)(
            query_ids=self.query_ids,
            doc_ids=self.doc_ids,
            places=self.places[:, :k],
            scores=self.scores[:, :k],
            counts=np.minimum(self.counts, k),
        )

    def to_table(self) -> pa.Table:
        """One row a document found: query, document, rank (from 1), score. Queries that found nothing have no row."""
        import pyarrow as pa

        rows, columns = np.nonzero(self.held)
        places = self.places[rows, columns]
        return pa.table(
            {
                "query": pa.array(self.query_ids, pa.string()).take(pa.array(rows)),
                "document": pa.array(self.doc_ids, pa.string()).take(pa.array(places)),
                "rank": pa.array(columns + 1, pa.int32()),
                "score": pa.array(self.scores[rows, columns], pa.float64()),
            }
        )

    @staticmethod
    def from_table(table: pa.Table, *, query_ids: Sequence[str], doc_ids: Sequence[str]) -> Rankings:
        """The rankings that ``to_table`` wrote: the order is that of the scores again.

        Parameters
        ----------
        table
            Columns query, document and score; a rank, where there is one, is not read.
        query_ids, doc_ids
            All queries and documents, those without a row too.

        Raises
        ------
        DataError
            For an id that is none of these, and a document that a query found twice.
        """
        rows = _numbers(table["query"].to_pylist(), query_ids, what="query")
        places = _numbers(table["document"].to_pylist(), doc_ids, what="document")
        _refuse_twice(rows, places, query_ids, doc_ids)
        scores = table["score"].to_numpy().astype(np.float64)
        order = np.argsort(rows, kind="stable")
        parts = np.split(order, np.searchsorted(rows[order], np.arange(1, len(query_ids))))
        found = [(places[part], scores[part]) for part in parts[: len(query_ids)]]
        k = max((len(part) for part in parts), default=0)
        return ranked(found, query_ids=query_ids, doc_ids=doc_ids, k=max(k, 1))


def ranked(
    found: Iterable[tuple[Ints, Array]], *, query_ids: Sequence[str], doc_ids: Sequence[str], k: int
) -> Rankings:
    """The k best of the documents that each query found.

    Parameters
    ----------
    found
        For each query places among ``doc_ids``, each once and in any order, and their scores: finite, rounded to 32
        bits here.
    k
        Documents kept of a query, 1 or more; where fewer were found, these.

    Examples
    --------
    >>> found = [(np.array([0, 1, 2]), np.array([0.5, 0.5, 1.0]))]
    >>> ranked(found, query_ids=["q"], doc_ids=["a", "b", "c"], k=2).listed(0)
    [('c', 1.0), ('b', 0.5)]
    """
    check_k(k)
    standing = id_places(doc_ids)
    width = min(k, len(doc_ids))
    places = np.zeros((len(query_ids), width), dtype=np.int64)
    scores = np.zeros((len(query_ids), width), dtype=np.float64)
    counts = np.zeros(len(query_ids), dtype=np.int64)
    for row, (candidates, given) in enumerate(found):
        values = given.astype(np.float32).astype(np.float64)
        best = _first(values, standing[candidates], width)
        counts[row] = len(best)
        places[row, : len(best)], scores[row, : len(best)] = candidates[best], values[best]
    return Rankings(query_ids=query_ids, doc_ids=doc_ids, places=places, scores=scores, counts=counts)


def id_places(doc_ids: Sequence[str]) -> Ints:
    """(n,) where each document stands among equal scores: 0 for the largest id.

    Raises
    ------
    DataError
        For an id that two documents have.
    """
    if isinstance(doc_ids, DocumentIds):
        return doc_ids.standing
    refuse_copies(doc_ids, what="document")
    standing = np.empty(len(doc_ids), dtype=np.int64)
    standing[id_order(doc_ids)] = np.arange(len(doc_ids))
    return standing


def id_order(doc_ids: Sequence[str]) -> Ints:
    """(n,) positions by id, the largest first: by code points, as the bytes of UTF-8 are ordered too."""
    return np.array(sorted(range(len(doc_ids)), key=doc_ids.__getitem__, reverse=True), dtype=np.int64)


def refuse_copies(ids: Sequence[str], *, what: str) -> None:
    """Raise ``DataError`` for an id that stands twice."""
    if len(set(ids)) < len(ids):
        name, times = Counter(ids).most_common(1)[0]
        raise DataError(
            f"{what} id {name!r} stands {times} times; each must be its own; rename or merge them"
        )


def check_k(k: int) -> None:
    """Raise ``ConfigError`` unless k can be a number of documents."""
    if not isinstance(k, int | np.integer) or isinstance(k, bool):
        raise ConfigError(f"k is {k!r:.60}; it must be a whole number, 1 or more; write for example k=10")
    if k < 1:
        raise ConfigError(f"k is {k}; it must be 1 or more")


def _first(scores: Floats, standing: Ints, k: int) -> Ints:
    """Positions of the k first by score, then by ``standing``."""
    kept = np.arange(len(scores))
    if (
        len(scores) > k > 0
    ):  # what is below the k-th largest cannot be among them, and sorting all would take longer
        kept = np.flatnonzero(scores >= np.partition(scores, len(scores) - k)[len(scores) - k])
    return kept[np.lexsort((standing[kept], -scores[kept]))[:k]]


def _numbers(values: Sequence[Any], ids: Sequence[str], *, what: str) -> Ints:
    known = {name: place for place, name in enumerate(ids)}
    strange = next((value for value in values if value not in known), None)
    if strange is not None:
        raise DataError(f"{what} {strange!r} of the run is none of the {len(ids)} {what} ids; give them all")
    return np.array([known[value] for value in values], dtype=np.int64)


def _refuse_twice(rows: Ints, places: Ints, query_ids: Sequence[str], doc_ids: Sequence[str]) -> None:
    pairs, times = np.unique(rows * len(doc_ids) + places, return_counts=True)
    if (times > 1).any():
        row, place = divmod(int(pairs[times > 1][0]), len(doc_ids))
        raise DataError(
            f"query {query_ids[row]!r} has document {doc_ids[place]!r} more than once; a ranking has each once; "
            "leave the others out"
        )
