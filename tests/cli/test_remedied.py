"""A remedy that was kept, in every command that takes an encoder: what it makes goes on when the kept folder is gone."""

from __future__ import annotations

import json
import shutil
import zipfile

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import Ridge

from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder

pytestmark = pytest.mark.long

ASK = ("--text", "text", "--target", "rating")


@pytest.fixture
def kept(hash_kept, shell):
    return shutil.copytree(hash_kept, shell.folder / "runs" / "kept")


def mended(kept, texts):
    """Rows by numpy alone."""
    remedy = load_encoder(str(kept)).remedy
    rows = (HashEncoder(16).encode(texts).astype(np.float64) - remedy.mean) @ remedy.matrix
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def planted(shell, kept):
    """A table whose rating is linear in the mended rows of its texts."""
    texts = [f"message {number} of the harbour" for number in range(90)]
    rows = mended(kept, texts)
    ratings = 5 + rows @ np.random.default_rng(2).normal(size=16)
    path = shell.folder / "planted.jsonl"
    lines = [{"text": text, "rating": float(rating)} for text, rating in zip(texts, ratings, strict=True)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    np.save(shell.folder / "mended.npy", rows)
    return path


def read_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def scored(shell, model, table):
    assert shell("score", model, table, "--text", "text", "--store", "store", "--format", "jsonl") == 0, (
        shell.err
    )
    return [row["predicted_rating"] for row in read_lines(shell.out)]


@pytest.fixture
def studied(shell, kept, planted):
    asked = ("--head", "ridge", "--repeats", "1", "--store", "store", "--output", "run", "--encoder", kept)
    assert shell("study", planted, *ASK, *asked, "--vectors", "theirs=mended.npy", "--keep", "all") == 0, (
        shell.err
    )
    return shell.folder / "run"


def test_a_study_predicts_what_it_predicts_from_rows_that_numpy_mended(studied):
    lines = pq.read_table(studied / "predictions.parquet").to_pylist()

    def predictions(cell):
        return {line["row"]: line["prediction"] for line in lines if line["cell"] == cell}

    ours, theirs = predictions("kept · default · 16 · ridge"), predictions("theirs · default · 16 · ridge")
    assert len(ours) == 18
    assert list(ours) == list(theirs)
    np.testing.assert_allclose(list(ours.values()), list(theirs.values()), atol=1e-5)
    (record,) = [
        record
        for record in read_lines((studied / "records.jsonl").read_text())
        if record["cell"]["encoder"] == "kept"
    ]
    assert record["fingerprint"] == load_encoder(record["source"]).fingerprint


def test_its_scorer_scores_to_the_last_bit_without_the_kept_folder(shell, studied, kept, planted):
    (scorer,) = [
        path.parent
        for path in (studied / "cells").rglob("scorer/card.json")
        if '"called": "kept"' in path.read_text()
    ]
    before = scored(shell, scorer, planted)
    shutil.rmtree(kept)
    shutil.rmtree(shell.folder / "store")
    with zipfile.ZipFile("packed.zip", "w") as archive:
        for path in filter(lambda each: each.is_file(), scorer.rglob("*")):
            archive.write(path, path.relative_to(scorer.parent))
    moved = shutil.copytree(scorer, shell.folder / "moved")
    shutil.rmtree(studied)
    assert scored(shell, moved, planted) == before
    assert scored(shell, "packed.zip", planted) == before
    card = json.loads((moved / "card.json").read_text())["card"]
    assert card["space"]["remedy"].startswith("turn ")
    assert "remedy turn: rows of hash:16 are mended, as it was fitted on 60 rows" in card["notes"]
    assert shell("score", moved, planted, "--text", "text", "--encoder", "hash:16") == 2
    assert "encoder 'hash:16' is of another space: remedy is none instead of 'turn " in shell.err


def test_learn_and_what_follows_it(shell, kept, planted):
    asked = ("--encoder", kept, "--store", "store", "--alpha", "1", "--output", "model.zip")
    assert shell("learn", planted, *ASK, *asked) == 0, shell.err
    before = scored(shell, "model.zip", planted)
    shutil.rmtree(kept)
    shutil.rmtree(shell.folder / "store")
    assert scored(shell, "model.zip", planted) == before
    ratings = [json.loads(line)["rating"] for line in planted.read_text().splitlines()]
    rows = np.load(shell.folder / "mended.npy").astype(np.float64)
    expected = Ridge(alpha=1).fit(rows, ratings).predict(rows)
    np.testing.assert_allclose(before, np.clip(expected, min(before), max(before)), atol=1e-4)
    (shell.folder / "more.jsonl").write_text(json.dumps({"text": "calm sail", "rating": 4.5}) + "\n")
    assert (
        shell("learn", "more.jsonl", *ASK, "--model", "model.zip", "--store", "store", "--output", "next.zip")
        == 0
    ), shell.err
    assert scored(shell, "next.zip", planted) != before
    assert shell("explain", "next.zip", planted, "--text", "text", "--store", "store") == 0, shell.err


def test_index_and_search(shell, kept, planted):
    rows = [json.loads(line) | {"id": f"d{n}"} for n, line in enumerate(planted.read_text().splitlines())]
    (shell.folder / "docs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    index = (
        "index",
        "docs.jsonl",
        "--text",
        "text",
        "--encoder",
        kept,
        "--store",
        "store",
        "--output",
        "index",
    )
    assert shell(*index) == 0, shell.err
    assert "mended by remedy turn" in " ".join(shell.out.split())
    assert shell(*index) == 0, shell.err
    search = ("search", "index", "message 7 of the sea", "--json")
    assert shell(*search) == 0
    before = json.loads(shell.out)["queries"]
    cosines = np.load(shell.folder / "mended.npy") @ mended(kept, ["message 7 of the sea"])[0]
    assert [hit["id"] for hit in before[0]["hits"]] == [f"d{row}" for row in np.argsort(-cosines)[:10]]
    shutil.rmtree(kept)
    assert shell(*search) == 0
    assert json.loads(shell.out)["queries"] == before
    assert shell(*search, "--encoder", "hash:16") == 2
    assert "remedy is none instead of 'turn " in shell.err


def test_an_index_that_was_made_with_another_remedy_takes_no_more(shell, kept, planted, keep_remedy):
    rows = [json.loads(line) | {"id": f"d{n}"} for n, line in enumerate(planted.read_text().splitlines())]
    (shell.folder / "docs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    index = (
        "index",
        "docs.jsonl",
        "--text",
        "text",
        "--encoder",
        kept,
        "--store",
        "store",
        "--output",
        "index",
    )
    assert shell(*index) == 0, shell.err
    keep_remedy(kept, "hash:16", seed=1)
    assert shell(*index) == 2
    assert shell.err.count("\n") == 1
    assert "error: index was made with remedy turn " in shell.err


def test_retrieve_and_the_index_that_won(shell, kept, planted_collection):
    places = ("--store", "store", "--output", "run", "--json")
    assert shell("retrieve", planted_collection, "--encoder", kept, *places) == 0, shell.err
    assert json.loads(shell.out)["winner"] == "kept"
    assert shell("search", "run/winner", "noon", "--json") == 0
    before = json.loads(shell.out)["queries"]
    shutil.rmtree(kept)
    assert shell("search", "run/winner", "noon", "--json") == 0
    assert json.loads(shell.out)["queries"] == before


def test_embed_writes_mended_rows_and_stores_those_of_the_base(shell, kept, planted):
    embed = ("embed", planted, "--text", "text", "--store", "store")
    assert shell(*embed, "--encoder", "hash:16", "--output", "plain.npy") == 0, shell.err
    assert shell(*embed, "--encoder", kept, "--output", "ours.npy", "--json") == 0, shell.err
    assert json.loads(shell.out)["hits"] == 90
    np.testing.assert_allclose(np.load("ours.npy"), np.load("mended.npy"), atol=1e-6)
    assert shell(*embed, "--encoder", kept, "--dim", "4", "--output", "narrow.npy") == 0, shell.err
    narrow = np.load("mended.npy")[:, :4]
    narrow /= np.linalg.norm(narrow, axis=1, keepdims=True)
    np.testing.assert_allclose(np.load("narrow.npy"), narrow, atol=1e-6)


def test_map_lays_it_out_beside_its_base(shell, kept, planted):
    asked = (
        "--text",
        "text",
        "--encoder",
        "hash:16",
        "--encoder",
        kept,
        "--store",
        "store",
        "--output",
        "map",
        "--layout",
        "pca",
    )
    assert shell("map", planted, *asked) == 0, shell.err
    assert (shell.folder / "map").is_dir()


def test_encoders_and_doctor_say_what_it_is(shell, kept, tiny_kept):
    assert shell("encoders", kept, "--json") == 0
    found = json.loads(shell.out)
    assert (found["name"], found["mends rows of"]) == ("kept", "hash:16")
    assert found["space: remedy"].startswith("turn ")
    assert shell("doctor", "--encoder", tiny_kept, "--longest", "64", "--device", "cpu") == 0, shell.err
    said = " ".join(shell.out.split())
    assert (
        "encoder tiny-kept remedy turn: rows of tiny are mended, as it was fitted on 60 rows; all below is"
        in said
    )
    assert "no check failed" in said
    assert (
        shell(
            "doctor",
            "--parity",
            f"{tiny_kept},packed,float32",
            f"{tiny_kept},plain,float32",
            "--longest",
            "64",
        )
        == 0
    )
    assert shell("doctor", "--encoder", kept) == 2
    assert "an encoder with weights can be examined" in shell.err
    assert shell("doctor", "--parity", kept, "hash:16") == 2
    assert "they differ in remedy 'turn " in shell.err


def test_a_kept_folder_that_is_damaged_is_one_line(shell, kept, planted):
    (kept / "remedied.json").write_text("{}")
    assert shell("embed", planted, "--text", "text", "--encoder", kept, "--output", "x.npy") == 2
    assert shell.err.startswith("error: ")
    assert shell.err.count("\n") == 1
    assert "is damaged or was changed" in shell.err
