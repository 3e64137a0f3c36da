"""Measures of a run: values worked by hand, names, what is counted, and what a verdict takes of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from semascope.errors import ConfigError, DataError
from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.measuring.hits import AnswerKey
from semascope.retrieval.measuring.measures import FAMILIES
from semascope.retrieval.measuring.naming import DEFAULT, query_measure
from semascope.retrieval.measuring.query_scores import score_queries
from semascope.retrieval.measuring.run import Run
from semascope.stats.scores import judge_scores

# Three queries, documents a to f. tides: a 3, b 1, c 0, d 2, of which the run has x b c a (ranks 1 to 4), d never.
GRADES = {"tides": {"a": 3, "b": 1, "c": 0, "d": 2}, "storms": {"e": 1}, "fog": {"f": 1}, "vain": {"a": 0}}
RUN = Run.of(
    {
        "storms": {"e": 0.2, "x": 0.1},
        "tides": {"a": 0.6, "x": 0.9, "b": 0.8, "c": 0.7},
        "nobody judged": {"a": 1.0},
        "vain": {"a": 1.0},
    }
)
DCG = 1 / math.log2(3) + 3 / math.log2(5)  # b at rank 2, a at rank 4
IDEAL = 3 + 2 / math.log2(3) + 1 / 2  # a, d, b


def scored(*names: str):
    return score_queries(RUN, AnswerKey.of(Judgements.of(GRADES)), [query_measure(name) for name in names])


@pytest.mark.parametrize(
    ("name", "tides", "storms"),
    [
        ("nDCG@10", DCG / IDEAL, 1.0),
        ("nDCG@2", (1 / math.log2(3)) / (3 + 2 / math.log2(3)), 1.0),
        ("R@100", 2 / 3, 1.0),
        ("R@2", 1 / 3, 1.0),
        ("P@5", 2 / 5, 1 / 5),
        ("RR@10", 1 / 2, 1.0),
        ("RR@1", 0.0, 1.0),
        ("AP", (1 / 2 + 2 / 4) / 3, 1.0),
        ("AP@3", (1 / 2) / 3, 1.0),
        ("Success@1", 0.0, 1.0),
        ("Success@2", 1.0, 1.0),
        ("Judged@10", 3 / 4, 1 / 2),  # b c a of four; e of two
        ("Judged@1", 0.0, 1.0),
        ("MedR", 2.0, 1.0),
        ("IDPrecision", 2 / 4, 1 / 2),  # of what was retrieved, not of k
        ("IDPrecision@3", 1 / 3, 1 / 2),
        ("IDRecall", 2 / 3, 1.0),
    ],
)
def test_a_measure_has_the_value_worked_by_hand(name, tides, storms):
    found = scored(name)
    assert found.queries == ("tides", "storms", "fog")
    missing = math.inf if name == "MedR" else 0.0  # fog is not in the run
    assert found.scores[name].tolist() == pytest.approx([tides, storms, missing])


def test_on_judged_documents_alone_the_others_make_room():
    names = ("nDCG@10", "RR@10", "Judged@10", "IDPrecision")
    found = score_queries(
        RUN, AnswerKey.of(Judgements.of(GRADES)), [query_measure(name) for name in names], judged_only=True
    )
    expected = (1 + 3 / math.log2(4)) / IDEAL  # b, c, a
    assert found.scores["nDCG@10"].tolist() == pytest.approx([expected, 1.0, 0.0])
    assert found.scores["RR@10"].tolist() == [1.0, 1.0, 0.0]
    assert found.scores["Judged@10"].tolist() == [1.0, 1.0, 0.0]
    assert found.scores["IDPrecision"].tolist() == pytest.approx([2 / 3, 1.0, 0.0])
    unjudged = score_queries(
        Run.of({"storms": {"x": 1.0}}), AnswerKey.of(Judgements.of(GRADES)), [], judged_only=True
    )
    assert unjudged.missing == ("tides", "fog")  # something was retrieved for storms


def test_what_is_told_of_a_measure():
    recall, median = query_measure("R@100"), query_measure("MedR")
    assert (recall.long, recall.ends) == ("recall at 100", (0.0, 1.0))
    assert (median.long, median.ends) == ("median rank of the first relevant document", (1.0, math.inf))
    assert [query_measure(name).of_hits for name in ("Success@1", "nDCG@10")] == [True, False]


def test_queries_that_do_not_count_are_counted_apart():
    found = scored(DEFAULT)
    assert found.missing == ("fog",)
    assert found.unjudged == ("nobody judged", "vain")
    key = AnswerKey.of(Judgements.of(GRADES))
    assert key.without_relevant == ("vain",)
    assert AnswerKey.of(Judgements.of(GRADES), ["storms", "fog"]).queries == ("storms", "fog")


def test_a_mean_is_over_all_judged_queries_and_a_median_rank_is_a_median():
    found = scored("RR@10", "MedR")
    reciprocal, median = query_measure("RR@10"), query_measure("MedR")
    assert reciprocal.value(found.scores["RR@10"]) == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert median.value(found.scores["MedR"]) == 2.0
    assert math.isnan(reciprocal.value(np.zeros(0)))
    assert (median.lower_is_better, median.is_mean, reciprocal.lower_is_better) == (True, False, False)


def test_fractions_are_grades_too():
    key = AnswerKey.of(Judgements.of({"q": {"a": 0.5, "b": 3.5}}))
    found = score_queries(
        Run.of({"q": {"a": 2.0, "b": 1.0}}), key, [query_measure("nDCG@10"), query_measure("P@1")]
    )
    assert found.scores["nDCG@10"][0] == pytest.approx(
        (0.5 + 3.5 / math.log2(3)) / (3.5 + 0.5 / math.log2(3))
    )
    assert found.scores["P@1"][0] == 1.0


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_name_is_printed_as_it_is_read(family):
    measure = query_measure(family.example)
    assert measure.name == measure.short == family.example
    assert query_measure(family.example.upper()) == measure
    assert query_measure(f" {family.example.lower()} ") == measure


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("MRR@10", "RR@10"),
        ("map", "AP"),
        ("Recall@100", "R@100"),
        ("precision@5", "P@5"),
        ("ndcg@010", "nDCG@10"),
    ],
)
def test_names_of_others_are_read(given, name):
    assert query_measure(given).name == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nDGC@10", "measure 'nDGC@10' is not known; accepted are nDCG@10, R@100, .*; did you mean nDCG@10?"),
        ("", "measure '' is not known"),
        ("f1", "is not known"),
        ("nDCG@-1", "measure 'nDCG@-1' is not known"),
        ("nDCG@ten", "is not known"),
        ("nDCG@0", "measure 'nDCG@0' has cutoff 0; it must be 1 or more; write nDCG@10"),
        ("R", "measure 'R' has no cutoff; R needs one, 1 or more; write R@100"),
        ("MedR@5", "measure 'MedR@5' has a cutoff; MedR looks at all that was retrieved; write MedR"),
    ],
)
def test_a_name_that_is_none_is_one_clear_line(name, message):
    with pytest.raises(ConfigError, match=message):
        query_measure(name)


def test_a_cutoff_beyond_what_was_retrieved_is_refused_unless_that_is_the_whole_corpus():
    key, measures = AnswerKey.of(Judgements.of({"q": {"a": 1}})), [query_measure("R@100")]
    run = Run.of({"q": {str(number): 1.0 for number in range(20)}})
    with pytest.raises(ConfigError, match="R@100 looks at 100 documents a query, and the run has 10"):
        score_queries(run, key, measures, depth=10)
    assert score_queries(run, key, measures, depth=20).scores["R@100"].tolist() == [0.0]


@pytest.mark.parametrize(
    ("judgements", "message"),
    [
        (Judgements.of({"q": {"a": 0}}), "none of 1 judged queries has a relevant document"),
        (Judgements.of({}), "none of 0 judged queries"),
        (
            Judgements.of({"q": {"a": 1}}).joined(Judgements.of({"q": {"a": 2}})),
            "'a' is judged twice for query 'q'",
        ),
    ],
)
def test_judgements_that_say_nothing_or_two_things_are_refused(judgements, message):
    with pytest.raises(DataError, match=message):
        AnswerKey.of(judgements)


def test_a_judged_document_that_a_query_found_twice_is_refused():
    run = Run(
        query_ids=["q"],
        doc_ids=["b", "a"],
        places=np.array([[1, 0, 1]]),
        scores=np.array([[3.0, 2.0, 1.0]]),
        counts=np.array([3]),
    )
    with pytest.raises(DataError, match="document 'a' stands twice in the run of query 'q'"):
        AnswerKey.of(Judgements.of({"q": {"a": 1}})).look_up(run)


def test_scores_of_queries_are_judged_like_any_others():
    """One cell finds the document at ranks 1 to 3, the other at ranks 3 to 8."""
    rng = np.random.default_rng(0)
    key, measure = (
        AnswerKey.of(Judgements.of({str(i): {"right": 1} for i in range(60)})),
        query_measure("RR@10"),
    )
    scores = {}
    for cell, ranks in (("one", rng.integers(1, 4, 60)), ("two", rng.integers(3, 9, 60))):
        run = Run.of(
            {
                str(i): {f"x{place}": -float(place) for place in range(1, 10)} | {"right": 0.5 - rank}
                for i, rank in enumerate(ranks)
            }
        )
        scores[cell] = score_queries(run, key, [measure]).scores["RR@10"]
        assert scores[cell] == pytest.approx(1 / ranks)
    verdict = judge_scores(scores, baseline="one", measure=measure, unit="query").verdicts["two"]
    assert (verdict.word, verdict.gain) == ("worse", pytest.approx((scores["two"] - scores["one"]).mean()))
