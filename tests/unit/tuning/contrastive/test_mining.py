"""Hard negatives in planted collections: what is hard is found, what answers is not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError, DataError
from semascope.retrieval.rankings import ranked
from semascope.retrieval.words.bm25 import Bm25Index
from semascope.retrieval.words.bm25_settings import Bm25
from semascope.tuning.contrastive.mined import NOBODY, Answers
from semascope.tuning.contrastive.mining import mine
from semascope.tuning.contrastive.mining_settings import Mining


def at(*degrees):
    """Unit rows at angles from the query, which lies at 0."""
    angles = np.deg2rad(np.array(degrees, dtype=float))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


QUERY = at(0)
# answer, near-copy of it, another known answer, an unmarked answer (nearer), hard, hard, easy, far
DOCUMENTS = at(40, 41, 60, 20, 50, -55, 80, 170)
GROUPS = np.array([0, 0, 2, 3, 4, 5, 6, 7])
ANSWERS = Answers(queries=np.array([0, 0]), documents=np.array([0, 2]), groups=GROUPS)


def words_that_find(*places, n=8):
    found = [(np.array(places), np.arange(len(places), 0, -1.0))]
    return ranked(found, query_ids=["q"], doc_ids=[f"d{place}" for place in range(n)], k=n)


def first(**options):
    return Mining(**({"choice": "first", "count": 3} | options))


def test_hard_ones_are_found_and_answers_their_copies_and_what_is_nearer_are_not():
    found = mine(QUERY, DOCUMENTS, ANSWERS, first(), seed=1)
    assert found.documents[0].tolist() == [4, 5, 6]
    # By angle: 20, 40, 41, 50, 55, 60, 80, 170.
    assert found.vector_ranks[0].tolist() == [4, 5, 7]
    assert found.word_ranks[0].tolist() == [0, 0, 0]
    assert found.similarities[0] == pytest.approx([math.cos(math.radians(a)) for a in (50, 55, 80)])
    assert found.answers == pytest.approx([math.cos(math.radians(a)) for a in (40, 60)])
    assert found.answering.tolist() == [3, 3]
    assert found.too_near.tolist() == [
        1,
        3,
    ]  # for the farther answer those at 50 and 55 degrees are nearer too
    assert found.documents[1].tolist() == [6, 7, NOBODY]
    assert found.counts.tolist() == [3, 2]
    assert np.isnan(found.similarities[1, 2])


@pytest.mark.parametrize(
    ("options", "documents"),
    [
        ({"margin": 0.13}, [5, 6, 7]),  # cosines .766 - .13 = .636: not .643 of 50 degrees, but .574 of 55
        ({"margin": 0.12}, [4, 5, 6]),
        ({"relative": 0.17}, [5, 6, 7]),  # .766 * .83 = .636
        ({"relative": 0.15}, [4, 5, 6]),
        ({"margin": 1.0}, [7, NOBODY, NOBODY]),  # at -.23
        ({"count": 1}, [4]),
        ({"skip": 4}, [5, 6, 7]),
        ({"depth": 5}, [4, 5, NOBODY]),
    ],
)
def test_margins_and_ranks_by_hand(options, documents):
    assert mine(QUERY, DOCUMENTS, ANSWERS, first(**options), seed=1).documents[0].tolist() == documents


def test_words_bring_in_what_vectors_do_not_and_ranks_say_who_found_it():
    found = mine(QUERY, DOCUMENTS, ANSWERS, first(depth=5), seed=1, words=words_that_find(7, 4, 0, 3))
    assert found.documents[0].tolist() == [7, 4, 5]
    assert found.word_ranks[0].tolist() == [1, 2, 0]
    assert found.vector_ranks[0].tolist() == [0, 4, 5]
    assert found.too_near[0] == 1  # found by both, counted once
    skipped = mine(QUERY, DOCUMENTS, ANSWERS, first(depth=5, skip=1), seed=1, words=words_that_find(7, 4))
    assert skipped.documents[0].tolist() == [4, 5, NOBODY]


def test_one_of_copies_is_taken():
    groups = GROUPS.copy()
    groups[5] = groups[4]
    answers = Answers(queries=ANSWERS.queries, documents=ANSWERS.documents, groups=groups)
    assert mine(QUERY, DOCUMENTS, answers, first(), seed=1).documents[0].tolist() == [4, 6, 7]
    drawn = {mine(QUERY, DOCUMENTS, answers, Mining(), seed=seed).documents[0, 0] for seed in range(20)}
    assert drawn == {4, 5}


def planted(seed, *, q=6, n=40, d=5):
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((q + n, d)) + 0.8
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    pairs = rng.integers(0, [q, n], (9, 2))
    answers = Answers(queries=pairs[:, 0], documents=pairs[:, 1], groups=rng.integers(0, n * 3 // 4, n))
    return rows[:q], rows[q:], answers


@given(
    seed=st.integers(0, 9_999),
    margin=st.sampled_from([0.0, 0.05]),
    relative=st.sampled_from([0.0, 0.1]),
    choice=st.sampled_from(["first", "random"]),
)
@settings(max_examples=60, deadline=None)
def test_what_is_mined_keeps_every_promise(seed, margin, relative, choice):
    queries, documents, answers = planted(seed)
    found = mine(
        queries,
        documents,
        answers,
        Mining(count=5, depth=20, margin=margin, relative=relative, choice=choice),
        seed=3,
    )
    exact = queries.astype(float) @ documents.astype(float).T
    for pair, (query, answer) in enumerate(zip(answers.queries, answers.documents, strict=True)):
        count = found.counts[pair]
        chosen = found.documents[pair, :count]
        groups = answers.groups[chosen]
        assert len(set(groups)) == count
        assert not set(groups) & set(answers.groups[answers.documents[answers.queries == query]])
        bar = exact[query, answer] - margin - relative * abs(exact[query, answer])
        assert (exact[query, chosen] <= bar + 1e-12).all()
        order = np.argsort(-exact[query], kind="stable")[:20]
        assert found.vector_ranks[pair, :count].tolist() == [
            order.tolist().index(place) + 1 for place in chosen
        ]
        able = {
            answers.groups[place]
            for place in order
            if exact[query, place] < bar
            and answers.groups[place] not in answers.groups[answers.documents[answers.queries == query]]
        }
        assert count == min(5, len(able))
        assert (found.documents[pair, count:] == NOBODY).all()


def test_the_choice_follows_from_seed_and_pair_and_differs_between_seeds():
    queries, documents, answers = planted(1)
    options = Mining(count=2, depth=30)
    one, same, other = (mine(queries, documents, answers, options, seed=seed) for seed in (1, 1, 2))
    assert one.documents.tolist() == same.documents.tolist()
    assert one.documents.tolist() != other.documents.tolist()
    some = Answers(queries=answers.queries[:4], documents=answers.documents[:4], groups=answers.groups)
    whole = Answers(
        queries=np.append(answers.queries[:4], 5),
        documents=np.append(answers.documents[:4], 7),
        groups=answers.groups,
    )
    kept = answers.queries[:4] != 5  # another answer of the same query may change what is left
    assert (
        mine(queries, documents, some, options, seed=1).documents[kept].tolist()
        == mine(queries, documents, whole, options, seed=1).documents[:4][kept].tolist()
    )


def test_with_bm25_words_that_mislead_are_found():
    texts = [
        "how tides rise at noon",
        "tides and moons",
        "noon trains rise",
        "soup with bread",
        "rise of bread at noon",
    ]
    ids = [f"d{place}" for place in range(5)]
    index = Bm25Index.read(texts, ids, Bm25().settled("en"))
    words = index.rank(["why do tides rise at noon"], ["q"], k=5)
    answers = Answers(queries=np.array([0]), documents=np.array([0]), groups=np.arange(5))
    found = mine(QUERY, at(10, 85, 95, 88, 100), answers, first(depth=2), seed=1, words=words)
    # Vectors bring document 1, words the one that shares "rise" and "noon" with the query as the answer does.
    assert found.documents[0].tolist() == [1, 4, NOBODY]
    assert found.vector_ranks[0].tolist() == [2, 0, 0]
    assert found.word_ranks[0].tolist() == [0, 2, 0]


def test_copies_of_the_answer_that_nobody_grouped_are_left_out_without_a_margin():
    rows = np.random.default_rng(0).standard_normal((4, 64)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    query = rows[:1] + rows[1:2]
    query /= np.linalg.norm(query)
    documents = rows[[1, 1, 2, 3]]
    answers = Answers(queries=np.array([0]), documents=np.array([0]), groups=np.arange(4))
    found = mine(query, documents, answers, first(), seed=1)
    assert sorted(found.documents[0].tolist()) == [NOBODY, 2, 3]
    assert found.too_near[0] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "count is 0; it must be 1 or more"),
        ({"depth": 0}, "depth is 0"),
        ({"skip": -1}, "skip is -1; it must be 0 or more"),
        ({"skip": 9, "depth": 9}, "skip is 9 and depth 9; nothing is left"),
        ({"margin": 3.0}, "margin is 3.0; it must lie in 0 to 2"),
        ({"margin": math.nan}, "margin is nan"),
        ({"relative": 1.0}, "relative is 1.0; it must lie in 0 to 1"),
    ],
)
def test_bad_settings(options, message):
    with pytest.raises(ConfigError, match=message):
        Mining(**options)


def test_what_does_not_belong_together():
    with pytest.raises(DataError, match="1 queries and 2 documents are given as pairs"):
        Answers(queries=np.zeros(1, dtype=int), documents=np.zeros(2, dtype=int), groups=GROUPS)
    wrong = Answers(queries=np.array([1]), documents=np.array([0]), groups=GROUPS)
    with pytest.raises(DataError, match="a pair names query 1; there are 1"):
        mine(QUERY, DOCUMENTS, wrong, Mining(), seed=1)
    wrong = Answers(queries=np.array([0]), documents=np.array([-1]), groups=GROUPS)
    with pytest.raises(DataError, match="a pair names document -1; there are 8"):
        mine(QUERY, DOCUMENTS, wrong, Mining(), seed=1)
    with pytest.raises(DataError, match="8 groups are given for 4 documents"):
        mine(QUERY, DOCUMENTS[:4], ANSWERS, Mining(), seed=1)
    with pytest.raises(DataError, match="words rank 9 documents for 1 queries, vectors 8 for 1"):
        mine(QUERY, DOCUMENTS, ANSWERS, Mining(), seed=1, words=words_that_find(1, n=9))
