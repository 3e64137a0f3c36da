"""Saved scorers: the same bits back, and nothing else is let in."""

import hashlib
import json
import os
import pickle
import shutil
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ArtifactError, DataError
from semascope.extras import is_installed
from semascope.probes import artifact
from semascope.probes.artifact import load_artifact, load_attachments, read_card, save_artifact
from semascope.probes.card import Card, MeasureCard, TargetCard
from semascope.probes.head import HEADS, TEXT_HEADS, make_head
from semascope.stats.results import Estimate

CASES = [(kind, name) for kind, names in HEADS.items() for name in names]


def fitted(kind="regression", name="ridge"):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 6)).astype(np.float32)
    y = np.column_stack([x[:, 0], -x[:, 1]]) + 0.1 * rng.standard_normal((60, 2))
    measure = "mae" if kind == "regression" else "accuracy"
    targets = y if kind == "regression" else (y[:, 0] > 0).astype(np.int64)
    if name in TEXT_HEADS:
        words = [[f"{'up' if value > 0 else 'down'}{place}" for place, value in enumerate(row)] for row in x]
        x = np.array([" ".join(each) for each in words], dtype=object)
    return make_head(name, kind=kind, measure=measure).fit(x, targets), x


def card_of(head, **changes) -> Card:
    regression = head.kind == "regression"
    fields = {
        "encoder": "hash:6",
        "space": {"weights": "hash:6", "normalised": True, "max_tokens": 10},
        "precision": "float32",
        "fingerprint": "abc-float32",
        "sentence": "Judge it — café",
        "dim": 6,
        "kind": head.kind,
        "head": head.name,
        "targets": (TargetCard(name="a", low=1, high=5.0), TargetCard(name="b"))
        if regression
        else (TargetCard(name="t"),),
        "classes": () if regression else ("no", "yes"),
    }
    if head.name in TEXT_HEADS:
        fields |= {"encoder": "", "space": {}, "precision": "", "fingerprint": "", "dim": 1}
    return Card(**(fields | changes))


@pytest.fixture
def saved(tmp_path) -> Path:
    head, _ = fitted()
    return save_artifact(tmp_path / "winner", card_of(head), head)


def rewrite(path: Path, change) -> None:
    """Change the card file as an attacker would: with its own digest made right again."""
    file = path / "card.json"
    described = json.loads(file.read_text("utf8"))
    change(described)
    described["sha256"] = artifact._own_digest(described)
    file.write_text(json.dumps(described), "utf8")


@pytest.mark.parametrize("ending", ["", ".zip"])
@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_scorer_comes_back_with_the_same_bits(kind, name, ending, tmp_path) -> None:
    if name == "boosting" and not is_installed("lightgbm"):
        pytest.skip("needs LightGBM")
    head, x = fitted(kind, name)
    path = save_artifact(tmp_path / f"winner{ending}", card_of(head), head)
    assert path.is_file() == bool(ending)
    card, again = load_artifact(path)
    assert card == card_of(head) == read_card(path)
    np.testing.assert_array_equal(again.predict(x), head.predict(x))
    for key, value in head.state()[0].items():
        np.testing.assert_array_equal(again.state()[0][key], value)
    assert [entry for entry in tmp_path.iterdir() if entry != path] == []  # nothing temporary stays


@settings(max_examples=25, deadline=None)
@given(shape=st.tuples(st.integers(1, 5), st.integers(1, 5)), seed=st.integers(0, 99))
def test_arrays_that_are_not_contiguous_come_back_bit_equal(shape, seed, tmp_path_factory) -> None:
    head, _ = fitted()
    coefficients = np.random.default_rng(seed).standard_normal(shape).T  # Fortran order
    head.coef_, head.intercept_ = coefficients, np.zeros(len(coefficients))
    targets = tuple(TargetCard(name=str(place)) for place in range(len(coefficients)))
    card = card_of(head, dim=coefficients.shape[1], targets=targets)
    _, again = load_artifact(save_artifact(tmp_path_factory.mktemp("a") / "w", card, head))
    assert again.coef_.tobytes() == np.ascontiguousarray(coefficients).tobytes()


def test_boosters_lie_in_lightgbm_text_beside_the_card(tmp_path) -> None:
    pytest.importorskip("lightgbm")
    head, _ = fitted("regression", "boosting")
    path = save_artifact(tmp_path / "w", card_of(head), head)
    names = {"card.json", "weights.safetensors", "booster_0.txt", "booster_1.txt"}
    assert {file.name for file in path.iterdir()} == names
    assert (path / "booster_0.txt").read_text("utf8").startswith("tree\n")


