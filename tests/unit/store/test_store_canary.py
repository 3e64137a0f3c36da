"""The row of a known prompt that is kept with an encoder's rows, and that a fresh load must give again."""

from __future__ import annotations

import json
import re
import shutil
import threading
from dataclasses import replace

import numpy as np
import pytest

from semascope.embedding.path import embed
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.encoders.protocol import KNOWN_PROMPT
from semascope.errors import EncoderError, StoreError
from semascope.store import canary as canaries
from semascope.store import canary_checks
from semascope.store.canary import Canary, allowed_distance, distance
from semascope.store.canary_checks import check_canaries
from semascope.store.folder import shelf_folder
from semascope.store.intake import copy_canary
from semascope.store.vectors import VectorStore, prompt_keys

WRITTEN = "2026-11-28T12:00:00+00:00"


class FiledEncoder(HashEncoder):
    """Stands for an encoder with files; its rows turn by an angle."""

    angle = 0.0
    asked = 0

    def check_files(self):
        pass

    @property
    def recipe(self):
        return {"name": "/nowhere", "template": "plain", "precision": "float32", "long": "truncate"}

    def encode(self, prompts):
        self.asked += prompts == [KNOWN_PROMPT]
        rows = super().encode(prompts)
        across = np.roll(rows, 1, axis=1)
        across -= (across * rows).sum(1, keepdims=True) * rows
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        return (np.cos(self.angle) * rows + np.sin(self.angle) * across).astype(np.float32)


@pytest.fixture
def store(tmp_path):
    return VectorStore(tmp_path / "store")


def turned(angle: float, tolerance: float = 1e-3) -> FiledEncoder:
    encoder = FiledEncoder(16)
    encoder.angle, encoder.tolerance = angle, tolerance
    return encoder


def test_the_allowed_distance_is_the_tolerance_in_every_entry_within_bounds():
    assert allowed_distance(1e-3, 16) == pytest.approx(4e-3)
    assert allowed_distance(0.0, 16) == 1e-6
    assert allowed_distance(2e-2, 4096) == 0.1


def test_distances_by_hand():
    one = np.array([1, 0], dtype=np.float32)
    assert distance(one, np.array([0, 1], dtype=np.float32)) == pytest.approx(2**0.5)
    assert distance(one, np.array([1, 0, 0], dtype=np.float32)) == float("inf")
    assert distance(one, np.array([np.nan, 0], dtype=np.float32)) == float("inf")


def test_it_is_written_with_the_first_rows_and_comes_back_bit_for_bit(store):
    encoder = turned(0.3)
    assert store.canary(encoder.fingerprint) is None
    embed(["ebb"], encoder=encoder, store=store)
    kept = store.canary(encoder.fingerprint)
    np.testing.assert_array_equal(kept.vector, encoder.encode([KNOWN_PROMPT])[0])
    assert (kept.prompt, kept.encoder, kept.rows_before) == (KNOWN_PROMPT, encoder.recipe, 0)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", kept.written)
    assert store.count(encoder.fingerprint) == 1  # it is no row of the store


def test_rows_stored_before_it_are_counted(store):
    encoder = turned(0.0)
    embed(["ebb", "flood"], encoder=HashEncoder(16), store=store)  # the same fingerprint, no canary
    embed(["slack"], encoder=encoder, store=store)
    assert store.canary(encoder.fingerprint).rows_before == 2


@pytest.mark.parametrize(("angle", "fits"), [(0.0035, True), (0.0046, False), (0.5, False)])
def test_a_fresh_load_must_give_it_again_within_the_tolerance(store, angle, fits):
    """Unit rows at an angle a lie 2 sin(a / 2) apart; 0.004 is allowed for 16 entries of 0.001."""
    embed(["ebb"], encoder=turned(0.0), store=store)
    fresh = turned(angle)
    if fits:
        embed(["flood"], encoder=fresh, store=store)
        assert store.count(fresh.fingerprint) == 2
    else:
        apart = format(2 * np.sin(angle / 2), ".2g")
        message = (
            rf"kept with fingerprint {fresh.fingerprint}: distance {apart}, rounding moves it by 0\.004"
            r".*\(semascope store clear --fingerprint"
        )
        with pytest.raises(EncoderError, match=message):
            embed(["flood"], encoder=fresh, store=store)
        assert store.count(fresh.fingerprint) == 1


def test_rows_that_are_all_stored_cost_no_load_and_no_canary(store):
    embed(["ebb"], encoder=turned(0.0), store=store)
    fresh = turned(0.5)
    embed(["ebb"], encoder=fresh, store=store)
    assert fresh.asked == 0


def test_each_encoder_is_asked_once(store):
    encoder = turned(0.0)
    for text in ("ebb", "flood", "slack"):
        embed([text], encoder=encoder, store=store)
    assert encoder.asked == 1
    store.clear()
    assert store.canary(encoder.fingerprint) is None
    embed(["ebb"], encoder=encoder, store=store)
    assert (encoder.asked, store.canary(encoder.fingerprint) is None) == (2, False)


