"""Where the learner's vectors come from: classes of users' own, settings, memory, threads, logging."""

from __future__ import annotations

import logging
import threading

import numpy as np
import pytest
from semascope_test_scored_texts import FEW, FEW_SCORES, fill, quietly, said_by

from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError, DataError
from semascope.learner.learner import ValueLearner

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
    with pytest.raises(
        ConfigError, match="not trained since instruction or embedding_dim was changed; it holds 6"
    ):
        quietly(learner.predict, "text")
    quietly(learner.train)
    same = fill(make(**{name: value}))
    quietly(same.train)
    assert learner.predict("Average") == pytest.approx(same.predict("Average"), abs=1e-12)
    np.testing.assert_allclose(learner.ridge.coef_, same.ridge.coef_, atol=1e-12)


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
    assert (learner.training_texts, learner.training_scores) == (FEW, FEW_SCORES)
    assert len(learner.training_metadata) == len(FEW)


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


def test_a_width_or_an_instruction_that_the_encoder_was_not_trained_for_is_said_once(make, tiny_bert):
    """As ``embed`` says it, and where a setting is changed by hand; of a model that is loaded it was said before."""
    learner = make(encoder=str(tiny_bert), embedding_dim=8)
    (said,) = said_by(learner._get_embedding_vector, "a")
    assert "is not known to be trained to be cut (Matryoshka): 8 of its 16 dims" in said
    assert said_by(learner._get_embedding_vector, "b") == []
    learner.instruction = "Judge it"
    found = said_by(learner._get_embedding_vector, "b")
    assert len(found) == 2
    assert "was not trained to follow instructions" in found[0]
    assert said_by(make(encoder=str(tiny_bert), embedding_dim=16)._get_embedding_vector, "a") == []
    assert said_by(make(encoder="hash:16", embedding_dim=8)._get_embedding_vector, "a") == []


def test_the_default_width_cuts_no_encoder_silently(make):
    """A learner keeps 768 dims unless it is told otherwise: an encoder of 1,024 that was not trained for it loses some."""
    wide = HashEncoder(1024)
    named = type("Wide", (), {"__getattr__": lambda self, name: getattr(wide, name)})()  # no HashEncoder
    learner = ValueLearner(encoder=named, cache_dir=make().cache_dir)
    (said,) = said_by(learner._get_embedding_vector, "a")
    assert "768 of its 1024 dims were kept all the same" in said


def test_a_model_that_is_loaded_does_not_say_again_what_its_maker_heard(make, tiny_bert, tmp_path):
    learner = fill(make(encoder=str(tiny_bert), embedding_dim=8))
    quietly(learner.train)
    learner.save_model(tmp_path / "model.zip")
    again = make(encoder=str(tiny_bert), embedding_dim=8)
    again.load_model(tmp_path / "model.zip")
    assert said_by(again.predict, "something new") == []
