"""Searches that judge remedies: who judges, what may fit, and copies of answers that are no misses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from semascope.errors import DataError
from semascope.studies.geometry.judging.searching import split_search
from semascope.studies.geometry.judging.tasks import SearchTask


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def pairs(n=40, d=8, noise=0.5, seed=0):
    rng = np.random.default_rng(seed)
    documents = unit(rng.standard_normal((n, d)))
    return SearchTask(
        queries={"a": unit(documents + noise * rng.standard_normal((n, d)))}, documents={"a": documents}
    )


def scores(task, sides, name="a"):
    return sides.scores(task.queries[name], task.documents[name])


def test_scores_are_ndcg_at_10_over_all_documents():
    rng = np.random.default_rng(1)
    task = pairs()
    qrels = {
        q: {int(d): float(rng.integers(3)) for d in rng.permutation(40)[:6]} | {q: 1.0} for q in range(40)
    }
    task = replace(task, qrels=qrels)
    sides = split_search(task, seed=0)
    cosines = task.queries["a"] @ task.documents["a"].T
    grades = np.zeros((40, 40))
    for query, of_query in qrels.items():
        grades[query, list(of_query)] = list(of_query.values())
    wanted = [ndcg_score(grades[[q]], cosines[[q]], k=10) for q in sides.test_queries]
    np.testing.assert_allclose(scores(task, sides), wanted, atol=1e-6)
    assert len(sides.test_queries) == 28  # 70 % of judged queries


def test_half_of_the_pairs_judge_and_none_of_their_answers_fits():
    task = pairs()
    sides = split_search(task, seed=0)
    assert len(sides.test_queries) == 20
    assert sorted([*sides.train_queries, *sides.test_queries]) == list(range(40))
    np.testing.assert_array_equal(sides.train_documents, sides.train_queries)
    rows = sides.fit_rows(task.queries["a"], task.documents["a"])
    np.testing.assert_array_equal(rows[:20], task.queries["a"][sides.train_queries])
    np.testing.assert_array_equal(rows[20:], task.documents["a"][sides.train_documents])
    assert sides.units is None
    assert sides.notes == ()


def test_documents_that_answer_nobody_may_fit_and_those_of_a_judge_may_not():
    task = replace(pairs(), qrels={q: {q % 25: 1.0, 30: 0.0} for q in range(30)})
    sides = split_search(task, seed=0)
    answers = {int(q) % 25 for q in sides.test_queries}
    assert set(sides.train_documents) == set(range(40)) - answers
    assert {30, 39} <= set(sides.train_documents)  # graded 0, and never judged


def test_a_copy_of_the_answer_is_no_miss():
    documents = np.repeat(unit(np.random.default_rng(0).standard_normal((20, 8))), 12, axis=0)
    task = SearchTask(queries={"a": documents}, documents={"a": documents})
    sides = split_search(task, seed=0)  # 11 copies stand before the answer, whichever is looked for
    assert (scores(task, sides) == 1).all()
    assert len(sides.distinct) == 20
    assert sides.notes == ("220 documents repeat another one; copies count as one document.",)
    assert sides.units is not None
    assert len(set(sides.units)) == 10
    train, test = (documents[rows] for rows in (sides.train_queries, sides.test_queries))
    assert not set(map(bytes, train)) & set(map(bytes, test))


def test_documents_that_are_said_to_be_copies_are_one():
    task = pairs()
    rng = np.random.default_rng(3)
    near = unit(
        np.concatenate([task.documents["a"], task.documents["a"] + 1e-3 * rng.standard_normal((40, 8))])
    )
    both = SearchTask(
        queries=task.queries,
        documents={"a": near},
        qrels={q: {40 + q: 1.0} for q in range(40)},
        copies=np.tile(np.arange(40), 2),
    )
    sides = split_search(both, seed=0)
    alone = replace(task, qrels={q: {q: 1.0} for q in range(40)})
    np.testing.assert_allclose(scores(both, sides), scores(alone, split_search(alone, seed=0)))


def test_equal_queries_are_right_with_the_answer_of_either():
    task = pairs(noise=0.0)
    queries = task.queries["a"].copy()
    queries[:20] = queries[20:]  # queries 0 and 20 ask the same, their answers differ
    task = replace(task, queries={"a": queries})
    sides = split_search(task, seed=0)
    place = {int(query): score for query, score in zip(sides.test_queries, scores(task, sides), strict=True)}
    for query, score in place.items():
        assert score == place[(query + 20) % 40]  # on one side, and judged alike
    assert min(place.values()) > 0.6  # rank 1 is an answer to both


def test_queries_of_one_group_stay_together():
    task = replace(pairs(), components=np.arange(40) // 4)
    sides = split_search(task, seed=0)
    assert not {q // 4 for q in sides.train_queries} & {q // 4 for q in sides.test_queries}
    assert len(set(sides.units)) < len(sides.units)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"qrels": {q: {q: 1.0} for q in range(19)}}, "19 queries with an answer; retrieval needs 20"),
        ({"qrels": {}}, "0 queries with an answer; retrieval needs 20"),
        ({"components": np.zeros(40, dtype=int)}, "all queries belong together"),
        ({"copies": np.zeros(40, dtype=int)}, "all documents say the same"),
    ],
)
def test_searches_that_judge_nothing_say_why(change, why):
    found = split_search(replace(pairs(), **change), seed=0)
    assert found.reason.startswith(why)
    assert found.key is None


def test_queries_without_an_answer_judge_nothing():
    task = replace(pairs(), qrels={q: {q: float(q >= 10)} for q in range(40)})
    sides = split_search(task, seed=0)
    assert min(sides.test_queries.min(), sides.train_queries.min()) >= 10
    assert sides.notes == ("10 queries have no answer and judge nothing.",)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"queries": {"a": np.ones((39, 8))}}, "39 queries and 40 documents of pairs"),
        ({"queries": {"b": np.ones((40, 8))}}, "every space needs the same of both"),
        ({"queries": {}, "documents": {}}, "every space needs the same of both"),
        ({"qrels": {40: {0: 1.0}}}, "a judgement is of query 40 and document 0; there are 40 and 40"),
        ({"qrels": {0: {-1: 1.0}}}, "a judgement is of query 0 and document -1"),
        ({"components": np.zeros(3, dtype=int)}, "components has 3 entries for 40 rows"),
        ({"copies": np.zeros(3, dtype=int)}, "copies has 3 entries for 40 rows"),
    ],
)
def test_rows_that_do_not_belong_together_are_refused(change, said):
    with pytest.raises(DataError, match=said):
        split_search(replace(pairs(), **change), seed=0)
