"""What leaks in a collection, and which queries choose and estimate."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from semascope.errors import DataError
from semascope.retrieval.collections.collection import Collection, Documents, Queries
from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.collections.leaks import Leaks
from semascope.retrieval.collections.sides import split_queries

LONG = "the moon pulls the water of the sea twice a day and so the tide comes in and goes out again"


def collection(
    documents: dict[str, tuple[str, str]], queries: dict[str, str], judgements: Judgements
) -> Collection:
    return Collection(
        name="tiny",
        documents=Documents(
            ids=tuple(documents),
            titles=tuple(title for title, _ in documents.values()),
            bodies=tuple(body for _, body in documents.values()),
        ),
        queries=Queries(ids=tuple(queries), texts=tuple(queries.values())),
        judgements=judgements,
    )


def test_every_kind_of_leak_is_found_and_nothing_else():
    documents = {
        "a": ("Why the sea rises", "Asked: why the SEA rises? Because of the moon."),
        "b": ("Fog", "Fog is a cloud that lies on the ground."),  # one word stands there by chance
        "c": ("", LONG),
        "c2": ("", LONG.upper()),
        "c3": ("", LONG + " today"),
        "d": ("Storms come from west", "Where storms come from western lands."),  # west is no word of it
        "e": ("", "whence do the strong winds blow"),
    }
    queries = {
        "1": "because of the moon",  # in a, which is relevant
        "2": "whence do the strong winds blow",  # is e
        "3": "lies on the ground",  # in b, which is not relevant for it
        "4": "a cloud",  # two words in b
    }
    judged = Judgements.of({"1": {"a": 1}, "3": {"b": 0, "c": 1}, "4": {"b": 1}})
    leaks = Leaks.of(collection(documents, queries, judged))
    assert leaks.title_in_text.tolist() == [0]
    assert leaks.query_in_document == [("1", "a")]
    assert leaks.same_document() == ([("c", "c2")], [("c", "c3")])
    assert leaks.query_is_document == [("2", "e")]
    assert {note.kind: (note.count, note.examples) for note in leaks.notes()} == {
        "title in text": (1, ("a",)),
        "query in its document": (1, ("1 = a",)),
        "same document": (1, ("c = c2",)),
        "nearly the same document": (1, ("c = c3",)),
        "query is a document": (1, ("2 = e",)),
    }


def test_a_clean_collection_has_no_notes():
    found = Leaks.of(collection({"a": ("T", "one")}, {"1": "two"}, Judgements.of({"1": {"a": 1}})))
    assert found.notes() == []


def many(
    splits: dict[str, list[int]], *, texts: dict[int, str] | None = None, judgements: int = 1
) -> Collection:
    """Queries 0, 1, ... of documents of their own; ``splits`` says which are judged where."""
    count = max(max(numbers) for numbers in splits.values()) + 1
    documents = {f"d{i}_{j}": ("", f"text {i} {j}") for i in range(count) for j in range(judgements)}
    queries = {
        str(i): (texts or {}).get(i, f"question number {i} about matter {i * 7919 % 1000}")
        for i in range(count)
    }
    judged = Judgements.of({})
    for split, numbers in splits.items():
        grades = {str(i): {f"d{i}_{j}": 1 for j in range(judgements)} for i in numbers}
        judged = judged.joined(Judgements.of(grades, split=split))
    return collection(documents, queries, judged)


def sides_of(given: Collection, seed: int = 42):
    return split_queries(given, Leaks.of(given).query_copies, seed=seed)


def test_given_splits_are_kept_and_a_copy_on_the_choosing_side_chooses_nothing():
    given = many(
        {"train": [0, 1, 2], "Dev": [3, 4], "test": [4, 5, 6]},
        texts={0: LONG, 6: LONG + " today", 2: "a question of its own"},
    )
    found = sides_of(given)
    assert found.how == "given"
    assert found.choosing == ("1", "2", "3")
    assert found.estimating == ("4", "5", "6")
    assert found.left_out == ("0", "4")  # nearly 6; in both files
    assert sorted(zip(found.judgements.queries, found.judgements.splits, strict=True)) == [
        ("1", "train"),
        ("2", "train"),
        ("3", "Dev"),
        ("4", "test"),
        ("5", "test"),
        ("6", "test"),
    ]
    assert Leaks.of(given).on_both_sides(found) == [("0", "6"), ("4", "4")]
    told = {note.kind: note.text for note in Leaks.of(given).notes(found)}
    assert told["query on both sides"] == (
        "2 choosing queries say the same as an estimating one, and choose nothing: '0 = 6', '4'"
    )


def test_an_estimating_query_has_the_judgements_of_its_own_side_alone():
    documents = {"a": ("", "one"), "b": ("", "two"), "c": ("", "three")}
    judged = (
        Judgements.of({"p": {"a": 1}, "q": {"a": 1, "c": 1}}, split="train")
        .joined(Judgements.of({"q": {"b": 1}, "r": {"b": 1}}, split="test"))
        .joined(Judgements.of({"p": {"a": 3}}, split="dev"))
    )
    found = sides_of(collection(documents, {"p": "first", "q": "second", "r": "third"}, judged))
    judgements = found.judgements
    assert list(zip(judgements.queries, judgements.documents, judgements.grades.tolist(), strict=True)) == [
        ("p", "a", 3.0),  # the higher of train and dev
        ("q", "b", 1.0),
        ("r", "b", 1.0),
    ]


@pytest.mark.parametrize(
    "splits", [{"": list(range(100))}, {"train": list(range(100))}, {"test": list(range(100))}]
)
def test_one_side_alone_is_drawn_3_to_7_and_the_seed_says_which(splits):
    given = many(splits)
    found = sides_of(given)
    assert (found.how, len(found.choosing), len(found.estimating)) == ("drawn", 30, 70)
    assert sorted((*found.choosing, *found.estimating), key=int) == [str(i) for i in range(100)]
    assert sides_of(given).choosing == found.choosing != sides_of(given, seed=1).choosing


def test_a_drawn_side_has_its_share_of_queries_with_many_judgements():
    documents = {f"d{j}": ("", f"text {j}") for j in range(9)}
    queries = {str(i): f"question number {i} about matter {i * 7919 % 1000}" for i in range(60)}
    grades = {str(i): {f"d{j}": 1 for j in range(9 if i % 3 == 0 else 1)} for i in range(60)}
    found = sides_of(collection(documents, queries, Judgements.of(grades)))
    assert Counter(int(query) % 3 == 0 for query in found.choosing) == {True: 6, False: 12}


def test_copies_of_a_query_are_on_one_side():
    texts = {i: f"{LONG} in the harbour number {'abcdefghij'[i // 2]}" for i in range(20)}
    given = many(
        {"": list(range(60))}, texts={i: text + (" now" if i % 2 else "") for i, text in texts.items()}
    )
    copies = Leaks.of(given).query_copies
    for seed in range(5):
        found = split_queries(given, copies, seed=seed)
        side = {query: 0 for query in found.choosing} | {query: 1 for query in found.estimating}
        assert all(len({side[str(i)] for i in np.flatnonzero(copies == label)}) == 1 for label in copies)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            many({"train": [0], "test": [1], "extra": [2]}),
            r"judgements of 'extra' beside 'train' and 'test'; accepted splits are train, ",
        ),
        (many({"": [0]}), "tiny has 1 query with a relevant document, and no two that differ"),
        (
            many({"": [0, 1]}, texts={0: LONG, 1: LONG}),
            "2 queries with a relevant document, and no two that differ",
        ),
        (many({"train": [0], "test": [1]}, texts={0: LONG, 1: LONG}), "has no choosing query"),
        (
            collection({"a": ("", "x")}, {"1": "y"}, Judgements.of({"1": {"a": 0}})),
            "tiny has no query with a relevant document",
        ),
        (
            collection({"a": ("", "x")}, {"1": "y"}, Judgements.of({})),
            "tiny has no query with a relevant document",
        ),
    ],
)
def test_queries_that_cannot_be_split_are_one_clear_line(given, message):
    with pytest.raises(DataError, match=message):
        sides_of(given)


def test_estimating_queries_that_share_a_relevant_document_with_a_choosing_one_are_told():
    documents = {"a": ("", LONG), "a2": ("", LONG + " today"), "b": ("", "fog"), "c": ("", "storm")}
    queries = {"1": "one", "2": "two", "3": "three", "4": "four"}
    judged = Judgements.of({"1": {"a": 1, "b": 0}}, split="train").joined(
        # a copy of a counts as a; b was judged there, and is not relevant; c is new
        Judgements.of({"2": {"a2": 2}, "3": {"b": 1}, "4": {"c": 1}}, split="test")
    )
    found = collection(documents, queries, judged)
    leaks = Leaks.of(found)
    sides = split_queries(found, leaks.query_copies)
    assert leaks.shared_documents(sides) == ["2"]
    note = next(note for note in leaks.notes(sides) if note.kind == "document on both sides")
    assert note.text.startswith("1 of 3 estimating queries have a relevant document")
