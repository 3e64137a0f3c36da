"""Several learners as one: averages, weights, training, corrections."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from semascope_test_scored_texts import NEW, SCORES, TEXTS, examples, taught
from sklearn.linear_model import Ridge

from semascope.data.splits import make_folds
from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError, DataError
from semascope.learner.ensemble import Ensemble
from semascope.learner.ensemble_training import weights_by_error
from semascope.learner.example import RankingExample
from semascope.learner.learner import ValueLearner
from semascope.learner.training import components_of

pytestmark = pytest.mark.filterwarnings("ignore::semascope.learner.advice.LearnerWarning")


# --- averages and weights ---


def test_equal_weights_are_the_mean_of_the_members_to_the_bit(mixed):
    ensemble = taught(mixed())
    each = [member.predict_many(NEW) for member in ensemble.members]
    np.testing.assert_array_equal(ensemble.predict_many(NEW), sum(each) / 3)
    assert ensemble.predict(NEW[0]) == ensemble.predict_many(NEW)[0]
    assert ensemble.weights_.tolist() == [1 / 3] * 3
    assert ensemble.predict_many([]).shape == (0,)


def test_a_plain_class_that_averages_learners_is_the_same(mixed):
    ensemble = taught(mixed())

    class Average:  # as users write it
        def __init__(self, learners):
            self.learners = learners

        def predict(self, text):
            return sum(learner.predict(text) for learner in self.learners) / len(self.learners)

    learners = [ValueLearner(**given) for given in _arguments(ensemble)]
    for learner in learners:
        learner.add_training_examples(examples())
        learner.train()
    wrapper = Average(learners)
    expected = [wrapper.predict(text) for text in NEW]
    assert [ensemble.predict(text) for text in NEW] == pytest.approx(expected, rel=1e-12)


def _arguments(ensemble):
    return [
        {
            "encoder": member._encoder_choice.given,
            "instruction": member.instruction,
            "embedding_dim": member.embedding_dim,
            "ridge_alpha": member.ridge_alpha,
            "cache_dir": member.cache_dir,
        }
        for member in ensemble.members
    ]


def test_given_weights_are_brought_to_one(pair):
    ensemble = taught(pair(weights=[3, 1]))
    first, second = (member.predict_many(NEW) for member in ensemble.members)
    np.testing.assert_allclose(ensemble.predict_many(NEW), (3 * first + second) / 4, rtol=1e-14)
    assert ensemble.weights_.tolist() == [0.75, 0.25]


def test_weights_by_error_are_those_of_a_hand_computation(pair):
    ensemble = taught(pair(weights="error"))
    vectors = HashEncoder(8).encode(TEXTS).astype(np.float64)
    scores = np.array(SCORES)
    folds = make_folds(components_of(TEXTS), strata=None, folds=5, seed=42)
    mses = []
    for alpha in (0.1, 30.0):
        left = np.empty(40)
        for fold in range(5):
            held = folds == fold
            left[held] = Ridge(alpha=alpha).fit(vectors[~held], scores[~held]).predict(vectors[held])
        mses.append(((scores - left) ** 2).mean())
    np.testing.assert_allclose(ensemble.mses_, mses, rtol=1e-9)
    total = 1 / mses[0] + 1 / mses[1]
    np.testing.assert_allclose(ensemble.weights_, [1 / mses[0] / total, 1 / mses[1] / total], rtol=1e-9)
    assert ensemble.weights_[0] > 0.6  # the smaller alpha suits linear scores


def test_copies_of_a_text_do_not_tell_its_score(make):
    # With every text twice, a fit that sees the copy would predict it; nearly unpenalised, that is no error at all.
    texts = [f"copy {place // 2}" for place in range(12)]
    scores = [float((place // 2) % 3) for place in range(12)]
    ensemble = Ensemble([make(encoder="hash:64", ridge_alpha=1e-6), make(ridge_alpha=1e6)], weights="error")
    ensemble.add_training_examples([RankingExample(*each) for each in zip(texts, scores, strict=True)])
    ensemble.train()
    folds = make_folds(components_of(texts), strata=None, folds=5, seed=42)
    assert all(folds[place] == folds[place + 1] for place in range(0, 12, 2))
    assert ensemble.mses_.min() > 0.3


def test_weights_by_error_of_heads_use_rows_that_they_did_not_see(make):
    ensemble = Ensemble([make(), "median"], weights="error")
    taught(ensemble)
    folds = make_folds(components_of(TEXTS), strata=None, folds=5, seed=42)
    scores = np.array(SCORES)
    left = [np.median(scores[folds != fold]) for fold in folds]
    assert ensemble.mses_[1] == pytest.approx(((scores - left) ** 2).mean(), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(mses=st.lists(st.floats(0, 1e12), min_size=1, max_size=6))
def test_a_smaller_error_never_weighs_less(mses):
    weights = weights_by_error(np.array(mses))
    assert weights.sum() == pytest.approx(1, abs=1e-9)
    order = np.argsort(mses, kind="stable")
    assert (np.diff(weights[order]) <= 1e-12).all()


def test_weights_of_members_that_were_trained_before(make):
    learners = [make(ridge_alpha=0.1), make(ridge_alpha=30.0)]
    for learner in learners:
        learner.add_training_examples(examples())
        learner.train()
    ensemble = Ensemble(learners, weights="error")
    assert math.isnan(ensemble.mses_[0])
    found = ensemble.predict_many(NEW)
    assert ensemble.weights_[0] > ensemble.weights_[1]
    np.testing.assert_allclose(
        found, ensemble.weights_ @ np.stack([learner.predict_many(NEW) for learner in learners]), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0], "1 weights for 2 members"),
        ([1.0, -1.0], "numbers of 0 or more"),
        ([math.nan, 1.0], "numbers of 0 or more"),
        ([0, 0], "one at least must be above 0"),
        ("best", "must be 'equal', 'error' or one number a member"),
    ],
)
def test_weights_that_do_not_fit(weights, message, pair):
    with pytest.raises(ConfigError, match=message):
        pair(weights=weights)


def test_members_that_do_not_fit(make):
    learner = make()
    for members, message in [
        ([], "must hold one learner or more"),
        ("ridge", "must hold one learner or more"),
        (["mlp", learner], "without a learner before it"),
        ([learner, learner], "member 1 is there already"),
        ([learner, 3], "member 1 is int; it must be a ValueLearner"),
        ([learner, "rigde"], "head is 'rigde'"),
        ([learner, "ensemble"], "a member must be a single head"),
    ]:
        with pytest.raises(ConfigError, match=message):
            Ensemble(members)


def test_members_with_other_examples_are_refused(make):
    one, two = make(), make()
    one.add_training_example("a", 1)
    with pytest.raises(ConfigError, match=r"members 0 and 1 hold different examples \(1 and 0\)"):
        Ensemble([one, two])
    ensemble = taught(Ensemble([make(), make()]))
    ensemble.members[1].add_training_example("a", 1)
    with pytest.raises(ConfigError, match="hold different examples"):
        ensemble.train()
    ensemble.members[1].train()
    with pytest.raises(ConfigError, match="were trained on different examples"):
        ensemble.save_model("never.zip")


def test_one_member_is_that_member(make):
    ensemble = taught(Ensemble([make()], weights="error"))
    np.testing.assert_array_equal(ensemble.predict_many(NEW), ensemble.members[0].predict_many(NEW))
    assert ensemble.weights_.tolist() == [1.0]


def test_figures_of_one_member_are_the_learners_own(make):
    ensemble, learner = Ensemble([make()]), make()
    ensemble.add_training_examples(examples())
    learner.add_training_examples(examples())
    metrics, own = ensemble.train(), learner.train()
    assert metrics.keys() == own.keys()
    for name, value in own.items():
        assert metrics[name] == pytest.approx(value, rel=1e-6), name
    found, best = ensemble.optimize_hyperparameters(), learner.optimize_hyperparameters()
    assert found["best_alpha"] == [best["best_alpha"]]
    assert found["best_mse"] == pytest.approx(best["best_mse"], rel=1e-6)
    assert found["all_results"] == [best["all_results"]]


def test_examples_and_training_that_cannot_be_used(pair):
    ensemble = pair(weights="error")
    with pytest.raises(ValueError, match="at least 2 training examples"):
        ensemble.train()
    with pytest.raises(ConfigError, match="not trained"):
        pair().predict("x")
    with pytest.raises(DataError, match="score of example 1 is nan"):
        ensemble.add_training_examples([RankingExample("a", 1), RankingExample("b", math.nan)])
    assert ensemble.training_texts == []
    with pytest.raises(ValueError, match="Need at least 5 examples for 5-fold CV"):
        ensemble.optimize_hyperparameters()
    ensemble.add_training_examples([RankingExample("a", 1), RankingExample("A ", 2)])
    with pytest.raises(DataError, match="all examples are copies of one text"):
        ensemble.train()
    with pytest.raises(ConfigError, match="cv_folds is 1"):
        ensemble.train(cv_folds=1)


def test_members_of_one_space_encode_a_text_once(tmp_path):
    class Counting(HashEncoder):
        seen = 0

        def encode(self, prompts):
            Counting.seen += len(prompts)
            return super().encode(prompts)

    encoder = Counting(8)
    members = [
        ValueLearner(encoder=encoder, cache_dir=tmp_path, embedding_dim=dim, ridge_alpha=alpha)
        for dim, alpha in ((8, 1.0), (8, 5.0), (4, 1.0))
    ]
    ensemble = taught(Ensemble([*members, "ridge"]))
    ensemble.rank_texts(NEW)
    assert Counting.seen == len(TEXTS) + len(NEW)


def test_ranking_keeps_copies_and_order(pair):
    ensemble = taught(pair())
    ranking = ensemble.rank_texts([*NEW, NEW[0]])
    assert [score for _, score in ranking] == sorted((score for _, score in ranking), reverse=True)
    assert sorted(text for text, _ in ranking) == sorted([*NEW, NEW[0]])
    assert dict(ranking)[NEW[1]] == ensemble.predict(NEW[1])


# --- learning on ---


def test_updates_and_forgetting_equal_a_full_refit_of_all_members(make):
    members = [make(), make(encoder="hash:48", ridge_alpha=0.5), "ridge"]  # one with more dims than examples
    ensemble = taught(Ensemble(members, weights="error"), 30)
    weights = ensemble.weights_
    for text, score in zip(TEXTS[30:], SCORES[30:], strict=True):
        ensemble.update(text, score)
    ensemble.update(TEXTS[3], 1.5)
    assert ensemble.forget(TEXTS[3]) == 2
    assert ensemble.forget(TEXTS[35]) == 1
    left = [place for place in range(40) if place not in (3, 35)]
    assert ensemble.training_texts == [TEXTS[place] for place in left]
    scores = np.array(SCORES)[left]
    alphas = [1.0, 0.5, ensemble.members[2].head.choices["alpha"]["score"]]
    for member, dim, alpha in zip(ensemble.members, (8, 48, 48), alphas, strict=True):
        encoder = HashEncoder(dim)
        ridge = Ridge(alpha=alpha).fit(encoder.encode([TEXTS[place] for place in left]).astype(float), scores)
        np.testing.assert_allclose(
            member.predict_many(NEW), ridge.predict(encoder.encode(NEW).astype(float)), atol=1e-6
        )
    np.testing.assert_array_equal(ensemble.weights_, weights)  # until the next train


@pytest.mark.parametrize("known", [0, 40])
def test_an_update_that_one_member_cannot_learn_is_taken_back_by_all(known, make):
    class Failing(HashEncoder):
        def encode(self, prompts):
            if prompts == ["the new one"]:
                raise RuntimeError("out of memory")
            return super().encode(prompts)

    ensemble = Ensemble([make(), *(["ridge"] if known else []), make(encoder=Failing(6))])
    if known:
        taught(ensemble, known)
        before = ensemble.predict(NEW[0]), ensemble.predict_interval(NEW[0])
    for _ in range(2):
        with pytest.raises(RuntimeError, match="out of memory"):
            ensemble.update("the new one", 3.0)
    assert [len(member.training_texts) for member in ensemble.members] == [known] * len(ensemble.members)
    if known:
        assert ensemble.predict(NEW[0]) == pytest.approx(before[0])
        assert ensemble.predict_interval(NEW[0]).high == pytest.approx(before[1].high)


def test_forgetting_what_is_not_there_or_the_last_text_changes_no_member(pair):
    ensemble = pair()
    ensemble.update("a", 1.0)
    ensemble.add_training_example("b", 2.0)
    with pytest.raises(DataError, match="no example has the text"):
        ensemble.forget("c")
    assert ensemble.forget("b") == 1
    with pytest.raises(DataError, match="only text that is left"):
        ensemble.forget("a")
    assert [member.training_texts for member in ensemble.members] == [["a"], ["a"]]


@pytest.mark.parametrize("verb", ["update", "forget", "explain"])
def test_a_head_that_is_no_ridge_refuses_what_is_not_exact(verb, make):
    ensemble = taught(Ensemble([make(), "median"]))
    before = (ensemble.training_texts, ensemble.predict(NEW[0]))
    arguments = (TEXTS[0], 3.0) if verb == "update" else (TEXTS[0],)
    with pytest.raises(
        ConfigError, match=rf"{verb} was asked of an ensemble whose member 1 is head 'median'"
    ):
        getattr(ensemble, verb)(*arguments)
    assert (ensemble.training_texts, ensemble.predict(NEW[0])) == before
    if verb != "explain":
        with pytest.raises(ConfigError, match=rf"{verb} was asked of head 'median'"):
            getattr(ensemble.members[1], verb)(*arguments)


def test_members_that_were_changed_apart_are_corrected_together_no_more(pair):
    ensemble = taught(pair())
    ensemble.members[0].update("apart", 3.0)
    for change in (lambda: ensemble.update("together", 3.0), lambda: ensemble.forget(TEXTS[0])):
        with pytest.raises(ConfigError, match=r"members 0 and 1 hold different examples \(41 and 40\)"):
            change()
    assert [len(member.training_texts) for member in ensemble.members] == [41, 40]
