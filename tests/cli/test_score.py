"""``semascope score`` and ``rank`` on the winner of a study."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from semascope.cli.main import main

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def finished(table_to_keep, tmp_path_factory) -> Path:
    """A folder with a study and its store, on real vectors: with hashed ones a constant wins, and nothing would be tested."""
    folder = tmp_path_factory.mktemp("finished")
    asked = ("--encoder", "minilm", "--precision", "float32", "--head", "ridge", "--repeats", "1")
    places = ("--store", str(folder / "store"), "--output", str(folder / "run"))
    assert main(["study", str(table_to_keep), "--text", "text", "--target", "rating", *asked, *places]) == 0
    assert "minilm" in (folder / "run" / "winner" / "card.json").read_text()
    return folder


@pytest.fixture
def winner(finished, shell):
    shutil.copytree(finished, shell.folder, dirs_exist_ok=True)
    return shell.folder / "run" / "winner"


def rows_of(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text)))


def test_scores_stand_beside_the_rows_in_their_order(shell, table, winner):
    assert shell("score", winner, table, "--text", "text", "--store", "store") == 0
    rows, asked = rows_of(shell.out), [json.loads(line) for line in table.read_text().splitlines()]
    assert [row["id"] for row in rows] == [row["id"] for row in asked]
    values = [float(row["predicted_rating"]) for row in rows]
    ratings = [row["rating"] for row in asked]
    assert min(ratings) <= min(values) <= max(values) <= max(ratings)
    assert all(row["not_scored"] == "" for row in rows)


def test_rows_that_cannot_be_scored_stay_with_the_reason(shell, winner):
    (shell.folder / "new.jsonl").write_text('{"text": "calm sail"}\n{"text": " "}\n{"text": "storm"}\n')
    assert shell("score", winner, "new.jsonl", "--text", "text", "--store", "store") == 0
    rows = rows_of(shell.out)
    assert [row["not_scored"] for row in rows] == ["", "the text is empty", ""]
    assert rows[1]["predicted_rating"] == ""
    assert "1 row could not be scored" in shell.err


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "parquet"])
def test_every_format(shell, table, winner, ending):
    output = shell.folder / f"scored.{ending}"
    assert shell("score", winner, table, "--text", "text", "--store", "store", "--output", output) == 0
    if ending == "csv":
        rows = rows_of(output.read_text())
    elif ending == "json":
        rows = json.loads(output.read_text())
    elif ending == "jsonl":
        rows = [json.loads(line) for line in output.read_text().splitlines()]
    else:
        rows = pq.read_table(output).to_pylist()
    assert len(rows) == 80
    assert {"id", "text", "rating", "predicted_rating", "not_scored"} <= set(rows[0])


def test_lines_on_standard_input(shell, winner, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"calm sail\nstorm\n")))
    assert shell("score", winner, "--store", "store", "--format", "jsonl") == 0
    rows = [json.loads(line) for line in shell.out.splitlines()]
    assert [row["text"] for row in rows] == ["calm sail", "storm"]


def test_ranking_is_by_the_score_and_starts_at_one(shell, table, winner):
    assert shell("rank", winner, table, "--text", "text", "--store", "store") == 0
    rows = rows_of(shell.out)
    scores = [float(row["score"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert [int(row["rank"]) for row in rows] == list(range(1, 81))
    assert shell("rank", winner, table, "--text", "text", "--store", "store", "--top", "3") == 0
    assert [row["id"] for row in rows_of(shell.out)] == [row["id"] for row in rows[:3]]


def test_a_zipped_winner_says_the_same(shell, table, winner):
    assert shell("score", winner, table, "--text", "text", "--store", "store") == 0
    from_folder = shell.out
    zipped = shutil.make_archive(str(shell.folder / "winner"), "zip", winner)
    assert shell("score", zipped, table, "--text", "text", "--store", "store") == 0
    assert shell.out == from_folder


def test_the_folder_of_a_study_in_place_of_its_winner_is_told_apart(shell, table, winner):
    assert shell("score", "run", table, "--text", "text") == 2
    assert shell.err.strip().endswith(f"what it chose is in it: give {Path('run/winner')}")


def test_texts_put_together_otherwise_than_learnt_are_told(shell, table, winner):
    rows = [
        json.loads(line) | {"title": "a title", "body": "a body"}
        for line in table.read_text().splitlines()[:5]
    ]
    new = shell.folder / "new.jsonl"
    new.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for columns, told in ((["text"], False), (["title", "text"], True), (["body"], True)):
        flags = [part for column in columns for part in ("--text", column)]
        for verb in ("score", "rank"):
            assert shell(verb, winner, new, *flags, "--store", "store") == 0
            assert ("the scorer learnt from 'text' in this order and now reads" in shell.err) is told
    renamed = shell.folder / "renamed.jsonl"
    renamed.write_text("".join(json.dumps({"body": row["text"]}) + "\n" for row in rows))
    assert shell("score", winner, renamed, "--text", "body", "--store", "store") == 0
    assert "the scorer learnt from" not in shell.err  # the same column by another name


def test_classes_come_with_probabilities(shell, table):
    assert (
        shell.study(
            table,
            "--text",
            "text",
            "--target",
            "label",
            "--head",
            "logistic",
            "--baseline",
            "logistic",
            "--repeats",
            "1",
        )
        == 0
    )
    card = json.loads((shell.folder / "run" / "winner" / "card.json").read_text())
    winner = shell.folder / "run" / "winner"
    assert shell("score", winner, table, "--text", "text", "--store", "store") == 0
    row = rows_of(shell.out)[0]
    assert row["predicted_label"] in ("flat", "glad", "sad")
    total = sum(float(row[f"probability_{name}"]) for name in ("flat", "glad", "sad"))
    assert total == pytest.approx(1, abs=1e-6)
    assert "classification" in json.dumps(card)
    assert shell("rank", winner, table, "--text", "text", "--store", "store", "--class", "glad") == 0
    assert shell("rank", winner, table, "--text", "text", "--store", "store", "--class", "gladd") == 2
    assert "known are flat, glad, sad" in shell.err


def test_another_encoder_is_refused_with_the_field(shell, table, winner):
    assert shell("score", winner, table, "--text", "text", "--encoder", "hash:8", "--store", "store") == 2
    assert "weights" in shell.err


def test_a_pickle_is_refused(shell, table):
    import pickle

    (shell.folder / "model.pkl").write_bytes(pickle.dumps({"a": 1}))
    assert shell("score", "model.pkl", table, "--text", "text") == 2
    assert "pickle" in shell.err


def test_a_missing_text_column_is_asked_for(shell, table, winner):
    assert shell("score", winner, table) == 2
    assert "no text column is named" in shell.err


def test_a_ranking_by_a_constant_says_that_nothing_was_ranked(shell, table, winner):
    asked = ("--text", "text", "--store", "store")
    rows = [{"text": f"word{number}", "rating": (1, 1, 1, 5)[number % 4]} for number in range(80)]
    alike = shell.folder / "alike.jsonl"  # no word stands in two rows
    alike.write_text("".join(json.dumps(row) + "\n" for row in rows))
    constant = (
        "--target",
        "rating",
        "--encoder",
        "hash:16",
        "--head",
        "median",
        "--repeats",
        "1",
        "--output",
        "constant",
    )
    assert shell("study", alike, *asked, *constant) == 0
    assert shell("rank", shell.folder / "constant" / "winner", table, *asked) == 0
    rows = rows_of(shell.out)
    assert len({row["score"] for row in rows}) == 1
    head = json.loads((shell.folder / "constant" / "winner" / "card.json").read_text())["card"]["head"]
    assert head in ("mean", "median")
    equal = f"all {len(rows)} scores are equal (head {head})"
    assert f"{equal}: the rows stand in the order of the file" in shell.err
    assert shell("rank", winner, table, *asked) == 0
    assert "are equal" not in shell.err


def test_the_words_of_a_study_score_and_rank_new_texts(shell):
    rng = np.random.default_rng(1)
    good, bad = ("calm", "kind", "bright"), ("late", "cold", "loud")
    rows = []
    for number in range(80):
        words = [*rng.choice(good if number % 2 else bad, 3), f"crossing{number}"]
        rows.append({"text": " ".join(words), "note": "rope", "rating": 5 if number % 2 else 1})
    table = shell.folder / "told.jsonl"
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = ("--text", "text", "--store", "store")
    more = (
        "--target",
        "rating",
        "--encoder",
        "hash:16",
        "--head",
        "ridge",
        "--repeats",
        "1",
        "--output",
        "run",
    )
    assert shell("study", table, *asked, *more) == 0
    winner = shell.folder / "run" / "winner"
    assert json.loads((winner / "card.json").read_text(encoding="utf8"))["card"]["head"] == "tfidf"
    assert shell("rank", winner, table, *asked) == 0
    assert [row["rating"] for row in rows_of(shell.out)] == ["5"] * 40 + ["1"] * 40
    assert shell("score", winner, table, "--text", "note", "--store", "store") == 0
    assert len({row["predicted_rating"] for row in rows_of(shell.out)}) == 1
    assert "the scorer learnt from 'text' in this order and now reads 'note'" in shell.err
    assert "warning: tfidf has learnt no word of 80 texts (rows " in shell.err
    assert shell("score", winner, table, *asked, "--interval", "0.9") == 2
    assert "is a scorer (tfidf) without examples" in shell.err


# Files that were scored before


def scored(shell, winner, table, *more, verb="score", output="scored.csv"):
    assert shell(verb, winner, table, "--text", "text", "--store", "store", "--output", output, *more) == 0
    return list(csv.DictReader((shell.folder / output).open(encoding="utf8")))


def test_stale_scores_of_a_file_are_replaced_and_that_is_said(shell, table, winner):
    fresh = scored(shell, winner, table)
    stale = [row | {"predicted_rating": "-99", "not_scored": "long ago"} for row in fresh]
    columns = ["predicted_rating", *[name for name in fresh[0] if name != "predicted_rating"]]
    with (shell.folder / "stale.csv").open("w", encoding="utf8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(stale)
    again = scored(shell, winner, "stale.csv", output="again.csv")
    assert again == fresh
    assert list(again[0]) == list(fresh[0])  # in the places of a first run
    assert (
        "warning: column 'predicted_rating' of stale.csv is replaced: it is left over from an earlier run"
        in shell.err
    )
    assert shell.err.count("warning") == 1


def test_a_ranking_of_a_ranking_is_the_same(shell, table, winner):
    first = scored(shell, winner, table, verb="rank", output="first.csv")
    again = scored(shell, winner, "first.csv", verb="rank", output="again.csv")
    assert again == first
    assert (
        "columns 'rank', 'score' of first.csv are replaced: they are left over from an earlier run"
        in shell.err
    )


def test_scores_that_stay_beside_others_are_named(shell, table, winner):
    scored(shell, winner, table, output="first.csv")
    ranked = scored(shell, winner, "first.csv", verb="rank", output="ranked.csv")
    assert {"predicted_rating", "rank", "score"} < set(ranked[0])
    assert (
        "column 'predicted_rating' of first.csv is left as it is: it is not part of these scores" in shell.err
    )
    scored(shell, winner, "ranked.csv", output="again.csv")
    assert (
        "column 'predicted_rating' of ranked.csv is replaced: it is left over from an earlier run"
        in shell.err
    )
    assert (
        "columns 'rank', 'score' of ranked.csv are left as it is: they are not part of these scores"
        in shell.err
    )
    assert shell.err.count("warning") == 2


def test_a_score_of_the_user_in_a_scored_file_is_theirs(shell, table, winner):
    rows = [json.loads(line) | {"score": 7} for line in table.read_text().splitlines()]
    table.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    scored(shell, winner, table, output="first.csv")
    assert "warning" not in shell.err
    assert {row["score"] for row in scored(shell, winner, "first.csv", output="again.csv")} == {"7"}
    assert "left as it is" not in shell.err  # without a rank beside it, it is none of ours
    assert shell(*("rank", winner, "first.csv", "--text", "text", "--store", "store")) == 2
    assert "first.csv has a column 'score' of its own" in shell.err


@pytest.mark.parametrize(
    ("verb", "name"), [("rank", "score"), ("rank", "rank"), ("score", "predicted_rating")]
)
def test_a_column_of_the_user_is_not_replaced(shell, table, winner, verb, name):
    rows = [json.loads(line) | {name: 1} for line in table.read_text().splitlines()]
    table.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert shell(verb, winner, table, "--text", "text", "--store", "store") == 2
    assert shell.out == ""
    assert (
        f"messages.jsonl has a column '{name}' of its own; one of that name would be written; rename"
        in shell.err
    )


def test_probabilities_of_a_file_that_was_scored_are_replaced(shell, table):
    flags = ["--text", "text", "--target", "label", "--head", "logistic", "--repeats", "1"]
    assert shell.study(table, *flags) == 0
    winner = shell.folder / "run" / "winner"
    first = scored(shell, winner, table, output="first.csv")
    assert {"predicted_label", "probability_glad", "probability_sad"} < set(first[0])
    renamed = (shell.folder / "first.csv").read_text().replace("probability_sad", "probability_angry", 1)
    (shell.folder / "first.csv").write_text(renamed)
    again = scored(shell, winner, "first.csv", output="again.csv")
    assert [row["probability_sad"] for row in again] == [row["probability_sad"] for row in first]
    assert not any(name.endswith("_") for name in again[0])
    assert (
        "column 'probability_angry' of first.csv is left as it is: it is not part of these scores"
        in shell.err
    )


def test_vectors_of_a_file_that_was_embedded_are_replaced(shell, table):
    flags = ["--text", "text", "--store", "store"]
    assert shell("embed", table, *flags, "--encoder", "hash:4", "--output", "four.parquet") == 0
    assert shell("embed", "four.parquet", *flags, "--encoder", "hash:8", "--output", "eight.parquet") == 0
    assert "column 'vector' of four.parquet is replaced: it is left over from an earlier run" in shell.err
    found = pq.read_table(shell.folder / "eight.parquet")
    assert found.column_names.count("vector") == 1
    assert len(found["vector"][0]) == 8
    rows = [json.loads(line) | {"vector": "mine"} for line in table.read_text().splitlines()]
    table.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert shell("embed", table, *flags, "--encoder", "hash:4", "--output", "mine.parquet") == 2
    assert "messages.jsonl has a column 'vector' of its own" in shell.err
    assert shell("embed", table, *flags, "--encoder", "hash:4", "--output", "mine.npy") == 0


def test_a_target_called_score_stays_and_intervals_are_replaced(shell, table):
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    rows = [{"text": row["text"], "score": row["rating"]} for row in rows]
    table.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    flags = ["--text", "text", "--target", "score", "--encoder", "hash:8", "--store", "store"]
    assert shell("learn", table, *flags, "--output", "model.zip") == 0
    first = scored(shell, "model.zip", table, "--interval", "0.9", verb="rank", output="first.csv")
    assert {"rank", "score", "predicted_score", "low", "high"} <= set(first[0])
    assert sorted(float(row["score"]) for row in first) == sorted(row["score"] for row in rows)
    again = scored(shell, "model.zip", "first.csv", "--interval", "0.5", verb="rank", output="again.csv")
    width = [float(row["high"]) - float(row["low"]) for row in (first[0], again[0])]
    assert width[1] < width[0]
    assert "columns 'rank', 'predicted_score', 'low', 'high' of first.csv are replaced" in shell.err
    scored(shell, "model.zip", "first.csv", output="without.csv")
    assert (
        "columns 'rank', 'low', 'high' of first.csv are left as it is: they are not part of these scores"
        in shell.err
    )
