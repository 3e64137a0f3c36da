"""The value learner: examples, training, predicting, and what it says about weak fits."""

from __future__ import annotations

import logging
import math
import threading
import warnings
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError, DataError
from semascope.learner.advice import LearnerWarning, advice_on
from semascope.learner.example import RankingExample
from semascope.learner.learner import ValueLearner

TEXTS = ["Excellent quality", "Good value", "Average", "Poor, disappointed", "Terrible waste", "Outstanding!"]
SCORES = [9.0, 7.5, 5.0, 2.5, 1.0, 9.5]


def fill(learner, texts=TEXTS, scores=SCORES):
    learner.add_training_examples([RankingExample(*pair) for pair in zip(texts, scores, strict=True)])
    return learner


def quietly(function, *given, **named):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LearnerWarning)
        return function(*given, **named)


def said_by(function, *given, **named):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function(*given, **named)
    return [str(each.message) for each in caught if issubclass(each.category, LearnerWarning)]


# --- construction and names ---


def test_the_same_class_under_both_names():
    import qwen3_embedding_value_learner as known
    import semascope

    assert known.Qwen3EmbeddingValueLearner is semascope.ValueLearner is ValueLearner
    assert known.RankingExample is semascope.RankingExample is RankingExample


def test_construction_loads_nothing_and_makes_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "semascope.learner.encoder_choice.load_encoder", lambda *given, **named: pytest.fail("loaded")
    )
    learner = ValueLearner(cache_dir=str(tmp_path / "deep" / "cache"))
    assert (learner.model_name, learner.embedding_dim, learner.ridge_alpha) == (
        "qwen/qwen-2.5-72b-instruct",
        768,
        1.0,
    )
    assert learner.cache_dir == tmp_path / "deep" / "cache"
    assert learner.cache_dir.is_dir()
    assert not hasattr(learner.ridge, "coef_")
    assert (learner.training_texts, learner.training_scores) == ([], [])


def test_the_chat_model_stands_for_qwen3_embedding_and_says_so_once(tmp_path, monkeypatch):
    asked = []

    def remember(name, **named):
        from semascope.encoders.catalogue import load_encoder

        asked.append(name)
        return load_encoder("hash:8")

    monkeypatch.setattr("semascope.learner.encoder_choice.load_encoder", remember)
    said = []
    for _ in range(2):
        learner = ValueLearner(cache_dir=tmp_path, embedding_dim=8)
        said += said_by(learner._get_embedding_vector, "x")
    assert asked == ["Qwen/Qwen3-Embedding-0.6B"] * 2
    assert len(said) == 1
    assert "chat model" in said[0]
    assert "Qwen/Qwen3-Embedding-0.6B" in said[0]


@pytest.mark.parametrize("given", [{"api_key": "k"}, {"base_url": "http://127.0.0.1:1"}])
def test_an_address_is_a_clear_error_that_names_what_works(given, tmp_path):
    learner = ValueLearner(cache_dir=tmp_path, **given)
    with pytest.raises(ConfigError, match=r"not built yet; .*local checkpoint.*SEMASCOPE_ENCODER=minilm"):
        learner._get_embedding_vector("x")


def test_the_environment_wins_with_one_warning(tmp_path, monkeypatch):
    monkeypatch.setenv("SEMASCOPE_ENCODER", "hash:8")
    said = []
    for _ in range(2):
        learner = ValueLearner("some/model", 8, cache_dir=tmp_path, api_key="secret-key")
        said += said_by(learner._get_embedding_vector, "x")
    assert len(said) == 1
    assert "SEMASCOPE_ENCODER" in said[0]
    assert "'hash:8'" in said[0]
    assert "secret-key" not in said[0]
    assert said_by(ValueLearner(cache_dir=tmp_path, embedding_dim=8)._get_embedding_vector, "x") == []


def test_a_width_is_a_cut_of_unit_length_and_one_too_large_is_capped(make):
    learner = make(embedding_dim=5)
    whole, cut = make()._get_embedding_vector("x"), learner._get_embedding_vector("x")
    assert cut.shape == (5,)
    np.testing.assert_allclose(cut, whole[:5] / np.linalg.norm(whole[:5]), rtol=1e-6)
    wide = make(embedding_dim=100)
    (sentence,) = said_by(wide._get_embedding_vector, "x")
    assert "8 dims" in sentence
    assert wide.embedding_dim == 8
    assert said_by(wide._get_embedding_vector, "y") == []
    assert quietly(fill(wide).train)["num_features"] == 8


