"""The value learner: construction, names, examples, learning on."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from semascope_test_scored_texts import fill, quietly, said_by
from sklearn.linear_model import Ridge

from semascope.errors import ConfigError, DataError
from semascope.learner.example import RankingExample
from semascope.learner.learner import ValueLearner

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
        from semascope.encoders.loading import load_encoder

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
    with pytest.raises(ConfigError, match=r"cache_dir .* cannot be created"):
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
    assert len(learner._core.fitted().texts) == 62
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
    with pytest.raises(ConfigError, match="alpha is '1'"):
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


def test_an_update_of_lists_that_do_not_belong_together_changes_nothing(trained):
    learner = trained()
    expected = learner.predict("x")
    learner.training_texts.append("by hand, without a score")
    with pytest.raises(DataError, match="62 training_texts, 61 training_scores"):
        learner.update("another", 3.0)
    assert learner.training_texts[-1] == "by hand, without a score"
    assert (len(learner.training_scores), "another" in learner.training_texts) == (60, False)
    learner.training_scores.append(4.0)
    learner.update("another", 3.0)
    assert learner.forget("by hand, without a score") == 1
    learner.forget("another")
    assert learner.predict("x") == pytest.approx(expected, abs=1e-9)


def test_a_single_example_that_is_not_in_a_list(make):
    with pytest.raises(DataError, match=r"examples is RankingExample .*put a single one into a list"):
        make().add_training_examples(RankingExample("x", 1.0))


def test_metadata_stays_with_its_text_when_another_was_appended_by_hand(make):
    learner = fill(make())
    learner.training_texts.append("by hand")
    learner.training_scores.append(3.0)
    learner.add_training_example("as meant", 4.0, {"id": 7})
    quietly(learner.train)
    about = dict(zip(learner.training_texts, learner.training_metadata, strict=True))
    assert (about["by hand"], about["as meant"]) == (None, {"id": 7})
