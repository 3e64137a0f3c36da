"""Several learners as one file: saving, loading, the verbs, threads."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
from semascope_test_scored_texts import NEW, SCORES, TEXTS, taught

from semascope.cli.main import main
from semascope.encoders.hashing import HashEncoder
from semascope.errors import ArtifactError
from semascope.extras import is_installed
from semascope.learner.advice import LearnerWarning
from semascope.learner.ensemble import Ensemble
from semascope.learner.head_member import HeadMember
from semascope.learner.learner import ValueLearner
from semascope.probes.scorer import Scorer

pytestmark = pytest.mark.filterwarnings("ignore::semascope.learner.advice.LearnerWarning")


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


@pytest.mark.parametrize("verb", ["explain", "suggest", "score"])
def test_verbs_that_need_one_learner_refuse_an_ensemble_and_say_what_works(verb, pair, tmp_path, capsys):
    path = taught(pair()).save_model(tmp_path / "model.zip")
    (tmp_path / "texts.csv").write_text("t\none\n")
    flags = ["--interval", "0.9"] if verb == "score" else []
    assert main([verb, str(path), str(tmp_path / "texts.csv"), "--text", "t", *flags]) == 2
    said = capsys.readouterr().err
    assert (
        "is an ensemble; this works on a single model; apply it with semascope score or rank without" in said
    )
    assert said.count("\n") == 1