def test_an_encoder_without_files_has_none(store):
    embed(["ebb"], encoder=HashEncoder(16), store=store)
    assert store.canary(HashEncoder(16).fingerprint) is None
    assert [check.state for check in check_canaries(store)] == ["none"]


def test_the_first_of_two_is_kept(store):
    fields = {"fingerprint": "f", "prompt": "p", "encoder": {"name": "n"}, "rows_before": 0}
    rows = np.eye(20, dtype=np.float32)
    together = threading.Barrier(20)

    def put(number: int) -> None:
        together.wait(30)
        store.put_canary(Canary(written=str(number), vector=rows[number], **fields))

    threads = [threading.Thread(target=put, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = store.canary("f")
    np.testing.assert_array_equal(kept.vector, rows[int(kept.written)])
    store.put_canary(Canary(written="late", vector=rows[0], **fields))
    assert store.canary("f").written == kept.written
    assert [file.name for file in shelf_folder(store.root, "f").iterdir()] == [canaries.FILE]


def test_one_that_somebody_else_wrote_meanwhile_is_compared_too(store, monkeypatch):
    """Two first encodings at once: the later one finds a canary where there was none when it began."""
    first, second = turned(0.0), turned(0.5)
    real = VectorStore.put_canary

    def meanwhile(self, canary):
        monkeypatch.setattr(VectorStore, "put_canary", real)
        embed(["flood"], encoder=first, store=VectorStore(store.root))
        real(self, canary)

    monkeypatch.setattr(VectorStore, "put_canary", meanwhile)
    with pytest.raises(EncoderError, match="canary prompt another row"):
        embed(["ebb"], encoder=second, store=store)
    assert store.count(first.fingerprint) == 1


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format": 1}'])
def test_a_damaged_one_is_set_aside_and_named(store, damage):
    encoder = turned(0.0)
    embed(["ebb"], encoder=encoder, store=store)
    file = shelf_folder(store.root, encoder.fingerprint) / canaries.FILE
    file.write_bytes(damage)
    assert [check.state for check in check_canaries(store)] == ["damaged"]
    assert store.canary(encoder.fingerprint) is None
    assert file.with_name(file.name + ".damaged").is_file()


def test_a_changed_digit_is_damage(store):
    encoder = turned(0.0)
    embed(["ebb"], encoder=encoder, store=store)
    file = shelf_folder(store.root, encoder.fingerprint) / canaries.FILE
    fields = json.loads(file.read_text())
    fields["vector"][3] += 1e-3
    file.write_text(json.dumps(fields))
    with pytest.raises(StoreError, match=r"canary\.json is damaged .* set aside .*the next encoding writes"):
        embed(["flood"], encoder=turned(0.0), store=store)
    embed(["flood"], encoder=turned(0.0), store=store)
    assert store.canary(encoder.fingerprint).rows_before == 1


def test_one_of_a_later_version_is_refused_and_stays(store):
    encoder = turned(0.0)
    embed(["ebb"], encoder=encoder, store=store)
    file = shelf_folder(store.root, encoder.fingerprint) / canaries.FILE
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 2}))
    with pytest.raises(StoreError, match="has format 2; this version reads 1"):
        store.canary(encoder.fingerprint)
    assert file.is_file()


@pytest.fixture
def folder(tiny_bert, tmp_path):
    return shutil.copytree(tiny_bert, tmp_path / "copy")


def encode_from(folder, store, **settings) -> None:
    encoder = load_encoder(str(folder), **({"precision": "float32", "device": "cpu"} | settings))
    embed(["storm and wind"], encoder=encoder, store=store)


@pytest.mark.parametrize(
    "settings", [{}, {"precision": "bfloat16"}, {"long": "chunk"}, {"template": "e5"}], ids=str
)
def test_verifying_loads_the_encoder_anew(folder, store, settings, monkeypatch):
    monkeypatch.chdir(folder.parent)
    encode_from(folder.name, store, **settings)
    monkeypatch.chdir("/")  # a folder that was given by a relative path is found all the same
    (check,) = check_canaries(store)
    assert (check.state, check.encoder) == ("same", str(folder))
    assert check.distance <= check.allowed


def test_verifying_finds_rows_of_other_weights(folder, store):
    """As a store looks that was poisoned before encoders watched their files: rows of one network under another's key."""
    encoder = load_encoder(str(folder), precision="float32", device="cpu")
    embed(["storm and wind"], encoder=encoder, store=store)
    file = shelf_folder(store.root, encoder.fingerprint) / canaries.FILE
    kept = store.canary(encoder.fingerprint)
    file.unlink()
    other = encoder.encode(["another prompt"])[0]
    store.put_canary(
        Canary(
            fingerprint=kept.fingerprint, prompt=kept.prompt, encoder=kept.encoder, written=WRITTEN,
            rows_before=3, vector=other,
        )
    )  # fmt: skip
    (check,) = check_canaries(store)
    assert check.state == "different"
    assert check.distance == pytest.approx(distance(other, kept.vector), rel=1e-3)
    assert "3 rows were stored before it" in check.note
    assert f"store clear --fingerprint {kept.fingerprint}" in check.note
    with pytest.raises(EncoderError, match="canary prompt another row"):
        encode_from(folder, VectorStore(store.root)) or embed(
            ["more"], encoder=load_encoder(str(folder), precision="float32", device="cpu"), store=store
        )


