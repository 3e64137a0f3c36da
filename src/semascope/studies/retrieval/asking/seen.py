"""Queries that an encoder was tuned on: it looks better there than it is, so they neither choose nor judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.seen import among
from semascope.encoders.protocol import Tuned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from semascope.encoders.protocol import Encoder
    from semascope.studies.retrieval.asking.asked import Asked
    from semascope.studies.task import Records


def seen_queries(asked: Asked, encoder: Encoder) -> tuple[str, ...]:
    """Ids of the queries that are asked of which the encoder saw the text, or a relevant document, in training.

    A near copy of a text counts as the text. An encoder that does not say what it was tuned on has seen nothing as far
    as anybody knows.
    """
    if not isinstance(encoder, Tuned) or not len(encoder.seen):
        return ()
    collection, copies = asked.collection, asked.leaks.duplicates.near
    texts = [*collection.documents.texts, *collection.queries.texts]
    known = np.isin(copies, copies[among(texts, encoder.seen)])
    n = len(collection.documents)
    documents = {
        each for each, seen in zip(collection.documents.ids, known[:n].tolist(), strict=True) if seen
    }
    queries = {each for each, seen in zip(collection.queries.ids, known[n:].tolist(), strict=True) if seen}
    judged = asked.sides.judgements
    for query, document, grade in zip(judged.queries, judged.documents, judged.grades.tolist(), strict=True):
        if grade > 0 and document in documents:
            queries.add(query)
    return tuple(query for query in asked.queries if query in queries)


def seen_by(seen: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Queries that any of some encoders has seen."""
    return frozenset(query for queries in seen.values() for query in queries)


def recorded_seen(records: Records) -> dict[str, tuple[str, ...]]:
    """By cell what its encoder had seen, of the cells that had seen something."""
    return {cell: tuple(record["seen"]) for cell, record in records.items() if record.get("seen")}
