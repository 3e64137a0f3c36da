"""An encoder whose files change under it: its fingerprint stays that of what was loaded, and nothing is stored."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from semascope.embedding.path import embed
from semascope.encoders.checkpoints import source as source_files
from semascope.encoders.loading import load_encoder
from semascope.encoders.protocol import FromFiles
from semascope.errors import EncoderError
from semascope.store.vectors import VectorStore

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

TEXTS = ["the tide tables of the harbour", "storm and wind", "a calm port"]
OLD = 1_600_000_000_000_000_000  # ns: long ago


@pytest.fixture
def folder(tiny_bert, tmp_path):
    return shutil.copytree(tiny_bert, tmp_path / "copy")


@pytest.fixture
def store(tmp_path):
    return VectorStore(tmp_path / "store")


def load(folder: Path):
    return load_encoder(str(folder), precision="float32", device="cpu")


def retrain(folder: Path, *, in_place: bool = False) -> None:
    """Other weights of the same shapes under the same name."""
    from safetensors.torch import load_file, save

    file = folder / "model.safetensors"
    weights = {name: weight * 1.5 + 0.1 for name, weight in load_file(file).items()}
    content = save(weights, metadata={"format": "pt"})
    if in_place:
        with file.open("r+b") as stream:
            stream.write(content)
            stream.truncate()
    else:
        file.unlink()
        file.write_bytes(content)


def nothing_is_stored(store: VectorStore) -> bool:
    return not store.info() and not list(store.root.rglob("*.arrow")) and not list(store.root.rglob("*.json"))


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("first", ["load", "encode", "fingerprint", "count_tokens", "lengths"])
def test_what_is_retrained_under_an_encoder_is_not_stored(folder, store, first, in_place):
    encoder = load(folder)
    {
        "load": encoder.load,
        "encode": lambda: encoder.encode(TEXTS),
        "fingerprint": lambda: encoder.fingerprint,
        "count_tokens": lambda: encoder.count_tokens(TEXTS),
        "lengths": lambda: encoder.lengths(TEXTS),
    }[first]()
    retrain(folder, in_place=in_place)
    # The whole message, whoever noticed: no other error wraps it, and cuts it where the folder's name is long.
    with pytest.raises(
        EncoderError,
        match=r"^encoder .*model\.safetensors there has changed since; .*; load the encoder again",
    ):
        embed(TEXTS, encoder=encoder, store=store)
    assert nothing_is_stored(store)


def test_an_encoder_that_has_read_nothing_yet_takes_what_is_there(folder, store):
    encoder = load(folder)
    retrain(folder)
    new = load(folder)
    assert encoder.fingerprint == new.fingerprint
    rows = embed(TEXTS, encoder=encoder, store=store).vectors
    np.testing.assert_allclose(rows, new.encode(TEXTS), atol=new.tolerance)


def test_loaded_anew_both_are_stored_under_their_own_fingerprint(folder, store):
    old = load(folder)
    before = embed(TEXTS, encoder=old, store=store).vectors
    retrain(folder)
    new = load(folder)
    after = embed(TEXTS, encoder=new, store=store)
    assert (old.fingerprint == new.fingerprint, after.account.hits) == (False, 0)
    assert np.abs(after.vectors - before).max() > 0.1
    np.testing.assert_array_equal(embed(TEXTS, encoder=old, store=store).vectors, before)


@pytest.mark.parametrize("in_place", [True, False])
def test_what_is_loaded_stays_what_it_was(folder, in_place):
    """transformers maps weights into memory: without a copy of them the rows changed with the file."""
    encoder = load(folder)
    before, fingerprint = encoder.encode(TEXTS), encoder.fingerprint
    retrain(folder, in_place=in_place)
    np.testing.assert_allclose(encoder.encode(TEXTS), before, atol=encoder.tolerance)
    assert encoder.fingerprint == fingerprint


def test_a_file_that_is_cut_short_does_not_end_the_process(folder):
    encoder = load(folder)
    before = encoder.encode(TEXTS)
    os.truncate(folder / "model.safetensors", 0)
    np.testing.assert_allclose(encoder.encode(TEXTS), before, atol=encoder.tolerance)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("tokenizer_config.json", {"do_lower_case": False}),
        ("config.json", {"layer_norm_eps": 0.5}),
        ("sentence_bert_config.json", {"max_seq_length": 9}),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}),
        ("tokenizer.json", {"version": "1.1"}),
        ("config_sentence_transformers.json", None),
        ("added_tokens.json", None),
    ],
)
def test_every_file_that_decides_rows_is_watched(folder, store, name, changes):
    encoder = load(folder)
    encoder.load()
    file = folder / name
    if changes is None:  # it comes
        file.write_text("{}")
    else:
        file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    with pytest.raises(EncoderError, match=f"{Path(name).name} there has changed"):
        embed(TEXTS, encoder=encoder, store=store)
    assert nothing_is_stored(store)


def test_a_configuration_that_changed_before_anything_was_read_is_noticed(folder):
    encoder = load(folder)
    file = folder / "1_Pooling" / "config.json"
    changes = {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    with pytest.raises(EncoderError, match="the configuration there has changed since"):
        _ = encoder.fingerprint


def test_a_file_that_goes_is_noticed(folder, store):
    encoder = load(folder)
    encoder.load()
    (folder / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"model\.safetensors there has changed"):
        embed(TEXTS, encoder=encoder, store=store)
    assert nothing_is_stored(store)


def test_the_same_bytes_written_again_are_no_change(folder, store):
    encoder = load(folder)
    encoder.load()
    for file in [file for file in folder.rglob("*") if file.is_file()]:
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content)
    (folder / "trainer_state.json").write_text("{}")
    (folder / "README.md").write_text("---\nlanguage: de\n---\n")
    assert embed(TEXTS, encoder=encoder, store=store).account.encoded == len(TEXTS)


def test_files_that_nobody_writes_are_read_once(folder, store, monkeypatch):
    monkeypatch.setattr(source_files, "_TICK_NS", 0)
    read = []
    real = source_files.file_digest
    monkeypatch.setattr(source_files, "file_digest", lambda file: read.append(file.name) or real(file))
    encoder = load(folder)
    embed(TEXTS, encoder=encoder, store=store)
    embed(["another"], encoder=encoder.in_way("chunk"), store=store)
    assert len(read) == len(set(read)) + 1  # two are named config.json
    assert {"model.safetensors", "tokenizer.json", "modules.json"} <= set(read)


def test_a_write_that_leaves_the_stamps_as_they_were_is_noticed_while_they_are_fresh(
    folder, store, monkeypatch
):
    """Clocks of file systems tick every few milliseconds: two writes within one tick look the same."""
    monkeypatch.setattr(
        source_files, "_stamp", lambda file: (2**63, OLD, file.stat().st_size, 1, 1) if file.is_file() else ()
    )
    encoder = load(folder)
    encoder.load()
    retrain(folder, in_place=True)
    with pytest.raises(EncoderError, match=r"model\.safetensors there has changed"):
        embed(TEXTS, encoder=encoder, store=store)
    assert nothing_is_stored(store)


@pytest.mark.parametrize("when", ["before", "after"])
def test_weights_that_are_saved_while_they_are_loaded_are_refused(folder, store, monkeypatch, when):
    from semascope.encoders.engine import network

    real = network.load_network

    def meanwhile(*given, **more):
        if when == "before":
            retrain(folder)
        loaded = real(*given, **more)
        if when == "after":
            retrain(folder)
        return loaded

    monkeypatch.setattr(network, "load_network", meanwhile)
    with pytest.raises(EncoderError, match=r"model\.safetensors there has changed"):
        embed(TEXTS, encoder=load(folder), store=store)
    assert nothing_is_stored(store)


def test_weights_that_are_saved_while_they_encode_are_refused(folder, store):
    encoder = load(folder)
    encoder.load()
    real = encoder.encode

    def meanwhile(prompts):
        rows = real(prompts)
        retrain(folder)
        return rows

    encoder.encode = meanwhile
    with pytest.raises(EncoderError, match=r"model\.safetensors there has changed"):
        embed(TEXTS, encoder=encoder, store=store)
    assert nothing_is_stored(store)


def test_files_that_change_at_every_look_are_refused(folder, monkeypatch):
    real = source_files.file_digest

    def meanwhile(file):
        found = real(file)
        if file.name == "model.safetensors":
            os.utime(file)
        return found

    monkeypatch.setattr(source_files, "file_digest", meanwhile)
    with pytest.raises(EncoderError, match=r"change while they are read; .*wait until it is saved"):
        load(folder).load()


@pytest.mark.parametrize("way", ["head-tail", "chunk"])
def test_other_ways_of_reading_are_held_to_the_same_files(folder, store, way):
    encoder = load(folder)
    encoder.load()
    retrain(folder)
    with pytest.raises(EncoderError, match="has changed since"):
        embed(TEXTS, encoder=encoder.in_way(way), store=store)
    assert nothing_is_stored(store)


def test_threads_that_ask_at_once_get_one_reading(folder, monkeypatch):
    read, real = [], source_files.file_digest

    def slow(file):
        if file.name == "model.safetensors":
            read.append(file)
            time.sleep(0.05)
        return real(file)

    monkeypatch.setattr(source_files, "file_digest", slow)
    encoder, together = load(folder), threading.Barrier(4)

    def ask(_):
        together.wait(30)
        return encoder._source.weights

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
    assert len(read) == 1


def test_a_fingerprint_that_was_asked_for_travels_with_the_encoder(folder, store):
    encoder = load(folder)
    fingerprint = encoder.fingerprint
    retrain(folder)
    sent = pickle.loads(pickle.dumps(encoder))
    assert sent.fingerprint == fingerprint
    with pytest.raises(EncoderError, match="has changed since"):
        embed(TEXTS, encoder=sent, store=store)


def test_a_change_of_weights_in_torch_format_is_noticed(make_tiny, tmp_path, store):
    folder = make_tiny(tmp_path / "tiny", "bert", in_torch_format=True)
    encoder = load(folder)
    before = encoder.encode(TEXTS)
    file = folder / "pytorch_model.bin"
    weights = torch.load(file, weights_only=True)
    torch.save({name: weight * 1.5 for name, weight in weights.items()}, file)
    np.testing.assert_allclose(encoder.encode(TEXTS), before, atol=encoder.tolerance)
    with pytest.raises(EncoderError, match=r"pytorch_model\.bin there has changed"):
        embed(TEXTS, encoder=encoder, store=store)


def test_weights_that_take_precedence_are_noticed_when_they_come(make_tiny, tiny_bert, tmp_path, store):
    folder = make_tiny(tmp_path / "tiny", "bert", in_torch_format=True)
    encoder = load(folder)
    encoder.load()
    shutil.copy(tiny_bert / "model.safetensors", folder)
    with pytest.raises(EncoderError, match="has changed since"):
        embed(TEXTS, encoder=encoder, store=store)


def test_a_dense_module_is_watched(make_tiny, tmp_path, store):
    folder = make_tiny(tmp_path / "tiny", "bert", dense=({},))
    encoder = load(folder)
    before = embed(TEXTS, encoder=encoder, store=store).vectors
    retrain(folder / "2_Dense", in_place=True)
    np.testing.assert_allclose(encoder.encode(TEXTS), before, atol=encoder.tolerance)
    with pytest.raises(EncoderError, match=r"model\.safetensors there has changed"):
        embed(["another"], encoder=encoder, store=store)


def test_an_encoder_without_files_is_not_held_to_any():
    assert not isinstance(load_encoder("hash:4"), FromFiles)


CHILD = """
import sys
from semascope.embedding.path import embed
from semascope.encoders.loading import load_encoder
from semascope.errors import EncoderError
from semascope.store.vectors import VectorStore

folder, store = sys.argv[1:]
encoder = load_encoder(folder, precision="float32", device="cpu")
encoder.load()
print(encoder.fingerprint, flush=True)
sys.stdin.readline()
try:
    embed(["storm and wind"], encoder=encoder, store=VectorStore(store))
except EncoderError as error:
    print(error, flush=True)
"""


def test_two_processes_one_of_which_outlives_its_weights(folder, store):
    """The other trains on and stores its own rows; the first one's get in neither under its key nor under the new one."""
    command = [sys.executable, "-c", CHILD, str(folder), str(store.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        old = child.stdout.readline().strip()
        retrain(folder)
        new = load(folder)
        rows = embed(TEXTS, encoder=new, store=store).vectors
        child.stdin.write("go\n")
        child.stdin.close()
        said = child.stdout.read()
    assert "model.safetensors there has changed since" in said
    assert old != new.fingerprint
    assert [entry.fingerprint for entry in store.info()] == [new.fingerprint]
    np.testing.assert_array_equal(embed(TEXTS, encoder=load(folder), store=store).vectors, rows)
