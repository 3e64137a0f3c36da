"""A learner as one file: what comes back, what is refused, and what a crash leaves."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
import warnings
import zipfile

import numpy as np
import pytest

from semascope.errors import ArtifactError
from semascope.learner.advice import LearnerWarning
from semascope.learner.learner import ValueLearner
from semascope.probes.scorer import Scorer


class WithLength(ValueLearner):
    def _get_embedding_vector(self, text):
        return np.append(super()._get_embedding_vector(text), len(text) / 3)


class WithWords(WithLength):
    def _get_embedding_vector(self, text):
        return np.append(super()._get_embedding_vector(text), len(text.split()))


def run(program, *given):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *map(str, given)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def rewrite(path, change):
    """The zip again, with one file's bytes changed."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


@pytest.mark.parametrize("name", ["model.zip", "model.pkl", "model", "deep/er/model.joblib", "mödel 1.zip"])
def test_one_file_whatever_its_ending(name, trained, tmp_path, make):
    learner = trained()
    learner.add_training_example("since", 4.0, {"when": "later"})
    path = tmp_path / name
    assert learner.save_model(str(path)) == path
    assert zipfile.is_zipfile(path)
    again = make()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the same arguments: nothing to say
        again.load_model(str(path))
    assert again.training_texts == learner.training_texts
    assert again.training_scores == learner.training_scores
    assert again.training_metadata == learner.training_metadata
    np.testing.assert_array_equal(again.ridge.coef_, learner.ridge.coef_)
    assert again.rank_texts(["x", *learner.training_texts]) == learner.rank_texts(
        ["x", *learner.training_texts]
    )
    assert [entry.name for entry in path.parent.iterdir() if entry.name.startswith(".")] == []


def test_a_new_process_predicts_the_same_bits(trained, tmp_path):
    learner = trained()
    path = learner.save_model(tmp_path / "model.pkl")
    program = (
        "import sys, json; import semascope as sm; l = sm.ValueLearner(encoder='hash:8', cache_dir=sys.argv[2]);"
        "l.load_model(sys.argv[1]); print(json.dumps([l.predict(t).hex() for t in l.training_texts]))"
    )
    found = json.loads(run(program, path, tmp_path / "other cache"))
    assert found == [learner.predict(text).hex() for text in learner.training_texts]


def test_no_pickle_inside_and_the_verbs_take_it(trained, tmp_path):
    learner = trained(target="stars")
    path = learner.save_model(tmp_path / "model.pkl")
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        assert not any(archive.read(name).endswith(b".") for name in names)  # as every pickle ends
    assert names == {
        "card.json",
        "weights.safetensors",
        "examples.jsonl",
        "examples.safetensors",
        "learner.json",
    }
    scores = Scorer.load(path).score(["x", "y"])
    assert scores.targets == ("stars",)
    np.testing.assert_allclose(scores.values[:, 0], learner.predict_many(["x", "y"]), atol=1e-9)


def test_a_model_goes_on_learning(trained, make, tmp_path):
    learner = trained()
    again = make()
    again.load_model(learner.save_model(tmp_path / "model.zip"))
    for each in (learner, again):
        each.update("new", 9.0)
        each.forget("text 0")
    np.testing.assert_allclose(again.ridge.coef_, learner.ridge.coef_, atol=1e-9)


def test_other_arguments_give_way_with_one_warning(trained, make, tmp_path):
    path = trained(ridge_alpha=2.0).save_model(tmp_path / "model.zip")
    other = make(encoder=None, model_name="hash:16", embedding_dim=4, ridge_alpha=7.0)
    with pytest.warns(LearnerWarning) as said:
        other.load_model(path)
    (message,) = [str(each.message) for each in said]
    for part in (
        "encoder 'hash:8' (instead of 'hash:16')",
        "embedding_dim 8",
        "ridge_alpha 2.0 (instead of 7.0)",
    ):
        assert part in message
    assert (other.ridge_alpha, other.embedding_dim, other.ridge.coef_.shape) == (2.0, 8, (8,))
    assert other.predict("x") == pytest.approx(trained(ridge_alpha=2.0).predict("x"))


def test_another_encoder_given_by_name_is_refused(trained, make, tmp_path):
    path = trained().save_model(tmp_path / "model.zip")
    learner = make(encoder="hash:16")
    with pytest.raises(ArtifactError, match="another space"):
        learner.load_model(path)
    assert learner.training_texts == []


def test_a_checkpoint_of_another_digest_is_refused(make_tiny, tmp_path):
    from safetensors.numpy import load_file, save_file

    folder = make_tiny(tmp_path / "tiny", "bert")
    learner = ValueLearner(encoder=str(folder), cache_dir=tmp_path / "cache", embedding_dim=4)
    for place in range(4):
        learner.add_training_example(f"text {place}", float(place))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learner.train()
    path = learner.save_model(tmp_path / "model.zip")
    ValueLearner(cache_dir=tmp_path / "cache").load_model(path)
    (weights,) = folder.glob("*.safetensors")
    arrays = load_file(weights)
    arrays["embeddings.word_embeddings.weight"] += 1
    save_file(arrays, weights, metadata={"format": "pt"})
    with pytest.raises(ArtifactError, match=r"another space: .*weights"):
        ValueLearner(cache_dir=tmp_path / "cache").load_model(path)


