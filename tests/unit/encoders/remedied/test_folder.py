"""A remedy that was kept: what comes back, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.encoders.locating import has_weights, what_is_missing
from semascope.encoders.remedied.described import DESCRIBED, describe
from semascope.encoders.remedied.encoder import FittedOn, RemediedEncoder
from semascope.encoders.remedied.folder import FILES, WEIGHTS, remedied_files, write_remedied
from semascope.encoders.remedied.remedy import Remedy
from semascope.errors import ConfigError, EncoderError

TEXTS = ["tide tables", "Gezeiten", "maré alta"]
DRAW = np.random.default_rng(5)
WHITEN = Remedy(
    name="whiten",
    mean=DRAW.standard_normal(16).astype(np.float32) / 9,
    matrix=DRAW.standard_normal((16, 16)).astype(np.float32),
    fitted_on=30,
    shortest=0.5,
)


@pytest.fixture
def kept(tmp_path):
    return write_remedied(tmp_path / "runs" / "kept", HashEncoder(16), WHITEN)


def rewrite(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_what_was_kept_loads_as_an_encoder_to_the_last_bit(kept):
    encoder = load_encoder(str(kept))
    assert (encoder.name, encoder.source) == ("kept", str(kept))
    assert encoder.fingerprint == RemediedEncoder(HashEncoder(16), WHITEN).fingerprint
    assert (encoder.remedy.name, encoder.remedy.fitted_on, encoder.remedy.shortest) == ("whiten", 30, 0.5)
    np.testing.assert_array_equal(encoder.encode(TEXTS), WHITEN.apply(HashEncoder(16).encode(TEXTS)))
    assert load_encoder(f"ours={kept}").name == "ours"
    assert sorted(path.name for path in kept.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("matrix", [WHITEN.matrix.T, np.asfortranarray(WHITEN.matrix), None], ids=str)
def test_a_matrix_comes_back_however_it_lies_in_memory(tmp_path, matrix):
    remedy = replace(WHITEN, matrix=matrix)
    encoder = load_encoder(str(write_remedied(tmp_path / "kept", HashEncoder(16), remedy)))
    assert encoder.remedy.digest == remedy.digest
    if matrix is not None:
        np.testing.assert_array_equal(encoder.remedy.matrix, matrix)


def test_rows_say_how_exact_it_is(tmp_path):
    rows = HashEncoder(16).encode([f"tide {number}" for number in range(50)])
    kept = write_remedied(tmp_path / "kept", HashEncoder(16), replace(WHITEN, shortest=np.nan), rows=rows)
    assert load_encoder(str(kept)).remedy.shortest == pytest.approx(WHITEN.measured(rows).shortest)
    unmeasured = write_remedied(tmp_path / "other", HashEncoder(16), replace(WHITEN, shortest=np.nan))
    assert np.isnan(load_encoder(str(unmeasured)).remedy.shortest)


def test_what_it_was_fitted_on_stands_in_the_file(tmp_path):
    fitted_on = FittedOn(data="posts.jsonl", digest="ab12", instruction="Identify the topic")
    kept = write_remedied(tmp_path / "kept", HashEncoder(16), WHITEN, fitted_on=fitted_on)
    described = json.loads((kept / DESCRIBED).read_text())
    assert (described["format"], described["base"], described["revision"]) == (1, "hash:16", None)
    assert described["space"] == HashEncoder(16).space.fields
    assert described["remedy"] == {"name": "whiten", "rows": 30, "shortest": 0.5}
    assert load_encoder(str(kept)).fitted_on == replace(fitted_on, precision="float32")


def test_a_folder_that_was_moved_still_loads(kept, tmp_path):
    before = load_encoder(str(kept))
    moved = kept.rename(tmp_path / "elsewhere")
    encoder = load_encoder(str(moved))
    assert encoder.fingerprint == before.fingerprint
    np.testing.assert_array_equal(encoder.encode(TEXTS), before.encode(TEXTS))


def test_it_is_read_again_in_another_way_and_arithmetic(tiny_kept):
    encoder = load_encoder(str(tiny_kept), precision="bfloat16", device="cpu", long="chunk")
    assert (encoder.precision, encoder.space.long, encoder.base.space.long) == ("bfloat16", "chunk", "chunk")
    assert encoder.fingerprint.endswith("-bfloat16")


def test_a_base_under_a_template_of_its_own_is_loaded_under_it_again(tiny_bert, keep_remedy, tmp_path):
    kept = keep_remedy(tmp_path / "kept", load_encoder(str(tiny_bert), template="e5", device="cpu"))
    assert load_encoder(str(kept), device="cpu").space.template == "e5"
    assert load_encoder(str(kept), device="cpu", template="e5").space.template == "e5"
    with pytest.raises(EncoderError, match="another space: template is 'plain' instead of 'e5'"):
        load_encoder(str(kept), device="cpu", template="plain")


def test_a_base_may_be_said_to_lie_elsewhere_beside_the_folder_first(tiny_bert, tiny_kept, tmp_path):
    kept = shutil.copytree(tiny_kept, tmp_path / "kept")
    shutil.copytree(tiny_bert, tmp_path / "kept" / "base")
    rewrite(kept / DESCRIBED, base="base")
    encoder = load_encoder(str(kept), device="cpu")
    assert encoder.base.source == str(tmp_path / "kept" / "base")
    assert encoder.fingerprint == load_encoder(str(tiny_kept), device="cpu").fingerprint


def test_another_base_is_refused_with_the_fields_that_differ(tiny_static, tiny_kept, tmp_path):
    kept = shutil.copytree(tiny_kept, tmp_path / "kept")
    rewrite(kept / DESCRIBED, base=str(tiny_static))
    with pytest.raises(
        EncoderError, match=r"max_tokens is .* instead of .*, tokenizer is .*, weights is "
    ) as caught:
        load_encoder(str(kept), device="cpu")
    assert f"say under base in {kept / DESCRIBED} where it lies" in str(caught.value)


def test_a_base_that_is_not_here_is_said(tiny_kept, tmp_path):
    kept = shutil.copytree(tiny_kept, tmp_path / "kept")
    gone = str(tmp_path / "gone")
    rewrite(kept / DESCRIBED, base=gone)
    assert has_weights(str(tiny_kept))
    assert not has_weights(str(kept))
    assert f"is the remedy in {kept}, which is here, and the encoder whose rows it mends" in what_is_missing(
        str(kept)
    )
    with pytest.raises(
        EncoderError, match=r"holds a remedy for rows of .*gone', which cannot be loaded here"
    ) as caught:
        load_encoder(str(kept), device="cpu")
    assert "put it there, or say under base" in str(caught.value)


def test_a_remedy_of_a_remedy_is_refused_and_itself_too(kept, tmp_path):
    with pytest.raises(EncoderError, match="'kept' is remedied already"):
        write_remedied(tmp_path / "twice", load_encoder(str(kept)), WHITEN)
    for base in (str(kept), "."):
        again = shutil.copytree(kept, tmp_path / f"again{len(base)}")
        rewrite(again / DESCRIBED, base=base)
        assert has_weights(str(again))
        with pytest.raises(EncoderError, match="as base, which is a remedy that was kept itself"):
            load_encoder(str(again))


def test_an_encoder_that_nothing_loads_again_keeps_no_remedy(tmp_path):
    with pytest.raises(EncoderError, match="'mine' is not one that a name, a folder or a hub id loads again"):
        encoder = HashEncoder(16, name="mine")
        encoder.source = "mine"
        write_remedied(tmp_path / "kept", encoder, WHITEN)
    assert not (tmp_path / "kept").exists()


def test_every_byte_of_both_files_counts(kept):
    for name in FILES:
        content = (kept / name).read_bytes()
        for place in range(0, len(content), 7):
            changed = bytearray(content)
            changed[place] ^= 1
            (kept / name).write_bytes(changed)
            try:
                encoder = load_encoder(str(kept))
            except EncoderError:
                continue
            # what may be written by hand, and white space
            assert encoder.fingerprint == RemediedEncoder(HashEncoder(16), WHITEN).fingerprint
            assert name == DESCRIBED
        (kept / name).write_bytes(content)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (DESCRIBED, b"", "is damaged or was changed"),
        (DESCRIBED, b"[]", "does not agree with its digest"),
        (DESCRIBED, b"[" * 100_000, "is damaged or was changed"),
        (DESCRIBED, b'{"format": 1}', "does not agree with its digest"),
        (
            DESCRIBED,
            b'{"format": 9}',
            "has format 9; this semascope reads formats up to 1; upgrade semascope",
        ),
        (DESCRIBED, b" " * 2**20 + b"{}", "is larger than it was written"),
        (WEIGHTS, b"", "is not as it was written; it was cut or changed"),
        (WEIGHTS, b"x" * 100_000, "is larger than it was written"),
    ],
)
def test_a_damaged_file_is_one_error(kept, name, content, says):
    (kept / name).write_bytes(content)
    with pytest.raises(EncoderError, match=says):
        load_encoder(str(kept))


@pytest.mark.parametrize("name", FILES)
def test_a_link_in_place_of_a_file_is_refused(kept, tmp_path, name):
    (kept / name).rename(tmp_path / "outside")
    (kept / name).symlink_to(tmp_path / "outside")
    with pytest.raises(
        EncoderError, match=f"{name} is a link; a remedy that was kept is a folder with its own files"
    ):
        load_encoder(str(kept))


def test_a_file_that_is_not_there_is_named(kept):
    (kept / WEIGHTS).unlink()
    with pytest.raises(EncoderError, match=f"{WEIGHTS} is not there; .*; copy the whole folder again"):
        load_encoder(str(kept))


def test_a_pipe_is_not_waited_for(kept):
    (kept / WEIGHTS).unlink()
    os.mkfifo(kept / WEIGHTS)
    with pytest.raises(EncoderError, match="is not there"):
        load_encoder(str(kept))


def test_tensors_that_are_no_remedy_are_refused(kept):
    encoder = load_encoder(str(kept))
    held = load_file(kept / WEIGHTS)
    for arrays in (
        {"matrix": held["matrix"]},
        {"mean": held["mean"][:4], "matrix": held["matrix"]},
        {"mean": np.full(16, np.nan, np.float32)},
    ):
        save_file(arrays, kept / WEIGHTS)
        # with a digest that agrees: a file of somebody else's making
        files = remedied_files(encoder)
        content = (kept / WEIGHTS).read_bytes()
        described = json.loads(files[DESCRIBED])
        described["weights"] = {"bytes": len(content), "sha256": sha256(content).hexdigest()}
        values = {
            key: value for key, value in described.items() if key not in ("format", "versions", "sha256")
        }
        (kept / DESCRIBED).write_bytes(describe(values))
        with pytest.raises(EncoderError, match=r"remedy.safetensors holds no remedy"):
            load_encoder(str(kept))


def test_only_a_kept_remedy_or_nothing_is_replaced(kept, tmp_path):
    again = write_remedied(kept, HashEncoder(16), replace(WHITEN, matrix=None, name="centre"))
    assert load_encoder(str(again)).remedy.name == "centre"
    (tmp_path / "empty").mkdir()
    write_remedied(tmp_path / "empty", HashEncoder(16), WHITEN)
    for place in ("full", "file"):
        (tmp_path / "full").mkdir(exist_ok=True)
        (tmp_path / "full" / "mine.txt").write_text("mine")
        (tmp_path / "file").write_text("mine")
        with pytest.raises(
            ConfigError, match="exists and holds no remedy that was kept; it is not overwritten"
        ):
            write_remedied(tmp_path / place, HashEncoder(16), WHITEN)
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"


def test_a_place_that_cannot_be_written_is_one_error(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ConfigError, match=r"the remedy cannot be written to .*; nothing was changed"):
        write_remedied(tmp_path / "file" / "kept", HashEncoder(16), WHITEN)
