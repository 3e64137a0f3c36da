"""Several learners as one: intervals, reasons, suggestions, plots."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from semascope_test_scored_texts import NEW, SCORES, TEXTS, taught
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from semascope.embedding.path import embed
from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError
from semascope.extras import is_installed
from semascope.learner.ensemble import Ensemble
from semascope.learner.head_member import HeadMember
from semascope.learner.suggestion import suggest_rows

pytestmark = pytest.mark.filterwarnings("ignore::semascope.learner.advice.LearnerWarning")


# --- asking ---


def test_pulls_add_up_to_the_prediction_and_are_weighted(mixed):
    ensemble = taught(mixed(weights=[1, 2, 3]))
    why = ensemble.explain(NEW[0], pulls=40)
    assert why.score == ensemble.predict(NEW[0])
    assert why.base + sum(pull.pull for pull in why.pulls) == pytest.approx(why.score, abs=1e-9)
    assert sum(pull.weight for pull in why.pulls) == pytest.approx(1, abs=1e-9)
    own = [
        {pull.row: pull.pull for pull in member.explain(NEW[0], pulls=40).pulls}
        for member in ensemble.members
    ]
    for pull in why.pulls:
        expected = (own[0][pull.row] + 2 * own[1][pull.row] + 3 * own[2][pull.row]) / 6
        assert pull.pull == pytest.approx(expected, abs=1e-9)
    # unit vectors of three spaces beside one another: the mean of three cosines
    near = why.neighbours[0]
    cosines = [
        float(member._vector_source.vectors([NEW[0]])[0] @ member._vector_source.vectors([near.text])[0])
        for member in ensemble.members
    ]
    assert near.similarity == pytest.approx(np.mean(cosines), abs=1e-6)


def test_intervals_come_from_leaving_each_example_out_of_all_members(mixed):
    ensemble = taught(mixed(weights=[1, 2, 3]), 12)
    sizes = []
    for place in range(12):
        rest = [other for other in range(12) if other != place]
        found = 0.0
        for weight, member in zip((1, 2, 3), ensemble.members, strict=True):
            x = member._vector_source.vectors(TEXTS[:12]).astype(float)
            ridge = Ridge(alpha=1.0).fit(x[rest], np.array(SCORES)[rest])
            found += weight / 6 * ridge.predict(x[place : place + 1])[0]
        sizes.append(abs(SCORES[place] - found))
    interval = ensemble.predict_interval(NEW[0], coverage=0.8)
    half = sorted(sizes)[10]  # the ceil(13 * 0.8) = 11th smallest of 12
    assert interval.high - interval.score == pytest.approx(half, abs=1e-6)
    assert interval.score == pytest.approx(ensemble.predict(NEW[0]))
    assert math.isinf(ensemble.predict_interval(NEW[0], coverage=0.99).width)
    with pytest.raises(ConfigError, match="made by 'loo' only"):
        ensemble.predict_interval(NEW[0], method="strict")


def test_intervals_with_a_head_come_from_folds_and_say_so(make, tmp_path):
    ensemble = taught(Ensemble([make(), "median"]))
    interval = ensemble.predict_interval(NEW[0])
    assert "out-of-fold errors" in interval.note
    half = np.sort(np.abs(ensemble._residuals))[math.ceil(41 * 0.9) - 1]
    assert interval.width == pytest.approx(2 * half)
    again = Ensemble.load(ensemble.save_model(tmp_path / "e"), cache_dir=tmp_path)
    assert again.predict_interval(NEW[0]) == interval


# --- what to label next, and plots ---

POOL = [f"pool {place}" for place in range(30)]


def test_an_ensemble_suggests_on_the_vectors_of_one_member(mixed):
    ensemble = taught(mixed(), 12)
    for place, encoder in enumerate([HashEncoder(8), HashEncoder(6)]):
        sentence = ensemble.members[place].instruction
        encode = partial(embed, encoder=encoder, instruction=sentence)
        vectors, known = encode(POOL).vectors, encode(TEXTS[:12]).vectors
        expected = suggest_rows(vectors, known, 7).rows.tolist()
        assert ensemble.suggest_rows(POOL, 7, member=place) == expected
        assert ensemble.suggest(POOL, 7, member=place) == [POOL[row] for row in expected]
    assert ensemble.suggest_rows(POOL, 7) == ensemble.suggest_rows(POOL, 7, member=0)
    assert ensemble.suggest_rows(POOL, 7) != ensemble.suggest_rows(POOL, 7, member=1)
    assert ensemble.suggest([], 3) == []
    for place in (3, -1, True, "0"):
        with pytest.raises(ConfigError, match=r"member is .*; it must be the place of one of the 3 members"):
            ensemble.suggest(POOL, member=place)


def test_an_untrained_ensemble_suggests_and_heads_do_too(make):
    ensemble = Ensemble([HeadMember("median", make())])
    vectors = HashEncoder(8).encode(POOL)
    assert ensemble.suggest_rows(POOL, 4) == suggest_rows(vectors, vectors[:0], 4).rows.tolist()


@pytest.mark.parametrize("heads", [[], ["median"]])
def test_nothing_is_promised_of_what_an_ensemble_suggested_and_a_file_keeps_that(heads, make, tmp_path):
    ensemble = taught(Ensemble([HeadMember("ridge", make()), *([make(), *heads] if heads else [])]))
    (chosen,) = ensemble.suggest(POOL, 1)
    assert ensemble.predict_interval(NEW[0]).promised
    ensemble.add_training_example(chosen, 3.0)
    ensemble.train()
    again = Ensemble.load(ensemble.save_model(tmp_path / "e"), cache_dir=tmp_path)
    for each in (ensemble, again):
        interval = each.predict_interval(NEW[0])
        assert not interval.promised
        assert "chosen by suggest" in interval.note


def test_plots_of_an_ensemble_show_what_it_says(pair, monkeypatch):
    ensemble = taught(pair(weights=[3, 1]))
    drawn = {}
    for name, where in (("plot_predictions", "answers"), ("plot_weights", "ensemble")):

        def draw(*arrays, name=name, **named):
            drawn[name] = arrays, named

        monkeypatch.setattr(f"semascope.learner.{where}.{name}", draw)
    ensemble.plot_predictions(0.8)
    ensemble.plot_weights(5)
    (truth, predicted, low, high), named = drawn["plot_predictions"]
    left = [
        cross_val_predict(Ridge(alpha=alpha), HashEncoder(8).encode(TEXTS).astype(float), SCORES, cv=LeaveOneOut())
        for alpha in (0.1, 30.0)
    ]  # fmt: skip
    np.testing.assert_allclose(predicted, 0.75 * left[0] + 0.25 * left[1], atol=1e-9)
    np.testing.assert_array_equal(truth, SCORES)
    width = ensemble.predict_interval(NEW[0], 0.8).width
    np.testing.assert_allclose(np.subtract(high, low), width)
    assert named == {"target": "score"}
    (weights,), named = drawn["plot_weights"]
    vector = HashEncoder(8).encode([NEW[0]])[0].astype(float)
    intercept = 0.75 * ensemble.members[0].ridge.intercept_ + 0.25 * ensemble.members[1].ridge.intercept_
    assert weights @ vector + intercept == pytest.approx(ensemble.predict(NEW[0]), abs=1e-9)
    assert named == {"top": 5}


@pytest.mark.skipif(not is_installed("matplotlib"), reason="matplotlib is not installed")
def test_an_ensemble_is_plotted_like_a_learner(make):
    plain = taught(Ensemble([make(), "median"], weights="error"))
    one = taught(Ensemble([make(), make(ridge_alpha=9.0)]))
    figures = [plain.plot_scores(), one.plot_predictions(), one.plot_weights()]
    assert [type(figure).__name__ for figure in figures] == ["Figure"] * 3


def test_plots_that_the_members_prevent(mixed, make):
    with pytest.raises(
        ConfigError, match=r"plot_weights .* read vectors of 3 spaces; .*plot the weights of one member"
    ):
        taught(mixed()).plot_weights()
    headed = taught(Ensemble([make(), "median"]))
    for plot in (headed.plot_predictions, headed.plot_weights):
        with pytest.raises(
            ConfigError, match=r"plot_\w+ was asked of an ensemble whose member 1 is head 'median'"
        ):
            plot()
    untrained = Ensemble([make()])
    for plot in (untrained.plot_predictions, untrained.plot_weights):
        with pytest.raises(ConfigError, match="not trained"):
            plot()
