"""embed, store, encoders, doctor, help."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest

from semascope.encoders.hashing import HashEncoder
from semascope.store.vectors import VectorStore, prompt_keys

EMBED = ("--text", "text", "--encoder", "hash:16", "--store", "store")


@pytest.mark.parametrize("ending", ["parquet", "arrow", "npy", "npz"])
def test_vectors_of_a_file(shell, table, ending):
    output = shell.folder / f"vectors.{ending}"
    assert shell("embed", table, *EMBED, "--output", output) == 0
    assert "80 x 16 float32" in shell.out
    texts = [json.loads(line)["text"] for line in table.read_text().splitlines()]
    if ending == "npy":
        found = np.load(output)
    elif ending == "npz":
        found = np.load(output)["vectors"]
    else:
        written = pq.read_table(output) if ending == "parquet" else ipc.open_file(output).read_all()
        assert written["text"].to_pylist() == texts
        found = np.array(written["vector"].to_pylist(), dtype=np.float32)
    np.testing.assert_array_equal(found, HashEncoder(16).encode(texts))


def test_a_narrow_width_and_the_record(shell, table):
    assert shell("embed", table, *EMBED, "--dim", "4", "--output", "v.npy", "--json") == 0
    assert json.loads(shell.out)["rows"] == 80
    assert np.load("v.npy").shape == (80, 4)


def test_what_another_process_encoded_meanwhile_is_said(shell, table, monkeypatch):
    """The other one is played by the encoder, which stores the rest with its first batch."""
    texts = [json.loads(line)["text"] for line in table.read_text().splitlines()]
    monkeypatch.setattr("semascope.embedding.missing._BATCH_TEXTS", 50)
    real = HashEncoder.encode

    def encode(self, prompts):
        store, rest = VectorStore("store"), sorted(set(texts) - set(prompts))
        store.put(self.fingerprint, prompt_keys(self.fingerprint, rest), real(self, rest))
        return real(self, prompts)

    monkeypatch.setattr(HashEncoder, "encode", encode)
    assert shell("embed", table, *EMBED, "--output", "v.npy") == 0
    count = len(set(texts))
    first = count - 50 if f"{count - 50} encoded in" in shell.out else 50  # batches come in a seeded order
    assert (
        f"0 found in the store, {count - first} encoded by another process meanwhile, {first} encoded in"
        in (shell.out)
    )
    np.testing.assert_array_equal(np.load("v.npy"), real(HashEncoder(16), texts))


def test_an_ending_that_holds_no_vectors_is_refused_at_once(shell, table):
    assert shell("embed", table, *EMBED, "--output", "v.csv") == 2
    assert "it must end in .parquet, .arrow, .npy, .npz" in shell.err


def test_the_store_is_looked_after(shell, table):
    assert shell("store", "info", "--store", "store") == 0
    assert "no vectors are stored" in shell.out
    shell("embed", table, *EMBED, "--output", "v.npy")
    assert shell("store", "info", "--store", "store", "--json") == 0
    entry = json.loads(shell.out)["encoders"][0]
    assert (entry["rows"], entry["dim"]) == (80, 16)
    assert shell("store", "verify", "--store", "store") == 0
    assert "are whole" in shell.out
    assert shell("store", "compact", "--store", "store") == 0
    assert shell("store", "clear", "--store", "store", "--yes") == 0
    assert "80 vectors deleted" in shell.out


def test_a_damaged_segment_is_named_and_the_exit_status_says_so(shell, table):
    shell("embed", table, *EMBED, "--output", "v.npy")
    segment = max((shell.folder / "store").rglob("*.arrow"), key=lambda file: file.stat().st_size)
    content = bytearray(segment.read_bytes())
    content[len(content) // 2] ^= 0xFF
    segment.write_bytes(content)
    assert shell("store", "verify", "--store", "store") == 1
    assert segment.name.split(".")[0] in shell.out


def test_encoders_are_listed_and_explained(shell):
    assert shell("encoders") == 0
    assert "minilm" in shell.out
    assert shell("encoders", "minilm", "--json") == 0
    facts = json.loads(shell.out)
    assert (facts["dims"], facts["tokens at most"], facts["languages"]) == (384, 256, "en")


def test_the_doctor_reports(shell):
    assert shell("doctor", "--json") == 0
    found = json.loads(shell.out)
    assert set(found) == {"system", "versions", "extras", "chosen"}
    assert found["versions"]["semascope"]
    assert shell("doctor") == 0


@pytest.mark.parametrize(
    "verb", ["", "study", "score", "rank", "embed", "store", "encoders", "doctor", "demo"]
)
def test_every_verb_has_help(shell, verb):
    assert shell(*filter(None, [verb]), "--help") == 0
    assert "Usage" in shell.out


def test_the_version_is_printed(shell):
    from semascope import __version__

    assert shell("--version") == 0
    assert shell.out.strip() == f"semascope {__version__}"


def test_no_verb_shows_the_help_and_no_empty_error(shell):
    assert shell() == 2
    assert "Usage" in shell.out + shell.err
    assert "error" not in shell.err
