"""A head of ``probes/`` behind the learner's methods."""

from __future__ import annotations

import numpy as np
import pytest
from semascope_test_scored_texts import NEW, SCORES, TEXTS, examples
from sklearn.linear_model import Ridge

from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError
from semascope.learner.fitters import HeadFitter
from semascope.learner.head_member import HeadMember
from semascope.learner.training import components_of
from semascope.probes.head import make_head

pytestmark = pytest.mark.filterwarnings("ignore::semascope.learner.advice.LearnerWarning")


def test_a_head_member_is_the_head_on_the_learners_vectors(make):
    learner = make()
    learner.add_training_examples(examples())
    member = HeadMember("mlp", learner)
    with pytest.raises(ConfigError, match="head 'mlp' is not trained"):
        member.predict("x")
    metrics = member.train()
    vectors = HashEncoder(8).encode(TEXTS)
    head = make_head("mlp", kind="regression", measure="mse").fit(
        vectors, np.array(SCORES)[:, None], components=components_of(TEXTS)
    )
    np.testing.assert_array_equal(member.predict_many(TEXTS), head.predict(vectors)[:, 0])
    assert member.rank_texts(NEW)[0][1] == max(member.predict_many(NEW))
    assert metrics["n"] == 40
    assert metrics["cv_mse_mean"] > metrics["train_mse"]
    member.add_training_example("mine alone", 3.0)
    assert "mine alone" not in learner.training_texts
    with pytest.raises(ConfigError, match="measure"):
        HeadMember("mlp", learner, measure="speed")


def test_a_ridge_head_can_be_corrected_alone(make):
    learner = make()
    learner.add_training_examples(examples())
    member = HeadMember("ridge", learner)
    found = member.optimize_hyperparameters()
    member.update("new", 4.0)
    member.forget(TEXTS[0])
    texts, scores = [*TEXTS[1:], "new"], [*SCORES[1:], 4.0]
    ridge = Ridge(alpha=found["best_alpha"]).fit(HashEncoder(8).encode(texts).astype(float), scores)
    np.testing.assert_allclose(
        member.predict_many(NEW), ridge.predict(HashEncoder(8).encode(NEW).astype(float)), atol=1e-6
    )


def test_a_setting_of_the_learner_changed_by_hand_is_heeded_by_its_heads(make):
    learner = make()
    learner.add_training_examples(examples())
    member = HeadMember("ridge", learner)
    member.train()
    learner.instruction = "Judge it"
    with pytest.raises(ConfigError, match="head 'ridge' is not trained since instruction"):
        member.predict("x")
    member.train()
    vectors = learner._vector_source.vectors(TEXTS).astype(float)
    ridge = Ridge(alpha=member.head.choices["alpha"]["score"]).fit(vectors, SCORES)
    np.testing.assert_allclose(member.predict_many(TEXTS), ridge.predict(vectors), atol=1e-6)


@pytest.mark.parametrize("head", ["ridge", "mlp", "boosting"])
def test_no_member_maps_its_scores_to_medians(head) -> None:
    if head == "boosting":
        pytest.importorskip("lightgbm")
    fitter = HeadFitter(head, measure="mae", seed=1, target="stars")
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((200, 4)).astype(np.float32)
    scores = (vectors[:, 0] > 0.5).astype(np.float64) * 3  # a study would map this one
    fitted = fitter._head(vectors, scores, np.arange(200))
    assert not any(fitted.maps_)
