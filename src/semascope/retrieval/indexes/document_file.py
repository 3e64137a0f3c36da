"""Documents of a segment: ids, titles, texts and whatever else their file said, by id, the largest first.

So documents of equal scores stand in the order in which they are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from semascope.data.table import Table
from semascope.errors import DataError
from semascope.retrieval.collections.collection import Documents
from semascope.retrieval.indexes.column_types import agreeing, kept_column, kept_value, same_cells
from semascope.retrieval.rankings import id_order, refuse_copies

if TYPE_CHECKING:
    from semascope.types import Ints

_OWN = ("id", "title", "text")
_OTHER = "column "  # before the names of other columns, which may be called as ours are


class ArrowTexts(Sequence[str]):
    """Texts of an Arrow array, each made when it is asked for."""

    def __init__(self, values: pa.Array) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return ArrowTexts(self.values[place])
        return self.values[place].as_py()


@dataclass(frozen=True, slots=True, eq=False)
class DocumentFile:
    """n documents; the table may be a view of a file."""

    table: pa.Table

    @classmethod
    def of(cls, documents: Documents) -> DocumentFile:
        """The documents of a collection, by id, the largest first.

        Raises
        ------
        DataError
            For an id that stands twice, or is empty.
        """
        refuse_copies(documents.ids, what="document")
        if any(not each.strip() for each in documents.ids):
            raise DataError("a document has an empty id; every document needs one; give it an id")
        columns = {
            "id": pa.array(documents.ids, pa.large_string()),
            "title": pa.array(documents.titles, pa.large_string()),
            "text": pa.array(documents.bodies, pa.large_string()),
        }
        if documents.columns is not None:
            others = documents.columns.data.combine_chunks()
            columns |= {f"{_OTHER}{name}": kept_column(others.column(name)) for name in others.column_names}
        return cls(pa.table(columns).take(pa.array(id_order(documents.ids))))

    @classmethod
    def joined(cls, parts: Sequence[tuple[DocumentFile, Ints]]) -> DocumentFile:
        """Some documents of each part, in the order of the parts."""
        taken = [part.table.take(pa.array(places)) for part, places in parts]
        return cls(pa.concat_tables(agreeing(taken), promote_options="default"))

    def take(self, places: Ints) -> DocumentFile:
        """These documents, in this order."""
        return DocumentFile(self.table.take(pa.array(places)))

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def ids(self) -> pa.Array:
        """(n,) ids."""
        return _whole(self.table.column("id"))

    @property
    def others(self) -> dict[str, pa.ChunkedArray]:
        """The other columns by their names."""
        return {
            name.removeprefix(_OTHER): self.table.column(name)
            for name in self.table.column_names
            if name not in _OWN
        }

    def texts(self) -> list[str]:
        """What an encoder or BM25 reads of each document."""
        return list(self.documents().texts)

    def documents(self, *, others: bool = False) -> Documents:
        """The documents in memory, with or without other columns."""
        columns = [tuple(self.table.column(name).to_pylist()) for name in _OWN]
        kept = None
        if others and self.others:
            kept = Table(data=pa.table(self.others), source="index", rows=np.arange(len(self)))
        return Documents(ids=columns[0], titles=columns[1], bodies=columns[2], columns=kept)

    def differing(self, given: DocumentFile) -> list[str]:
        """(n,) what differs between these documents and n others, as a phrase; "" for nothing."""
        found = [""] * len(self)
        for name in ("title", "text"):
            same = pc.equal(self.table.column(name), given.table.column(name)).to_numpy()
            for place in np.flatnonzero(~same).tolist():
                found[place] = f"another {name}"
        own, others = self.others, given.others
        for name in dict.fromkeys([*own, *others]):
            same = same_cells(own.get(name), others.get(name), len(self)).to_numpy()
            for place in np.flatnonzero(~same).tolist():
                found[place] = found[place] or "other columns"
        return found

    def row(self, place: int) -> dict[str, Any]:
        """One document: ``id``, ``title``, ``text``, and ``columns`` with what is not missing of the others."""
        found: dict[str, Any] = {name: self.table.column(name)[place].as_py() for name in _OWN}
        others = {name: kept_value(column[place].as_py()) for name, column in self.others.items()}
        return found | {"columns": {name: value for name, value in others.items() if value is not None}}


def body_start(row: dict[str, Any]) -> int:
    """Where in what an encoder reads of a document that ``row`` gave its text begins; below 0 where white space was cut off."""
    whole = f"{row['title']} {row['text']}"
    return len(row["title"]) + 1 - (len(whole) - len(whole.lstrip()))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.combine_chunks() if column.num_chunks else pa.array([], column.type)