@pytest.mark.parametrize(
    "given",
    [{"embedding_dim": 0}, {"embedding_dim": 2.5}, {"embedding_dim": True}, {"ridge_alpha": 0}, {"ridge_alpha": -1},
     {"ridge_alpha": math.nan}],
)  # fmt: skip
def test_settings_that_cannot_be_used(given, make):
    with pytest.raises(ValueError, match="must be"):
        make(**given)


def test_a_cache_dir_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cache_dir .* cannot be made"):
        ValueLearner(cache_dir=tmp_path / "file" / "cache")


# --- examples ---


@pytest.mark.parametrize(
    "score",
    [
        math.nan,
        math.inf,
        -math.inf,
        "5",
        None,
        [5],
        1j,
        b"5",
        np.str_("5"),
        np.bytes_(b"5"),
        np.array("5"),
        np.complex128(1 + 1j),
    ],
)
def test_scores_that_are_no_numbers(score, make):
    learner = make()
    with pytest.raises(ValueError, match="must be a finite number"):
        learner.add_training_example("text", score)
    with pytest.raises(ValueError, match="score of example 1 is"):
        learner.add_training_examples([RankingExample("a", 1), RankingExample("b", score)])
    assert learner.training_texts == []


@pytest.mark.parametrize("score", [3, 3.5, np.float32(2), np.int64(4), np.array(7.0), True, Decimal("2.5")])
def test_scores_that_are_numbers(score, make):
    learner = make()
    learner.add_training_example("text", score)
    assert learner.training_scores == [float(score)]
    assert type(learner.training_scores[0]) is float


@pytest.mark.parametrize("example", [("a", 1.0), {"text": "a", "score": 1.0}, "a"])
def test_examples_that_are_none(example, make):
    learner = make()
    with pytest.raises(DataError, match=r"example 1 is .* must be a RankingExample"):
        learner.add_training_examples([RankingExample("b", 1.0), example])
    assert learner.training_texts == []


@pytest.mark.parametrize("texts", ["one text", b"bytes", None, 3])
@pytest.mark.parametrize(
    "verb", ["rank_texts", "predict_many", "predict_intervals", "suggest", "suggest_rows"]
)
def test_a_single_text_is_not_taken_letter_by_letter(verb, texts, trained):
    with pytest.raises(DataError, match=r"texts is .* must be a list of strings"):
        getattr(trained(), verb)(texts)


@pytest.mark.parametrize("text", [None, b"bytes", 3, ["a"]])
def test_texts_that_are_no_strings(text, make, trained):
    with pytest.raises(ValueError, match="a text must be a string"):
        make().add_training_example(text, 1.0)
    learner = trained()
    with pytest.raises(ValueError, match="must be a string"):
        learner.predict(text)
    with pytest.raises(ValueError, match="text 1 is"):
        learner.rank_texts(["fine", text])


def test_metadata_is_kept_and_must_be_savable(make):
    learner = make()
    learner.add_training_example("text", 1.0, {"by": "me", "n": 3})
    assert learner.training_metadata == [{"by": "me", "n": 3}]
    for wrong in ({"x": object()}, {"x": math.nan}, "text"):
        with pytest.raises(ValueError, match="metadata"):
            learner.add_training_example("text", 1.0, wrong)


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
        with pytest.raises(ValueError, match=r"not trained; 6 examples are there; call train\(\)"):
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


# --- advice ---


@pytest.mark.parametrize(
    ("texts", "scores", "given", "expected"),
    [
        (list("abc"), [1.0, 2, 3], {"val_r2": 0.9}, "3 examples are few"),
        ([str(n) for n in range(60)], list(range(60)), {"val_r2": 0.1}, "validation R2 is 0.10, under 0.3"),
        ([str(n) for n in range(60)], [5.0] * 40 + list(range(20)), {"val_r2": 0.9}, "41 of 60 scores are 5"),
        (["a", "a"] + [str(n) for n in range(60)], list(range(62)), {"val_r2": 0.9}, "1 text has several scores"),
        ([str(n) for n in range(60)], list(range(60)), {"val_r2": 0.9, "alphas": [1, 10]}, "edge of what was tried; try smaller"),
    ],
)  # fmt: skip
def test_weak_fits_come_with_advice(texts, scores, given, expected):
    (sentence,) = [each for each in advice_on(texts, scores, **{"alpha": 1, **given}) if expected in each]
    assert sentence


def test_a_good_fit_comes_without_advice():
    texts = [str(n) for n in range(60)]
    assert advice_on(texts, list(range(60)), val_r2=0.8, alpha=1, alphas=[0.1, 1, 10]) == []
    assert advice_on(texts, list(range(60)), val_r2=math.nan, alpha=1) == []


# --- learning on ---


