"""What can still change a difference: held against every completion of the judgements that are missing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError
from semascope.retrieval.asking.pool import Looked, Pool, pools
from semascope.retrieval.asking.worth import differences
from semascope.retrieval.measuring.naming import query_measure
from semascope.retrieval.rankings import ranked

MEASURES = ("nDCG@3", "RR@3", "P@3", "Success@2")
DOCUMENTS = list("abcdef")


def pool_of(lists: list[list[str]], measure: str) -> Pool:
    ids = DOCUMENTS
    looked = Looked.by(query_measure(measure))
    found = {
        f"cell{number}": ranked(
            [(np.array([ids.index(each) for each in one]), -np.arange(len(one), dtype=np.float64))],
            query_ids=["q"],
            doc_ids=ids,
            k=len(one),
        )
        for number, one in enumerate(lists)
    }
    return pools(found, looked=looked)[0]


def completions(pool: Pool, grades: dict[str, float], measure: str, *, among=(0.0, 1.0, 2.0)):
    """The differences under all ways to judge what is not judged yet."""
    left = [each for each in pool.documents if each not in grades]
    for chosen in itertools.product(among, repeat=len(left)):
        full = {**grades, **dict(zip(left, chosen, strict=True))}
        yield differences([pool], {"q": full}, query_measure(measure))[:, 0]


def judged_to_the_end(pool: Pool, truth: dict[str, float]) -> dict[str, float]:
    known: dict[str, float] = {}
    while left := pool.open(known):
        document = pool.documents[left[0]]
        assert document not in known
        known[document] = truth[document]
    return known


order = st.permutations(DOCUMENTS).map(lambda all_: list(all_)[:4])


@pytest.mark.parametrize("measure", MEASURES)
@settings(max_examples=60, deadline=None)
@given(
    lists=st.lists(order, min_size=2, max_size=3),
    grades=st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.0]), min_size=6, max_size=6),
)
def test_a_query_is_done_when_nothing_can_change(measure, lists, grades):
    pool = pool_of(lists, measure)
    known = judged_to_the_end(pool, dict(zip(DOCUMENTS, grades, strict=True)))
    found = list(completions(pool, known, measure))
    np.testing.assert_allclose(found, np.broadcast_to(found[0], np.shape(found)), atol=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
@settings(max_examples=60, deadline=None)
@given(
    lists=st.lists(order, min_size=2, max_size=2),
    grades=st.lists(st.sampled_from([0.0, 0.0, 1.0]), min_size=6, max_size=6),
)
def test_nothing_is_asked_that_cannot_change_anything(measure, lists, grades):
    pool, truth = pool_of(lists, measure), dict(zip(DOCUMENTS, grades, strict=True))
    known: dict[str, float] = {}
    while left := pool.open(known):
        document = pool.documents[left[0]]
        others = {each: grade for each, grade in known.items() if each != document}
        by_grade = [
            list(completions(pool, {**others, document: grade}, measure, among=(0.0, 1.0)))
            for grade in (0.0, 3.0)
        ]
        assert not np.allclose(*by_grade)
        known[document] = truth[document]


def test_equal_lists_have_nothing_to_judge():
    for measure in MEASURES:
        pool = pool_of([["a", "b", "c"], ["a", "b", "c"]], measure)
        assert pool.open({}) == []
        assert pool.apart == 0


def test_what_stands_alike_waits_until_something_else_is_relevant():
    pool = pool_of([["a", "b", "c"], ["a", "c", "b"]], "nDCG@3")
    assert [pool.documents[each] for each in pool.open({})] == ["b", "c"]
    assert pool.open({"b": 0.0, "c": 0.0}) == []  # whatever a is, the cells do not differ
    assert [pool.documents[each] for each in pool.open({"b": 1.0, "c": 0.0})] == ["a"]  # it makes the ideal
    assert pool.open({"b": 1.0, "c": 1.0}) == []


def test_the_first_relevant_document_ends_a_query_by_reciprocal_rank():
    pool = pool_of([["a", "b", "c"], ["b", "a", "c"]], "RR@3")
    assert [pool.documents[each] for each in pool.open({})] == ["a", "b"]
    assert [pool.documents[each] for each in pool.open({"a": 1.0})] == ["b"]
    assert pool.open({"a": 1.0, "b": 1.0}) == []


def test_by_reciprocal_rank_a_document_between_the_two_first_ones_matters():
    pool = pool_of([["a", "b", "c"], ["d", "b", "a"]], "RR@3")
    known = {
        "a": 1.0,
        "c": 0.0,
        "d": 0.0,
    }  # first at 1 and at 3; b at 2 in both would be the first of the second
    assert [pool.documents[each] for each in pool.open(known)] == ["b"]


def test_the_ideal_is_that_of_the_pool():
    pool = pool_of([["a", "b", "c"], ["d", "e", "f"]], "nDCG@3")
    found = differences([pool], {"q": {"a": 1.0, "e": 1.0, "outside": 3.0}}, query_measure("nDCG@3"))
    ideal = 1 + 1 / np.log2(3)
    assert found[0, 0] == pytest.approx((1 / np.log2(3) - 1) / ideal)


def test_measures_that_pooled_documents_do_not_decide_are_refused():
    for name in ("R@10", "AP@10", "nDCG", "RR", "MedR", "Judged@10"):
        with pytest.raises(ConfigError, match=r"decide what the first documents say alone: nDCG@10"):
            Looked.by(query_measure(name))
