"""Several examples of one request: all of them are learnt, or none, under one id."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from semascope_test_served_models import FIRST, examples_of, fitted_line, full_fit, journal_of, learn, opened

from semascope.errors import DataError, IdTaken
from semascope.learner.model_file import load_learner
from semascope.learner.online.operations import Applied, LearnAll
from semascope.probes.scorer import Scorer

THREE = (learn("a", 1.0), learn("b", 2.0, metadata={"by": "Ada"}), learn("a", 3.0))


def asked(*examples, request_id="r") -> LearnAll:
    return LearnAll(examples=examples, request_id=request_id)


def test_they_are_one_line_one_answer_and_a_full_fit(model):
    with opened(model) as service:
        assert service.apply([asked(*THREE)]) == [Applied(number=1, examples=13, changed=3)]
        assert service.unfolded == 1
        wanted = [*FIRST.items(), ("a", 1.0), ("b", 2.0), ("a", 3.0)]
        np.testing.assert_allclose(fitted_line(service.model), full_fit(wanted), rtol=1e-8)
        before_the_fold = load_learner(model)  # reads the journal
        assert examples_of(before_the_fold) == wanted
        assert before_the_fold.examples[11].metadata == {"by": "Ada"}
        np.testing.assert_allclose(fitted_line(before_the_fold), full_fit(wanted), rtol=1e-8)
    assert examples_of(load_learner(model)) == wanted


def test_a_bad_one_keeps_all_out_and_is_named(model):
    with opened(model) as service:
        [refused] = service.apply([asked(THREE[0], learn("b", float("inf")))])
        assert isinstance(refused, DataError)
        assert str(refused).startswith("example 1: the score is inf")
        [empty] = service.apply([asked()])
        assert "examples is empty" in str(empty)
        assert service.unfolded == 0
        assert examples_of(service.model) == list(FIRST.items())


def test_a_repeat_is_the_same_request_as_a_whole(model):
    with opened(model) as service:
        service.apply([asked(*THREE)])
    with opened(model) as service:  # also after a fold
        [again] = service.apply([asked(*THREE)])
        assert again == Applied(number=1, examples=13, changed=3, repeated=True)
        for other in (asked(*THREE[:2]), asked(*THREE, learn("c")), learn("a", 1.0, request_id="r")):
            [refused] = service.apply([other])
            assert isinstance(refused, IdTaken)
        assert len(service.model.examples) == 13


def test_a_line_that_a_crash_has_cut_holds_none_of_them(model):
    service = opened(model)
    service.apply([learn("first")])
    whole = journal_of(model).read_bytes()
    service.apply([asked(*THREE)])
    written = journal_of(model).read_bytes()
    journal_of(model).write_bytes(written[: len(whole) + (len(written) - len(whole)) * 2 // 3])
    assert [text for text, _ in examples_of(load_learner(model))] == [*FIRST, "first"]


def test_a_scorer_counts_examples_and_not_requests(model):
    service = opened(model)
    service.apply([asked(*THREE)])
    with pytest.warns(UserWarning, match="does not have 3 examples yet"):
        Scorer.load(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        service.close()
        Scorer.load(model)
