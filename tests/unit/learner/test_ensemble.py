"""Several learners as one: means, errors on examples not seen, coverage, the folder."""

from __future__ import annotations

import numpy as np
import pytest
from semascope_test_scored_texts import FEW, NEW, examples
from sklearn.linear_model import Ridge

from semascope.encoders.hashing import HashEncoder
from semascope.errors import ArtifactError, ConfigError, DataError
from semascope.learner.ensemble import EnsembleLearner
from semascope.learner.example import RankingExample
from semascope.learner.learner import ValueLearner

pytestmark = pytest.mark.filterwarnings("ignore::semascope.learner.advice.LearnerWarning")


@pytest.fixture
def trained_on(make):
    """An ensemble of learners with these arguments, each trained on the examples."""

    def make_ensemble(scored, *given, weights=None):
        learners = [make(**each) for each in given]
        for learner in learners:
            learner.add_training_examples(scored)
            learner.train()
        return EnsembleLearner(learners, weights=weights)

    return make_ensemble


@pytest.fixture
def three(trained_on):
    """Learners on vectors of three spaces: another encoder and instruction, another width."""
    spaces = {}, {"encoder": "hash:6", "instruction": "Judge it"}, {"embedding_dim": 5}
    return lambda **given: trained_on(examples(), *spaces, **given)


def test_equal_weights_are_the_mean_of_the_learners_to_the_bit(three):
    ensemble = three()
    each = [learner.predict_many(NEW) for learner in ensemble.learners]
    np.testing.assert_array_equal(ensemble.predict_many(NEW), sum(each) / 3)
    assert ensemble.predict(NEW[0]) == ensemble.predict_many(NEW)[0]
    assert ensemble.predict_many([]).shape == (0,)


def test_given_weights_are_brought_to_one(three):
    ensemble = three(weights=[6, 3, 0])
    a, b, _ = (learner.predict_many(NEW) for learner in ensemble.learners)
    np.testing.assert_allclose(ensemble.predict_many(NEW), (2 * a + b) / 3, rtol=1e-12)
    assert ensemble.weights.tolist() == pytest.approx([2 / 3, 1 / 3, 0])


def test_ranking_keeps_copies_and_order(three):
    ensemble = three()
    found = ensemble.rank_texts([*NEW, NEW[1]])
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    assert sorted(text for text, _ in found) == sorted([*NEW, NEW[1]])


def test_learners_and_weights_that_do_not_fit(make):
    with pytest.raises(ConfigError, match="learners is empty; an ensemble needs one learner or more"):
        EnsembleLearner([])
    with pytest.raises(ConfigError, match="2 weights for 1 members"):
        EnsembleLearner([make()], weights=[1, 1])
    with pytest.raises(ConfigError, match="the model is not trained; it holds 0 examples"):
        EnsembleLearner([make()]).predict("text")


# --- intervals ---


def test_intervals_come_from_refits_of_all_learners_without_an_example_and_its_copies(trained_on):
    texts = [f"text {place}" for place in range(12)]
    texts += [text.upper() for text in texts[:3]]  # copies but for case
    scores = np.random.default_rng(3).normal(size=len(texts)).tolist()
    scored = [RankingExample(*pair) for pair in zip(texts, scores, strict=True)]
    ensemble = trained_on(
        scored, {"ridge_alpha": 0.1}, {"encoder": "hash:6", "ridge_alpha": 2.0}, weights=[1, 3]
    )
    y, misses = np.array(scores), []
    parts = (HashEncoder(8), 0.1, 0.25), (HashEncoder(6), 2.0, 0.75)
    for row, text in enumerate(texts):
        others = [place for place, other in enumerate(texts) if other.lower() != text.lower()]
        said = 0.0
        for encoder, alpha, weight in parts:
            x = encoder.encode(texts).astype(np.float64)
            said += weight * Ridge(alpha=alpha).fit(x[others], y[others]).predict(x[[row]])[0]
        misses.append(abs(y[row] - said))
    # 12 different texts at 0.5: each counts once, whatever its copies; the 7th of 13 shares, infinity the 13th.
    shares = (
        np.array([0.5 if text.lower() in [t.lower() for t in texts[12:]] else 1.0 for text in texts]) / 13
    )
    order = np.argsort(misses)
    half = np.array(misses)[order][np.searchsorted(np.cumsum(shares[order]), 0.5 - 1e-9)]
    found = ensemble.predict_interval("a new one", 0.5)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=1e-6)
    assert found.score == pytest.approx(ensemble.predict("a new one"))
    assert found.promised


