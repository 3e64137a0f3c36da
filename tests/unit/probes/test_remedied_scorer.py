"""A scorer whose encoder is remedied: the remedy travels inside."""

from __future__ import annotations

import json
import shutil
import zipfile

import numpy as np
import pytest

from semascope.embedding.path import embed
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.encoders.remedied.folder import FILES, WEIGHTS
from semascope.errors import ArtifactError, EncoderError
from semascope.probes.artifact import read_card, save_artifact
from semascope.probes.card import Card, TargetCard, encoder_fields
from semascope.probes.head import make_head
from semascope.probes.own_encoder import files_inside
from semascope.probes.scorer import Scorer

TEXTS = [f"tide table number {i}" for i in range(40)]


def scorer_of(encoder) -> Scorer:
    rows = embed(TEXTS, encoder=encoder, instruction="Judge it", dim=6).vectors
    head = make_head("ridge", kind="regression", measure="mae").fit(rows, rows[:, :1] * 3)
    fields = encoder_fields(encoder) | {
        "sentence": "Judge it",
        "dim": 6,
        "kind": "regression",
        "head": "ridge",
    }
    return Scorer(Card(**fields, targets=(TargetCard(name="stars"),)), head, encoder=encoder)


@pytest.fixture
def kept(hash_kept, tmp_path):
    return shutil.copytree(hash_kept, tmp_path / "kept")


@pytest.fixture
def scorer(kept):
    return scorer_of(load_encoder(str(kept)))


