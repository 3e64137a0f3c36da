"""``semascope demo``: the packaged sample from end to end, on the real weights."""

from __future__ import annotations

import csv
import io
import json

import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


def test_the_demo_finds_what_was_planted(shell, folder, monkeypatch):
    monkeypatch.setenv("SEMASCOPE_ENCODER", "minilm")
    assert (
        shell("demo", "--repeats", "2", "--output", folder / "run", "--store", folder / "store", "--json")
        == 0
    )
    assert "WARNING: minilm reads English only" in shell.err
    result = json.loads(shell.out)
    notes = {note["title"]: note for note in result["notes"]}
    titles = " | ".join(notes)
    for planted in (
        "6 exact duplicates",
        "4 near duplicates",
        "2 empty texts",
        "1 row lacks “satisfaction”",
        "1 row cut by minilm",
    ):
        assert planted in titles
    assert result["notes"][0]["level"] == "warning"
    cells = {cell["label"]: cell for cell in result["cells"]}
    assert set(cells) == {"mean", "median", "tfidf", "ridge", "mlp", "boosting"}
    best = min(cells["ridge"]["estimate"]["value"], cells["mlp"]["estimate"]["value"])
    assert best < 0.8 * cells["median"]["estimate"]["value"]  # there is something to learn in English
    errors = {
        part["value"]: part["estimate"]["value"]
        for part in cells["ridge"]["slices"]
        if part["column"] == "lang"
    }
    assert set(errors) == {"en", "fr", "es", "pt"}
    assert errors["en"] < min(errors[other] for other in ("fr", "es", "pt"))  # the warned languages are worse
    assert len(cells["ridge"]["repeat"]["values"]) == 2


def test_the_winner_of_the_demo_scores_new_texts_and_ranks_them(shell, folder):
    if not (folder / "run" / "winner").exists():
        pytest.skip("the first test of this module makes the winner")
    texts = "Where is the ferry? It leaves in five minutes and the gate is shut!\nThank you, it was a lovely day last year.\n"
    (folder / "new.csv").write_text("text\n" + "".join(f'"{line}"\n' for line in texts.splitlines()))
    assert (
        shell(
            "rank",
            folder / "run" / "winner",
            folder / "new.csv",
            "--text",
            "text",
            "--target",
            "urgency",
            "--store",
            folder / "store",
        )
        == 0
    )
    rows = list(csv.DictReader(io.StringIO(shell.out)))
    assert rows[0]["text"].startswith("Where is the ferry?")