def test_vectors_of_a_class_of_ones_own(trained, make, tmp_path):
    learner = trained(WithLength)
    path = learner.save_model(tmp_path / "model.zip")
    again = make(WithLength)
    again.load_model(path)
    assert again.predict("fresh text") == learner.predict("fresh text")
    again.update("more", 3.0)
    assert again.ridge.coef_.shape == (9,)
    for other in (make(), make(WithWords)):
        with pytest.raises(
            ArtifactError, match="were made by class 'WithLength'; this learner's are made by"
        ):
            other.load_model(path)
    with pytest.raises(ArtifactError, match="'WithLength' makes with code of its own"):
        Scorer.load(path)
    plain = trained().save_model(tmp_path / "plain.zip")
    with pytest.raises(ArtifactError, match="made by the encoder alone"):
        make(WithLength).load_model(plain)


def test_a_function_put_in_place_is_custom_too(make, tmp_path):
    learner = make()
    learner._get_embedding_vector = lambda text: np.array([float(len(text)), 1.0])
    for text in ("a", "bb", "ccc"):
        learner.add_training_example(text, float(len(text)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learner.train()
    path = learner.save_model(tmp_path / "model.zip")
    with pytest.raises(ArtifactError, match="with code of its own"):
        Scorer.load(path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_that_is_cut(share, trained, make, tmp_path):
    path = trained().save_model(tmp_path / "model.zip")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ArtifactError, match=r"damaged|neither a folder nor a zip"):
        make().load_model(path)


def test_a_file_with_any_byte_changed(trained, make, tmp_path):
    path = trained(n=12).save_model(tmp_path / "model.zip")
    data = path.read_bytes()
    learner, refused = make(), 0
    expected = None
    for place in range(0, len(data), max(1, len(data) // 60)):
        changed = bytearray(data)
        changed[place] ^= 0x10
        path.write_bytes(changed)
        try:
            learner.load_model(path)
        except ArtifactError:
            refused += 1
            continue
        # Only bytes that mean nothing (dates, permissions of the zip) may pass, and then nothing is different.
        expected = expected or trained(n=12)
        assert learner.training_texts == expected.training_texts
        assert learner.training_scores == expected.training_scores
        np.testing.assert_allclose(learner.ridge.coef_, expected.ridge.coef_, atol=1e-12)
    assert refused > 40


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("examples.jsonl", lambda data: data.replace(b"text 1", b"text 7", 1)),
        ("examples.safetensors", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        ("learner.json", lambda data: data.replace(b"60", b"59")),
        ("weights.safetensors", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
    ],
)
def test_a_changed_part_is_named(name, change, trained, make, tmp_path):
    path = trained().save_model(tmp_path / "model.zip")
    rewrite(path, lambda files: files.update({name: change(files[name])}))
    with pytest.raises(ArtifactError, match=f"{name} in .* is not as it was saved"):
        make().load_model(path)


def test_a_later_version_asks_for_an_upgrade(trained, make, tmp_path):
    path = trained().save_model(tmp_path / "model.zip")
    rewrite(
        path,
        lambda files: files.update({"card.json": files["card.json"].replace(b'"format": 2', b'"format": 9')}),
    )
    with pytest.raises(ArtifactError, match=r"format 9; .* upgrade"):
        make().load_model(path)


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "a/../../evil"])
def test_a_path_that_leaves_the_folder(name, trained, make, tmp_path):
    path = trained().save_model(tmp_path / "model.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "x")
    with pytest.raises(ArtifactError, match="only plain file names"):
        make().load_model(path)


def test_a_pickle_from_elsewhere_is_refused_unread(make, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "ran"),))

    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ArtifactError, match="pickles run code"):
        make().load_model(path)
    assert not (tmp_path / "ran").exists()


def test_a_scorer_without_examples_is_refused(make, tmp_path, trained):
    from semascope.probes.artifact import load_artifact, save_artifact

    card, head = load_artifact(trained().save_model(tmp_path / "model.zip"))
    save_artifact(tmp_path / "scorer.zip", card, head)
    with pytest.raises(ArtifactError, match="without examples"):
        make().load_model(tmp_path / "scorer.zip")


def test_an_empty_file_is_filled_and_a_foreign_one_kept(trained, tmp_path):
    learner = trained()
    (tmp_path / "empty.pkl").touch()
    assert zipfile.is_zipfile(learner.save_model(tmp_path / "empty.pkl"))
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ArtifactError, match="is no scorer; it is not overwritten"):
        learner.save_model(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_kill_9_while_saving_leaves_the_earlier_model(trained, make, tmp_path):
    path = trained(n=20).save_model(tmp_path / "model.zip")
    program = (
        "import sys, warnings; warnings.simplefilter('ignore'); import semascope as sm\n"
        "l = sm.ValueLearner(encoder='hash:8', cache_dir=sys.argv[2]); l.load_model(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "while True:\n    l.update('x' * 50_000, 1.0); l.save_model(sys.argv[1])\n"
    )
    for wait in (0.0, 0.13, 0.31):
        child = subprocess.Popen(
            [sys.executable, "-c", program, str(path), str(tmp_path / "cache")], stdout=subprocess.PIPE
        )
        assert child.stdout.readline() == b"ready\n"
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
        learner = make()
        learner.load_model(path)  # whole, whichever it is
        assert learner.training_texts[:20] == [f"text {place}" for place in range(20)]


def test_two_processes_share_a_cache_dir(tmp_path):
    program = (
        "import sys, warnings; warnings.simplefilter('ignore'); import semascope as sm\n"
        "l = sm.ValueLearner(encoder='hash:8', cache_dir=sys.argv[1])\n"
        "for i in range(30): l.add_training_example(f'text {i}', float(i))\n"
        "l.train(); print([round(l.predict(f'pool {i}'), 9) for i in range(200)])"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "shared")], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    found = [child.communicate(timeout=120)[0] for child in running]
    assert found[0] == found[1]
    assert [child.returncode for child in running] == [0, 0]
