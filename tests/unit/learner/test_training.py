"""The value learner: training, predicting, the choice of alpha, advice."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from semascope_test_scored_texts import fill, quietly, said_by
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import LeaveOneGroupOut, LeaveOneOut, cross_val_predict

from semascope.errors import ConfigError
from semascope.learner.advice import advice_on
from semascope.learner.learner import ValueLearner

# --- training ---


def test_metadata_changed_afterwards_is_as_it_was_given(make, tmp_path):
    about = {"by": "an editor"}
    learner = make()
    learner.update("text", 1.0, about)
    about["by"] = {1, 2}  # nothing that a file can hold
    assert learner.training_metadata == [{"by": "an editor"}]
    learner.save_model(tmp_path / "model.zip")


def test_fewer_than_two_examples(make):
    learner = make()
    for _ in range(2):
        with pytest.raises(ValueError, match="at least 2 training examples"):
            learner.train()
        learner.add_training_example("only one", 5.0)
        if len(learner.training_texts) == 2:
            break


def test_metrics_are_floats_and_the_fit_is_scikit_learns(trained):
    learner = trained(n=80)
    metrics = quietly(learner.train, validation_split=0.25, cv_folds=4)
    assert list(metrics) == [
        "train_mse", "train_r2", "val_mse", "val_r2", "cv_mse_mean", "cv_mse_std", "loo_r2", "n", "num_features",
        "ridge_alpha",
    ]  # fmt: skip
    assert all(type(value) is float and math.isfinite(value) for value in metrics.values())
    x = np.stack([learner._get_embedding_vector(text) for text in learner.training_texts]).astype(float)
    y = np.array(learner.training_scores)
    reference = Ridge(alpha=1.0).fit(x, y)
    np.testing.assert_allclose(learner.ridge.coef_, reference.coef_, atol=1e-9)
    assert learner.ridge.intercept_ == pytest.approx(reference.intercept_, abs=1e-9)
    left_out = cross_val_predict(Ridge(alpha=1.0), x, y, cv=LeaveOneOut())
    assert metrics["loo_r2"] == pytest.approx(r2_score(y, left_out), abs=1e-9)
    assert metrics["n"] == 80
    # Validation and cross-validation estimate the same thing; noise is 0.01, so none can be far below it.
    assert 0.005 < metrics["val_mse"] < 0.1
    assert 0.005 < metrics["cv_mse_mean"] < 0.1
    assert metrics["train_mse"] < metrics["val_mse"]


@pytest.mark.parametrize("copies", [0, 4])
def test_leave_one_out_says_the_same_at_every_penalty_of_almost_nothing(make, copies):
    """Below 1e-5 the fit hardly changes any more, and neither may what it says of rows that it has not seen."""
    texts = [f"text {place}" for place in range(20)]
    texts += [text.upper() for text in texts[:copies]]  # copies to the learner, with vectors of their own
    scores = np.random.default_rng(0).normal(size=len(texts)).tolist()
    found = []
    for alpha in (1e-6, 1e-8, 1e-9):
        learner = fill(make(encoder="hash:64", ridge_alpha=alpha), texts, scores)
        found.append(quietly(learner.train)["loo_r2"])
    x = learner._vector_source.vectors(texts).astype(float)
    groups = [text.lower() for text in texts]
    model = Ridge(alpha=1e-6, solver="svd")
    left_out = cross_val_predict(model, x, scores, groups=groups, cv=LeaveOneGroupOut())
    assert found == pytest.approx([r2_score(scores, left_out)] * 3, abs=1e-4)


def test_a_prediction_is_the_line(trained):
    learner = trained()
    vector = learner._get_embedding_vector("something new")
    expected = learner.ridge.coef_ @ vector + learner.ridge.intercept_
    assert learner.predict("something new") == pytest.approx(expected, abs=1e-12)
    assert type(learner.predict("something new")) is float


def test_predictions_are_never_clipped(make):
    learner = make(ridge_alpha=1e-3)
    texts = [f"t{place}" for place in range(40)]
    direction = np.arange(8.0)
    scores = [float(row @ direction * 100) for row in learner._vector_source.vectors(texts)]
    fill(learner, texts, scores)
    quietly(learner.train)
    beyond = [learner.predict(f"u{place}") for place in range(300)]
    assert max(beyond) > max(scores) or min(beyond) < min(scores)


@pytest.mark.parametrize(
    "text", ["", " ", "word " * 1_000, "!?…—", "🦀🦀", "مرحبا", "a\nb\tc", "\x00", "\ud800"]
)
def test_odd_texts_are_predicted(text, trained):
    assert math.isfinite(trained().predict(text))


def test_ranking_is_stable_keeps_copies_and_is_what_predict_says(trained):
    learner = trained()
    texts = ["b", "a", "b", "c", "a", "b"]
    ranked = learner.rank_texts(texts)
    assert sorted(text for text, _ in ranked) == sorted(texts)
    assert [score for _, score in ranked] == sorted((score for _, score in ranked), reverse=True)
    assert all(score == learner.predict(text) for text, score in ranked)  # to the bit
    assert learner.rank_texts([]) == []
    many = [f"text {place}" for place in range(500)]
    assert dict(learner.rank_texts(many)) == {text: learner.predict(text) for text in many}


def test_equal_scores_keep_the_order_of_the_texts(make):
    same = type("Same", (ValueLearner,), {"_get_embedding_vector": lambda self, text: np.ones(3)})
    learner = fill(make(same))
    quietly(learner.train)
    assert [text for text, _ in learner.rank_texts(["z", "y", "x"])] == ["z", "y", "x"]


def test_before_training_there_is_a_clear_error(make):
    learner = fill(make())
    for call in (
        lambda: learner.predict("x"),
        lambda: learner.rank_texts(["x"]),
        lambda: learner.rank_texts([]),
        lambda: learner.save_model("x.zip"),
    ):
        with pytest.raises(ValueError, match=r"not trained; it holds 6 examples; call train\(\)"):
            call()


def test_undefined_figures_are_nan_with_a_reason(make):
    learner = fill(make(), ["a", "b"], [1.0, 2.0])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        metrics = learner.train(validation_split=0.5)
    said = " | ".join(str(each.message) for each in caught)
    assert math.isnan(metrics["val_r2"])
    assert "val_r2 is NaN: R2 of a single row is undefined" in said
    assert "2 folds instead of 5" in said
    flat = fill(make(), ["a", "b", "c", "d"], [3.0] * 4)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        metrics = flat.train()
    assert math.isnan(metrics["loo_r2"])
    assert "scores that are all equal" in " | ".join(str(each.message) for each in caught)
    assert math.isnan(quietly(fill(make()).train, validation_split=0)["val_mse"])


def test_all_examples_of_one_text_can_be_trained_on(make):
    learner = fill(make(), ["same"] * 3, [1.0, 2.0, 3.0])
    metrics = quietly(learner.train)
    assert learner.predict("same") == pytest.approx(2.0)
    assert math.isnan(metrics["cv_mse_mean"])
    assert "loo_r2 is NaN: no other text is left to predict from" in said_by(learner.train)


@pytest.mark.parametrize(
    "given", [{"validation_split": 1.0}, {"validation_split": -0.1}, {"cv_folds": 1}, {"cv_folds": 2.5}]
)
def test_training_settings_that_cannot_be_used(given, make):
    with pytest.raises(ConfigError):
        fill(make()).train(**given)


def test_copies_of_a_text_are_never_on_both_sides(make):
    """Each text twice with its own random score: only a fit that saw the copy could predict it."""
    rng = np.random.default_rng(0)
    texts = [f"text {place}" for place in range(60)]
    scores = rng.normal(size=60)
    learner = make(encoder="hash:64", ridge_alpha=0.01)
    fill(learner, texts + texts, [*scores, *scores])
    metrics = quietly(learner.train)
    assert metrics["train_r2"] > 0.5
    assert metrics["val_r2"] < 0.3
    assert metrics["cv_mse_mean"] > 0.7 * scores.var()


# --- choosing alpha ---


def test_the_best_alpha_is_taken_and_fitted(trained):
    learner = trained()
    found = quietly(learner.optimize_hyperparameters, alpha_range=[0.01, 1, 1000], cv_folds=3)
    assert set(found) == {"best_alpha", "best_mse", "all_results"}
    assert list(found["all_results"]) == [0.01, 1, 1000]
    assert found["best_mse"] == min(each["mean_mse"] for each in found["all_results"].values())
    assert all(set(each) == {"mean_mse", "std_mse"} for each in found["all_results"].values())
    assert learner.ridge_alpha == found["best_alpha"] == 0.01
    x = learner._vector_source.vectors(learner.training_texts).astype(float)
    reference = Ridge(alpha=0.01).fit(x, learner.training_scores)
    np.testing.assert_allclose(learner.ridge.coef_, reference.coef_, atol=1e-9)


def test_choosing_alpha_before_training_and_with_examples_added_since(make, trained):
    learner = fill(make())
    assert quietly(learner.optimize_hyperparameters, cv_folds=2)["best_alpha"] in (0.01, 0.1, 1, 10, 100)
    assert math.isfinite(learner.predict("x"))
    learner = trained()
    before = learner.predict("new")
    learner.add_training_example("new", 1000.0)
    quietly(learner.optimize_hyperparameters)
    assert learner.predict("new") > before + 10


def test_too_few_examples_for_the_folds(make):
    with pytest.raises(ValueError, match="Need at least 8 examples for 8-fold CV"):
        fill(make()).optimize_hyperparameters(cv_folds=8)
    with pytest.raises(ValueError, match="alpha_range is empty"):
        fill(make()).optimize_hyperparameters([])
    with pytest.raises(ValueError, match="above 0"):
        fill(make()).optimize_hyperparameters([1, 0])


def test_a_penalty_that_float64_cannot_tell_from_none_is_refused_before_it_is_compared(make):
    learner = fill(make())
    with pytest.raises(ConfigError, match=r"alpha is 1e-16 .* alpha must be at least 1e-10 times the square"):
        learner.optimize_hyperparameters([1e-16, 1.0], cv_folds=2)
    assert learner.ridge_alpha == 1.0


# --- advice ---


@pytest.mark.parametrize(
    ("texts", "scores", "given", "expected"),
    [
        (list("abc"), [1.0, 2, 3], {"val_r2": 0.9}, "there are only 3 examples"),
        ([str(n) for n in range(60)], list(range(60)), {"val_r2": 0.1}, "validation R2 is 0.10, below 0.3"),
        ([str(n) for n in range(60)], [5.0] * 40 + list(range(20)), {"val_r2": 0.9}, "41 of 60 scores are 5"),
        (["a", "a"] + [str(n) for n in range(60)], list(range(62)), {"val_r2": 0.9}, "1 text has several different scores"),
        ([str(n) for n in range(60)], list(range(60)), {"val_r2": 0.9, "alphas": [1, 10]}, "is the smallest that was tried; try smaller"),
    ],
)  # fmt: skip
def test_weak_fits_come_with_advice(texts, scores, given, expected):
    (sentence,) = [each for each in advice_on(texts, scores, **{"alpha": 1, **given}) if expected in each]
    assert sentence


def test_a_good_fit_comes_without_advice():
    texts = [str(n) for n in range(60)]
    assert advice_on(texts, list(range(60)), val_r2=0.8, alpha=1, alphas=[0.1, 1, 10]) == []
    assert advice_on(texts, list(range(60)), val_r2=math.nan, alpha=1) == []
