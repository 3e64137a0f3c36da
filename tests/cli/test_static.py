"""A table of token vectors wherever the command line takes an encoder."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from semascope.embedding.unknown import unknown_texts
from semascope.encoders.loading import load_encoder

pytest.importorskip("tokenizers")

WORDS = [
    "the",
    "tide",
    "tables",
    "of",
    "harbour",
    "say",
    "high",
    "water",
    "at",
    "noon",
    "and",
    "low",
    "six",
    "a",
    "ship",
    "with",
    "three",
    "sails",
    "lies",
]


UNKNOWN = "tides knows no word of 2 texts (rows 3, 9): all such texts have the vector of its unknown token, and so one score"


@pytest.fixture
def folder(static_folders, tmp_path):
    return static_folders.write_model2vec(tmp_path / "tides")


@pytest.fixture
def rows(tmp_path):
    """Texts whose number is how often they say high; two of them hold no word that the table knows."""
    draw = np.random.default_rng(1)
    found = [
        {"text": f"{' '.join(draw.choice(WORDS, 5))} {'high ' * (n % 5)}{n}", "height": n % 5}
        for n in range(70)
    ]
    found[3]["text"], found[9]["text"] = "⛵", "🌊"
    file = tmp_path / "tides.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in found))
    return file


def test_embed_tells_what_the_vocabulary_lacks(shell, folder, rows):
    asked = (
        "embed",
        str(rows),
        "--text",
        "text",
        "--encoder",
        str(folder),
        "--store",
        "store",
        "--output",
        "v.npy",
    )
    assert shell(*asked, "--show-prompts", "1") == 0
    said = " ".join(shell.out.split())
    assert "of the tokens read are not in the vocabulary" in said
    assert (
        "2 texts without a token of the vocabulary, with the vector of the unknown token: rows 3, 9" in said
    )
    assert np.load("v.npy").shape == (70, 12)
    assert shell(*asked, "--json") == 0
    assert json.loads(shell.out)["unknown_rows"] == [3, 9]


def test_embed_says_that_a_text_is_read_whole(shell, static_folders, rows, tmp_path):
    folder = static_folders.write_sentence_transformers(tmp_path / "whole")
    asked = (
        "embed",
        str(rows),
        "--text",
        "text",
        "--encoder",
        str(folder),
        "--store",
        "store",
        "--output",
        "v.npy",
    )
    assert shell(*asked) == 0
    assert "every row is read whole" in shell.out
    assert shell("encoders", str(folder)) == 0
    assert "no limit" in shell.out


def test_a_study_compares_it_and_warns_of_what_it_does_not_know(shell, folder, rows, tmp_path):
    study = (
        "study", str(rows), "--text", "text", "--target", "height", "--encoder", str(folder), "--encoder", "hash:8",
        "--head", "ridge", "--long", "truncate", "--store", "store", "--output", "run",
    )  # fmt: skip
    assert shell(*study) == 0
    said = " ".join(shell.out.split())
    assert "knows no word of 2 rows" in said
    records = [json.loads(line) for line in (tmp_path / "run" / "records.jsonl").read_text().splitlines()]
    (ours,) = [record for record in records if record["cell"]["encoder"].endswith("tides")]
    assert ours["costs"]["unknown_rows"] == 2
    assert 0 < ours["costs"]["unknown_share"] < 0.3
    assert ours["costs"]["encode_seconds_per_1000"] > 0
    assert ours["fingerprint"].endswith("-float32")


def test_a_learner_and_a_map_take_it(shell, folder, rows, tmp_path):
    named = ("--text", "text", "--encoder", str(folder), "--store", "store")
    assert shell("learn", str(rows), *named, "--target", "height", "--output", "learner.zip") == 0
    assert UNKNOWN in " ".join(shell.out.split())
    scored = (
        "score",
        "learner.zip",
        str(rows),
        "--text",
        "text",
        "--output",
        "scored.csv",
        "--store",
        "store",
    )
    assert shell(*scored) == 0
    assert len((tmp_path / "scored.csv").read_text().splitlines()) == 71
    assert f"warning: {UNKNOWN}" in shell.err
    ranked = ("rank", "learner.zip", str(rows), "--text", "text", "--top", "3", "--store", "store")
    assert shell(*ranked) == 0
    assert f"warning: {UNKNOWN}" in shell.err
    drawn = ("map", str(rows), *named, "--label", "height", "--layout", "pca", "--output", "drawn")
    assert shell(*drawn) == 0
    said = " ".join((shell.out + shell.err).split())
    assert "knows no word of 2 texts (rows 3, 9): all such texts have the vector of its unknown token" in said


def test_a_loop_that_asks_says_first_what_it_does_not_know(shell, folder, rows, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"q\n")))
    named = ("--text", "text", "--encoder", str(folder), "--store", "store", "--output", "learner.zip")
    assert shell("learn", str(rows), *named, "--ask") == 0
    assert f"note: {UNKNOWN}" in " ".join(shell.out.split())


def test_an_encoder_that_does_not_tell_what_it_knows_is_not_asked_to_tokenize(tiny_bert):
    encoder = load_encoder(str(tiny_bert), long="chunk")
    assert unknown_texts(["the tide", "⛵"], encoder=encoder) == []
    assert "tokenizer" not in vars(encoder._tokens)


def test_a_table_that_wins_scores_new_texts_as_the_study_did(shell, folder, tmp_path):
    """Numbers are a linear function of the table's rows, so that nothing else comes near; the winner is that cell."""
    draw = np.random.default_rng(1)
    texts = [" ".join(draw.choice(WORDS, draw.integers(3, 9))) for _ in range(120)]
    encoder = load_encoder(str(folder))
    heights = encoder.encode(texts) @ draw.standard_normal(encoder.dim)
    data = tmp_path / "linear.jsonl"
    rows = [{"text": text, "height": float(one)} for text, one in zip(texts, heights, strict=True)]
    data.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    study = (
        "study", str(data), "--text", "text", "--target", "height", "--encoder", f"ours={folder}", "--head", "ridge",
        "--repeats", "1", "--store", "store", "--output", "run",
    )  # fmt: skip
    assert shell(*study) == 0
    card = json.loads((tmp_path / "run" / "winner" / "card.json").read_text())["card"]
    assert (card["called"], card["encoder"], card["head"]) == ("ours", str(folder), "ridge")
    assert card["space"] == encoder.space.fields
    moved = folder.rename(tmp_path / "moved")
    score = ("score", "run/winner", str(data), "--text", "text", "--store", "another")
    assert shell(*score) == 2
    assert f"encoder 'ours' of this model was read from folder '{folder}', which is not here" in shell.err
    assert shell(*score, "--encoder", str(moved)) == 0
    assert "warning" not in shell.err
    scores = [float(row["predicted_height"]) for row in csv.DictReader(io.StringIO(shell.out))]
    np.testing.assert_allclose(scores, heights, atol=0.02 * np.ptp(heights))


