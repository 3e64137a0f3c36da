"""Rows of one part of an index: each distinct vector once, and whose it is.

Letters: n documents, p entries (documents, or passages of them), u distinct rows, d dim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.neighbors import largest_of
from semascope.retrieval.dense import DenseDocuments, row_digest
from semascope.retrieval.indexes.card import VectorsCard
from semascope.retrieval.indexes.kept_files import read_array
from semascope.retrieval.rankings import id_places

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.retrieval.cutting.passages import Passages
    from semascope.retrieval.indexes.kept_files import Writer
    from semascope.types import Array, Ints, Vectors

_DIGEST = "V16"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rows:
    """Distinct rows in the order of their largest ids, as ``DenseDocuments`` has them: its very arrays."""

    rows: Vectors  # (u, d)
    members: Ints  # (p,) entries, row after row, each row's by id descending
    starts: Ints  # (u + 1,)
    digests: Array  # (u,) 16 bytes each: equal rows have equal ones, in every segment
    largest: float
    spans: Ints | None  # (p, 3) document, start and end of each passage; None where documents are whole
    standing: Ints  # (p,) where each entry stands among equal similarities

    @property
    def entries(self) -> int:
        """Documents, or passages of them."""
        return len(self.members)

    @property
    def row_of(self) -> Ints:
        """(p,) the row of each entry."""
        found = np.empty(self.entries, dtype=np.int64)
        found[self.members] = np.repeat(np.arange(len(self.rows)), np.diff(self.starts))
        return found

    @property
    def owners(self) -> Ints:
        """(p,) the document of each entry."""
        return np.arange(self.entries) if self.spans is None else self.spans[:, 0]


def make_rows(vectors: Vectors, doc_ids: Sequence[str], passages: Passages | None) -> Rows:
    """The rows of (p, d) vectors.

    Parameters
    ----------
    doc_ids
        Of n documents, the largest first.
    passages
        Whose vectors these are; None for whole documents.
    """
    names = doc_ids if passages is None else passages.ids(doc_ids)
    dense = DenseDocuments.read(vectors, names)
    spans = None if passages is None else np.stack([passages.owners, passages.starts, passages.ends], axis=1)
    return rows_of(dense, spans)


def rows_of(dense: DenseDocuments, spans: Ints | None, *, renumbered: Ints | None = None) -> Rows:
    """The rows of entries that are ready to be searched.

    Parameters
    ----------
    spans
        (p, 3) of passages, as they are numbered in the end.
    renumbered
        (p,) the number that each entry of ``dense`` gets; None leaves them as they are.
    """
    members, standing = dense.members, id_places(dense.doc_ids)
    if renumbered is not None:
        members = renumbered[members]
        moved = np.empty_like(standing)
        moved[renumbered] = standing
        standing = moved
    rows = np.asarray(dense.rows)
    raw = b"".join(map(row_digest, rows))
    return Rows(
        rows=rows,
        members=members,
        starts=dense.starts,
        digests=np.frombuffer(raw, dtype=_DIGEST),
        largest=largest_of(rows),
        spans=spans,
        standing=standing,
    )


def write_rows(writer: Writer, number: int, rows: Rows) -> VectorsCard:
    """Keep the rows of a part, and say what they are."""
    writer.array(f"rows-{number}.npy", rows.rows)
    writer.array(f"members-{number}.npy", rows.members)
    writer.array(f"starts-{number}.npy", rows.starts)
    writer.array(f"digests-{number}.npy", rows.digests.view(np.uint8).reshape(-1, 16))
    if rows.spans is not None:
        writer.array(f"passages-{number}.npy", rows.spans)
        writer.array(f"standing-{number}.npy", rows.standing)
    return VectorsCard(rows=len(rows.rows), entries=rows.entries, largest=rows.largest)


def read_rows(folder: Path, number: int, card: VectorsCard) -> Rows:
    """The rows that ``write_rows`` kept, mapped."""
    cut = (folder / f"passages-{number}.npy").is_file()
    return Rows(
        rows=read_array(folder / f"rows-{number}.npy"),
        members=read_array(folder / f"members-{number}.npy"),
        starts=read_array(folder / f"starts-{number}.npy"),
        digests=read_array(folder / f"digests-{number}.npy").view(_DIGEST).reshape(-1),
        largest=card.largest,
        spans=read_array(folder / f"passages-{number}.npy") if cut else None,
        standing=read_array(folder / f"standing-{number}.npy") if cut else np.arange(card.entries),
    )