def test_an_update_is_a_full_refit(trained):
    learner = trained()
    for place in range(5):
        learner.update(f"new {place}", float(place))
    assert learner.forget("text 3") == 1
    learner.update("new 1", 9.0)  # the same text again, another score: both stay
    assert len(learner.training_texts) == 65
    x = learner._vector_source.vectors(learner.training_texts).astype(float)
    reference = Ridge(alpha=1.0).fit(x, learner.training_scores)
    np.testing.assert_allclose(learner.ridge.coef_, reference.coef_, atol=1e-6)
    assert learner.forget("new 1") == 2
    x = learner._vector_source.vectors(learner.training_texts).astype(float)
    np.testing.assert_allclose(
        learner.ridge.coef_, Ridge(alpha=1.0).fit(x, learner.training_scores).coef_, atol=1e-6
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(-9, 9), st.booleans()), min_size=1, max_size=25)
)
def test_any_mix_of_changes_is_a_full_refit(tmp_path_factory, changes):
    learner = ValueLearner(encoder="hash:4", cache_dir=tmp_path_factory.getbasetemp() / "mixed")
    learner.update("first", 1.0)
    for text, score, adding in changes:
        if adding or text not in learner.training_texts:
            learner.update(text, score)
        else:
            learner.forget(text)
    x = learner._vector_source.vectors(learner.training_texts).astype(float)
    y = np.array(learner.training_scores)
    reference = Ridge(alpha=1.0).fit(x, y)
    np.testing.assert_allclose(learner.ridge.coef_, reference.coef_, atol=1e-6)
    assert learner.ridge.intercept_ == pytest.approx(reference.intercept_, abs=1e-6)


def test_an_update_learns_what_was_added_meanwhile_and_lists_changed_by_hand(trained):
    learner = trained()
    learner.add_training_example("added", 50.0)
    learner.update("updated", 1.0)
    assert len(learner._core.ridge().texts) == 62
    learner.training_scores[0] += 1
    learner.update("again", 2.0)
    x = learner._vector_source.vectors(learner.training_texts).astype(float)
    reference = Ridge(alpha=1.0).fit(x, learner.training_scores)
    np.testing.assert_allclose(learner.ridge.coef_, reference.coef_, atol=1e-6)


def test_lists_changed_by_hand_are_saved_as_they_were_learnt_or_not_at_all(trained, make, tmp_path):
    learner = trained()
    learner.training_texts.append("by hand")
    learner.training_scores.append(3.0)
    learner.save_model(tmp_path / "model.zip")
    again = make()
    again.load_model(tmp_path / "model.zip")
    assert (again.training_texts[-1], again.training_metadata[-1]) == ("by hand", None)
    learner.training_scores[0] += 5
    with pytest.raises(DataError, match="training_scores were changed since training"):
        learner.save_model(tmp_path / "model.zip")
    quietly(learner.train)
    assert learner.forget("by hand") == 1
    assert len(learner.training_texts) == len(learner.training_scores) == len(learner.training_metadata) == 60
    del learner.training_texts[0]
    for verb in (learner.train, lambda: learner.forget("text 7"), lambda: learner.save_model(tmp_path / "m")):
        with pytest.raises(DataError, match="59 training_texts, 60 training_scores and 60 training_metadata"):
            verb()


def test_an_alpha_that_cannot_be_used_leaves_the_earlier_one(trained):
    learner = trained()
    with pytest.raises(ConfigError, match="alpha must be at least"):
        quietly(learner.optimize_hyperparameters, [1e-14, 1e-13])
    assert (learner.ridge_alpha, learner.ridge.alpha) == (1.0, 1.0)
    learner.ridge_alpha = "1"
    with pytest.raises(DataError, match="alpha is '1'"):
        learner.train()


def test_whole_numbers_of_numpy_are_whole_numbers(make):
    learner = fill(make(embedding_dim=np.int64(4)))
    assert quietly(learner.train, cv_folds=np.int64(3))["num_features"] == 4


def test_what_cannot_be_forgotten(make, trained):
    with pytest.raises(DataError, match="no example has the text 'nobody'"):
        trained().forget("nobody")
    learner = make()
    learner.update("only", 1.0)
    assert learner.predict("anything") == pytest.approx(1.0)
    with pytest.raises(DataError, match="only text that is left"):
        learner.forget("only")
    assert learner.training_texts == ["only"]


# --- classes of users' own ---


class WithLength(ValueLearner):
    called = 0

    def _get_embedding_vector(self, text):
        type(self).called += 1
        return np.concatenate([super()._get_embedding_vector(text), [len(text) / 10, text.count("!")]])


