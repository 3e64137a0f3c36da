"""Several learners as one: averages, weights, corrections, one file."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
import warnings
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from semascope.cli.main import main
from semascope.data.splits import make_folds
from semascope.embedding import embed
from semascope.encoders.hashing import HashEncoder
from semascope.errors import ArtifactError, ConfigError, DataError
from semascope.extras import is_installed
from semascope.learner.advice import LearnerWarning
from semascope.learner.ensemble import Ensemble
from semascope.learner.ensemble_training import weights_by_error
from semascope.learner.example import RankingExample
from semascope.learner.head_member import HeadMember
from semascope.learner.learner import ValueLearner
from semascope.learner.suggestion import suggest_rows
from semascope.learner.training import components_of
from semascope.probes.head import make_head
from semascope.probes.scorer import Scorer

NEW = ["something new", "another one", "", "and a third"]
TEXTS = [f"text {place}" for place in range(40)]
SCORES = (
    5
    + HashEncoder(8).encode(TEXTS) @ np.random.default_rng(1).normal(size=8)
    + 0.1 * np.random.default_rng(2).normal(size=40)
).tolist()

pytestmark = pytest.mark.filterwarnings("ignore::semascope.learner.advice.LearnerWarning")


def examples(n=40):
    return [RankingExample(text, score) for text, score in zip(TEXTS[:n], SCORES[:n], strict=True)]


@pytest.fixture
def pair(make):
    """Two learners on vectors of one space, of different alpha."""

    def make_pair(**given):
        return Ensemble([make(ridge_alpha=0.1), make(ridge_alpha=30.0)], **given)

    return make_pair


@pytest.fixture
def mixed(make):
    """Learners on vectors of three spaces: another encoder, another instruction, another width."""

    def make_mixed(**given):
        return Ensemble(
            [make(), make(encoder="hash:6", instruction="Judge it"), make(embedding_dim=5)], **given
        )

    return make_mixed


def taught(ensemble, n=40):
    ensemble.add_training_examples(examples(n))
    ensemble.train()
    return ensemble


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
    assert [wrapper.predict(text) for text in NEW] == [ensemble.predict(text) for text in NEW]


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


# --- keeping ---


READ = """
import json, sys, warnings
warnings.simplefilter("error")
from semascope.learner.ensemble import Ensemble
ensemble = Ensemble.load(sys.argv[1], cache_dir=sys.argv[2])
texts = json.loads(sys.argv[3])
print(json.dumps({
    "predicted": [value.hex() for value in ensemble.predict_many(texts).tolist()],
    "weights": [value.hex() for value in ensemble.weights_.tolist()],
    "mses": ensemble.mses_.tolist(),
    "texts": ensemble.training_texts, "scores": ensemble.training_scores, "metadata": ensemble.training_metadata,
    "sorts": [type(member).__name__ for member in ensemble.members],
    "loaded": [name for name in ("pickle", "torch") if name in sys.modules and name == "torch"],
}))
"""


def in_a_new_process(path, cache, texts):
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path), str(cache), json.dumps(texts)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_new_process_predicts_the_same_bits(make, tmp_path):
    heads = ["mlp", "boosting"] if is_installed("lightgbm") else ["mlp"]
    ensemble = Ensemble([make(), make(encoder="hash:6", instruction="Judge it"), *heads], weights="error")
    ensemble.add_training_example("with a note", 3.0, {"by": "an editor"})
    taught(ensemble)
    ensemble.add_training_example("not learnt yet", 9.0)
    path = ensemble.save_model(tmp_path / "deep" / "model.pkl")
    texts = TEXTS + NEW
    found = in_a_new_process(path, tmp_path / "elsewhere", texts)
    assert found["predicted"] == [value.hex() for value in ensemble.predict_many(texts).tolist()]
    assert found["weights"] == [value.hex() for value in ensemble.weights_.tolist()]
    assert found["mses"] == ensemble.mses_.tolist()
    assert found["texts"] == ensemble.training_texts
    assert found["scores"] == ensemble.training_scores
    assert found["metadata"][0] == {"by": "an editor"}
    assert found["sorts"] == ["ValueLearner", "ValueLearner"] + ["HeadMember"] * len(heads)


def test_a_loaded_ensemble_goes_on_learning(pair, tmp_path):
    ensemble = taught(pair(weights="error"), 30)
    again = Ensemble.load(ensemble.save_model(tmp_path / "e"), cache_dir=tmp_path)
    for each in (ensemble, again):
        each.update(TEXTS[30], SCORES[30])
        each.forget(TEXTS[2])
    np.testing.assert_allclose(again.predict_many(NEW), ensemble.predict_many(NEW), atol=1e-9)
    assert again.train() == pytest.approx(ensemble.train(), nan_ok=True)


def test_a_loaded_ensemble_holds_each_encoder_once(mixed, tmp_path):
    again = Ensemble.load(taught(mixed()).save_model(tmp_path / "e"), cache_dir=tmp_path)
    first, other, narrow = (member._vector_source.encoder for member in again.members)
    assert first is narrow
    assert first is not other


def test_predicting_does_not_wait_for_a_training(pair):
    ensemble = taught(pair(weights="error"))
    found = []
    asking = threading.Thread(target=lambda: found.append(ensemble.predict(NEW[0])))
    with ensemble._lock:  # as a training holds it
        asking.start()
        asking.join(timeout=20)
    assert found == [ensemble.predict(NEW[0])]


def test_predicting_while_another_thread_corrects_is_always_a_prediction(pair):
    ensemble = taught(pair())
    found, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            found.append(ensemble.predict(NEW[0]))

    asking = threading.Thread(target=ask)
    asking.start()
    for place in range(30):
        ensemble.update(f"more {place}", 5.0)
    stop.set()
    asking.join()
    assert found
    assert np.isfinite(found).all()


def test_the_verbs_score_and_rank_with_members_of_one_space(make, tmp_path, capsys):
    ensemble = taught(Ensemble([make(ridge_alpha=0.1), make(ridge_alpha=9.0), "mlp"], weights=[1, 2, 3]))
    path = ensemble.save_model(tmp_path / "model.zip")
    scorer = Scorer.load(path)
    assert (scorer.card.head, scorer.card.encoder, scorer.card.dim) == ("ensemble", "hash:8", 8)
    assert scorer.card.notes == ("weights of the members: 0.1667, 0.3333, 0.5",)
    texts = [text for text in NEW if text]
    np.testing.assert_allclose(scorer.score(texts).unclipped[:, 0], ensemble.predict_many(texts), atol=1e-6)
    table = tmp_path / "texts.csv"
    table.write_text("t\n" + "".join(f"{text}\n" for text in texts))
    assert main(["score", str(path), str(table), "--text", "t", "--format", "jsonl"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["predicted_score"] for row in rows] == pytest.approx(
        ensemble.predict_many(texts).tolist(), abs=1e-6
    )
    assert main(["rank", str(path), str(table), "--text", "t", "--format", "jsonl"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["t"] for row in rows] == [text for text, _ in ensemble.rank_texts(texts)]


def test_the_verbs_refuse_members_of_several_spaces_with_the_reason(mixed, tmp_path, capsys):
    path = taught(mixed()).save_model(tmp_path / "model.zip")
    (tmp_path / "texts.csv").write_text("t\none\n")
    for verb in ("score", "rank"):
        assert main([verb, str(path), str(tmp_path / "texts.csv"), "--text", "t"]) == 2
        said = capsys.readouterr().err
        assert said.startswith("error: ")
        assert said.count("\n") == 1
        assert (
            "its 3 members read vectors of 3 spaces (hash:8 8 dims, hash:6 6 dims instruction 'Judge it', hash:8 5 dims)"
            in said
        )


class Longer(ValueLearner):
    """Vectors with a feature of its own."""

    def _get_embedding_vector(self, text):
        return np.append(super()._get_embedding_vector(text), len(text) / 100)


def test_a_class_of_ones_own_is_loaded_into_the_same_class_only(make, tmp_path):
    ensemble = taught(Ensemble([make(Longer), make()]))
    path = ensemble.save_model(tmp_path / "e")
    with pytest.raises(
        ArtifactError, match=r"read vectors of 2 spaces .*, some of them made by code of Longer"
    ):
        Scorer.load(path)
    with pytest.raises(ArtifactError, match="were made by class 'Longer'"):
        Ensemble.load(path, cache_dir=tmp_path)
    other = Ensemble([make(Longer), make()])
    other.load_model(path)
    np.testing.assert_array_equal(other.predict_many(TEXTS), ensemble.predict_many(TEXTS))
    alone = taught(Ensemble([make(Longer), "ridge"])).save_model(tmp_path / "alone")
    with pytest.raises(ArtifactError, match="class 'Longer' makes with code of its own"):
        Scorer.load(alone)


def test_loading_takes_members_and_weights_from_the_file_with_a_warning(make, pair, mixed, tmp_path):
    saved = taught(Ensemble([make(), "median", "ridge"], weights="error"))
    path = saved.save_model(tmp_path / "e")
    other = taught(pair())
    with pytest.warns(
        LearnerWarning, match=r"3 members, weights 'error' \(instead of 2 members, weights 'equal'\)"
    ):
        other.load_model(path)
    np.testing.assert_array_equal(other.predict_many(TEXTS), saved.predict_many(TEXTS))
    assert [type(member) for member in other.members] == [ValueLearner, HeadMember, HeadMember]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mine = Ensemble([make(), "median", "ridge"], weights="error")
        mine.load_model(path)
    np.testing.assert_array_equal(mine.predict_many(TEXTS), saved.predict_many(TEXTS))


def test_heads_alone_are_an_ensemble_too(make, tmp_path):
    reader = make()
    ensemble = taught(Ensemble([HeadMember("median", reader), HeadMember("ridge", reader)]))
    path = ensemble.save_model(tmp_path / "e")
    again = Ensemble.load(path, cache_dir=tmp_path)
    np.testing.assert_array_equal(again.predict_many(TEXTS + NEW), ensemble.predict_many(TEXTS + NEW))
    assert again.members[0].learner is again.members[1].learner


def test_another_encoder_is_refused_and_nothing_changes(make, mixed, tmp_path):
    path = taught(mixed()).save_model(tmp_path / "e")
    other = HashEncoder(6)
    mine = taught(Ensemble([make(), make(encoder=other), make(embedding_dim=5)]), 10)
    before = mine.predict_many(NEW)
    other.space = HashEncoder(7).space  # what this encoder's checkpoint now is
    with pytest.raises(ArtifactError, match=r"is of another space: weights is 'hash:7' instead of 'hash:6'"):
        mine.load_model(path)
    np.testing.assert_array_equal(mine.predict_many(NEW), before)
    assert len(mine.training_texts) == 10


def test_files_that_are_no_ensemble(make, pair, tmp_path):
    ensemble = taught(pair())
    path = ensemble.save_model(tmp_path / "e")
    learner = ensemble.members[0]
    with pytest.raises(ArtifactError, match=r"is a scorer \(ridge\) and no saved ensemble"):
        Ensemble.load(learner.save_model(tmp_path / "l"))
    with pytest.raises(
        ArtifactError, match=r"is an ensemble; this learner is one model; load it with Ensemble\.load"
    ):
        learner.load_model(path)
    data = bytearray(path.read_bytes())
    for place in range(0, len(data), 97):
        changed = bytes([*data[:place], data[place] ^ 0xFF, *data[place + 1 :]])
        (tmp_path / "changed").write_bytes(changed)
        try:
            again = Ensemble.load(tmp_path / "changed", cache_dir=tmp_path)
        except ArtifactError:
            continue
        np.testing.assert_array_equal(again.predict_many(TEXTS), ensemble.predict_many(TEXTS))
    for count in (0, 10, len(data) // 2, len(data) - 1):
        (tmp_path / "cut").write_bytes(data[:count])
        with pytest.raises(ArtifactError):
            Ensemble.load(tmp_path / "cut", cache_dir=tmp_path)


# --- a head behind the learner's methods ---


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
    figures = [plain.plot_scores(), plain.plot_predictions(), one.plot_weights()]
    assert [type(figure).__name__ for figure in figures] == ["Figure"] * 3


def test_plots_that_the_members_prevent(mixed, make):
    with pytest.raises(
        ConfigError, match=r"plot_weights .* read vectors of 3 spaces; .*plot the weights of one member"
    ):
        taught(mixed()).plot_weights()
    with pytest.raises(
        ConfigError, match=r"plot_weights was asked of an ensemble whose member 1 is head 'median'"
    ):
        taught(Ensemble([make(), "median"])).plot_weights()
    untrained = Ensemble([make()])
    for plot in (untrained.plot_predictions, untrained.plot_weights):
        with pytest.raises(ConfigError, match="not trained"):
            plot()
