"""Documents ranked by their vectors, exactly.

Letters: q queries, n documents, u distinct rows among them, d dim, k documents kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.errors import DataError
from semascope.neighbors import top_k
from semascope.retrieval.rankings import Rankings, check_k, id_order, ranked, refuse_copies
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.neighbors import Blocks
    from semascope.types import Array, Ints, Progress, Vectors

_CHECKED = 8_192  # rows looked at at once


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DenseDocuments:
    """Documents made ready to be searched by their vectors.

    Distinct rows are searched, in the order of their largest ids. So equal similarities go to the larger id at the
    cut too, and copies of a document have one similarity to the last bit, which a product of matrices alone does not
    promise. ``read`` holds a copy of the distinct rows.
    """

    doc_ids: Sequence[str]  # (n,)
    rows: Vectors | Blocks  # (u, d); what is no array needs ``largest``
    members: Ints  # (n,) documents, row after row, each row's by id descending
    starts: Ints  # (u + 1,) where each row's documents begin among ``members``
    # of the absolute values of ``rows``, where it is known; None: they are looked at in every search
    largest: float | None = None

    @classmethod
    def read(cls, vectors: Array, doc_ids: Sequence[str]) -> Self:
        """Documents of (n, d) vectors; for cosine similarity rows of unit length.

        Raises
        ------
        DataError
            For an id that stands twice, a vector that is not finite, or another number of ids than of vectors.
        """
        if len(vectors) != len(doc_ids):
            raise DataError(
                f"{len(vectors)} vectors for {len(doc_ids)} document ids; one each is needed; give both of the same documents"
            )
        refuse_copies(doc_ids, what="document")
        _refuse_odd(vectors, doc_ids)
        order = id_order(doc_ids)
        numbers: dict[bytes, int] = {}
        owner = np.array(
            [numbers.setdefault(row_digest(vectors[place]), len(numbers)) for place in order.tolist()],
            dtype=np.int64,
        )
        by_row = np.argsort(owner, kind="stable")
        starts = np.searchsorted(owner[by_row], np.arange(len(numbers) + 1))
        members = order[by_row]
        rows = np.asarray(vectors[members[starts[:-1]]], dtype=np.float32)
        return cls(doc_ids=doc_ids, rows=rows, members=members, starts=starts)

    @property
    def n_bytes(self) -> int:
        """Memory of the vectors."""
        return 4 * len(self.rows) * self.rows.shape[1]

    def rank(
        self, vectors: Array, query_ids: Sequence[str], *, k: int, progress: Progress = silent
    ) -> Rankings:
        """The k documents with the largest inner product with each of (q, d) query vectors.

        Any k is fine: above n all documents are ranked.

        Raises
        ------
        DataError
            For rows that are not finite, or of another width than the documents'.
        """
        check_k(k)
        found = top_k(vectors, self.rows, k, largest=self.largest, progress=progress)
        return ranked(
            self.documents(found.indices, found.similarities, k),
            query_ids=query_ids,
            doc_ids=self.doc_ids,
            k=k,
        )

    def documents(self, rows: Ints, similarities: Vectors, k: int) -> Iterator[tuple[Ints, Vectors]]:
        """For each query the documents behind the distinct rows that it found, k of a row at most, and their similarities.

        Parameters
        ----------
        rows, similarities
            (q, r) numbers of rows, each once a query, and inner products with them.
        """
        sizes = np.minimum(np.diff(self.starts), k)
        for of_query, near in zip(rows, similarities, strict=True):
            lengths = sizes[of_query]
            within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            yield (
                self.members[np.repeat(self.starts[of_query], lengths) + within],
                np.repeat(near, lengths),
            )


def _refuse_odd(vectors: Array, doc_ids: Sequence[str]) -> None:
    for start in range(0, len(vectors), _CHECKED):
        finite = np.isfinite(vectors[start : start + _CHECKED]).all(axis=1)
        if not finite.all():
            name = doc_ids[start + int(np.flatnonzero(~finite)[0])]
            raise DataError(
                f"the vector of document {name!r} is not finite; each must be; leave such documents out"
            )


def row_digest(row: Array) -> bytes:
    """16 bytes that two rows share when they are equal."""
    # Plus zero: -0.0 becomes 0.0, which no product tells from it.
    return blake2b((np.asarray(row, dtype=np.float32) + 0.0).tobytes(), digest_size=16).digest()