def test_doctor_examines_it(shell, folder, static_folders, tmp_path):
    assert shell("doctor", "--encoder", str(folder), "--longest", "600") == 0
    assert "equal: packed and plain" in shell.out
    assert "no check failed" in shell.out
    assert shell("doctor", "--parity", f"{folder},packed", f"{folder},plain", "--longest", "600") == 0
    other = static_folders.write_sentence_transformers(tmp_path / "other")
    assert shell("doctor", "--encoder", str(other), "--json") == 0
    found = json.loads(shell.out)
    assert found["parity"]["verdict"] == "equal"
    assert found["rule"] == "sentence-transformers"


def test_doctor_fails_where_rows_are_not_what_the_definition_gives(shell, folder, monkeypatch):
    from semascope.encoders.static import encoder

    real = encoder.plain_rows
    monkeypatch.setattr(
        encoder, "plain_rows", lambda *given, **named: np.roll(real(*given, **named), 1, axis=1)
    )
    assert shell("doctor", "--encoder", str(folder), "--longest", "600") == 1
    assert "failed: packed and plain are different; the worst row is" in shell.out


def test_a_damaged_table_is_one_line_and_exit_2(shell, folder, rows):
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-1])
    assert shell("embed", str(rows), "--text", "text", "--encoder", str(folder), "--output", "v.npy") == 2
    assert shell.err.count("\n") == 1
    assert "it was cut short" in shell.err
