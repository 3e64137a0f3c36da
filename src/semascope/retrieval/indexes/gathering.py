"""Rows of several segments, less what was deleted or filtered, as one: exactly what reading them anew would give.

Letters: n documents kept, p entries kept, u distinct rows kept, d dim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.retrieval.dense import DenseDocuments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.indexes.rows import Rows
    from semascope.retrieval.rankings import DocumentIds
    from semascope.types import Ints, Vectors

_TOGETHER = 8_192  # rows copied at once


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Picked:
    """(u, d) rows of the mapped files of some segments in an order of their own, of which no copy is held.

    A search asks for them block by block. The blocks, and with them all products to the last bit, are those of an array.
    """

    parts: Sequence[Vectors]  # rows of each segment; one or more
    part_of: Ints  # (u,) the segment of each row
    places: Ints  # (u,) its number there

    @property
    def shape(self) -> tuple[int, ...]:
        """Of u rows and d dims."""
        return len(self.places), self.parts[0].shape[1]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, rows: slice | Ints) -> Vectors:
        """The rows of a slice, or of numbers: a view where they lie one behind the other in one file, else a copy."""
        part_of, places = self.part_of[rows], self.places[rows]
        if not len(places):
            return np.empty((0, self.shape[1]), dtype=np.float32)
        there = [part for part in range(len(self.parts)) if (part_of == part).any()]
        if len(there) == 1:
            lying = self.parts[there[0]]
            if (np.diff(places) == 1).all():
                return lying[places[0] : places[-1] + 1]
            return np.take(lying, places, axis=0)
        found = np.empty((len(places), self.shape[1]), dtype=np.float32)
        for part in there:
            mine = np.flatnonzero(part_of == part)
            found[mine] = np.take(self.parts[part], places[mine], axis=0)
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Vectors:
        """All of them in memory."""
        found = np.empty(self.shape, dtype=dtype or np.float32)
        for start in range(0, len(self), _TOGETHER):
            found[start : start + _TOGETHER] = self[start : start + _TOGETHER]
        return found


def gather(parts: Sequence[Rows], kept: Sequence[Ints], doc_ids: DocumentIds) -> DenseDocuments:
    """The kept entries of one or more parts ready to be searched, in the order of the parts.

    Parameters
    ----------
    kept
        Entries of each part, ascending.
    doc_ids
        Of the p entries, in this order.
    """
    rows_of_parts = [part.row_of[places] for part, places in zip(parts, kept, strict=True)]
    # Entries by id, the largest first: the first entry of a row says where the row stands.
    order = np.empty(len(doc_ids), dtype=np.int64)
    order[doc_ids.standing] = np.arange(len(doc_ids))
    known = _numbers_of_rows(parts, rows_of_parts)[order]
    first = np.full(int(known.max(initial=-1)) + 1, len(order))
    first[known[::-1]] = np.arange(len(order))[::-1]  # of several entries the first is written last
    firsts = np.sort(first)
    firsts = firsts[: np.searchsorted(firsts, len(order))]
    number = np.empty(len(first), dtype=np.int64)
    number[known[firsts]] = np.arange(len(firsts))
    owner = number[known]  # of the entries in order
    by_row = np.argsort(owner, kind="stable")
    entries = order[firsts]  # one of each row
    return DenseDocuments(
        doc_ids=doc_ids,
        rows=Picked(
            parts=[part.rows for part in parts],
            part_of=np.repeat(np.arange(len(parts)), list(map(len, kept)))[entries],
            places=np.concatenate(rows_of_parts)[entries],
        ),
        members=order[by_row],
        starts=np.searchsorted(owner[by_row], np.arange(len(firsts) + 1)),
        largest=max(part.largest for part in parts),
    )


def _numbers_of_rows(parts: Sequence[Rows], rows_of_parts: Sequence[Ints]) -> Ints:
    """(p,) a number for the row of each entry, the same for equal rows wherever they lie."""
    if len(parts) == 1:
        return rows_of_parts[0]
    halves = np.concatenate([part.digests for part in parts]).view(np.uint64).reshape(-1, 2)
    order = np.lexsort(halves.T)
    new = (halves[order][1:] != halves[order][:-1]).any(axis=1)
    numbers = np.empty(len(halves), dtype=np.int64)
    numbers[order] = np.cumsum(np.concatenate([[0], new]))
    before = np.cumsum([0, *(len(part.rows) for part in parts[:-1])])
    return np.concatenate([numbers[start + rows] for start, rows in zip(before, rows_of_parts, strict=True)])
