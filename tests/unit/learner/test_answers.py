"""Intervals and explanations as the learner gives them."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from semascope.errors import ConfigError
from semascope.learner.learner import ValueLearner


def test_intervals_hold_about_what_they_promise(trained):
    """Scores linear in the vectors with noise: 300 fresh texts from the same source."""
    learner = trained(n=300)
    rng = np.random.default_rng(1)
    texts = [f"text {place}" for place in range(300)]
    vectors = learner._vector_source.vectors(texts)
    slopes = rng.normal(size=vectors.shape[1])
    fresh = [f"fresh {place}" for place in range(300)]
    noise = 0.1 * np.random.default_rng(5).normal(size=300)
    truth = 5 + learner._vector_source.vectors(fresh) @ slopes + noise
    for method in ("loo", "strict", "scaled", "auto"):
        found = learner.predict_intervals(fresh, 0.9, method)
        share = np.mean([each.low <= score <= each.high for each, score in zip(found, truth, strict=True)])
        assert 0.84 < share < 0.96
        assert found[0].score == learner.predict(fresh[0])
    assert found[0].method == "scaled"
    assert found[0].width == pytest.approx(2 * 1.645 * 0.1, rel=0.4)


def test_too_few_examples_give_no_ends_and_a_coverage_is_checked(make):
    learner = make()
    for place in range(5):
        learner.update(f"text {place}", float(place))
    found = learner.predict_interval("new", 0.9)
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert "needs at least 9 different examples" in found.note
    for wrong in (0, 1, 90, "0.9"):
        with pytest.raises(ConfigError, match="coverage is"):
            learner.predict_interval("new", wrong)
    with pytest.raises(ConfigError, match="'scaled' with 5 examples"):
        learner.predict_interval("new", 0.5, "scaled")
    assert learner.predict_intervals([]) == ()


def test_intervals_follow_an_update(trained):
    learner = trained()
    before = learner.predict_interval("new").width
    for place in range(30):
        learner.update(f"wild {place}", 100.0 * (-1) ** place)
    assert learner.predict_interval("new").width > 10 * before
    for place in range(30):
        learner.forget(f"wild {place}")
    assert learner.predict_interval("new").width == pytest.approx(before, rel=1e-6)


def test_copies_do_not_make_an_interval_narrow(make):
    """Random scores, each text three times: only its own copies tell a score."""
    rng = np.random.default_rng(0)
    learner = make(encoder="hash:64", ridge_alpha=0.01)
    for place in range(40):
        score = float(rng.normal())
        for _ in range(3):
            learner.add_training_example(f"text {place}", score)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        metrics = learner.train()
    assert learner.predict_interval("new").width > 2
    assert metrics["loo_r2"] < 0.3


def test_an_explanation_adds_up_and_is_the_refit(trained):
    learner = trained()
    why = learner.explain("something", pulls=3, neighbours=2)
    assert why.score == learner.predict("something")
    assert why.base + sum(pull.pull for pull in why.pulls) + why.others_pull == pytest.approx(
        why.score, abs=1e-9
    )
    assert (len(why.pulls), len(why.neighbours), why.others) == (3, 2, 57)
    assert why.interval == learner.predict_interval("something")
    assert "of 100 new texts" in why.sentence
    # What a pull says, by a refit: another score for that example moves the prediction by its weight.
    pull = why.pulls[0]
    x = learner._vector_source.vectors(learner.training_texts).astype(float)
    y = np.array(learner.training_scores)
    vector = learner._get_embedding_vector("something").astype(float)[None]
    before = Ridge(alpha=1.0).fit(x, y).predict(vector)[0]
    y[pull.row] += 1
    assert Ridge(alpha=1.0).fit(x, y).predict(vector)[0] - before == pytest.approx(pull.weight, abs=1e-9)
    nearest = why.neighbours[0]
    assert nearest.similarity == pytest.approx((x @ vector[0]).max(), abs=1e-6)
    assert learner.training_texts[nearest.row] == nearest.text


def test_a_class_of_ones_own_is_explained_too(trained):
    class WithLength(ValueLearner):
        def _get_embedding_vector(self, text):
            return np.append(super()._get_embedding_vector(text), len(text) / 10)

    why = trained(WithLength).explain("something")
    assert why.base + sum(pull.pull for pull in why.pulls) + why.others_pull == pytest.approx(why.score)


def test_suggestions_stand_for_what_is_not_labelled(make):
    """Three groups of vectors, one of them labelled: the first two picks come from the other two."""
    places = {"a": [1.0, 0, 0], "b": [0, 1.0, 0], "c": [0, 0, 1.0]}
    own = type(
        "Own",
        (ValueLearner,),
        {"_get_embedding_vector": lambda self, text: np.array([*places[text[0]], 0.05 * int(text[1])])},
    )
    learner = make(own)
    learner.add_training_example("a0", 1.0)
    pool = ["a1", "a2", "b1", "b2", "c1", "c2", "c3", "a0"]
    picked = learner.suggest(pool, 2)
    assert {text[0] for text in picked} == {"b", "c"}
    assert learner.suggest(pool, 99)[-1] == "a0"
    assert learner.suggest([], 3) == []
    assert make(own).suggest(["b1"], 5) == ["b1"]  # before any example


def test_intervals_promise_nothing_when_examples_were_suggested(trained, tmp_path, make):
    learner = trained()
    assert learner.predict_interval("new").promised
    (picked,) = learner.suggest([f"pool {place}" for place in range(20)], 1)
    assert learner.predict_interval("new").promised  # named, not yet an example
    learner.update(picked, 5.0)
    assert not learner.predict_interval("new").promised
    again = make()
    again.load_model(learner.save_model(tmp_path / "model.zip"))
    assert not again.predict_interval("new").promised
    assert "chosen by suggest" in again.explain("new").sentence


def test_the_plots_are_figures_of_the_right_numbers(trained):
    pytest.importorskip("matplotlib")
    learner = trained()
    for figure in (learner.plot_scores(), learner.plot_predictions(), learner.plot_weights()):
        assert type(figure).__name__ == "Figure"
        assert figure.axes
