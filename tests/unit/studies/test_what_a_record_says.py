"""What the record of a cell says of its repeats and its costs."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file

from semascope.embedding.path import embed
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.store.speeds import Speeds
from semascope.studies.heads.asking.rows import load_rows
from semascope.studies.heads.computing import compute
from semascope.studies.heads.computing.fit import fit_cell

HASH = "hash:16 · default · 16 · ridge"


@pytest.mark.parametrize("repeats", [1, 2, 3])
def test_each_repeated_split_has_the_error_of_its_own_rows_and_a_single_one_has_none(desk, letters, repeats):
    rows = letters(60)
    desk.run(rows, repeats=repeats, headline="lang=en")
    found = desk.records()["median"]["repeats"]
    assert len(found) == (repeats if repeats > 1 else 0)
    read = load_rows(desk.ask(rows, headline="lang=en"))
    truth, asked = read.truth[:, 0], np.array([row["lang"] == "en" for row in rows])
    for number, repeat in enumerate(found):
        split = read.resplit(repeat=number, test_size=0.2, seed=42)
        judged = split.test[asked[split.test]]
        assert (repeat["repeat"], repeat["test"]) == (number, len(judged))
        assert repeat["train"] == asked[split.train].sum()
        error = np.abs(truth[judged] - np.median(truth[split.train])).mean()
        assert repeat["values"]["score"] == pytest.approx(error)


def test_tokens_that_the_vocabulary_lacks_are_a_share_of_those_that_are_read(desk, letters, tiny_model2vec):
    """Eight known words, and as many unknown ones behind them as the row's number says, up to five."""
    rng = np.random.default_rng(3)
    rows = letters(60)
    for number, row in enumerate(rows):
        known = rng.choice(["tide", "storm", "wind", "rope", "deck", "water", "anchor", "calm"], size=8)
        row["body"] = " ".join([*known, *["⛵"] * (number % 6)])
    rows[0]["body"], rows[1]["body"] = "⛵ ⛵", "⛵"
    unknown = sum(number % 6 for number in range(60)) - 1 + 3
    result = desk.run(rows, encoder=str(tiny_model2vec))
    costs = next(record["costs"] for record in desk.records().values() if record["cell"]["encoder"])
    assert costs["unknown_rows"] == 2
    assert costs["unknown_share"] == pytest.approx(unknown / (58 * 8 + unknown))
    assert any("knows no word of 2 rows" in note.title for note in result.notes)
    assert all(
        (record["costs"]["unknown_rows"], record["costs"]["unknown_share"]) == (0, 0.0)
        for record in desk.records().values()
        if not record["cell"]["encoder"]
    )


def test_cells_on_the_same_vectors_cost_what_encoding_them_was_measured_at(desk):
    desk.run(head="ridge")
    file = desk.folder / "run" / "records.jsonl"
    records = [json.loads(line) for line in file.read_text().splitlines()]
    for record in records:
        if record["id"] == HASH:
            record["costs"]["encode_seconds_per_1000"] = 123.0
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    desk.run(
        encoder=["hash:16", "hash:8"], head=["ridge", "mlp"], dim=[16, 4], instruction=["default", "tide=Tide"],
        baseline=HASH,
    )  # fmt: skip
    found = {
        (record["cell"]["encoder"], record["cell"]["instruction"]): set()
        for record in desk.records().values()
    }
    for record in desk.records().values():
        cell, seconds = record["cell"], record["costs"]["encode_seconds_per_1000"]
        assert not math.isnan(seconds)
        found[cell["encoder"], cell["instruction"]].add(seconds)
    assert found["hash:16", "default"] == {123.0}
    others = [found[where] for where in found if where[0] and where != ("hash:16", "default")]
    assert len(others) == 3
    assert all(len(seconds) == 1 and 123.0 not in seconds for seconds in others)


def test_the_price_of_encoding_is_the_tokens_of_a_text_at_the_speed_that_is_known(desk, letters):
    """Nothing is left to encode: 11 words a text at 128 tokens a second are 85.9 seconds a thousand texts."""
    encoder, rows = HashEncoder(16), letters(60)
    embed([row["body"] for row in rows], encoder=encoder, store=desk.store)
    Speeds(desk.store.root).note(encoder.fingerprint, tokens=1280, seconds=10.0, device="cpu")
    desk.run(rows, head="ridge")
    costs = desk.records()[HASH]["costs"]
    assert costs["tokens"] == 60 * 11
    assert costs["encode_seconds_per_1000"] == pytest.approx(1000 * 11 / 128)


def test_the_price_of_predicting_is_that_of_a_thousand_texts(desk, letters, monkeypatch):
    def timed(*given, **more):
        return replace(fit_cell(*given, **more), fit_seconds=2.0, predict_seconds=0.6)

    monkeypatch.setattr(compute, "fit_cell", timed)
    result = desk.run(letters(60))
    assert result.rows_test == 12
    for record in desk.records().values():
        costs = record["costs"]
        assert (costs["fit_seconds"], costs["predict_seconds_per_1000"]) == (2.0, pytest.approx(50.0))


def test_memory_is_that_of_the_encoder_and_of_what_the_head_knows(desk, letters, tiny_model2vec):
    """Three classes: a number a class and column, and one a class, in eight bytes each; the majority knows the classes' shares."""
    result = desk.run(letters(60), target="mood", head="logistic", encoder=[str(tiny_model2vec), "hash:16"])
    table = load_encoder(str(tiny_model2vec)).table.vectors
    found = {cell.label: cell.costs.memory_bytes for cell in result.cells}
    line = {label: size for label, size in found.items() if label.endswith("logistic")}
    assert sorted(line.values()) == sorted([8 * 3 * 17, table.nbytes + 8 * 3 * (table.shape[1] + 1)])
    vocabulary = desk.folder / "run" / "winner" / "vocabulary.txt"
    assert found["majority"] < 100 < found["tfidf"] and not vocabulary.exists()


def test_words_take_what_their_artifact_takes(desk, letters, monkeypatch):
    """The scorer is fitted on the training rows here, as the cell was."""
    monkeypatch.setattr(
        "semascope.studies.heads.winner.fit_all",
        lambda read, rows, *, factory, seed: _on_training_rows(read, rows, factory, seed),
    )
    result = desk.run(letters(60), target="mood", head="logistic", keep="all")
    kept = next((desk.folder / "run" / "cells").glob("tfidf*")) / "scorer"
    files = [file for file in kept.iterdir() if file.suffix == ".txt"]
    weights = load_file(kept / "weights.safetensors")
    size = sum(each.nbytes for each in weights.values()) + sum(file.stat().st_size for file in files)
    assert files
    assert {cell.label: cell.costs.memory_bytes for cell in result.cells}["tfidf"] == size


def _on_training_rows(read, rows, factory, seed):
    train = rows.split.train
    truth = rows.truth[:, 0].astype(np.int64)
    return factory().fit(read[train], truth[train], components=rows.components[train], seed=seed)


def test_of_given_vectors_and_of_a_column_no_memory_is_known(desk, letters):
    file = desk.folder / "far.npy"
    np.save(file, np.random.default_rng(3).normal(size=(60, 8)))
    result = desk.run(letters(60), vectors=f"far={file}", predictions="human=other")
    found = {cell.reads: cell.costs.memory_bytes for cell in result.cells}
    assert math.isnan(found["given"]) and math.isnan(found["column"])
    assert found["nothing"] == 8  # one number