def test_a_zipped_folder_is_read_too(saved, tmp_path) -> None:
    made = shutil.make_archive(str(tmp_path / "again"), "zip", tmp_path, "winner")
    assert load_artifact(made)[0].head == "ridge"


@pytest.mark.parametrize("shift", [1, 2**8, 2**16, 2**24, 2**31])
def test_a_zip_that_sends_the_reader_before_its_beginning_is_refused(saved, tmp_path, shift) -> None:
    made = Path(shutil.make_archive(str(tmp_path / "again"), "zip", tmp_path, "winner"))
    data = bytearray(made.read_bytes())
    directory = slice(
        len(data) - 6, len(data) - 2
    )  # where the list of files starts, by the zip's own last words
    start = int.from_bytes(data[directory], "little")
    data[directory] = ((start + shift) % 2**32).to_bytes(4, "little")
    made.write_bytes(data)
    with pytest.raises(ArtifactError, match="damaged zip"):
        load_artifact(made)


def test_an_earlier_scorer_is_replaced_and_other_things_are_not(saved, tmp_path) -> None:
    head, _ = fitted("regression", "median")
    save_artifact(saved, card_of(head), head)
    assert read_card(saved).head == "median"
    other = tmp_path / "mine"
    other.mkdir()
    (other / "notes.txt").write_text("keep me")
    with pytest.raises(ArtifactError, match="exists and is no scorer"):
        save_artifact(other, card_of(head), head)
    assert (other / "notes.txt").read_text() == "keep me"


def test_a_failed_save_leaves_the_earlier_scorer(saved, monkeypatch) -> None:
    head, _ = fitted("regression", "median")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ArtifactError, match="No space left on device"):
        save_artifact(saved, card_of(head), head)
    assert read_card(saved).head == "ridge"
    assert [entry.name for entry in saved.parent.iterdir()] == ["winner"]


@pytest.mark.parametrize("name", ["weights.safetensors", "card.json"])
@pytest.mark.parametrize("damage", ["cut", "flip", "grow", "gone"])
def test_cut_and_changed_files_are_refused(saved, name, damage) -> None:
    file = saved / name
    data = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(data[:-9])
    elif damage == "flip":
        place = data.index(b"hash:6") if name == "card.json" else len(data) - 1
        data[place] ^= 1
        file.write_bytes(data)
    elif damage == "grow":
        file.write_bytes(data + (b"x" if name != "card.json" else b"{}"))
    else:
        file.unlink()
    with pytest.raises(ArtifactError, match=r"is no JSON|not as it was saved|larger than|lacks"):
        load_artifact(saved)


def test_a_later_format_asks_for_an_upgrade(saved) -> None:
    rewrite(saved, lambda described: described.update(format=3))
    with pytest.raises(ArtifactError, match=r"has format 3; this semascope reads formats up to 2; upgrade"):
        load_artifact(saved)


@pytest.mark.parametrize(
    "name", ["../weights.safetensors", "/etc/passwd", "a/b", "..", ".hidden", "c:\\x", ""]
)
def test_no_name_leaves_the_folder(saved, name) -> None:
    def point_elsewhere(described) -> None:
        described["files"][name] = {"sha256": "0", "bytes": 9}

    rewrite(saved, point_elsewhere)
    with pytest.raises(ArtifactError, match="only plain file names are accepted"):
        load_artifact(saved)


@pytest.mark.parametrize("name", ["../../evil.txt", "/evil.txt", "winner/../../evil.txt"])
def test_a_zip_with_a_path_that_leaves_it_is_refused(saved, tmp_path, name) -> None:
    target = tmp_path / "evil.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for file in saved.iterdir():
            archive.write(file, file.name)
        archive.writestr(name, "evil")
    with pytest.raises(ArtifactError, match="only plain file names are accepted"):
        load_artifact(target)
    assert not list(tmp_path.parent.glob("evil.txt"))


def test_links_are_refused_in_folders_and_zips(saved, tmp_path) -> None:
    target = tmp_path / "link.zip"
    entry = zipfile.ZipInfo("weights.safetensors")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(target, "w") as archive:
        archive.write(saved / "card.json", "card.json")
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(ArtifactError, match="is a link"):
        load_artifact(target)
    real = tmp_path / "elsewhere"
    (saved / "weights.safetensors").rename(real)
    (saved / "weights.safetensors").symlink_to(real)
    with pytest.raises(ArtifactError, match="is a link"):
        load_artifact(saved)