def rewrite(path, change):
    """The zip again, with one file's bytes changed."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


@pytest.mark.parametrize("name", ["winner", "winner.zip"])
def test_it_scores_to_the_last_bit_once_the_kept_folder_is_gone(scorer, kept, tmp_path, name):
    expected = scorer.score(TEXTS).unclipped
    saved = scorer.save(tmp_path / name)
    shutil.rmtree(kept)
    moved = shutil.move(saved, tmp_path / f"moved-{name}")
    again = Scorer.load(moved)
    np.testing.assert_array_equal(again.score(TEXTS).unclipped, expected)
    assert again.encoder.name == "kept"
    # and once more, out of what was loaded
    shutil.rmtree(moved) if name == "winner" else (tmp_path / f"moved-{name}").unlink()
    np.testing.assert_array_equal(Scorer.load(again.save(tmp_path / name)).score(TEXTS).unclipped, expected)


def test_what_it_answers_is_what_numpy_makes_of_the_mended_rows(scorer, tmp_path):
    remedy = scorer.encoder.remedy
    prompts = [f"Judge it\n{text}" for text in TEXTS]
    rows = (HashEncoder(16).encode(prompts).astype(np.float64) - remedy.mean) @ remedy.matrix
    rows = rows[:, :6] / np.linalg.norm(rows[:, :6], axis=1, keepdims=True)
    head = scorer.head
    expected = rows @ head.coef_.T + head.intercept_
    found = Scorer.load(scorer.save(tmp_path / "winner")).score(TEXTS).unclipped
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_card_names_the_remedy_and_the_folder_holds_it(scorer, tmp_path):
    saved = scorer.save(tmp_path / "winner")
    card = json.loads((saved / "card.json").read_text())["card"]
    assert (card["encoder"], card["called"]) == ("encoder", "kept")
    assert card["space"]["remedy"] == scorer.encoder.remedy.mark
    assert sorted(path.name for path in (saved / "encoder").iterdir()) == sorted(FILES)
    assert read_card(saved).encoder == str(saved / "encoder")
    assert load_encoder(str(saved / "encoder")).fingerprint == scorer.encoder.fingerprint


def test_a_plain_encoder_lies_in_no_scorer(tmp_path):
    saved = scorer_of(HashEncoder(16)).save(tmp_path / "winner")
    assert not (saved / "encoder").exists()
    assert files_inside(HashEncoder(16)) is None
    assert files_inside(None) is None


def test_zips_with_one_remedy_share_a_folder_of_the_cache(scorer, tmp_path):
    first = scorer.save(tmp_path / "first.zip")
    card = scorer.card.model_copy(update={"notes": ("another",)})
    second = save_artifact(tmp_path / "second.zip", card, scorer.head, encoder=files_inside(scorer.encoder))
    assert read_card(first).encoder == read_card(second).encoder
    with zipfile.ZipFile(first) as archive:
        assert {f"encoder/{name}" for name in FILES} <= set(archive.namelist())


@pytest.mark.parametrize("place", [0, 60, -1])
def test_a_changed_byte_of_the_remedy_is_refused(scorer, tmp_path, place):
    saved, packed = scorer.save(tmp_path / "winner"), scorer.save(tmp_path / "winner.zip")

    def change(content):
        changed = bytearray(content)
        changed[place] ^= 1
        return bytes(changed)

    file = saved / "encoder" / WEIGHTS
    file.write_bytes(change(file.read_bytes()))
    rewrite(packed, lambda files: files.update({f"encoder/{WEIGHTS}": change(files[f"encoder/{WEIGHTS}"])}))
    for path in (saved, packed):
        with pytest.raises(EncoderError, match=f"{WEIGHTS} is not as it was written"):
            Scorer.load(path)


def test_another_whole_remedy_in_its_place_is_refused(scorer, keep_remedy, tmp_path):
    saved = scorer.save(tmp_path / "winner")
    shutil.rmtree(saved / "encoder")
    keep_remedy(saved / "encoder", "hash:16", seed=1)
    with pytest.raises(ArtifactError, match=r"another space: remedy is 'turn .* instead of 'turn "):
        Scorer.load(saved)


def test_a_scorer_without_its_remedy_is_refused(scorer, tmp_path):
    saved, packed = scorer.save(tmp_path / "winner"), scorer.save(tmp_path / "winner.zip")
    shutil.rmtree(saved / "encoder")
    rewrite(packed, lambda files: [files.pop(f"encoder/{name}") for name in FILES])
    for path in (saved, packed):
        with pytest.raises(ArtifactError, match=r"lacks .*encoder"):
            Scorer.load(path)


def test_no_name_leaves_the_folder(scorer, tmp_path):
    packed = scorer.save(tmp_path / "winner.zip")
    rewrite(packed, lambda files: files.update({"encoder/../../outside": b"x"}))
    with pytest.raises(ArtifactError, match="none that leaves the folder"):
        Scorer.load(packed)


def test_base_and_remedied_refuse_each_other_and_name_the_field(scorer, tmp_path):
    saved = scorer.save(tmp_path / "winner")
    with pytest.raises(
        ArtifactError,
        match=r"'hash:16' is of another space: remedy is none instead of 'turn .*made with 'kept'",
    ):
        Scorer.load(saved, encoder="hash:16")
    plain = scorer_of(HashEncoder(16)).save(tmp_path / "plain")
    with pytest.raises(
        ArtifactError, match=r"'kept' is of another space: remedy is 'turn .* instead of none"
    ):
        Scorer.load(plain, encoder=scorer.encoder)


def test_where_the_base_of_a_zipped_scorer_lies_now_is_said_in_the_unzipped_one(
    tiny_bert, keep_remedy, tmp_path
):
    base = shutil.copytree(tiny_bert, tmp_path / "base")
    encoder = load_encoder(str(keep_remedy(tmp_path / "kept", base)), device="cpu", precision="float32")
    scorer = scorer_of(encoder)
    expected, packed = scorer.score(TEXTS[:3]).unclipped, scorer.save(tmp_path / "winner.zip")
    base.rename(tmp_path / "moved")
    with pytest.raises(
        EncoderError, match=r"unzip the scorer .* say under base in its encoder/remedied.json where it lies"
    ):
        Scorer.load(packed, precision="float32", device="cpu")
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "unzipped")
    file = tmp_path / "unzipped" / "encoder" / "remedied.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"base": "../../moved"}))
    for path, given in ((tmp_path / "unzipped", None), (packed, str(file.parent))):
        again = Scorer.load(path, encoder=given, precision="float32", device="cpu")
        np.testing.assert_allclose(again.score(TEXTS[:3]).unclipped, expected, atol=1e-4)