def test_verifying_says_what_it_cannot_try(folder, store, tmp_path):
    encode_from(folder, store)
    (folder / "README.md").write_text("---\nlanguage: de\n---\n")
    assert check_canaries(store)[0].state == "same"
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"layer_norm_eps": 0.5}))
    (check,) = check_canaries(store)
    assert (check.state, check.note.startswith("its files are others today")) == ("not tried", True)
    shutil.rmtree(folder)
    (check,) = check_canaries(store)
    assert (check.state, check.note) == ("not tried", "its weights are not on this machine")


def test_verifying_asks_for_the_revision_that_made_the_rows(store, monkeypatch):
    encoder = turned(0.0)
    monkeypatch.setattr(FiledEncoder, "recipe", {**FiledEncoder.recipe.fget(encoder), "revision": "v2"})
    embed(["ebb"], encoder=encoder, store=store)
    asked = []
    monkeypatch.setattr(
        canary_checks, "has_weights", lambda name, revision: not asked.append((name, revision))
    )
    monkeypatch.setattr(
        canary_checks, "load_encoder", lambda name, **given: asked.append(given["revision"]) or encoder
    )
    assert [check.state for check in check_canaries(store)] == ["same"]
    assert asked == [("/nowhere", "v2"), "v2"]


def test_rows_that_are_copied_from_another_way_take_their_canary_along(make_tiny, tmp_path, store):
    folder = make_tiny(tmp_path / "tiny", "bert", max_tokens=60)
    encoder = load_encoder(str(folder), precision="float32", device="cpu")
    embed(["storm and wind"], encoder=encoder, store=store)
    way = encoder.in_way("chunk")
    copy_canary(store, of=encoder, to=way)
    store.put(way.fingerprint, prompt_keys(way.fingerprint, ["storm and wind"]), np.ones((1, 16), np.float32))
    assert store.canary(way.fingerprint).encoder == {**encoder.recipe, "long": "chunk"}
    assert [check.state for check in check_canaries(store)] == ["same", "same"]


@pytest.mark.parametrize(("limit", "fits"), [(40, True), (39, False), (24, False)])
def test_a_canary_is_copied_when_its_40_tokens_fit(make_tiny, tmp_path, store, limit, fits):
    """Over the limit they are read in another way."""
    folder = make_tiny(tmp_path / "tiny", "bert", max_tokens=limit)
    encoder = load_encoder(str(folder), precision="float32", device="cpu")
    embed(["storm and wind"], encoder=encoder, store=store)
    way = encoder.in_way("chunk")
    assert (way.count_tokens([KNOWN_PROMPT])[0], way.max_tokens) == (40, limit)
    copy_canary(store, of=encoder, to=way)
    assert (store.canary(way.fingerprint) is not None) == fits


def test_verifying_says_why_an_encoder_could_not_be_asked(store, monkeypatch):
    class Broken(FiledEncoder):
        def encode(self, prompts):
            raise EncoderError("its weights end too early")

    embed(["ebb"], encoder=turned(0.0), store=store)
    monkeypatch.setattr(canary_checks, "_make", lambda canary: Broken(16))
    monkeypatch.setattr(canary_checks, "_why_not", lambda encoder, canary: "")
    (check,) = check_canaries(store)
    assert (check.state, check.note) == ("not tried", "its weights end too early")


KEPT = Canary(
    fingerprint="f", prompt="Ebbe für alle", encoder={"name": "n", "long": "truncate"}, written=WRITTEN, rows_before=3,
    vector=np.array([0.5, -1.0], dtype=np.float32),
)  # fmt: skip


def test_a_file_of_today_can_be_read_tomorrow(tmp_path):
    canaries.write_canary(tmp_path, KEPT)
    written = json.loads((tmp_path / canaries.FILE).read_text(encoding="utf8"))
    assert written["crc32"] == "4ed15764"  # of the other fields as JSON in UTF-8, sorted, without blanks
    assert canaries.read_canary(tmp_path, "f").prompt == KEPT.prompt


def test_without_hard_links_the_first_is_kept_too(tmp_path, monkeypatch):
    def refuse(*given):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.link", refuse)
    canaries.write_canary(tmp_path, KEPT)
    canaries.write_canary(tmp_path, replace(KEPT, rows_before=4))
    assert canaries.read_canary(tmp_path, "f").rows_before == 3
    assert [file.name for file in tmp_path.iterdir()] == [canaries.FILE]