def test_pickles_are_refused_with_the_reason(saved, tmp_path) -> None:
    alone = tmp_path / "model.pkl"
    alone.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(ArtifactError, match="is a pickle; pickles run code when loaded"):
        load_artifact(alone)
    unnamed = tmp_path / "model"
    unnamed.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(ArtifactError, match="is a pickle"):
        load_artifact(unnamed)
    torch_like = tmp_path / "model.zip"
    with zipfile.ZipFile(torch_like, "w") as archive:
        archive.writestr("model/data.pkl", b"x")
    with pytest.raises(ArtifactError, match=r"holds 'data\.pkl'; pickles run code"):
        load_artifact(torch_like)
    (saved / "head.joblib").write_bytes(b"x")
    with pytest.raises(ArtifactError, match=r"holds 'head\.joblib'; pickles run code"):
        load_artifact(saved)


def test_other_files_are_no_scorers(tmp_path) -> None:
    with pytest.raises(ArtifactError, match="does not exist"):
        load_artifact(tmp_path / "nowhere")
    (tmp_path / "table.csv").write_text("a,b\n")
    with pytest.raises(ArtifactError, match="neither a folder nor a zip"):
        load_artifact(tmp_path / "table.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtifactError, match=r"lacks card\.json"):
        load_artifact(tmp_path / "empty")


def test_a_cut_zip_is_refused(saved, tmp_path) -> None:
    head, _ = fitted()
    path = save_artifact(tmp_path / "w.zip", card_of(head), head)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ArtifactError, match=r"damaged zip|neither a folder nor a zip"):
        load_artifact(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["card"].update(surprise=1), "surprise"),
        (lambda d: d["card"].update(dim="6"), "dim"),
        (lambda d: d["card"].update(dim=0), "dim"),
        (lambda d: d["card"].update(head="oracle"), "head is 'oracle'"),
        (lambda d: d["card"].update(classes=["x"]), "a regression has no classes"),
        (lambda d: d["card"]["targets"].pop(), "answers 2 numbers a text; the card names 1"),
        (lambda d: d["card"].update(dim=5), "cannot be put together"),
        (lambda d: d["settings"].pop("params"), "cannot be put together"),
        (lambda d: d["files"].pop("weights.safetensors"), "cannot be put together"),
        (lambda d: d.update(more=1), "has keys"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused(saved, change, message) -> None:
    rewrite(saved, change)
    with pytest.raises(ArtifactError, match=message):
        load_artifact(saved)


def test_equal_scorers_make_equal_zips(tmp_path) -> None:
    head, _ = fitted()
    digests = [
        hashlib.sha256(save_artifact(tmp_path / name, card_of(head), head).read_bytes()).digest()
        for name in ("a.zip", "b.zip")
    ]
    assert digests[0] == digests[1]


def test_the_card_keeps_the_measures_and_says_what_they_are() -> None:
    estimate = Estimate(value=0.5, low=float("nan"), high=float("nan"), n=12, reason="too few groups")
    line = MeasureCard.of(estimate, measure="mae", target="a")
    assert (line.value, line.low, line.reason) == (0.5, None, "too few groups")
    head, _ = fitted()
    assert "refitted on all rows" in card_of(head, measures=(line,)).measured


def test_a_card_and_a_head_that_disagree_are_not_saved(tmp_path) -> None:
    head, _ = fitted("regression", "median")
    with pytest.raises(ArtifactError, match="the card speaks of"):
        save_artifact(tmp_path / "w", card_of(fitted()[0]), head)


def test_a_pipe_is_refused_before_anybody_waits_for_it(tmp_path) -> None:
    os.mkfifo(tmp_path / "winner")
    with pytest.raises(DataError, match="is a named pipe; a file is needed"):
        load_artifact(tmp_path / "winner")


def test_a_zip_of_something_else_is_not_replaced(tmp_path) -> None:
    head, _ = fitted("regression", "median")
    other = tmp_path / "photos.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("tide.txt", "keep me")
    with pytest.raises(ArtifactError, match="exists and is no scorer"):
        save_artifact(other, card_of(head), head)
    assert zipfile.ZipFile(other).namelist() == ["tide.txt"]
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("winner/card.json", "{}")  # a folder that somebody has zipped
    save_artifact(other, card_of(head), head)
    assert read_card(other).head == "median"


def test_attachments_are_read_by_name(saved) -> None:
    head, _ = fitted("regression", "median")
    save_artifact(saved, card_of(head), head, attachments={"notes.txt": b"ebb", "more.txt": b"flow"})
    assert load_attachments(saved) == {"notes.txt": b"ebb", "more.txt": b"flow"}
    assert load_attachments(saved, only=("more.txt", "gone.txt")) == {"more.txt": b"flow"}
