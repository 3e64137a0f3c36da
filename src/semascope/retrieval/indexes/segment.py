"""One immutable folder of an index: documents, their rows, their words; and which of them were deleted since."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from semascope.files import beside, put_folder
from semascope.retrieval.indexes.card import GraphCard, SegmentCard, VectorsCard
from semascope.retrieval.indexes.document_file import DocumentFile
from semascope.retrieval.indexes.engines.choosing import MAKERS, maker_for
from semascope.retrieval.indexes.engines.graph import measure, timed
from semascope.retrieval.indexes.kept_files import Writer, check_files, read_array, read_arrow
from semascope.retrieval.indexes.rows import read_rows, write_rows
from semascope.retrieval.indexes.word_counts import read_counts, write_counts
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from semascope.retrieval.indexes.engines.graph import Graph
    from semascope.retrieval.indexes.recipe import Engine
    from semascope.retrieval.indexes.rows import Rows
    from semascope.retrieval.indexes.word_counts import WordCounts
    from semascope.types import Ints, Mask, Progress

SEGMENTS = "segments"


@dataclass(frozen=True, kw_only=True, eq=False)
class Segment:
    """An opened segment; its arrays are views of the mapped files."""

    card: SegmentCard
    documents: DocumentFile
    rows: tuple[Rows, ...]  # one for each part with vectors
    graphs: tuple[Graph | None, ...]  # as many
    words: tuple[WordCounts, ...]  # one for each part that reads words
    there: Mask  # (n,) documents that are not deleted

    def __len__(self) -> int:
        return len(self.documents)

    def places(self, ids: pa.Array) -> Ints:
        """(m,) where each id stands among the documents that are there; -1 for none."""
        found = pc.fill_null(pc.index_in(ids, value_set=self.documents.ids), -1)
        places = np.array(found.to_numpy(zero_copy_only=False), dtype=np.int64)
        there = places >= 0
        there[there] = self.there[places[there]]
        places[~there] = -1
        return places

    @cached_property
    def live(self) -> Ints:
        """Documents that are not deleted."""
        return np.flatnonzero(self.there)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Contents:
    """What a new segment holds."""

    documents: DocumentFile
    rows: Sequence[Rows]
    words: Sequence[WordCounts]


def write_segment(
    folder: Path, contents: Contents, engine: Engine, *, progress: Progress = silent
) -> SegmentCard:
    """Write a segment, on the disk under its final name when this returns; nobody looks at it before a card names it.

    Parameters
    ----------
    folder
        Of the index.
    """
    place = folder / SEGMENTS
    place.mkdir(exist_ok=True)
    final = place / secrets.token_hex(6)
    partial = beside(final)
    partial.mkdir()
    try:
        writer = Writer(partial)
        writer.table("documents.arrow", contents.documents.table)
        vectors = []
        for number, rows in enumerate(contents.rows):
            card = write_rows(writer, number, rows)
            graph = _write_graph(writer, number, rows, engine, progress)
            vectors.append(card.model_copy(update={"graph": graph}))
        for number, counts in enumerate(contents.words):
            write_counts(writer, number, counts)
        put_folder(partial, final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return SegmentCard(
        name=final.name,
        documents=len(contents.documents),
        files=writer.kept,
        vectors=tuple(vectors),
        words=len(contents.words),
    )


def _write_graph(
    writer: Writer, number: int, rows: Rows, engine: Engine, progress: Progress
) -> GraphCard | None:
    maker = maker_for(engine, len(rows.rows))
    if maker is None:
        return None
    count = len(rows.rows)
    progress(Step(stage=f"building a graph ({maker.name})", done=0, total=count, unit="rows"))
    name = f"graph-{number}.{maker.name}"
    path = writer.folder / name
    seconds = timed(lambda: maker.make(rows.rows, path, engine))
    writer.foreign(name)
    measured = measure(maker.open(path), rows.rows, wanted=engine.recall, largest=rows.largest)
    progress(Step(stage=f"building a graph ({maker.name})", done=count, total=count, unit="rows"))
    return GraphCard(
        engine=maker.name,
        file=name,
        stored=engine.stored,
        width=measured.width,
        recall=measured.recall,
        queries=measured.queries,
        seconds=round(seconds, 3),
    )


def open_segment(folder: Path, card: SegmentCard, *, whole: bool) -> Segment:
    """The segment that a card names.

    Parameters
    ----------
    folder
        Of the index.
    whole
        Whether every byte is checked; else sizes only.

    Raises
    ------
    FileNotFoundError
        It was merged into another one meanwhile.
    ArtifactError
        A file is not as it was written.
    """
    place = folder / SEGMENTS / card.name
    check_files(place, card.files, whole=whole)
    there = np.ones(card.documents, dtype=np.bool_)
    if card.deletions is not None and card.deletions_kept is not None:
        check_files(folder / SEGMENTS, {card.deletions: card.deletions_kept}, whole=whole)
        there[read_array(folder / SEGMENTS / card.deletions)] = False
    return Segment(
        card=card,
        documents=DocumentFile(read_arrow(place / "documents.arrow")),
        rows=tuple(read_rows(place, number, each) for number, each in enumerate(card.vectors)),
        graphs=tuple(_open_graph(place, each) for each in card.vectors),
        words=tuple(read_counts(place, number) for number in range(card.words)),
        there=there,
    )


def _open_graph(place: Path, card: VectorsCard) -> Graph | None:
    return None if card.graph is None else MAKERS[card.graph.engine].open(place / card.graph.file)