def test_a_subclass_may_add_features(trained):
    learner = trained(WithLength)
    assert learner.ridge.coef_.shape == (10,)
    before = WithLength.called
    learner.rank_texts(["a", "b!", "a"])
    assert WithLength.called == before + 3  # per text
    vector = learner._get_embedding_vector("ab!")
    assert learner.predict("ab!") == pytest.approx(learner.ridge.coef_ @ vector + learner.ridge.intercept_)
    assert quietly(learner.train)["num_features"] == 10


def test_a_vector_does_not_change_when_its_copy_is(make):
    learner = make()
    learner._get_embedding_vector("x")[:] = 0
    assert np.linalg.norm(learner._get_embedding_vector("x")) == pytest.approx(1)
    np.testing.assert_array_equal(learner._get_embedding_vector("x"), learner._get_embedding_vector("x"))


@pytest.mark.parametrize(
    ("made", "match"),
    [
        (lambda text: np.full(4, np.nan), "finite"),
        (lambda text: np.ones((2, 2)), r"returned \(2, 2\)"),
        (lambda text: np.ones(1 + len(text)), "several lengths"),
    ],
)
def test_vectors_of_a_class_are_checked(made, match, make):
    learner = make(type("Own", (ValueLearner,), {"_get_embedding_vector": lambda self, text: made(text)}))
    with pytest.raises(DataError, match=match):
        fill(learner).train()


def test_an_encoder_that_fails_raises_and_returns_no_noise(make):
    class Broken(ValueLearner):
        def _get_embedding_vector(self, text):
            raise ConnectionError("gone")

    with pytest.raises(ConnectionError, match="gone"):
        fill(make(Broken)).train()


# --- memory, threads, logging ---


@pytest.mark.parametrize(("name", "value"), [("instruction", "Rate the text"), ("embedding_dim", 4)])
def test_a_setting_changed_by_hand_is_heeded_by_all_vectors(name, value, make):
    learner = fill(make())
    quietly(learner.train)
    setattr(learner, name, value)
    with pytest.raises(ConfigError, match="not trained since instruction or embedding_dim was changed; 6"):
        learner.predict("text")
    quietly(learner.train)
    same = fill(make(**{name: value}))
    quietly(same.train)
    assert learner.predict("Average") == same.predict("Average")
    assert learner.ridge.coef_.tolist() == same.ridge.coef_.tolist()


def test_a_thread_that_is_embedding_leaves_no_old_vector_in_a_model_loaded_meanwhile(make, tmp_path):
    other = fill(make(instruction="Rate the text"))
    quietly(other.train)
    path = other.save_model(tmp_path / "model.zip")
    asked = "asked while another model is loaded"

    class Meanwhile(HashEncoder):
        def encode(self, prompts):
            if prompts == [asked]:
                quietly(learner.load_model, path)
            return super().encode(prompts)

    learner = fill(make(encoder=Meanwhile(8)))
    quietly(learner.train)
    learner.predict(asked)
    assert learner.predict(asked) == other.predict(asked)


def test_an_update_that_fails_keeps_nothing(make):
    class Failing(HashEncoder):
        def encode(self, prompts):
            if "the third" in prompts[0]:
                raise RuntimeError("out of memory")
            return super().encode(prompts)

    learner = fill(make(encoder=Failing(8)))
    quietly(learner.train)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="out of memory"):
            learner.update("the third", 3.0)
    assert (learner.training_texts, learner.training_scores) == (TEXTS, SCORES)
    assert len(learner.training_metadata) == len(TEXTS)


def test_clearing_the_cache_changes_nothing(trained):
    learner = trained()
    texts = [f"pool {place}" for place in range(50)]
    expected = learner.rank_texts(texts)
    assert set(texts) <= set(learner.embedding_cache)
    learner.embedding_cache.clear()
    assert learner.rank_texts(texts) == expected


def test_predict_from_many_threads_while_the_model_learns(trained):
    learner = trained()
    expected = learner.predict("fixed")
    found, failed = [], []

    def predict():
        try:
            for _ in range(50):
                found.append(learner.predict("fixed"))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=predict) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        learner.update("new", 5.0)
        learner.forget("new")
        learner.embedding_cache.clear()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(found) == 200
    assert learner.predict("fixed") == pytest.approx(expected, abs=1e-9)


def test_it_tells_at_debug_and_configures_nothing(trained, caplog):
    handlers = list(logging.getLogger().handlers)
    with caplog.at_level(logging.DEBUG, logger="qwen3_embedding_value_learner"):
        trained().predict("x")
    text = caplog.text
    assert "example 60" in text
    assert "trained:" in text
    assert "embedded" in text
    assert {record.levelno for record in caplog.records} == {logging.DEBUG}
    assert logging.getLogger().handlers == handlers
