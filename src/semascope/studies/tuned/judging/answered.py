"""Right answers of a judged query that its own side does not name: they are no wrong ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.retrieval.collections.note import counted, note_of

if TYPE_CHECKING:
    from collections.abc import Collection as Several
    from collections.abc import Mapping

    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.note import Note
    from semascope.retrieval.rankings import Rankings
    from semascope.studies.tuned.asking.dividing import Divided


def answered_elsewhere(collection: Collection, divided: Divided) -> dict[str, frozenset[str]]:
    """By estimating query, documents that judgements of other splits call relevant, and of which its own side says nothing.

    A query that is judged in two splits is on one side, with the judgements of that side alone. What another split calls
    right was perhaps learnt, so it counts for nothing; but it is right, so it may not count against who finds it either.
    """
    asked = set(divided.estimating)
    own = set(zip(divided.judgements.queries, divided.judgements.documents, strict=True))
    found: dict[str, set[str]] = {}
    judged = collection.judgements
    for query, document, grade in zip(judged.queries, judged.documents, judged.grades.tolist(), strict=True):
        if grade > 0 and query in asked and (query, document) not in own:
            found.setdefault(query, set()).add(document)
    return {query: frozenset(documents) for query, documents in found.items()}


def answered_notes(collection: Collection, divided: Divided) -> list[Note]:
    """One on the queries with such documents, where there are any."""
    ids = list(answered_elsewhere(collection, divided))
    text = (
        f"Documents that another split calls right are left out of what is found for {counted(len(ids), 'query')}, as neither right"
        " nor wrong here"
    )
    return note_of("answers in another split", ids, text)


def left_out_of(rankings: Rankings, left_out: Mapping[str, Several[str]]) -> Rankings:
    """The rankings without some documents of some queries: those behind move up."""
    places, scores, counts = rankings.places.copy(), rankings.scores.copy(), rankings.counts.copy()
    for row, query in enumerate(rankings.query_ids):
        if not (without := left_out.get(query, ())):
            continue
        found, given = rankings.found(row)
        keep = np.array([rankings.doc_ids[place] not in without for place in found.tolist()], dtype=bool)
        counts[row] = kept = int(keep.sum())
        places[row, :kept], scores[row, :kept] = found[keep], given[keep]
    return replace(rankings, places=places, scores=scores, counts=counts)
