"""The folder of a map: it holds one map, and what others put there."""

from __future__ import annotations

import errno
import json
import os

import pytest

import semascope as sm
from semascope.errors import ConfigError, DataError
from semascope.files import replace_file, writing_folder

TEXTS = [f"post {number} on {('tides', 'bread', 'roads')[number % 3]}" for number in range(12)]


@pytest.fixture
def make(tmp_path):
    def call(*instructions, **given):
        given = {"encoder": "hash:8", "layout": "pca", "store": tmp_path / "store"} | given
        if instructions:
            given["instruction"] = instructions
        return sm.build_map(given.pop("data", TEXTS), output=tmp_path / "out", **given)

    return call


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_reused_folder_holds_the_last_map_and_what_is_not_ours(make, tmp_path):
    out = tmp_path / "out"
    make("default", "topic", "sentiment")
    foreign = {
        "visualizations/mine_embeddings.html",
        "embeddings/mine.npy",
        "notes.txt",
        "visualizations/sub/a.html",
    }
    for name in foreign:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("mine")
    make("default", "toxicity")
    ours = {
        "visualizations/multitask_comparison.html", "visualizations/map.json", "embeddings/rows.npy",
        "visualizations/default_embeddings.html", "visualizations/toxicity_embeddings.html",
        "embeddings/default.npy", "embeddings/toxicity.npy",
    }  # fmt: skip
    assert files(out) == ours | foreign
    assert all((out / name).read_text() == "mine" for name in foreign)
    table = sm.Table.from_columns({"text": TEXTS, "x": range(12), "y": range(12)})
    make(data=table, encoder=(), layout="umap", coordinates="default=x,y")
    given = {"visualizations/multitask_comparison.html", "visualizations/map.json", "visualizations/default_embeddings.html"}  # fmt: skip
    assert (
        files(out) == given | foreign
    )  # vectors of another map beside these pages would be taken for theirs


def test_a_map_without_vectors_makes_no_folder_for_them(make, tmp_path):
    table = sm.Table.from_columns({"text": TEXTS, "x": range(12), "y": range(12)})
    make(data=table, encoder=(), layout="umap", coordinates="default=x,y")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["visualizations"]


def test_pages_beside_a_record_of_another_kind_are_left(make, tmp_path):
    pages = tmp_path / "out" / "visualizations"
    pages.mkdir(parents=True)
    (pages / "map.json").write_text('{"panels": [{"name": "theirs"}]}')
    (pages / "theirs_embeddings.html").write_text("theirs")
    make()
    assert (pages / "theirs_embeddings.html").read_text() == "theirs"


@pytest.mark.parametrize(
    "held",
    [
        "",
        "[]",
        "{}",
        "nothing",
        '{"panels": 3}',
        '{"panels": [{"name": 3}]}',
        '{"panels": [{"name": "../mine"}], "format": 1}',
    ],
)
def test_a_record_that_is_not_ours_removes_nothing_outside_its_names(held, make, tmp_path):
    pages = tmp_path / "out" / "visualizations"
    pages.mkdir(parents=True)
    (pages / "map.json").write_text(held)
    (tmp_path / "out" / "mine_embeddings.html").write_text("mine")
    (pages / "other.html").write_text("mine")
    make()
    assert (tmp_path / "out" / "mine_embeddings.html").exists() and (pages / "other.html").exists()
    assert json.loads((pages / "map.json").read_text())["panels"][0]["name"] == "default"


def test_single_pages_carry_their_own_sentence(make, tmp_path):
    found = make("default", "topic", label=[text.split()[-1] for text in TEXTS])
    pages = tmp_path / "out" / "visualizations"
    linked = (pages / "multitask_comparison.html").read_text(encoding="utf8")
    for name, alone in zip(("default", "topic"), found.alone, strict=True):
        page = (pages / f"{name}_embeddings.html").read_text(encoding="utf8")
        assert alone.sentence.startswith(f"In '{name}' the ")
        said = alone.finding.headline.replace("'", "&#39;").replace(" %", "\u00a0%")
        assert said in page and said not in linked


def test_a_full_disk_leaves_the_pages_of_the_earlier_map_whole(make, tmp_path, monkeypatch):
    made = make()
    before = {name: (tmp_path / "out" / name).read_bytes() for name in files(tmp_path / "out")}
    written = []

    def full(path, content):
        written.append(path)
        if len(written) == 2:  # the first page has room
            monkeypatch.setattr("os.fsync", lambda handle: _raise_full())
        replace_file(path, content)

    monkeypatch.setattr("semascope.maps.writing.replace_file", full)
    with pytest.raises(DataError, match=r"cannot be written to .*out \(No space left on device\)"):
        made.save(tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in files(tmp_path / "out")} == before


def _raise_full():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_map_is_not_written_while_another_is(make, tmp_path):
    pytest.importorskip("fcntl")
    made = make()
    with (
        writing_folder(tmp_path / "out", {"seed": 1}, what="map"),
        pytest.raises(ConfigError, match=r"out is being written right now by another run"),
    ):
        made.save(tmp_path / "out")
    made.save(tmp_path / "out")
