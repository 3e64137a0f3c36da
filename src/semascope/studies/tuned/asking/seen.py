"""Estimating queries that a tuning has seen: their gain may be memory of a document, and is to be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import find_duplicates
from semascope.data.seen import among, text_digests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.leaks import Leaks
    from semascope.studies.tuned.asking.dividing import Divided


def seen_of(
    divided: Divided,
    collection: Collection,
    leaks: Leaks,
    *,
    texts_read: Iterable[str],
    before: NDArray[np.uint64] | None = None,
) -> set[str]:
    """Estimating queries of which learning read a relevant document or the query itself, or a near-copy of either.

    Parameters
    ----------
    texts_read
        Every text that went through the network in training: queries, documents that answer, and hard negatives.
    before
        Sorted digests of what the base had been tuned on, as ``Tuned.seen`` has them: it was seen all the same. A near-copy
        is found of what stands in the collection alone, as digests tell no texts.
    """
    read = list(dict.fromkeys(texts_read))
    texts = [*collection.documents.texts, *collection.queries.texts]
    labels = leaks.duplicates.near
    outside = [
        text
        for text, inside in zip(read, among(read, np.unique(text_digests(texts))), strict=True)
        if not inside
    ]
    if outside:  # negatives that a table gave: a near-copy of one may stand in the collection
        labels = find_duplicates([*texts, *outside]).near
    digests = text_digests(read)
    if before is not None:
        digests = np.concatenate([digests, before])
    known = np.isin(labels, labels[among([*texts, *outside], np.unique(digests))])
    n = len(collection.documents)
    seen_documents = {collection.documents.ids[place] for place in np.flatnonzero(known[:n])}
    seen = {collection.queries.ids[place] for place in np.flatnonzero(known[n : len(texts)])}
    judged = divided.judgements
    for query, document, grade in zip(judged.queries, judged.documents, judged.grades.tolist(), strict=True):
        if grade > 0 and document in seen_documents:
            seen.add(query)
    return seen & set(divided.estimating)
