"""A collection without what has nothing to read: an encoder whose tokenizer adds no token of its own sees nothing there, and fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.odd import is_empty
from semascope.retrieval.collections.note import counted, note_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.table import Table
    from semascope.retrieval.collections.collection import Collection


def with_texts(collection: Collection) -> Collection:
    """The documents and queries that have a text, and what was judged of these; the same collection where all have one.

    Notes say what was left out: it neither learns nor judges, whoever is asked.
    """
    documents, queries = collection.documents, collection.queries
    kept = _with_text(documents.texts), _with_text(queries.texts)
    if (len(kept[0]), len(kept[1])) == (len(documents), len(queries)):
        return collection
    documents, queries = (
        replace(
            documents,
            ids=tuple(documents.ids[row] for row in kept[0]),
            titles=tuple(documents.titles[row] for row in kept[0]),
            bodies=tuple(documents.bodies[row] for row in kept[0]),
            columns=_taken(documents.columns, kept[0]),
        ),
        replace(
            queries,
            ids=tuple(queries.ids[row] for row in kept[1]),
            texts=tuple(queries.texts[row] for row in kept[1]),
            columns=_taken(queries.columns, kept[1]),
        ),
    )
    judged, there = collection.judgements, (set(queries.ids), set(documents.ids))
    pairs = zip(judged.queries, judged.documents, strict=True)
    keep = np.array([query in there[0] and document in there[1] for query, document in pairs], dtype=bool)
    notes = list(collection.notes)
    for what, before, after in (
        ("document", collection.documents, documents),
        ("query", collection.queries, queries),
    ):
        lacking = sorted(set(before.ids) - set(after.ids))
        notes += note_of(
            f"{what} without text",
            lacking,
            f"{counted(len(lacking), what)} without a text {'was' if len(lacking) == 1 else 'were'} left out, and what was judged"
            " of them",
            warning=True,
        )
    return replace(
        collection, documents=documents, queries=queries, judgements=judged.take(keep), notes=tuple(notes)
    )


def _with_text(texts: Sequence[str]) -> list[int]:
    return [row for row, text in enumerate(texts) if not is_empty(text)]


def _taken(table: Table | None, rows: list[int]) -> Table | None:
    return None if table is None else table.take(np.array(rows, dtype=np.int64))
