"""Which estimating queries a tuning has seen, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.data.seen import text_digests
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


@pytest.fixture
def tiny():
    judged = Judgements.of(TRAIN, split="train").joined(Judgements.of(TEST, split="test"))
    collection = Collection(
        name="tiny",
        documents=Documents(ids=tuple(DOCUMENTS), titles=("",) * 4, bodies=tuple(DOCUMENTS.values())),
        queries=Queries(ids=tuple(QUERIES), texts=tuple(QUERIES.values())),
        judgements=judged,
    )
    leaks = Leaks.of(collection)
    return divide(collection, leaks), collection, leaks


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
def test_a_query_is_seen_by_itself_or_by_a_relevant_document_or_a_near_copy(tiny, read, seen):
    assert seen_of(*tiny, texts_read=read) == seen


def test_what_the_base_had_been_tuned_on_is_seen_too(tiny):
    before = np.unique(text_digests(["Three of them", "nothing of these"]))
    assert seen_of(*tiny, texts_read=["one"], before=before) == {"p", "r"}
    assert seen_of(*tiny, texts_read=["second asked"], before=before[:0]) == {"q"}
