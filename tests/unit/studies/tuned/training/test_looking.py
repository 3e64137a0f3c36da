"""What a look asks for: right documents, the best by words and random ones, and no encoder's own best."""

from __future__ import annotations

import numpy as np
from tests.tuning_tables import write_rows

from semascope.retrieval.collections.leaks import Leaks
from semascope.retrieval.collections.read_pairs import PairColumns, read_pairs
from semascope.studies.tuned.asking.dividing import divide
from semascope.studies.tuned.training.looking import _pool


def divided_pairs(folder, n=300):
    rng = np.random.default_rng(1)
    words = [f"w{number}" for number in range(400)]
    rows = [
        {"q": f"{' '.join(rng.choice(words, 4))} {row}", "d": f"{' '.join(rng.choice(words, 12))} of {row}"}
        for row in range(n)
    ]
    collection = read_pairs(write_rows(folder / "p.jsonl", rows), PairColumns(query="q", document="d"))
    return collection, divide(collection, Leaks.of(collection), seed=1)


def test_a_look_holds_right_documents_then_words_then_random_ones(tmp_path):
    collection, divided = divided_pairs(tmp_path)
    text_of = dict(zip(collection.queries.ids, collection.queries.texts, strict=True))
    texts = [text_of[query] for query in divided.choosing]
    pool = _pool(collection, divided, texts, most=120, seed=1)
    assert len(pool) == len(set(pool)) == 120 and pool == sorted(pool)
    wanted = set(divided.choosing)
    right = {
        collection.documents.ids.index(document)
        for query, document in zip(divided.judgements.queries, divided.judgements.documents, strict=True)
        if query in wanted
    }
    assert right <= set(pool)
    assert pool == _pool(collection, divided, texts, most=120, seed=1)
    other = _pool(collection, divided, texts, most=120, seed=2)
    shared = set(pool) & set(other)
    half = len(right) + (120 - len(right)) // 2
    assert len(shared) >= half  # what words say stays, what is drawn does not
    assert len(shared) < 120


def test_small_collections_are_looked_at_whole_and_right_documents_always_are(tmp_path):
    collection, divided = divided_pairs(tmp_path, 40)
    text_of = dict(zip(collection.queries.ids, collection.queries.texts, strict=True))
    texts = [text_of[query] for query in divided.choosing]
    assert _pool(collection, divided, texts, most=500, seed=1) == list(range(40))
    assert len(_pool(collection, divided, texts, most=2, seed=1)) == len(divided.choosing)
