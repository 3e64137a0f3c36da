"""A finished study read again from its folder: the same study, without computing, loading or writing anything."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError, DataError
from semascope.plain import plain
from semascope.reports.heads.study import render_report
from semascope.reports.run import run_study
from semascope.store.vectors import VectorStore
from semascope.studies.heads.reopening import read_study

KINDS = {
    "numbers": {},
    "classes": {"target": "mood", "head": "logistic"},
    "several targets": {"target": ["score", "other"]},
    "slices and repeats": {"slice": "lang", "repeats": 3},
    "given split": {"split_column": "side", "repeats": None},
    "a column and published figures": {
        "predictions": "human=other",
        "reference": [0.2, "BERT=9.5"],
        "bands": "1,2",
    },
    "widths and instructions": {"dim": [8, 16], "instruction": ["default", "tone=Say how glad it is"]},
}


@pytest.fixture
def finished(desk):
    """Runs a study with its report, as users do."""

    def run(**asked):
        return run_study(
            desk.ask(**asked), output=desk.folder / "run", store=VectorStore(desk.folder / "store")
        )

    return run


@pytest.fixture
def compute_nothing_more(monkeypatch):
    """From its call on, whatever computes, loads or writes fails."""

    def refuse(*given, **settings):
        raise AssertionError("something was computed")

    def begin():
        for place in ("encode", "load", "count_tokens"):
            monkeypatch.setattr(HashEncoder, place, refuse)
        for place in ("compute_batch", "save_scorer", "HeadsTask.hand_over", "HeadsTask.compute"):
            monkeypatch.setattr(f"semascope.studies.heads.task.{place}", refuse)
        for place in ("write", "keep", "write_together", "open", "hold"):
            monkeypatch.setattr(f"semascope.studies.folder.RunFolder.{place}", refuse)

    return begin


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_same_study(desk, finished, compute_nothing_more, kind):
    first = finished(**KINDS[kind])
    shutil.rmtree(desk.folder / "run" / "winner")  # nothing is handed over again
    before = _files(desk.folder)
    compute_nothing_more()
    again = read_study(desk.folder / "run", command="semascope report run")
    assert _files(desk.folder) == before
    told = again.made.pop("read again")
    assert told["command"] == "semascope report run"
    assert plain(again) == plain(first)
    page = (desk.folder / "run" / "report.html").read_text(encoding="utf8")
    assert render_report(again) == page


def _files(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_given_vectors_are_not_read_again(desk, finished, letters):
    file = desk.folder / "far.npy"
    np.save(file, np.random.default_rng(3).normal(size=(len(letters()), 8)))
    first = finished(vectors=f"far={file}", dim=[4, 8])
    file.unlink()
    again = read_study(desk.folder / "run")
    assert plain(again.cells) == plain(first.cells)
    assert "matched by position" in render_report(again)
    again.made.pop("read again")
    assert render_report(again) == (desk.folder / "run" / "report.html").read_text(encoding="utf8")


def test_given_vectors_of_a_folder_from_before_need_their_file(desk, finished, letters):
    """Its records say nothing of them."""
    file, records = desk.folder / "far.npy", desk.folder / "run" / "records.jsonl"
    np.save(file, np.random.default_rng(3).normal(size=(len(letters()), 8)))
    first = finished(vectors=f"far={file}")
    lines = [json.loads(line) for line in records.read_text().splitlines()]
    records.write_text(
        "".join(json.dumps({key: one[key] for key in one if key != "given"}) + "\n" for one in lines)
    )
    assert plain(read_study(desk.folder / "run").cells) == plain(first.cells)
    file.unlink()
    with pytest.raises(DataError, match=r"far\.npy"):
        read_study(desk.folder / "run")


def test_a_folder_that_does_not_say_how_it_was_made_is_read(desk, finished):
    first = finished()
    (desk.folder / "run" / "made.json").unlink()
    again = read_study(desk.folder / "run")
    assert again.made["data digest"] == first.made["data digest"]
    assert not {"command", "ended", "cells computed now", "versions"} & set(again.made), "nobody knows them"
    assert plain(again.cells) == plain(first.cells)


def test_a_folder_from_before_memory_was_noted_is_read_and_goes_on(desk, finished):
    first = finished()
    records = desk.folder / "run" / "records.jsonl"
    lines = [json.loads(line) for line in records.read_text().splitlines()]
    for line in lines:
        assert line["costs"].pop("memory_bytes") > 0
    records.write_text("".join(json.dumps(line) + "\n" for line in lines))
    again = read_study(desk.folder / "run")
    assert all(math.isnan(cell.costs.memory_bytes) for cell in again.cells)
    assert plain(again.family) == plain(first.family)
    assert "Memory" not in render_report(again)
    more = finished(head=["ridge", "mlp"])
    assert more.made["cells computed now"] == 1
    assert [cell.label for cell in more.cells if math.isfinite(cell.costs.memory_bytes)] == ["mlp"]


def test_a_price_is_said_later_and_computes_nothing(desk, finished, compute_nothing_more):
    assert finished().price is None
    again = finished(price=0.4)
    assert (again.price, again.made["cells computed now"]) == (0.4, 0)
    compute_nothing_more()
    assert read_study(desk.folder / "run").price == 0.4
    dearer = read_study(desk.folder / "run", price=3.0)
    assert dearer.price == 3.0 and dearer.winner == again.winner
    assert "At 3.00 an hour" in render_report(dearer)
    for none in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ConfigError, match=r"price is .*; it must be a number above 0"):
            read_study(desk.folder / "run", price=none)


def test_a_moved_data_file_is_named_in_the_study_file(desk, finished):
    first = finished()
    moved = desk.folder / "elsewhere.jsonl"
    (desk.folder / "letters.jsonl").rename(moved)
    with pytest.raises(
        DataError, match=r"letters\.jsonl, which is gone; .* say in .*study\.yaml where it lies"
    ):
        read_study(desk.folder / "run")
    file = desk.folder / "run" / "study.yaml"
    file.write_text(file.read_text().replace("letters.jsonl", "elsewhere.jsonl"))
    assert plain(read_study(desk.folder / "run").family) == plain(first.family)


def test_a_changed_data_file_is_refused(desk, finished, letters):
    finished()
    rows = letters()
    rows[7]["score"] += 1
    desk.write(rows)
    with pytest.raises(DataError, match=r"data file of run folder .* has changed since the study"):
        read_study(desk.folder / "run")


def test_an_unfinished_study_says_how_to_finish_it(desk, finished):
    finished()
    records = desk.folder / "run" / "records.jsonl"
    lines = records.read_text().splitlines(keepends=True)
    records.write_text("".join(lines[:-1]))
    left = json.loads(lines[-1])["id"]
    with pytest.raises(
        DataError, match=rf"holds 3 of 4 cells \({left}\); .* semascope study .*study\.yaml --output"
    ):
        read_study(desk.folder / "run")
    records.unlink()
    with pytest.raises(DataError, match="holds no finished cell"):
        read_study(desk.folder / "run")


def test_another_version_is_refused(desk, finished):
    finished()
    file = desk.folder / "run" / "frozen.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 2}))
    with pytest.raises(ConfigError, match="made by another version of semascope"):
        read_study(desk.folder / "run")


def test_a_study_file_that_was_changed_is_refused(desk, finished):
    finished()
    file = desk.folder / "run" / "study.yaml"
    file.write_text(file.read_text().replace("seed: 42", "seed: 43"))
    with pytest.raises(ConfigError, match=r"study\.yaml does not say .*: seed was 42 and is now 43"):
        read_study(desk.folder / "run")


def test_what_is_no_run_folder_is_refused(desk, tmp_path):
    with pytest.raises(DataError, match="nowhere does not exist"):
        read_study(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty is no run folder"):
        read_study(tmp_path / "empty")


def test_an_encoder_that_is_gone_is_not_fetched(desk, finished, monkeypatch):
    finished()
    monkeypatch.setattr("semascope.studies.heads.reopening.has_weights", lambda name: name != "hash:16")
    with pytest.raises(
        DataError, match=r"a report of run folder .*encoder 'hash:16' are not on this machine"
    ):
        read_study(desk.folder / "run")


def test_an_adapter_whose_base_is_gone_says_so(desk, finished, make_tiny, tmp_path):
    """The adapter is here: the base is named, and where to say that it lies elsewhere."""
    peft, transformers = pytest.importorskip("peft"), pytest.importorskip("transformers")
    base = make_tiny(tmp_path / "tiny", "bert")
    network = transformers.AutoModel.from_pretrained(base)
    model = peft.get_peft_model(network, peft.LoraConfig(r=2, target_modules=["query"]))
    for name, value in model.named_parameters():
        if ".lora_B." in name:
            value.data += 0.2
    model.save_pretrained(tmp_path / "ad")
    finished(encoder=f"ours={tmp_path / 'ad'}")
    base.rename(tmp_path / "away")
    with pytest.raises(DataError) as caught:
        read_study(desk.folder / "run")
    said = str(caught.value)
    assert (
        f"the adapter in {tmp_path / 'ad'}, which is here, and its base {str(base)!r} is not on this machine"
        in said
    )
    assert "say under base_model_name_or_path in" in said
    assert "semascope fetch" not in said
    (tmp_path / "ad").rename(tmp_path / "gone")
    with pytest.raises(DataError, match="are not on this machine; put it back"):
        read_study(desk.folder / "run")


def test_another_precision_of_this_machine_is_no_other_study(desk, finished, monkeypatch):
    first = finished()
    make = HashEncoder.__init__

    def otherwise(encoder, *given, **settings):
        make(encoder, *given, **settings)
        encoder.fingerprint = encoder.fingerprint.replace("float32", "bfloat16")

    monkeypatch.setattr(HashEncoder, "__init__", otherwise)
    assert plain(read_study(desk.folder / "run").cells) == plain(first.cells)


def test_damaged_notes_of_the_run_are_named(desk, finished):
    finished()
    (desk.folder / "run" / "made.json").write_text("{")
    with pytest.raises(DataError, match=r"made\.json is damaged"):
        read_study(desk.folder / "run")
