"""Queries as a task, and what searches in smaller forms find."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.measuring.hits import AnswerKey
from semascope.retrieval.measuring.naming import query_measure
from semascope.studies.switching.evidence import neighborhoods
from semascope.studies.switching.evidence.forms import plain_form, smaller_forms
from semascope.studies.switching.evidence.judging import judge_tasks, learns
from semascope.studies.switching.evidence.kept import given_up, shares_kept
from semascope.studies.switching.evidence.searching import Queries
from semascope.studies.switching.evidence.storage import Searching, Tried, stored
from semascope.studies.switching.result import NEW, OLD
from semascope.types import silent


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def world():
    """60 documents; 40 queries, each near one of them."""
    rng = np.random.default_rng(0)
    documents = unit(rng.standard_normal((60, 16)))
    queries = unit(documents[:40] + 0.12 * rng.standard_normal((40, 16)))
    key = AnswerKey.of(Judgements.of({f"q{n}": {f"d{n}": 1} for n in range(40)}))
    task = Queries(
        key=key,
        measure=query_measure("nDCG@10"),
        query_ids=[f"q{n}" for n in range(40)],
        doc_ids=[f"d{n}" for n in range(60)],
        copies=None,
        seed=1,
    )
    return task, documents, queries, rng


def test_scores_are_those_of_the_ranks(world):
    task, documents, queries, _ = world
    found = task.answers(plain_form(documents), queries)
    ranks = np.argsort(-(queries @ documents.T), axis=1, kind="stable")
    place = np.array([int(np.flatnonzero(ranks[n] == n)[0]) for n in range(40)])
    np.testing.assert_allclose(found, np.where(place < 10, 1 / np.log2(place + 2), 0.0))


def test_a_random_order_is_the_floor(world):
    task, documents, queries, _ = world
    floor = task.floor(plain_form(documents), queries)
    answers = task.answers(plain_form(documents), queries)
    assert floor.mean() < 0.3 < answers.mean()
    assert learns(task, answers, floor)
    assert not learns(task, floor, floor)


def test_turned_documents_and_queries_are_equivalent_and_damaged_ones_worse(world):
    task, documents, queries, rng = world
    turn = np.linalg.qr(rng.standard_normal((16, 16)))[0].astype(np.float32)
    old = task.answers(plain_form(documents), queries)
    floor = task.floor(plain_form(documents), queries)
    turned = task.answers(plain_form(documents @ turn), queries @ turn)
    damaged = task.answers(plain_form(unit(documents + 0.5 * rng.standard_normal(documents.shape))), queries)
    for new, word in ((turned, "equivalent"), (damaged, "worse")):
        (found,) = judge_tasks([task], [{OLD: old, NEW: new}], [floor], [True], margin=0.1)
        assert found.verdict.word == word
        assert (found.kind, found.unit, found.judged, found.head) == ("queries", "query", 40, "")


def test_a_search_by_bits_ranks_its_candidates_by_float32(world):
    task, documents, queries, _ = world
    form = next(form for form in smaller_forms(documents, np.arange(60)) if form.rescored is not None)
    found = task.rank(form, queries)
    assert found.places.shape == (40, 10)
    exact = queries @ documents.T
    for row in (0, 7):
        places, similarities = found.found(row)
        np.testing.assert_allclose(similarities, exact[row, places], atol=1e-6)


def test_a_measure_without_a_cutoff_looks_deep(world):
    from dataclasses import replace

    task, *_ = world
    assert task.kept == 100
    assert replace(task, measure=query_measure("AP")).kept == 1_000
    assert replace(task, measure=query_measure("R@300")).kept == 300


def test_forms_are_judged_against_old(world):
    task, documents, queries, _ = world
    answers = [{OLD: task.answers(plain_form(documents), queries)}]
    kinds = np.arange(60)
    searching = Searching.of_queries(documents, queries, kinds, np.arange(40), k=5, seed=1)
    tried = Tried(
        tasks=[task], answers=answers, learnt=[True], asking=queries, margin=0.1, overlap_margin=0.02
    )
    found = {form.name: form for form in stored(searching, kinds, tried, progress=silent)}
    assert found["float32"].overlap.value == 1
    assert found["float32"].verdicts["queries"].word == "equivalent"
    assert found["float16"].stands is True
    assert found["half the width"].stands is not True
    assert found["half the width"].overlap.value < 0.7
    assert found["int8"].overlap.value > 0.9
    assert found["int8"].values["queries"] == pytest.approx(found["float32"].values["queries"], abs=0.03)


def test_without_tasks_a_form_stands_by_its_neighbours():
    rng = np.random.default_rng(0)
    vectors = unit(rng.standard_normal((80, 16)))
    searching = Searching.of_texts(vectors, np.arange(80), np.arange(80), k=5, seed=1)
    tried = Tried(tasks=[], answers=[], learnt=[], asking=None, margin=None, overlap_margin=0.02)
    found = {form.name: form.stands for form in stored(searching, np.arange(80), tried, progress=silent)}
    assert found["float32"] is found["float16"] is True
    assert found["binary, rescored by float32"] is found["half the width"] is None


def test_some_of_many_texts_ask_for_all_and_never_for_themselves(monkeypatch):
    from semascope.studies.switching.evidence import storage

    monkeypatch.setattr(storage, "ASKED", 30)
    vectors = unit(np.random.default_rng(0).standard_normal((80, 6)))
    searching = Searching.of_texts(vectors, np.arange(80), np.arange(80), k=5, seed=1)
    assert len(searching.asking) == 30
    found = searching.found(plain_form(vectors))
    exact = vectors @ vectors.T
    np.fill_diagonal(exact, -np.inf)
    assert found.tolist() == np.argsort(-exact[searching.own], axis=1, kind="stable")[:, :5].tolist()


def test_what_is_given_up_is_written_out():
    old = unit(np.random.default_rng(0).standard_normal((30, 4)))
    new = unit(np.random.default_rng(1).standard_normal((30, 4)))

    def nearest(rows):
        exact = rows @ rows.T
        np.fill_diagonal(exact, -np.inf)
        return np.argsort(-exact, axis=1, kind="stable")[:, :4]

    first, second = nearest(old), nearest(new)
    exact = old.astype(np.float64) @ old.T.astype(np.float64)
    by_hand = np.mean([exact[i, first[i]].mean() - exact[i, second[i]].mean() for i in range(30)])
    assert given_up(first, second, old, old, 4) == pytest.approx(by_hand, abs=1e-6)
    assert given_up(first, first, old, old, 4) == 0
    assert np.isnan(given_up(first[:, :0], second[:, :0], old, old, 0))


def test_copies_stand_for_each_other():
    kinds = np.array([0, 1, 1, 2])
    assert shares_kept(np.array([[1, 3]]), np.array([[2, 3]]), kinds, 2).tolist() == [1.0]
    assert shares_kept(np.array([[1, 3]]), np.array([[2, 3]]), np.arange(4), 2).tolist() == [0.5]


def test_what_queries_find(world):
    _, documents, queries, rng = world
    other = unit(documents + 0.3 * rng.standard_normal(documents.shape))
    found = neighborhoods.of_queries(
        (queries, queries),
        (documents, other),
        np.arange(60),
        np.arange(40),
        [f"query {n}" for n in range(40)],
        np.arange(100, 140),
        [f"document {n}" for n in range(60)],
        k=5,
        seed=1,
        progress=silent,
    )
    lists = [np.argsort(-(queries @ rows.T), axis=1, kind="stable")[:, :5] for rows in (documents, other)]
    shares = [
        len(set(one) & set(two)) / 5 for one, two in zip(*(each.tolist() for each in lists), strict=True)
    ]
    estimate = found.overlap.estimate
    assert estimate.value == pytest.approx(np.mean(shares))
    assert 0 < estimate.low < estimate.value < estimate.high < 1
    assert found.overlap.floor.value == pytest.approx(5 / 60)
    assert (found.unit, found.k, found.texts, found.asked) == ("query", 5, 60, 40)
    worst = found.moved[0]
    assert worst.kept == min(shares)
    assert worst.text == f"query {worst.row - 100}"
    assert worst.old[0] == f"document {lists[0][worst.row - 100][0]}"


def test_of_many_texts_some_are_compared(monkeypatch):
    monkeypatch.setattr(neighborhoods, "MOST", 50)
    old = unit(np.random.default_rng(0).standard_normal((90, 6)))
    found = neighborhoods.of_texts(
        old, old, np.arange(90), np.arange(90), [f"t{n}" for n in range(90)], np.arange(90), k=3, seed=1, progress=silent
    )  # fmt: skip
    assert (found.texts, found.asked, found.overlap.estimate.value) == (90, 50, 1.0)
    assert found.note == "on 50 texts of 90, drawn at random"


def test_fewer_texts_than_neighbours():
    old = unit(np.random.default_rng(0).standard_normal((5, 3)))
    found = neighborhoods.of_texts(
        old, old[::-1], np.arange(5), np.arange(5), list("abcde"), np.arange(5), k=10, seed=1, progress=silent
    )  # fmt: skip
    assert found.k == 2
