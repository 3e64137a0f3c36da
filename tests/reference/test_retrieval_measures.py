"""Measures of runs against ir_measures with its provider pytrec_eval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.measuring.hits import AnswerKey
from semascope.retrieval.measuring.naming import query_measure
from semascope.retrieval.measuring.query_scores import score_queries
from semascope.retrieval.measuring.run import Run

ir_measures = pytest.importorskip("ir_measures")
pytest.importorskip("pytrec_eval")
from ir_measures.providers import JudgedProvider, MsMarcoProvider, PytrecEvalProvider  # noqa: E402

NAMES = [
    "nDCG@3",
    "nDCG@10",
    "nDCG",
    "R@2",
    "R@100",
    "P@1",
    "P@5",
    "RR",
    "AP",
    "AP@4",
    "Success@1",
    "Success@3",
]
IDS = st.sampled_from(
    ["1", "01", "2", "10", "9", "a", "B", "b", "ä", "文", "a-1", "a.1", "\U0001f30a", "\uffee"]
)
# what 32 bits hold, and few values, so that there are ties
SCORES = st.sampled_from([-2.0, -0.5, 0.0, 0.25, 0.5, 1.0, 3.0])
QRELS = st.dictionaries(
    st.sampled_from(["q1", "q2", "q3", "q4"]),
    st.dictionaries(IDS, st.integers(0, 3), min_size=1, max_size=8),
    min_size=1,
)
RUNS = st.dictionaries(
    st.sampled_from(["q1", "q2", "q3", "q4", "other"]), st.dictionaries(IDS, SCORES, max_size=14), min_size=1
)


def ours(run: dict, qrels: dict, names: list[str], **more: bool) -> dict[tuple[str, str], float]:
    found = score_queries(
        Run.of(run), AnswerKey.of(Judgements.of(qrels)), [query_measure(name) for name in names], **more
    )
    return {
        (name, query): score
        for name, scores in found.scores.items()
        for query, score in zip(found.queries, scores.tolist(), strict=True)
    }


def theirs(provider, run: dict, qrels: dict, names: list[str]) -> dict[tuple[str, str], float]:
    measures = [ir_measures.parse_measure(name) for name in names]
    return {
        (str(each.measure), each.query_id): each.value for each in provider.iter_calc(measures, qrels, run)
    }


def with_relevant(qrels: dict) -> dict:
    return {query: grades for query, grades in qrels.items() if max(grades.values()) > 0}


@settings(max_examples=300, deadline=None)
@given(qrels=QRELS.filter(with_relevant), run=RUNS)
def test_every_query_has_the_score_of_pytrec_eval(qrels, run):
    counted = with_relevant(qrels)
    expected = theirs(PytrecEvalProvider(), run, counted, NAMES)
    found = ours(run, qrels, NAMES)
    assert found.keys() == {(name, query) for name in NAMES for query in counted}
    for at, score in found.items():
        assert score == pytest.approx(expected.get(at, 0.0), abs=1e-6), at  # a query without a run: 0


@settings(max_examples=100, deadline=None)
@given(qrels=QRELS.filter(with_relevant), run=RUNS)
def test_a_run_of_judged_documents_alone_has_the_scores_of_pytrec_eval(qrels, run):
    judged = {
        query: {document: score for document, score in found.items() if document in qrels.get(query, {})}
        for query, found in run.items()
    }
    expected = theirs(PytrecEvalProvider(), judged, with_relevant(qrels), NAMES)
    for at, score in ours(run, qrels, NAMES, judged_only=True).items():
        assert score == pytest.approx(expected.get(at, 0.0), abs=1e-6), at


def test_a_large_random_run_has_the_scores_of_pytrec_eval():
    rng = np.random.default_rng(4)
    documents = [str(number) for number in rng.choice(100_000, 2_000, replace=False)]
    qrels = {
        f"q{i}": {documents[d]: int(rng.integers(0, 4)) for d in rng.choice(2_000, 30, replace=False)}
        for i in range(50)
    }
    run = {
        f"q{i}": {documents[d]: float(rng.integers(0, 60)) / 8 for d in rng.choice(2_000, 300, replace=False)}
        for i in range(45)
    }
    expected = theirs(PytrecEvalProvider(), run, qrels, NAMES)
    for at, score in ours(run, qrels, NAMES).items():
        assert score == pytest.approx(expected.get(at, 0.0), abs=1e-6), at


@settings(max_examples=100, deadline=None)
@given(qrels=QRELS.filter(with_relevant), run=RUNS, scores=st.permutations(range(14)))
def test_judged_and_rr_at_a_cutoff_agree_where_no_scores_are_equal(qrels, run, scores):
    """Their providers break ties by other rules: ids ascending, or none."""
    apart = {
        query: dict(zip(found, map(float, scores), strict=False)) for query, found in run.items() if found
    }
    for provider, name in ((JudgedProvider(), "Judged@3"), (MsMarcoProvider(), "RR@2")):
        expected = theirs(provider, apart, with_relevant(qrels), [name])
        for at, score in ours(apart, qrels, [name]).items():
            assert score == pytest.approx(expected.get(at, 0.0), abs=1e-9), at


TIED = {"q": {"a": 1.0, "b": 1.0}}


@pytest.mark.parametrize(
    ("name", "provider", "of_theirs", "of_ours"),
    [
        (
            "RR@1",
            MsMarcoProvider(),
            1.0,
            0.0,
        ),  # ties in favour of the run; ours: b, the greater id, stands first
        ("RR", PytrecEvalProvider(), 0.5, 0.5),
        ("Judged@1", JudgedProvider(), 1.0, 0.0),  # ids ascending
    ],
)
def test_the_tie_rule_is_ours_where_providers_disagree(name, provider, of_theirs, of_ours):
    qrels = {"q": {"a": 1}}
    assert theirs(provider, TIED, qrels, [name])[name, "q"] == of_theirs
    assert ours(TIED, qrels, [name])[name, "q"] == of_ours


def test_scores_that_differ_beyond_32_bits_are_no_tie_here():
    run, qrels = {"q": {"a": 1.0 + 1e-12, "b": 1.0}}, {"q": {"a": 1}}
    assert theirs(PytrecEvalProvider(), run, qrels, ["P@1"])["P@1", "q"] == 0.0
    assert ours(run, qrels, ["P@1"])["P@1", "q"] == 1.0


def test_queries_count_here_that_pytrec_eval_drops_and_the_other_way_round():
    import pytrec_eval

    qrels, run = (
        {"found": {"a": 1}, "silent": {"a": 1}, "vain": {"a": 0}},
        {"found": {"a": 1.0}, "vain": {"a": 1.0}},
    )
    others = pytrec_eval.RelevanceEvaluator(qrels, {"map"}).evaluate(run)
    assert {query: scores["map"] for query, scores in others.items()} == {"found": 1.0, "vain": 0.0}
    assert ours(run, qrels, ["AP"]) == {("AP", "found"): 1.0, ("AP", "silent"): 0.0}
