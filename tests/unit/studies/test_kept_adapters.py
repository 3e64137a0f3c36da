"""A tuned cell that keeps its adapter alone: a folder of a few kilobytes that finds its base again and knows it from others."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from semascope.encoders.engine import network as engine
from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError, EncoderError
from semascope.probes.scorer import Scorer
from semascope.stats.measure import Measure
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.task import heads_task

pytestmark = pytest.mark.long


def tide_rows(n: int = 110) -> list[dict]:
    """The score says whether the tide is high, and an odd word or two."""
    rng = np.random.default_rng(5)
    words = ["noon", "calm", "storm", "rope", "anchor", "ship"]
    rows = []
    for number in range(n):
        high = bool(rng.integers(2))
        text = f"{' '.join(rng.choice(words, 4))} tide {'high' if high else 'low'} {number}"
        rows.append({"body": text, "score": round(float(high + rng.normal(0, 0.1)), 2)})
    return rows


def recipe(model, **more) -> dict:
    return {"model": str(model), "name": "lora", "lora": 4, "rate": 2e-2, "epochs": 3, "merge": False, **more}


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def run(request, make_tiny, make_desk, tmp_path_factory):
    """A study whose adapter is kept alone, as a machine with and without native bfloat16 computes it."""
    base = make_tiny(tmp_path_factory.mktemp("base") / "tiny", "qwen3", pooling="last")
    desk, rows = make_desk(tmp_path_factory.mktemp("kept")), tide_rows()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("semascope.encoders.precision.has_native_bfloat16", lambda: request.param == "bfloat16")
        best = Measure.best
        patch.setattr(
            Measure,
            "best",
            lambda measure, values: "lora" if "lora" in values else best(measure, values),
        )
        result = desk.run(rows, tuned=[recipe(base)], choose="best")
        assert load_encoder(str(base)).precision == request.param
        yield desk, rows, base, result


def winner(desk) -> Path:
    return desk.folder / "run" / "winner"


def test_the_folder_holds_the_adapter_and_no_network(run):
    desk, _, base, result = run
    assert result.winner == "lora"
    names = {file.name for file in (winner(desk) / "encoder").iterdir()}
    assert {
        "adapter_config.json",
        "adapter_model.safetensors",
        "tuned.json",
        "seen.npy",
        "modules.json",
    } <= names
    assert not names & {"model.safetensors", "config.json"}
    held = load_file(winner(desk) / "encoder" / "adapter_model.safetensors")
    assert {name.rpartition("lora_")[2] for name in held} == {"A.weight", "B.weight"}
    assert len(held) == 2 * 2 * 7  # two matrices for seven linear layers of two blocks
    config = json.loads((winner(desk) / "encoder" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(base)
    assert (config["r"], config["lora_alpha"], config["task_type"]) == (4, 8, "FEATURE_EXTRACTION")


def test_sizes_are_said(run):
    desk, _, base, _ = run
    alone = (winner(desk) / "encoder" / "adapter_model.safetensors").stat().st_size
    whole = (base / "model.safetensors").stat().st_size
    assert desk.records()["lora"]["choices"]["kept"] == (
        f"the adapter alone, {alone / 1e3:.0f} kB; the network that it goes into has {whole / 1e3:.0f} kB"
    )


def test_it_scores_as_it_was_measured_zipped_too(run, tmp_path):
    desk, rows, _, result = run
    texts = [row["body"] for row in rows]
    scores = Scorer.load(winner(desk)).score(texts).values
    held_out, known = result.held_out, [row["score"] for row in rows]
    train = [known[row] for row in range(len(rows)) if row not in set(held_out.rows.tolist())]
    found = np.clip(scores[held_out.rows, 0], min(train), max(train))
    assert found == pytest.approx(held_out.predictions["lora"][:, 0], abs=2e-2)
    assert result.held_out.predictions["lora"].std() > 0.2
    zipped = Scorer.load(winner(desk)).save(tmp_path / "scorer.zip")
    assert np.array_equal(Scorer.load(zipped).score(texts).values, scores)


def test_sentence_transformers_opens_it(run, monkeypatch):
    """The same rows; transformers 5.24 asks for a peft that nobody can install yet, and the one before does it."""
    sentence_transformers = pytest.importorskip("sentence_transformers")
    monkeypatch.setattr("transformers.integrations.peft.MIN_PEFT_VERSION", "0.18.0")
    desk, rows, _, _ = run
    folder, texts = winner(desk) / "encoder", [row["body"] for row in rows[:9]]
    theirs = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    ours = load_encoder(str(folder), precision="float32", device="cpu")
    np.testing.assert_allclose(ours.encode(texts), theirs.encode(texts), atol=1e-5)
    assert theirs.max_seq_length == ours.max_tokens == 24


def test_a_map_and_a_study_take_it_as_encoder(run):
    desk, rows, base, _ = run
    named = [f"ours={winner(desk) / 'encoder'}", f"base={base}"]
    found = desk.run([{**row, "body": f"new {row['body']}"} for row in rows], encoder=named, output="again")
    errors = {cell.encoder: cell.estimate.value for cell in found.cells if cell.head == "ridge"}
    assert errors["ours"] < errors["base"]


def test_the_kept_folder_is_the_trained_network(run, monkeypatch):
    """As if the adapter had been left out of what is loaded: the study says so, and uses no such cell."""
    desk, rows, base, _ = run
    load = engine.load_network
    unmerged = lambda checkpoint, **more: load(  # noqa: E731
        checkpoint if checkpoint.adapter is None else type(checkpoint)(**without_adapter(checkpoint)), **more
    )
    monkeypatch.setattr(engine, "load_network", unmerged)
    with pytest.raises(EncoderError, match="rows whose cosine to those of the trained network is"):
        desk.run(rows, tuned=[recipe(base, rate=0.2)], output="off")


def without_adapter(checkpoint) -> dict:
    from dataclasses import fields

    return {field.name: getattr(checkpoint, field.name) for field in fields(checkpoint)} | {"adapter": None}


def test_without_its_base_a_winner_says_what_it_needs(run, tmp_path):
    desk, rows, base, _ = run
    zipped = Scorer.load(winner(desk)).save(tmp_path / "scorer.zip")
    away = base.with_name("away")
    base.rename(away)
    try:
        for place, says in ((winner(desk), "say under"), (zipped, "unzip the scorer")):
            with pytest.raises(
                EncoderError, match=f"an adapter of '.*tiny', which cannot be loaded here .*{says}"
            ):
                Scorer.load(place).score(["tide"])
        # It says where the base lies now, and is the same scorer.
        with zipfile.ZipFile(zipped) as archive:
            archive.extractall(tmp_path / "unzipped")
        (file,) = (tmp_path / "unzipped").rglob("adapter_config.json")
        file.write_text(json.dumps(json.loads(file.read_text()) | {"base_model_name_or_path": str(away)}))
        texts = [row["body"] for row in rows[:9]]
        moved = [
            Scorer.load(file.parent.parent).score(texts).values,
            Scorer.load(zipped, encoder=str(file.parent)).score(texts).values,
        ]
    finally:
        away.rename(base)
    assert all(np.array_equal(each, Scorer.load(winner(desk)).score(texts).values) for each in moved)


def test_a_base_that_was_trained_on_meanwhile_is_refused(run, tmp_path):
    desk, _, base, _ = run
    other = shutil.copytree(base, tmp_path / "other")
    data = bytearray((other / "model.safetensors").read_bytes())
    data[-2] ^= 1
    (other / "model.safetensors").write_bytes(data)
    folder = shutil.copytree(winner(desk) / "encoder", tmp_path / "encoder")
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"base_model_name_or_path": str(other)}))
    with pytest.raises(EncoderError, match="they fit in shape and are others"):
        load_encoder(str(folder)).encode(["tide"])


def test_what_it_has_seen_is_known(run):
    desk, _, _, _ = run
    assert len(load_encoder(str(winner(desk) / "encoder")).seen) == 88  # of 110, those that it learnt from


def test_it_can_be_tuned_further_and_is_then_merged(run):
    desk, rows, _, _ = run
    folder, fresh = winner(desk) / "encoder", [{**row, "body": f"new {row['body']}"} for row in rows]
    with pytest.raises(ConfigError, match="would keep an adapter on it"):
        desk.run(fresh, tuned=[recipe(folder)], output="on")
    desk.run(fresh, tuned=[recipe(folder, merge=True, epochs=1)], output="on", choose="best")
    kept = next((desk.folder / "on" / "cells").glob("lora-*")) / "encoder"
    assert (kept / "model.safetensors").is_file()
    assert load_encoder(str(kept)).checkpoint.adapter is None
    assert len(load_encoder(str(kept)).seen) == 2 * 88


def test_all_weights_have_no_adapter_to_keep(desk, tiny_bert):
    with pytest.raises(ConfigError, match="merge=no keeps the adapters alone; add lora"):
        desk.ask(tide_rows(), tuned=[f"{tiny_bert},merge=no"])


def test_a_study_from_before_the_setting_goes_on(run, monkeypatch):
    """Its records do not know it, and mean its default."""
    desk, rows, base, _ = run
    merged = recipe(base, merge=True, epochs=1)
    desk.run(rows, tuned=[merged], output="before")
    file = desk.folder / "before" / "records.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for line in lines:
        line.get("tuned", {}).pop("merge", None)
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    task, folder = heads_task(desk.ask(rows, tuned=[merged]), output=desk.folder / "before", store=desk.store)
    assert task.meeting(folder.read_records(task.tables)) is not None
    task, folder = heads_task(
        desk.ask(rows, tuned=[recipe(base, epochs=1)]), output=desk.folder / "before", store=desk.store
    )
    with pytest.raises(ConfigError, match="merge True, now False"):
        task.meeting(folder.read_records(task.tables))


def test_a_base_that_was_named_by_a_relative_path_is_found_from_anywhere(
    desk, make_tiny, tmp_path, monkeypatch
):
    """In the folder of the adapter, in the study file, and by a study that goes on elsewhere or is asked by another spelling."""
    make_tiny(tmp_path / "here" / "tiny", "bert")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    asked = recipe("tiny", epochs=1)
    digest = desk.ask(tide_rows(), tuned=[asked]).digest()
    desk.run(tide_rows(), tuned=[asked])
    monkeypatch.chdir(tmp_path / "elsewhere")
    whole = str(tmp_path / "here" / "tiny")
    kept = next((desk.folder / "run" / "cells").glob("lora-*")) / "encoder"
    assert json.loads((kept / "adapter_config.json").read_text())["base_model_name_or_path"] == whole
    assert json.loads((kept / "tuned.json").read_text())["base"] == whole
    assert load_encoder(str(kept)).encode(["tide"]).shape == (1, 16)
    again = Study.from_yaml(desk.folder / "run" / "study.yaml")
    assert [one.model for one in again.tuned] == [whole]
    for spelt in (whole, "../here/tiny"):
        assert desk.ask(tide_rows(), tuned=[recipe(spelt, epochs=1)]).digest() == digest
        task, folder = heads_task(
            desk.ask(tide_rows(), tuned=[recipe(spelt, epochs=1)]),
            output=desk.folder / "run",
            store=desk.store,
        )
        records = folder.read_records(task.tables)
        assert task.meeting(records).prepared.todo(records) == []


def test_a_record_from_before_paths_were_written_whole_is_the_same_cell(desk, make_tiny, tmp_path):
    base = make_tiny(tmp_path / "tiny", "bert")
    desk.run(tide_rows(), tuned=[recipe(base, epochs=1)])
    file = desk.folder / "run" / "records.jsonl"
    file.write_text(file.read_text().replace(f'"model": "{base}"', '"model": "tiny"'))
    assert '"model": "tiny"' in file.read_text()
    task, folder = heads_task(
        desk.ask(tide_rows(), tuned=[recipe(base, epochs=1)]), output=desk.folder / "run", store=desk.store
    )
    assert task.meeting(folder.read_records(task.tables)) is not None
