"""What a new segment holds: documents that came in, or those of older segments that are still there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.account import added
from semascope.retrieval.indexes.document_file import DocumentFile
from semascope.retrieval.indexes.rows import make_rows, rows_of
from semascope.retrieval.indexes.segment import Contents
from semascope.retrieval.indexes.view import View
from semascope.retrieval.indexes.word_counts import count_words, join_counts
from semascope.retrieval.rankings import id_order
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.embedding.account import Account
    from semascope.retrieval.collections.collection import Documents
    from semascope.retrieval.indexes.encoding import Encoders
    from semascope.retrieval.indexes.recipe import Recipe
    from semascope.retrieval.indexes.rows import Rows
    from semascope.retrieval.indexes.segment import Segment
    from semascope.types import Ints, Progress


def new_contents(
    documents: Documents, recipe: Recipe, encoders: Encoders, *, progress: Progress = silent
) -> tuple[Contents, Account | None]:
    """Documents encoded and counted, with the account of all encoders together; None without one."""
    file = DocumentFile.of(documents)
    held = file.documents()
    rows: list[Rows] = []
    account: Account | None = None
    for part, about in enumerate(recipe.vectors):
        passages = encoders.passages(part, about, held.texts, progress=progress)
        texts = held.texts if passages is None else passages.texts(held.texts)
        embedded = encoders.documents(part, about, texts, progress=progress)
        rows.append(make_rows(embedded.vectors, held.ids, passages))
        account = embedded.account if account is None else added(account, embedded.account)
    counts = [count_words(held.texts, part.bm25.reader(), progress=progress) for part in recipe.words]
    return Contents(documents=file, rows=rows, words=counts), account


def merged_contents(segments: Sequence[Segment], recipe: Recipe) -> Contents:
    """What is there of several segments, as if it had come in at once: nothing is encoded again."""
    view = View(segments, [segment.there for segment in segments])
    joined = DocumentFile.joined(
        [(segment.documents, kept) for segment, kept in zip(segments, view.kept, strict=True)]
    )
    order = id_order(joined.ids.to_pylist())
    rows = [_merged_rows(view, part, order) for part in range(len(recipe.vectors))]
    words = [
        join_counts([segment.words[part] for segment in segments], view.kept, order)
        for part in range(len(recipe.words))
    ]
    return Contents(documents=joined.take(order), rows=rows, words=words)


def _merged_rows(view: View, part: int, order: Ints) -> Rows:
    """The rows of one part, documents renumbered by ``order``."""
    entries = view.entries(part)
    dense = entries.gathered
    renumbered = np.empty(len(order), dtype=np.int64)
    renumbered[order] = np.arange(len(order))
    if entries.owners is None:
        return rows_of(dense, None, renumbered=renumbered)
    spans = entries.spans
    spans = np.concatenate([renumbered[spans[:, :1]], spans[:, 1:]], axis=1)
    by_document = np.argsort(spans[:, 0], kind="stable")
    moved = np.empty(len(spans), dtype=np.int64)
    moved[by_document] = np.arange(len(spans))
    return rows_of(dense, spans[by_document], renumbered=moved)
