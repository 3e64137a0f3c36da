"""doctor --encoder and --parity: what is printed, what is refused, and the exit status."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from semascope.cli.parity_paths import PathWords, parse_path
from semascope.errors import ConfigError


@pytest.fixture
def broken_plain_path(monkeypatch):
    """A plain path that takes the wrong token vectors for texts of one length."""
    from semascope.encoders.engine.plain import PlainPath

    real = PlainPath.states

    def states(self, sequences):
        found = real(self, sequences).clone()
        start = 0
        for sequence in sequences:
            if len(sequence) == 10:
                found[start : start + 10] = found[start : start + 10].flip(1)
            start += len(sequence)
        return found

    monkeypatch.setattr(PlainPath, "states", states)


@pytest.mark.parametrize(
    ("written", "encoder", "expected"),
    [
        ("minilm,packed,float32", "", PathWords(encoder="minilm", engine="packed", precision="float32")),
        ("float32,cuda:1,minilm", "", None),
        (
            "bfloat16,plain",
            "some/folder",
            PathWords(encoder="some/folder", engine="plain", precision="bfloat16"),
        ),
        ("minilm", "other", PathWords(encoder="minilm")),
        ("hash:8,auto", "", PathWords(encoder="hash:8")),
        ("cuda:1 , float32", "m", PathWords(encoder="m", precision="float32", device="cuda:1")),
        ("", "", PathWords(encoder="minilm")),
    ],
)
def test_a_path_is_a_name_and_words_in_any_order(written, encoder, expected):
    if expected is None:
        with pytest.raises(
            ConfigError, match=r"'minilm' is no word of a path.*the encoder's name comes first"
        ):
            parse_path(written, encoder=encoder)
    else:
        assert parse_path(written, encoder=encoder) == expected


def test_flags_serve_a_path_that_says_nothing_itself():
    found = parse_path("plain,bfloat16", encoder="m", precision="float32", device="cuda")
    assert found == PathWords(encoder="m", engine="plain", precision="bfloat16", device="cuda")


def test_words_that_exclude_each_other_are_refused():
    with pytest.raises(ConfigError, match="'packed' and 'plain' exclude each other; name one engine"):
        parse_path("minilm,packed,plain")


def test_packed_and_plain_are_compared_row_by_row(shell, tiny_bert):
    paths = (f"{tiny_bert},packed,float32,cpu", f"{tiny_bert},float32,cpu,plain")
    assert shell("doctor", "--parity", *paths) == 0
    assert "exactly the limit" in shell.out
    assert "right to left" in shell.out
    assert f"equal: {paths[0]} and {paths[1]}" in shell.out
    assert "threshold: largest absolute difference 0.000010 at most" in shell.out
    assert "worst row: " in shell.out


def test_the_record_of_a_comparison(shell, tiny_qwen3):
    arguments = ("--encoder", tiny_qwen3, "--parity", "packed,float32", "plain,float32")
    assert shell("doctor", *arguments, "--json") == 0
    found = json.loads(shell.out)
    assert (found["verdict"], found["first"], found["left_out"]) == ("equal", "packed,float32", [])
    assert found["worst"] in found["rows"]


def test_a_broken_path_is_different_and_the_exit_status_says_so(shell, tiny_bert, broken_plain_path):
    arguments = ("doctor", "--encoder", tiny_bert, "--parity", "packed,float32", "plain,float32")
    assert shell(*arguments) == 1
    assert "different: packed,float32 and plain,float32" in shell.out
    assert re.search("worst row: .*, 10 tokens: cosine", shell.out)
    assert shell("doctor", "--encoder", tiny_bert, "--precision", "float32") == 1
    assert "failed: packed and plain are different; the worst row is" in shell.out


def test_what_is_left_out_for_length_is_said(shell, tiny_bert):
    arguments = ("--encoder", tiny_bert, "--parity", "packed,float32", "plain,float32", "--longest", "20")
    assert shell("doctor", *arguments) == 0
    assert "left out: texts at the limit of 24 tokens: 20 was the longest asked for" in shell.out


def test_other_weights_are_refused(shell, tiny_bert):
    assert shell("doctor", "--parity", tiny_bert, "hash:16") == 2
    assert "are not paths to the same weights: they differ in weights" in shell.err


def test_minilm_is_examined(shell):
    assert shell("doctor", "--encoder", "minilm", "--precision", "float32", "--longest", "64") == 0
    for told in (
        "packed: the packed engine knows architecture 'bert'",
        "float32 on cpu",
        "2,048 tokens a group",
        "23 M, 91 MB in float32",
        "SHA-256 53aa51172d142c89... of model.safetensors is the published one",
        "holds: largest difference 0.0000; 0.005 at most, because rows are computed in float32",
        "its published STSBenchmark figure is not tried: it needs data that does not ship",
        "equal: packed and plain",
        "no check failed",
    ):
        assert told in shell.out, told
    assert "0.6660  0.6660" in " ".join(shell.out.split()).replace(" ", "  ")


def test_a_failed_published_check_is_told(shell, monkeypatch):
    from semascope.encoders.checks import published

    wrong = published.CHECKS[-1]
    expected = ((1.0, 0.7, 0.1046), *wrong.expected[1:])
    monkeypatch.setattr(published, "CHECKS", (replace(wrong, expected=expected),))
    assert shell("doctor", "--encoder", "minilm", "--precision", "float32", "--longest", "8", "--json") == 1
    found = json.loads(shell.out)
    assert found["failures"] == ["published check: the largest difference is 0.0340, over 0.005"]
    assert found["published"]["holds"] is False


def test_private_operators_that_do_not_work_are_stated(shell, tiny_qwen3, monkeypatch):
    import semascope.encoders.engine.linear as linear
    import semascope.encoders.engine.prepacked as prepacked

    for module in (linear, prepacked):
        monkeypatch.setattr(module, "prepacking_works", lambda precision: False)
    assert shell("doctor", "--encoder", tiny_qwen3, "--precision", "float32") == 0
    assert "no: torch's private operators for it do not work here in float32; F.linear instead" in shell.out
    assert "equal: packed and plain" in shell.out


def test_a_folder_that_is_not_in_the_catalogue(shell, tiny_bert):
    assert shell("doctor", "--encoder", tiny_bert, "--precision", "float32", "--json") == 0
    found = json.loads(shell.out)
    assert found["published"] is None
    assert found["published_note"] == "it is not in the catalogue: no published example is known for it"
    assert found["prepacked"].startswith("yes, 8 linear layers") or found["prepacked"].startswith("no")
    assert found["weight_bytes"] == 4 * found["parameters"]
    assert found["parity"]["verdict"] == "equal"


def test_an_architecture_that_takes_the_plain_path(shell, tmp_path, make_tiny):
    folder = make_tiny(tmp_path / "tiny", "bert")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_act": "relu"}))
    assert shell("doctor", "--encoder", folder, "--precision", "float32") == 0
    assert "plain: its activation is 'relu'; the packed layers have gelu" in shell.out
    assert "parity: not compared" in shell.out


def test_a_family_that_the_packed_engine_does_not_know(shell, tiny_electra):
    assert shell("doctor", "--encoder", tiny_electra, "--precision", "float32") == 0
    assert "plain: architecture 'electra' is not known to the packed engine" in shell.out
    assert "no: the plain path takes the network as transformers loads it" in shell.out


def test_a_model_made_from_a_listed_one_may_give_other_numbers(shell, tmp_path, make_tiny):
    """Its config.json keeps the name: the published check is shown and counts for nothing."""
    folder = make_tiny(tmp_path / "tiny", "bert")
    config = json.loads((folder / "config.json").read_text())
    named = {"_name_or_path": "sentence-transformers/all-MiniLM-L6-v2"}
    (folder / "config.json").write_text(json.dumps(config | named))
    assert shell("doctor", "--encoder", folder, "--precision", "float32") == 0
    assert "does not hold" in shell.out
    assert "if it was trained further, other numbers are no fault" in shell.out
    assert "is not the published 53aa51172d142c89..." in shell.out


@pytest.mark.parametrize("arguments", [("--encoder", "bge-m3"), ("--parity", "nobody/nothing", "minilm")])
def test_nothing_is_fetched(shell, arguments, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    assert shell("doctor", *arguments) == 2
    assert "are not on this machine; use it once, which fetches it" in shell.err
    assert "doctor fetches nothing" in shell.err


def test_what_cannot_be_examined_is_refused(shell):
    assert shell("doctor", "--encoder", "hash:16") == 2
    assert "an encoder with weights can be examined" in shell.err
    assert shell("doctor", "--encoder", "bge-m") == 2
    assert "did you mean 'bge-m3'?" in shell.err


def test_without_a_flag_nothing_heavy_is_loaded(shell):
    import subprocess
    import sys

    code = "import sys; from semascope.cli.main import main; main(['doctor']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "doctor --encoder NAME says which, and why" in done.stdout
    assert done.stdout.strip().endswith("False")
