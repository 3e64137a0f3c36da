"""Which estimating queries a tuning has seen, by hand."""

from __future__ import annotations

import pytest

from semascope.retrieval.collections.collection import Collection, Documents, Queries
from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.collections.leaks import Leaks
from semascope.studies.tuned.asking.dividing import divide
from semascope.studies.tuned.asking.seen import seen_of

LONG = "the moon pulls the water of the sea twice a day and so the tide comes in and goes out again"
DOCUMENTS = {"a": "one", "b": LONG, "c": "three of them", "d": "four of them"}
QUERIES = {
    "l": "what learns",
    "k": "what chooses",
    "p": "first asked",
    "q": "second asked",
    "r": "third asked",
}
TRAIN = {"l": {"a": 1}, "k": {"a": 1}}
TEST = {"p": {"a": 1, "c": 1}, "q": {"b": 2, "d": 0}, "r": {"c": 1}}


@pytest.mark.parametrize(
    ("read", "seen"),
    [
        ([], set()),
        (["ONE"], {"p"}),  # one relevant document of several; capitals aside
        (["four of them"], set()),  # judged, and not relevant
        (["three of them"], {"p", "r"}),
        ([LONG + " today"], {"q"}),  # a negative of no collection, nearly a document of it
        (["Third  asked", "what learns"], {"r"}),
        (["nothing like it"], set()),
    ],
)
def test_a_query_is_seen_by_itself_or_by_a_relevant_document_or_a_near_copy(read, seen):
    judged = Judgements.of(TRAIN, split="train").joined(Judgements.of(TEST, split="test"))
    collection = Collection(
        name="tiny",
        documents=Documents(ids=tuple(DOCUMENTS), titles=("",) * 4, bodies=tuple(DOCUMENTS.values())),
        queries=Queries(ids=tuple(QUERIES), texts=tuple(QUERIES.values())),
        judgements=judged,
    )
    leaks = Leaks.of(collection)
    assert seen_of(divide(collection, leaks), collection, leaks, texts_read=read) == seen
