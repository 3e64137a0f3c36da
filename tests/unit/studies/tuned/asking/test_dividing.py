"""Which queries learn, choose and estimate: nothing that belongs together is parted, whatever the collection is."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.data.table import Table
from semascope.errors import ConfigError, DataError
from semascope.retrieval.collections.collection import Collection, Documents, Queries
from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.collections.leaks import Leaks
from semascope.studies.tuned.asking.dividing import divide

LONG = "the moon pulls the water of the sea twice a day and so the tide comes in and goes out again"
OTHER = "fog is a cloud that lies on the ground, mostly near rivers, on still and clear nights in autumn"


def collection(queries, documents, judgements, *, query_columns=None, document_columns=None):
    return Collection(
        name="tiny",
        documents=Documents(
            ids=tuple(documents),
            titles=("",) * len(documents),
            bodies=tuple(documents.values()),
            columns=None if document_columns is None else Table.from_columns(document_columns),
        ),
        queries=Queries(
            ids=tuple(queries),
            texts=tuple(queries.values()),
            columns=None if query_columns is None else Table.from_columns(query_columns),
        ),
        judgements=judgements,
    )


def plain(count, *, texts=None, answers=None, splits=None, **columns):
    """Queries 0, 1, ... with a document each, unless told otherwise."""
    queries = {
        str(i): (texts or {}).get(i, f"question number {i} on {i * 7919 % 1000}") for i in range(count)
    }
    documents = {f"d{i}": f"document number {i} on {i * 104729 % 1000}" for i in range(count)}
    judged = Judgements.of({})
    for i in range(count):
        grades = {str(i): dict.fromkeys((answers or {}).get(i, [f"d{i}"]), 1)}
        judged = judged.joined(Judgements.of(grades, split=(splits or {}).get(i, "")))
    return collection(queries, documents, judged, **columns)


def divided(found, **options):
    return divide(found, Leaks.of(found), **options)


def sides(found):
    return {"learning": found.learning, "choosing": found.choosing, "estimating": found.estimating}


def side_of(found):
    return {query: side for side, ids in sides(found).items() for query in ids}


def test_shares_of_queries_that_all_differ_are_those_asked_for_and_the_seed_says_which():
    given_one = plain(100)
    found = divided(given_one)
    assert (found.how, [len(ids) for ids in sides(found).values()]) == ("query", [70, 10, 20])
    assert sorted(side_of(found), key=int) == list(given_one.queries.ids)
    assert sides(divided(given_one)) == sides(found) != sides(divided(given_one, seed=1))
    assert [len(ids) for ids in sides(divided(given_one, test_size=0.5, choosing=0.25)).values()] == [
        25,
        25,
        50,
    ]
    assert dict(found.left_out) == {}
    assert found.notes == ()


def test_named_splits_are_kept_and_copies_on_two_sides_give_way():
    given_one = plain(
        9,
        texts={
            0: LONG,
            7: LONG + " today",
            1: OTHER + " now",
            4: OTHER,
        },
        splits={
            **dict.fromkeys(range(4), "train"),
            **dict.fromkeys((4, 5), "Dev"),
            **dict.fromkeys((6, 7, 8), "test"),
        },
    )
    found = divided(given_one)
    assert found.how == "given"
    copies = Leaks.of(given_one).query_copies
    assert copies[0] == copies[7]
    assert copies[1] == copies[4] != copies[7]
    assert sides(found) == {"learning": ("2", "3"), "choosing": ("4", "5"), "estimating": ("6", "7", "8")}
    assert dict(found.left_out) == {
        "0": "says the same, or nearly, as a query that estimates",
        "1": "says the same, or nearly, as a query that chooses",
    }


def test_without_dev_a_share_of_training_chooses():
    found = divided(plain(40, splits={i: "train" if i < 30 else "test" for i in range(40)}))
    assert (found.how, len(found.learning), len(found.choosing)) == ("given", 27, 3)
    assert found.estimating == tuple(str(i) for i in range(30, 40))


@pytest.mark.parametrize(
    ("names", "note"),
    [(("train", "dev"), "named to choose, estimates"), (("dev", "test"), "named to choose, learns")],
)
def test_a_side_that_nobody_names_is_taken_from_dev_and_said(names, note):
    found = divided(plain(40, splits={i: names[i >= 30] for i in range(40)}))
    assert (len(found.learning), len(found.choosing)) == (27, 3)
    assert found.estimating == tuple(str(i) for i in range(30, 40))
    assert [one.kind for one in found.notes] == [note]


def test_given_sides_by_document_leave_out_learning_queries_whose_document_estimates():
    given_one = plain(
        8,
        answers={0: ["d6"], 1: ["d0", "d4"]},
        splits={**dict.fromkeys(range(4), "train"), 4: "dev", **dict.fromkeys(range(5, 8), "test")},
    )
    assert divided(given_one).learning == ("0", "1", "2", "3")
    found = divided(given_one, by="document")
    assert (found.learning, found.choosing) == (("2", "3"), ("4",))
    assert dict(found.left_out) == {
        "0": "shares a document with a query that estimates",
        "1": "shares a document with a query that chooses",
    }


def test_a_query_has_the_judgements_of_its_own_side_alone_and_each_pair_once():
    judged = (
        Judgements.of({"p": {"a": 1}, "q": {"a": 1, "c": 1}, "s": {"c": 1}}, split="train")
        .joined(Judgements.of({"q": {"b": 1}, "r": {"b": 1}}, split="test"))
        .joined(Judgements.of({"p": {"a": 3}, "t": {"a": 0}}, split="training"))
    )
    texts = dict(p="first", q="second", r="third", s="fourth", t="fifth")
    found = divided(collection(texts, dict(a="one", b="two", c="three"), judged), choosing=0.5)
    assert found.estimating == ("q", "r")
    assert {*found.learning, *found.choosing} == {"p", "s"}
    rows = zip(
        found.judgements.queries, found.judgements.documents, found.judgements.grades.tolist(), strict=True
    )
    assert sorted(rows) == [("p", "a", 3.0), ("q", "b", 1.0), ("r", "b", 1.0), ("s", "c", 1.0)]
    assert dict(found.left_out) == {"t": "has no relevant document"}


def test_by_time_the_oldest_learn_and_no_tie_is_cut():
    years = [2001, 2002, 2003, 2004, 2005, 2005, 2006, 2007, 2007, 2007]
    found = divided(plain(10, query_columns={"year": years}), by="time", time="year", choosing=0.2)
    assert sides(
        found
    ) == {  # of 2 wanted on each, the 3 of 2007; then 1 of 2006, as near as 3 with both of 2005
        "learning": ("0", "1", "2", "3", "4", "5"),
        "choosing": ("6",),
        "estimating": ("7", "8", "9"),
    }


def test_times_are_dates_too_and_a_query_without_one_or_with_two_sides_is_left_out():
    dates = [
        "2019",
        "2019-02",
        "2019-03-01",
        "2020-01-01",
        "2020-01-01T12:00",
        "",
        "2021-01-01",
        "2021-05-05",
    ]
    texts = {0: LONG, 7: LONG + " today"}
    given_one = plain(8, texts=texts, document_columns={"published": dates})
    found = divided(given_one, by="time", time="published", choosing=0.3)
    assert sides(found) == {"learning": ("1", "2"), "choosing": ("3", "4"), "estimating": ("6",)}
    assert found.left_out["5"] == "has no time in 'published'"
    assert found.left_out["0"] == found.left_out["7"] == "has times, or copies with times, of two sides"
    assert sorted(note.text for note in found.notes) == [
        "1 query left out, as each has no time in 'published': '5'",
        "2 queries left out, as each has times, or copies with times, of two sides: '0', '7'",
    ]


def test_members_of_a_list_and_names_that_look_alike_are_one_group():
    authors = [["Ada", "Bo"], ["bo "], ["Cy"], [], [], ["Cy", "Di"], ["Ed"], ["Fu"], ["Gus"], ["Di"]]
    found = divided(
        plain(10, document_columns={"authors": authors}), group="authors", test_size=0.3, choosing=0.3
    )
    side = side_of(found)
    assert side["0"] == side["1"]
    assert side["2"] == side["5"] == side["9"]
    assert len(side) == 10


@pytest.mark.parametrize(
    ("options", "count", "words"),
    [
        ({}, 1, "1 query with a relevant document to divide, which make 1 unit"),
        ({}, 2, "2 queries with a relevant document to divide, which make 2 units"),
        ({"by": "time", "time": "year"}, 2, "which make 2 units"),
        ({"group": "paper"}, 9, "near-copies stay together, and so does a group"),
        ({"by": "time", "time": "same"}, 9, "1 times are known of 9 queries"),
        ({"group": "nobody"}, 9, "'nobody'"),
        ({"by": "time", "time": "words"}, 9, "row 0 .* is no time"),
    ],
)
def test_too_little_to_divide_says_what_lacks(options, count, words):
    columns = {
        "year": list(range(count)),
        "paper": ["one"] * count,
        "same": [1999] * count,
        "words": ["long ago"] * count,
    }
    with pytest.raises(DataError, match=words):
        divided(plain(count, query_columns=columns), **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"test_size": 0.0}, "test_size is 0.0"),
        ({"choosing": 1.0}, "choosing is 1.0"),
        ({"test_size": 0.6, "choosing": 0.4}, "leaves nothing to learn"),
        ({"by": "time"}, "no column of times"),
        ({"time": "year"}, "divide by time, or leave it out"),
    ],
)
def test_settings_that_cannot_be_are_refused(options, words):
    with pytest.raises(ConfigError, match=words):
        divided(plain(9), **options)


def test_a_time_beside_named_sides_and_splits_of_no_side_are_refused():
    named = plain(
        9, splits={i: "train" if i < 5 else "test" for i in range(9)}, query_columns={"year": range(9)}
    )
    with pytest.raises(ConfigError, match="name their sides"):
        divided(named, by="time", time="year")
    with pytest.raises(DataError, match="judgements of 'mine' beside"):
        divided(plain(9, splits={i: "train" if i < 5 else "mine" for i in range(9)}))


@st.composite
def collections(draw):
    """Queries of which some say the same, that share documents, with a time, a group, and splits or none."""
    count = draw(st.integers(3, 30))
    said = [draw(st.integers(0, count)) for _ in range(count)]
    texts = {
        str(i): f"{LONG} {'seven ' * (1 + n)}" if n < 2 else f"question {n}, that of {i * i}"
        for i, n in enumerate(said)
    }
    documents = {
        f"d{i}": (LONG if i % 7 == 3 else f"document {i} of {i * i}") + f" x{i}"
        for i in range(draw(st.integers(1, 30)))
    }
    names = list(documents)
    splits = draw(st.sampled_from([("",), ("train",), ("train", "test"), ("train", "dev", "test")]))
    judged = Judgements.of({})
    for query in texts:
        grades = {
            each: draw(st.sampled_from([0, 1, 1, 2]))
            for each in draw(st.sets(st.sampled_from(names), max_size=3))
        }
        judged = judged.joined(Judgements.of({query: grades}, split=draw(st.sampled_from(splits))))
    columns = {
        "time": [draw(st.integers(1, 6)) for _ in texts],
        "group": [draw(st.sampled_from(["", "", "", "a", "b"])) for _ in texts],
    }
    return collection(texts, documents, judged, query_columns=columns)


@settings(max_examples=150, deadline=None)
@given(collections(), st.sampled_from(["query", "document", "time"]), st.booleans(), st.integers(0, 3))
def test_nothing_that_belongs_together_is_parted(given_one, by, grouped, seed):
    leaks = Leaks.of(given_one)
    options = {"by": by, "seed": seed, "group": "group" if grouped else None}
    options |= {"time": "time"} if by == "time" else {}
    try:
        found = divide(given_one, leaks, **options)
    except (DataError, ConfigError):
        return
    assert sides(divide(given_one, leaks, **options)) == sides(found)
    side = side_of(found)
    assert len(side) == sum(len(ids) for ids in sides(found).values())  # none on two
    assert min(len(ids) for ids in sides(found).values()) >= 1
    assert {*side, *found.left_out} == set(given_one.judgements.queries)
    assert not set(side) & set(found.left_out)
    assert all(found.left_out.values())
    judged = found.judgements
    pairs = list(zip(judged.queries, judged.documents, judged.grades.tolist(), strict=True))
    assert set(judged.queries) == set(side)
    assert len({pair[:2] for pair in pairs}) == len(pairs)
    alike = [dict(zip(given_one.queries.ids, leaks.query_copies.tolist(), strict=True))]
    if grouped:
        groups = zip(given_one.queries.ids, given_one.queries.columns.strings("group"), strict=True)
        alike.append({query: name for query, name in groups if name})
    for labels in alike:
        assert (
            max(
                Counter(
                    label for label, _ in {(labels[q], s) for q, s in side.items() if q in labels}
                ).values(),
                default=1,
            )
            == 1
        )
    if by == "document":
        label = dict(zip(given_one.documents.ids, leaks.document_copies.tolist(), strict=True))
        read = {(label[document], side[query]) for query, document, grade in pairs if grade > 0}
        assert max(Counter(each for each, _ in read).values()) == 1
    if by == "time":
        times = dict(zip(given_one.queries.ids, given_one.queries.columns.numbers("time"), strict=True))
        spans = [[times[query] for query in ids] for ids in sides(found).values()]
        assert max(spans[0]) < min(spans[1])
        assert max(spans[1]) < min(spans[2])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 6), min_size=3, max_size=25),
    st.floats(0.05, 0.5),
    st.floats(0.05, 0.4),
    st.integers(0, 5),
)
def test_sizes_are_within_a_unit_of_what_was_asked(sizes, test_size, choosing, seed):
    groups = [f"g{i}" for i, size in enumerate(sizes) for _ in range(size)]
    found = divided(
        plain(len(groups), query_columns={"group": groups}),
        group="group",
        test_size=test_size,
        choosing=choosing,
        seed=seed,
    )
    largest = max(sizes)
    assert abs(len(found.estimating) - test_size * len(groups)) <= largest
    assert abs(len(found.choosing) - choosing * len(groups)) <= largest


def test_a_unit_that_holds_much_is_said():
    found = divided(plain(30, query_columns={"paper": ["one"] * 12 + [""] * 18}), group="paper")
    assert [(note.kind, note.count, note.warning) for note in found.notes] == [("large unit", 12, True)]
    assert np.unique([side_of(found)[str(i)] for i in range(12)]).tolist() == ["learning"]
