"""Hard negatives of the pairs of a collection, by its words and by the vectors of the encoder before it is tuned.

Letters: n documents, p pairs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.odd import is_empty
from semascope.embedding.path import embed
from semascope.retrieval.words.bm25 import Bm25Index
from semascope.retrieval.words.bm25_settings import Bm25
from semascope.studies.retrieval.asking.asked import spoken_in
from semascope.studies.tuned.asking.pair_places import kept_away, known_answers, learning_pairs
from semascope.tuning.contrastive.mined import NOBODY, Answers
from semascope.tuning.contrastive.mining import mine
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.encoders.templates import Role
    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.leaks import Leaks
    from semascope.retrieval.rankings import Rankings
    from semascope.store.vectors import VectorStore
    from semascope.studies.tuned.asking.dividing import Divided
    from semascope.studies.tuned.asking.pair_places import PairPlaces
    from semascope.tuning.contrastive.mined import Mined
    from semascope.tuning.contrastive.mining_settings import Mining
    from semascope.types import Array, Ints, Mask, Progress


def mined_for(
    collection: Collection,
    divided: Divided,
    leaks: Leaks,
    *,
    encoder: Encoder,
    instruction: str,
    settings: Mining,
    words: bool,
    store: VectorStore | None,
    seed: int,
    progress: Progress = silent,
) -> Mined:
    """Hard negatives of the learning pairs alone, among documents that no other side asks for.

    Parameters
    ----------
    instruction
        Sentence that queries are embedded with; "" for none.
    words
        Whether BM25 looks for them too.
    seed
        Of the choice among those that may be taken.

    Returns
    -------
    Mined
        A row for each of the p pairs of ``learning_pairs``, in their order; documents as places in the collection.

    Raises
    ------
    EncoderError
        When the encoder fails.
    """
    return mined_among(
        collection,
        learning_pairs(collection, divided),
        leaks.duplicates.near,
        ~kept_away(collection, divided, leaks.duplicates.near),
        encoder=encoder,
        instruction=instruction,
        settings=settings,
        words=words,
        store=store,
        seed=seed,
        progress=progress,
    )


def mined_among(
    collection: Collection,
    pairs: PairPlaces,
    labels: Ints,
    able: Mask,
    *,
    encoder: Encoder,
    instruction: str,
    settings: Mining,
    words: bool,
    store: VectorStore | None,
    seed: int,
    progress: Progress = silent,
) -> Mined:
    """Hard negatives of some pairs; as ``mined_for``.

    Parameters
    ----------
    labels
        Of the documents, then of the queries, as in ``kept_away``. A document that says the same as the query is no wrong
        answer to it.
    able
        (n,) documents that may be taken; documents of pairs are looked at in any case, and those without text never.
    """
    asked, query_rows = np.unique(pairs.queries, return_inverse=True)
    texts = collection.documents.texts
    able = able & np.array([not is_empty(text) for text in texts], dtype=bool)
    able[pairs.documents] = True
    looked = np.flatnonzero(able)
    place_of = np.full(len(texts), NOBODY, dtype=np.int64)
    place_of[looked] = np.arange(len(looked))
    queries = _embedded(
        [collection.queries.texts[place] for place in asked], encoder, instruction, "query", store, progress
    )
    documents = _embedded([texts[place] for place in looked], encoder, "", "document", store, progress)
    rows, places = _known(collection, asked, labels)
    more = (place_of[places] != NOBODY) & ~_are_pairs(rows, places, query_rows, pairs.documents, len(texts))
    answers = Answers(
        queries=np.concatenate([query_rows, rows[more]]),
        documents=place_of[np.concatenate([pairs.documents, places[more]])],
        groups=labels[looked],
    )
    found = mine(
        queries,
        documents,
        answers,
        settings,
        seed=seed,
        words=_by_words(collection, asked, looked, settings.depth, progress) if words else None,
        progress=progress,
    )
    return _of_pairs(found, len(pairs), looked)


def _known(collection: Collection, asked: Ints, labels: Ints) -> tuple[Ints, Ints]:
    """Rows among the queries that are asked, and documents that answer them or say the same."""
    known = known_answers(collection, asked, labels)
    n = len(collection.documents)
    order = np.argsort(labels[:n], kind="stable")
    own = labels[n:][asked]
    starts, ends = (np.searchsorted(labels[:n][order], own, side=side) for side in ("left", "right"))
    same = [(row, place) for row, (a, b) in enumerate(zip(starts, ends, strict=True)) for place in order[a:b]]
    return (
        np.concatenate(
            [np.searchsorted(asked, known.queries), np.array([row for row, _ in same], dtype=np.int64)]
        ),
        np.concatenate([known.documents, np.array([place for _, place in same], dtype=np.int64)]),
    )


def _are_pairs(rows: Ints, places: Ints, pair_rows: Ints, pair_places: Ints, count: int) -> Mask:
    """Which of some queries and documents are among the pairs already."""
    found: Mask = np.isin(rows * count + places, pair_rows * count + pair_places)
    return found


def _embedded(
    texts: Sequence[str],
    encoder: Encoder,
    instruction: str,
    role: Role,
    store: VectorStore | None,
    progress: Progress,
) -> Array:
    """Rows of unit length, as cosines need them."""
    rows = embed(
        texts, encoder=encoder, instruction=instruction, role=role, store=store, progress=progress
    ).vectors
    return rows if encoder.space.normalised else rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _by_words(collection: Collection, asked: Ints, looked: Ints, depth: int, progress: Progress) -> Rankings:
    language, _ = spoken_in(collection)
    documents, queries = collection.documents, collection.queries
    index = Bm25Index.read(
        [documents.texts[place] for place in looked],
        [documents.ids[place] for place in looked],
        Bm25().settled(language),
        progress=progress,
    )
    return index.rank(
        [queries.texts[place] for place in asked], [queries.ids[place] for place in asked], k=depth
    )


def _of_pairs(found: Mined, pairs: int, looked: Ints) -> Mined:
    """Rows of the pairs, without those of what else is known to answer; documents as places in the collection."""
    documents = found.documents[:pairs]
    return replace(
        found,
        documents=np.where(documents == NOBODY, NOBODY, looked[documents]),
        similarities=found.similarities[:pairs],
        vector_ranks=found.vector_ranks[:pairs],
        word_ranks=found.word_ranks[:pairs],
        counts=found.counts[:pairs],
        answers=found.answers[:pairs],
        answering=found.answering[:pairs],
        too_near=found.too_near[:pairs],
    )
