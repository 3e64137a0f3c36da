"""Out-of-fold predictions and costs: kept, completed where a clock saw nothing, and never replaced by another rule."""

from __future__ import annotations

import json
import math

import pyarrow.parquet as pq
import pytest

from semascope.errors import ConfigError, DataError
from semascope.probes.artifact import read_card
from semascope.stats.measures import get_measure
from semascope.studies.heads.asking.rows import load_rows
from semascope.studies.heads.computing.fit import select
from semascope.studies.heads.computing.folded import from_table

GRID = {"encoder": ["hash:16", "hash:8"], "head": ["ridge", "mlp"], "target": ["score", "other"]}


def folded(desk, output: str = "run") -> dict:
    """Out-of-fold predictions by cell id."""
    tables = [pq.read_table(file) for file in (desk.folder / output / "cells").glob("*/out_of_fold.parquet")]
    return {table["cell"][0].as_py(): table for table in tables}


def stands(result) -> dict:
    """How every cell stands, without what a clock measured; as text, because NaN equals nothing."""
    return {
        one.cell: repr((one.value, one.behind, one.error, one.allowed, one.reads))
        for one in result.choice.standings
    }


def test_what_chose_the_cells_is_kept_row_by_row(desk):
    result = desk.run(**GRID)
    rows, tables = load_rows(desk.ask(**GRID)), folded(desk)
    assert set(tables) == set(desk.records()) == {cell.id for cell in result.cells}
    for name, record in desk.records().items():
        selection, ranking = select(from_table(tables[name], rows), rows, get_measure("mae", "regression"))
        assert selection == record["selection"]
        assert [round(value, 12) for value in ranking.values() if not math.isnan(value)] == [
            round(value, 12) for value in record["ranking"].values() if value is not None
        ]
    held_out = set(result.held_out.rows.tolist())
    for table in tables.values():
        assert table.num_rows == 2 * result.rows_train
        assert not held_out & set(table["row"].to_pylist())


@pytest.mark.parametrize("step", ["_write_table", "_append"])
def test_a_study_that_is_killed_between_two_files_goes_on_as_if_nothing_had_been(desk, monkeypatch, step):
    from semascope.studies.folder import RunFolder

    whole = desk.run(**GRID, output="whole")
    real, calls = getattr(RunFolder, step), []

    def killed(self, *given, **more):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(self, *given, **more)

    monkeypatch.setattr(RunFolder, step, killed)
    with pytest.raises(KeyboardInterrupt):
        desk.run(**GRID)
    monkeypatch.undo()
    after = desk.run(**GRID)
    assert stands(after) == stands(whole)
    assert after.winner == whole.winner
    assert folded(desk) == folded(desk, "whole")


def test_a_folder_of_another_version_is_refused_with_what_to_do(desk):
    desk.run()
    file = desk.folder / "run" / "frozen.json"
    file.write_text(
        json.dumps({name: value for name, value in json.loads(file.read_text()).items() if name != "format"})
    )
    with pytest.raises(
        ConfigError, match=r"another version of semascope.*choose another --output, or delete"
    ):
        desk.run()


def test_a_damaged_file_is_named_with_what_to_do(desk):
    desk.run()
    (file,) = (desk.folder / "run" / "cells").glob("median-*/out_of_fold.parquet")
    file.write_bytes(b"PAR1 no more")
    with pytest.raises(
        DataError, match=r"median-\w+/out_of_fold.parquet is damaged .*delete its folder"
    ) as caught:
        desk.run()
    assert "\n" not in str(caught.value)
    file.unlink()
    assert desk.run().made["cells computed now"] == 1


def told(letters) -> list[dict]:
    """Scores that two words tell."""
    rows = letters(80)
    return [
        {**row, "score": row["body"].count("storm") - row["body"].count("calm") + 0.01 * n}
        for n, row in enumerate(rows)
    ]


