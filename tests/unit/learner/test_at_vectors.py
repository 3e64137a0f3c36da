"""What a model answers for given vectors: the same as for the texts, without an encoder and without remembering."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from semascope.errors import ConfigError, DataError
from semascope.learner.answers import fitted
from semascope.learner.answers.at_vectors import explain_at, intervals_at, predict_at, suggest_at
from semascope.learner.opening import open_model

TEXTS = [f"new {place}" for place in range(6)]


@pytest.fixture
def pair(trained, tmp_path):
    """A learner, and its model without the face, on an encoder that fails on texts."""
    learner = trained()
    learner.save_model(tmp_path / "model.zip")
    model = open_model(learner._vector_source.encoder, tmp_path / "model.zip", tmp_path / "cache")
    return learner, model


def test_answers_are_those_for_the_texts(pair):
    learner, model = pair
    rows = learner._vector_source.vectors(TEXTS)
    memory = set(model.source.memory)
    assert predict_at(model, rows).tobytes() == learner.predict_many(TEXTS).tobytes()
    for method in ("auto", "loo", "strict"):
        assert intervals_at(model, rows, 0.8, method) == learner.predict_intervals(TEXTS, 0.8, method)
    explained = explain_at(model, TEXTS[0], rows[0], 0.8, neighbours=3, pulls=2)
    assert explained == learner.explain(TEXTS[0], 0.8, neighbours=3, pulls=2)
    assert suggest_at(model, rows, 4) == learner.suggest_rows(TEXTS, 4)
    assert set(model.source.memory) == memory


def test_others_learn_while_intervals_are_computed(pair, monkeypatch):
    learner, model = pair
    rows = learner._vector_source.vectors(TEXTS)
    before = intervals_at(model, rows, 0.8), explain_at(model, TEXTS[0], rows[0], 0.8)
    compute = fitted.intervals

    def slow(*given, **settings):
        other = threading.Thread(target=model.learn, args=("meanwhile", 9.0, None, rows[0] * 0.5))
        other.start()
        other.join(10)  # it waits for no lock that is held here
        assert not other.is_alive()
        return compute(*given, **settings)

    monkeypatch.setattr(fitted, "intervals", slow)
    assert intervals_at(model, rows, 0.8) == before[0]  # of the model as it was asked
    assert model.examples.texts[-1] == "meanwhile"
    model.forget("meanwhile")
    explained = explain_at(model, TEXTS[0], rows[0], 0.8)
    assert explained.pulls[0].text == before[1].pulls[0].text
    assert explained.score == pytest.approx(before[1].score)
    assert model.examples.texts[-1] == "meanwhile"


def test_no_vectors_have_no_answers(pair):
    none = np.empty((0, 8), dtype=np.float32)
    assert predict_at(pair[1], none).shape == (0,)
    assert intervals_at(pair[1], none) == ()
    assert suggest_at(pair[1], none, 3) == []


def test_vectors_of_another_width_are_refused(pair):
    for ask in (predict_at, intervals_at, suggest_at):
        with pytest.raises(DataError, match=r"wide|dims|shape"):
            ask(pair[1], np.ones((2, 5), dtype=np.float32))
    with pytest.raises(ConfigError, match="coverage is 2"):
        explain_at(pair[1], "a", np.ones(8), 2)


def test_an_example_with_its_vector_is_learnt_without_the_encoder(pair, monkeypatch):
    learner, model = pair
    row = learner._vector_source.vectors(["one more"])[0]
    monkeypatch.setattr(model.source, "vectors", lambda *_: pytest.fail("the encoder was asked"))
    model.learn("one more", 4.0, {"by": "me"}, row)
    learner.update("one more", 4.0)
    assert model.fitted().line.coef_.tobytes() == learner.ridge.coef_.tobytes()
    assert model.examples.metadata[-1] == {"by": "me"}
    assert suggest_at(model, row[None], 1) == [0]
    with pytest.raises(DataError, match="not finite"):
        model.learn("bad", 4.0, None, row * np.nan)
    assert model.examples.texts[-1] == "one more"
