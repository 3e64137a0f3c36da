"""The documents of an index that a search looks at: those that are there, or those of them that a filter leaves.

Letters: n documents of a segment, f documents asked for, p entries of one part (documents or passages).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from semascope.retrieval.dense import DenseDocuments
from semascope.retrieval.indexes.document_file import ArrowTexts
from semascope.retrieval.indexes.gathering import gather
from semascope.retrieval.indexes.vector_search import ExactSearch, GraphSearch, Layer, PassageIds
from semascope.retrieval.indexes.word_search import WordSearch
from semascope.retrieval.rankings import DocumentIds, id_places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.indexes.segment import Segment
    from semascope.retrieval.indexes.vector_search import VectorSearch
    from semascope.retrieval.words.bm25_settings import Bm25
    from semascope.types import Ints, Mask

EXACT_BELOW = 50_000
"""Entries that a filter leaves, up to which they are compared one by one rather than asked of a graph."""


@dataclass(frozen=True, eq=False)
class View:
    """Some documents of some segments, numbered one after the other."""

    segments: Sequence[Segment]
    asked: Sequence[Mask]  # of each segment (n,), none of them deleted

    @cached_property
    def kept(self) -> list[Ints]:
        """Of each segment the documents that are asked for."""
        return [np.flatnonzero(each) for each in self.asked]

    @cached_property
    def numbers(self) -> list[Ints]:
        """Of each segment (n,) the number of each document; -1 for those that are not asked for."""
        return _numbered(self.asked)

    @cached_property
    def doc_ids(self) -> DocumentIds:
        """(f,) ids, in the order of the segments."""
        if self.is_whole:
            ids = self.segments[0].documents.ids
            return DocumentIds(ArrowTexts(ids), np.arange(len(ids)))
        parts = [
            each.documents.ids.take(pa.array(kept))
            for each, kept in zip(self.segments, self.kept, strict=True)
        ]
        if len(parts) == 1:  # its documents lie by id
            return DocumentIds(ArrowTexts(parts[0]), np.arange(len(parts[0])))
        ids = pa.concat_arrays([*parts, pa.array([], pa.large_string())])
        standing = np.empty(len(ids), dtype=np.int64)
        # by the bytes of UTF-8, which are in the order of code points
        standing[pc.array_sort_indices(ids, order="descending").to_numpy()] = np.arange(len(ids))
        return DocumentIds(ArrowTexts(ids), standing)

    def __len__(self) -> int:
        return sum(map(len, self.kept))

    @property
    def is_whole(self) -> bool:
        """Whether it is all of one segment: its files are then searched as they lie."""
        return len(self.segments) == 1 and bool(self.asked[0].all())

    @cached_property
    def _ends(self) -> Ints:
        return np.cumsum([len(kept) for kept in self.kept])

    def place(self, number: int) -> tuple[Segment, int]:
        """The segment of a document, and its place there."""
        which = int(np.searchsorted(self._ends, number, side="right"))
        return self.segments[which], int(self.kept[which][number - (self._ends[which - 1] if which else 0)])

    def words(self, part: int, settings: Bm25) -> WordSearch:
        """These documents by their words; statistics are those of all documents that are there."""
        counts = [segment.words[part] for segment in self.segments]
        return WordSearch(
            settings=settings,
            parts=counts,
            there=[segment.there for segment in self.segments],
            numbers=self.numbers,
            doc_ids=self.doc_ids,
            documents=sum(len(segment.live) for segment in self.segments),
            words=sum(
                int(each.lengths[segment.there].sum())
                for each, segment in zip(counts, self.segments, strict=True)
            ),
        )

    def entries(self, part: int) -> Entries:
        """What of a part with vectors belongs to these documents."""
        if part not in self._parts:
            self._parts[part] = Entries(self, part)
        return self._parts[part]

    @cached_property
    def _parts(self) -> dict[int, Entries]:
        return {}


@dataclass(frozen=True, eq=False)
class Entries:
    """Documents of a view, or passages of them, with the rows of one part."""

    view: View
    part: int

    @cached_property
    def search(self) -> VectorSearch:
        """The graphs where there are any, and enough documents; else all rows are compared."""
        graphs = [segment.graphs[self.part] for segment in self.view.segments]
        if all(graph is None for graph in graphs) or len(self.entry_ids) <= self._few:
            return self.exact
        return GraphSearch(
            layers=[
                Layer(
                    rows=segment.rows[self.part],
                    graph=graph,
                    width=card.width if (card := segment.card.vectors[self.part].graph) else 0,
                    numbers=numbers,
                )
                for segment, graph, numbers in zip(self.view.segments, graphs, self._numbers, strict=True)
            ],
            entry_ids=self.entry_ids,
            owners=self.owners,
            doc_ids=self.view.doc_ids,
            exact=lambda: self.exact,
        )

    @property
    def _few(self) -> int:
        """Entries up to which a filtered search compares them all; an unfiltered one asks its graphs."""
        filtered = any(
            len(kept) < len(segment.live)
            for kept, segment in zip(self.view.kept, self.view.segments, strict=True)
        )
        return EXACT_BELOW if filtered else 0

    @cached_property
    def exact(self) -> ExactSearch:
        """All rows are compared."""
        if self.view.is_whole:
            rows = self.view.segments[0].rows[self.part]
            dense = DenseDocuments(
                doc_ids=self.entry_ids,
                rows=rows.rows,
                members=rows.members,
                starts=rows.starts,
                largest=rows.largest,
            )
        else:
            dense = self.gathered
        return ExactSearch(dense=dense, owners=self.owners, doc_ids=self.view.doc_ids)

    @property
    def gathered(self) -> DenseDocuments:
        """All rows ready to be searched, as they lie in the files of the segments."""
        parts = [segment.rows[self.part] for segment in self.view.segments]
        return gather(parts, [np.flatnonzero(each) for each in self._asked], self.entry_ids)

    def row_of(self, dense: DenseDocuments) -> Ints:
        """(p,) the row of each entry."""
        found = np.empty(len(dense.members), dtype=np.int64)
        found[dense.members] = np.repeat(np.arange(len(dense.rows)), np.diff(dense.starts))
        return found

    @cached_property
    def is_cut(self) -> bool:
        """Whether entries are passages."""
        return any(segment.rows[self.part].spans is not None for segment in self.view.segments)

    @cached_property
    def _asked(self) -> list[Mask]:
        """Of each segment which of its entries belong to documents that are asked for."""
        return [
            asked if segment.rows[self.part].spans is None else asked[segment.rows[self.part].owners]
            for segment, asked in zip(self.view.segments, self.view.asked, strict=True)
        ]

    @cached_property
    def _numbers(self) -> list[Ints]:
        return _numbered(self._asked)

    @cached_property
    def owners(self) -> Ints | None:
        """(p,) the document of each passage; None where documents are whole."""
        if not self.is_cut:
            return None
        found = [
            numbers[segment.rows[self.part].owners[asked]]
            for segment, numbers, asked in zip(
                self.view.segments, self.view.numbers, self._asked, strict=True
            )
        ]
        return np.concatenate([*found, np.empty(0, np.int64)])

    @cached_property
    def entry_ids(self) -> DocumentIds:
        """(p,) ids of the entries."""
        if self.owners is None:
            return self.view.doc_ids
        names = PassageIds(self.owners, self.view.doc_ids)
        if self.view.is_whole:
            return DocumentIds(names, self.view.segments[0].rows[self.part].standing)
        return DocumentIds(names, id_places(list(names)))

    @cached_property
    def spans(self) -> Ints:
        """(p, 3) the document, start and end of each passage; (0, 3) where documents are whole."""
        if self.owners is None:
            return np.empty((0, 3), np.int64)
        found = [
            rows.spans[asked]
            for segment, asked in zip(self.view.segments, self._asked, strict=True)
            if (rows := segment.rows[self.part]).spans is not None
        ]
        spans: Ints = np.concatenate(found)
        spans[:, 0] = self.owners
        return spans


def _numbered(asked: Sequence[Mask]) -> list[Ints]:
    """Numbers of what is asked for, one segment after the other; -1 for the rest."""
    found, start = [], 0
    for each in asked:
        numbers = np.full(len(each), -1, dtype=np.int64)
        count = int(each.sum())
        numbers[each] = start + np.arange(count)
        found.append(numbers)
        start += count
    return found