def test_another_rule_finds_the_same_cells_and_hands_over_another_winner(desk, letters):
    rows, asked = told(letters), {"margin": 9.0}
    cheap = desk.run(rows, **asked)
    lines = (desk.folder / "run" / "records.jsonl").read_bytes()
    assert (cheap.choice.best, cheap.choice.by_cost) == ("tfidf", True)
    card = read_card(desk.folder / "run" / "winner")
    assert card.head == cheap.winner
    assert card.notes[-1].startswith(
        "advised as the cheapest cell that is not clearly behind tfidf, the best out of fold"
    )
    best = desk.run(rows, **asked, choose="best")
    assert (best.choice.rule, best.winner) == ("best", "tfidf")
    assert (desk.folder / "run" / "records.jsonl").read_bytes() == lines
    card = read_card(desk.folder / "run" / "winner")
    assert (card.head, card.notes[-1]) == (
        "tfidf",
        "advised as the best cell out of fold on the training rows",
    )
    assert best.settings["choose"] == "best"
    assert desk.ask(choose="best").digest() == desk.ask().digest() != desk.ask(seed=1).digest()


def test_the_card_says_how_its_cell_was_chosen_though_the_cell_stays(desk):
    desk.run()
    first = read_card(desk.folder / "run" / "winner").notes[-1]
    best = desk.run(choose="best")
    again = desk.run(margin=None, choose="cheapest")
    assert read_card(desk.folder / "run" / "winner").notes[-1] == first
    assert best.choice.rule != again.choice.rule


def test_a_cost_that_nobody_measured_is_measured_on_a_few_texts(desk):
    desk.run(output="first")  # fills the store
    (desk.store.root / "speeds.jsonl").unlink()
    result = desk.run(output="second")
    seconds = {one.cell: one.seconds for one in result.choice.standings}
    assert all(math.isfinite(one) for one in seconds.values())
    assert seconds["hash:16 · default · 16 · ridge"] > 0


def test_a_cost_on_another_device_is_none_on_this_one(desk, monkeypatch):
    """The vectors come from the store, which a faster device has filled."""
    desk.run(output="first")
    file = desk.store.root / "speeds.jsonl"
    (line, *_) = map(json.loads, file.read_text(encoding="utf8").splitlines())
    fast = line | {"device": "cuda", "tokens": 10**9, "seconds": 1.0}
    file.write_text(json.dumps(fast) + "\n", encoding="utf8")

    def encoding(output: str) -> float:
        desk.run(output=output)
        return desk.records(output)["hash:16 · default · 16 · ridge"]["costs"]["encode_seconds_per_1000"]

    here = encoding("second")
    monkeypatch.setattr("semascope.encoders.hashing.HashEncoder.device", "cuda:1", raising=False)
    assert encoding("third") < 0.0001 < here


def test_a_record_without_a_cost_is_completed(desk):
    desk.run(encoder=["hash:16", "hash:8"])
    file = desk.folder / "run" / "records.jsonl"
    records = [json.loads(line) for line in file.read_text(encoding="utf8").splitlines()]
    for record in records:
        if record["cell"]["encoder"] == "hash:8":
            record["costs"]["encode_seconds_per_1000"] = None
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf8")
    (desk.store.root / "speeds.jsonl").unlink()
    before = folded(desk)
    result = desk.run(encoder=["hash:16", "hash:8"])
    assert all(math.isfinite(one.seconds) for one in result.choice.standings)
    assert desk.records()["hash:8 · default · 8 · ridge"]["costs"]["encode_seconds_per_1000"] > 0
    assert folded(desk) == before  # that was known


def test_where_the_clock_sees_nothing_the_answer_says_so(desk, monkeypatch):
    monkeypatch.setattr("semascope.studies.heads.computing.speed.speed_of", lambda *given, **more: None)
    result = desk.run(encoder=["hash:16", "hash:8"], margin=9.0)
    vectors = [one for one in result.choice.standings if one.reads == "vectors"]
    assert all(math.isnan(one.seconds) for one in vectors)
    (said,) = [line for line in result.headline if "could not be measured" in line]
    assert said.startswith(
        "What hash:16 · ridge and hash:8 · ridge cost could not be measured, so cost decided nothing"
    )