def test_as_many_new_scores_lie_inside_as_are_asked_for(trained_on):
    """60 examples, 200 new texts, 40 times over: the share inside is 0.8 but for what chance does (about 0.01)."""
    texts = np.array([f"text {place}" for place in range(260)])
    vectors, inside = HashEncoder(8).encode(texts.tolist()), []
    ensemble = trained_on(examples(), {"ridge_alpha": 0.1}, {"encoder": "hash:6", "ridge_alpha": 3.0})
    for draw in range(40):
        rng = np.random.default_rng(draw)
        scores = vectors @ rng.normal(size=8) + rng.standard_t(3, size=260)
        known, new = np.split(rng.permutation(260), [60])
        for learner in ensemble.learners:
            learner.training_texts[:], learner.training_scores[:] = (
                texts[known].tolist(),
                scores[known].tolist(),
            )
            learner.training_metadata[:] = [None] * 60
            learner.train(0, 2)
        found = ensemble.predict_intervals(texts[new].tolist(), 0.8)
        inside += [each.low <= score <= each.high for each, score in zip(found, scores[new], strict=True)]
    assert 0.785 < np.mean(inside) < 0.825


def test_too_few_examples_give_no_ends_and_suggested_ones_no_promise(trained_on):
    ensemble = trained_on(examples(6), {}, {"encoder": "hash:6"})
    assert ensemble.predict_interval("new").width == np.inf
    text = ensemble.learners[1].suggest(FEW, 1)[0]
    for learner in ensemble.learners:
        learner.update(text, 3.0)
    assert not ensemble.predict_interval("new", 0.5).promised


def test_learners_with_other_examples_have_no_interval(trained_on):
    ensemble = trained_on(examples(10), {}, {})
    ensemble.learners[1].update("one more", 3.0)
    assert np.isfinite(ensemble.predict("new"))
    with pytest.raises(DataError, match=r"trained on different examples \(10, 11 of them\)"):
        ensemble.predict_interval("new")


# --- the folder ---


def test_a_loaded_ensemble_predicts_the_same_bits_and_goes_on(three, tmp_path):
    ensemble = three(weights=[3, 2, 1])
    folder = ensemble.save(tmp_path / "made" / "ensemble")
    again = EnsembleLearner.load(folder, make=lambda: ValueLearner(cache_dir=tmp_path / "cache"))
    np.testing.assert_array_equal(again.predict_many(NEW), ensemble.predict_many(NEW))
    assert again.predict_intervals(NEW) == ensemble.predict_intervals(NEW)
    again.learners[0].update("one more", 3.0)
    EnsembleLearner(again.learners[:1]).save(folder)  # replaces all of it
    assert sorted(path.name for path in folder.iterdir()) == ["ensemble.json", "learner_0.zip"]
    assert [path.name for path in folder.parent.iterdir()] == ["ensemble"]


def test_a_learner_that_cannot_be_saved_leaves_the_earlier_ensemble(three, make, tmp_path):
    ensemble = three()
    folder = ensemble.save(tmp_path / "ensemble")
    with pytest.raises(ConfigError, match="not trained"):
        EnsembleLearner([*ensemble.learners, make()]).save(folder)
    assert [path.name for path in tmp_path.iterdir() if path.name != "cache"] == ["ensemble"]
    assert len(EnsembleLearner.load(folder).learners) == 3


def test_folders_that_are_no_ensemble(three, tmp_path):
    ensemble = three()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("kept")
    with pytest.raises(ArtifactError, match="exists and is no ensemble; it is not overwritten"):
        ensemble.save(tmp_path / "mine")
    with pytest.raises(ArtifactError, match="holds no ensemble"):
        EnsembleLearner.load(tmp_path / "mine")
    with pytest.raises(DataError, match=r"cannot be written \(File exists\); choose another folder"):
        ensemble.save(tmp_path / "mine" / "notes.txt" / "below")
    folder = ensemble.save(tmp_path / "ensemble")
    (folder / "ensemble.json").write_text('{"weights": []}')
    with pytest.raises(ArtifactError, match="holds no ensemble"):
        EnsembleLearner.load(folder)
