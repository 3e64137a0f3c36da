"""A folder as an encoder: a short name in all that is read, the whole path in all that is loaded again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from semascope.probes.scorer import Scorer

pytest.importorskip("torch")


def copied(source: Path, place: Path, *, other_weights: bool = False) -> Path:
    """The checkpoint in another folder, with one changed weight where it is to be another encoder."""
    from safetensors.numpy import load_file, save_file

    shutil.copytree(source, place)
    if other_weights:
        file = place / "model.safetensors"
        weights = load_file(file)
        weights[next(iter(sorted(weights)))].flat[0] += 1.0
        save_file(weights, file, metadata={"format": "pt"})
    return place


@pytest.fixture
def models(tmp_path, tiny_bert) -> Path:
    """a/tuned and b/tuned, of different weights."""
    copied(tiny_bert, tmp_path / "models" / "a" / "tuned")
    copied(tiny_bert, tmp_path / "models" / "b" / "tuned", other_weights=True)
    return tmp_path / "models"


@pytest.fixture
def study(shell, table):
    """Runs a small study; its exit code."""

    def run(*arguments: object, output: str = "run", data: Path = table) -> int:
        return shell(
            "study", data, "--text", "text", "--target", "rating", "--head", "ridge", "--repeats", "1",
            "--precision", "float32", "--store", shell.folder / "store", "--output", shell.folder / output, *arguments,
        )  # fmt: skip

    return run


PINNED = ("--baseline", "tuned · default · 16 · ridge")


def records(shell, output: str = "run") -> dict[str, dict]:
    lines = (shell.folder / output / "records.jsonl").read_text(encoding="utf8").splitlines()
    return {record["id"]: record for record in map(json.loads, lines)}


def test_a_folder_has_a_short_name_wherever_it_is_read(shell, study, models, monkeypatch):
    monkeypatch.chdir(models)
    assert study("--encoder", "./a/tuned", "--encoder", "hash:16") == 0
    assert "tuned · ridge" in shell.out
    assert str(models) not in shell.out
    found = records(shell)
    assert found["tuned · default · 16 · ridge"]["source"] == str(models / "a/tuned")
    assert found["hash:16 · default · 16 · ridge"]["source"] == "hash:16"
    report = (shell.folder / "run" / "report.html").read_text(encoding="utf8")
    assert "How tuned is run" in report
    assert f"It is read from {models / 'a/tuned'}" in report
    assert study("--encoder", "./a/tuned", "--encoder", "hash:16", "--json") == 0
    assert json.loads(shell.out)["made"]["read from"] == {"tuned": str(models / "a/tuned")}


def test_two_folders_of_one_name_show_what_tells_them_apart(shell, study, models, monkeypatch):
    monkeypatch.chdir(models)
    assert study("--encoder", "a/tuned", "--encoder", "b/tuned/") == 0
    assert {"a/tuned · default · 16 · ridge", "b/tuned · default · 16 · ridge"} <= records(shell).keys()


def test_a_study_goes_on_from_another_working_directory(shell, study, models, monkeypatch):
    monkeypatch.chdir(models)
    assert study("--encoder", "a/tuned", "--encoder", "ours=b/tuned") == 0
    file, before = shell.folder / "run" / "study.yaml", records(shell)
    monkeypatch.chdir("/")
    assert shell("study", file, "--store", shell.folder / "store", "--output", shell.folder / "run") == 0
    assert records(shell) == before  # nothing was computed again
    assert study("--encoder", models / "a/tuned", "--dim", "8", "--dim", "16") == 0
    assert records(shell).keys() - before.keys() == {"tuned · default · 8 · ridge"}


def test_a_name_that_the_folder_has_for_an_encoder_stays(shell, study, models):
    a, b = models / "a/tuned", models / "b/tuned"
    assert study("--encoder", a) == 0
    assert study("--encoder", a, "--encoder", b) == 0  # alone they would be a/tuned and b/tuned
    assert {"tuned · default · 16 · ridge", "b/tuned · default · 16 · ridge"} <= records(shell).keys()
    assert study("--encoder", f"ours={a}") == 2
    assert f"encoder '{a}' is named 'ours', and folder" in shell.err
    assert "calls it 'tuned'; in one folder an encoder has one name" in shell.err


def test_a_second_encoder_of_a_name_in_the_folder_is_refused_with_what_to_do(shell, study, models):
    a, b = models / "a/tuned", models / "b/tuned"
    assert study("--encoder", a) == 0
    assert study("--encoder", b) == 2
    assert f"encoder '{b}' would be called 'tuned', and folder" in shell.err
    assert f"read from '{a}'; give this one a name of its own: --encoder NAME={b}" in shell.err
    assert study("--encoder", a, "--encoder", f"other={b}") == 0
    assert "other · default · 16 · ridge" in records(shell)


def test_a_folder_that_moved_is_the_same_encoder(shell, study, models):
    assert study("--encoder", models / "a/tuned") == 0
    before = records(shell)
    (models / "a/tuned").rename(models / "moved")
    assert study("--encoder", "hash:16", *PINNED) == 2
    assert "encoder 'tuned' belongs to the baseline or to cells that folder" in shell.err
    assert "--encoder 'tuned=FOLDER'" in shell.err
    assert study("--encoder", f"tuned={models / 'moved'}", "--encoder", "hash:16") == 0
    assert {name: records(shell)[name] for name in before} == before


def test_a_pinned_baseline_means_the_same_cell(shell, study, models, monkeypatch):
    baseline = "tuned · default · 16 · ridge"
    monkeypatch.chdir(models)
    assert study("--encoder", "a/tuned") == 0
    monkeypatch.chdir("/")

    def again(file: str, output: str, *flags: object) -> dict[str, dict]:
        file, place = shell.folder / file / "study.yaml", shell.folder / output
        assert shell("study", file, "--store", shell.folder / "store", "--output", place, *flags) == 0
        assert json.loads((place / "frozen.json").read_text(encoding="utf8"))["baseline"] == baseline
        return records(shell, output)

    # The file's list of encoders gives way to the flag's, its baseline does not.
    found = again("run", "other", "--encoder", models / "b/tuned")
    assert found[baseline]["source"] == str(models / "a/tuned")
    assert found["b/tuned · default · 16 · ridge"]["source"] == str(models / "b/tuned")
    # Nor does it from the file of that study, which lists another encoder only, and in a folder of its own.
    assert again("other", "third").keys() == found.keys()
    assert again("other", "other").keys() == found.keys()
    assert again("other", "fourth", "--encoder", "hash:16")[baseline]["source"] == str(models / "a/tuned")


def test_a_baseline_may_say_where_its_encoder_is(shell, study, models):
    named = f"base={models / 'a/tuned'} · default · 16 · ridge"
    assert study("--encoder", "hash:16", "--baseline", named) == 0
    assert "base · default · 16 · ridge" in records(shell)
    assert study("--encoder", "hash:16", "--baseline", "nowhere · default · 16 · ridge", output="other") == 2
    assert "encoder is 'nowhere'; accepted are" in shell.err


def test_the_run_folder_is_named_by_the_encoder_and_not_by_its_spelling(models, table, monkeypatch):
    from semascope.studies.heads.asking.settings import Study

    def digest(*encoder: str) -> str:
        return Study.from_mapping(
            {"data": table, "text": "text", "target": "rating", "encoder": list(encoder)}
        ).digest()

    monkeypatch.chdir(models)
    whole = digest(str(models / "a/tuned"))
    assert digest("a/tuned") == digest("./a/tuned/") == whole
    assert digest("ours=a/tuned") == digest(f"ours={models / 'a/tuned'}") != whole
    monkeypatch.chdir(models / "b")
    assert digest("tuned") != whole


def test_the_winner_is_loaded_from_anywhere(shell, study, models, table, monkeypatch):
    """Scores that lie in the encoder's vectors, so that a cell on them wins."""
    from semascope.encoders.loading import load_encoder

    rows = [json.loads(line) for line in table.read_text(encoding="utf8").splitlines()]
    vectors = load_encoder(str(models / "a/tuned"), precision="float32").encode([row["text"] for row in rows])
    data = shell.folder / "told.jsonl"
    told = ({**row, "rating": float(vector[:3].sum())} for row, vector in zip(rows, vectors, strict=True))
    data.write_text("".join(json.dumps(row) + "\n" for row in told), encoding="utf8")
    monkeypatch.chdir(models)
    assert study("--encoder", "a/tuned", data=data) == 0
    card = json.loads((shell.folder / "run/winner/card.json").read_text(encoding="utf8"))["card"]
    assert (card["head"], card["encoder"], card["called"]) == ("ridge", str(models / "a/tuned"), "tuned")
    monkeypatch.chdir("/")
    store = ("--store", shell.folder / "store")
    assert shell("score", shell.folder / "run/winner", data, "--text", "text", *store) == 0
    assert study("--encoder", models / "a/tuned", data=data) == 0  # and the winner is known to be whole


def test_a_model_says_where_its_encoder_was(shell, models, table, monkeypatch):
    monkeypatch.chdir(models)
    assert shell("learn", table, "--text", "text", "--target", "rating", "--encoder", "ours=a/tuned", "--output", "model",
                 "--store", shell.folder / "store") == 0  # fmt: skip
    assert "ours, 16 dims" in shell.out
    monkeypatch.chdir("/")
    model, store = models / "model", ("--store", shell.folder / "store")
    assert Scorer.load(model).encoder.name == "ours"
    assert shell("score", model, table, "--text", "text", *store) == 0
    before = shell.out
    assert shell("explain", model, table, "--text", "text", *store) == 0
    (models / "a/tuned").rename(models / "moved")
    for verb in ("score", "rank", "explain", "suggest"):
        assert shell(verb, model, table, "--text", "text", *store) == 2
        assert (
            f"encoder 'ours' of this model was read from folder '{models / 'a/tuned'}', which is not here"
            in shell.err
        )
        assert "say where they lie now with --encoder FOLDER" in shell.err
    assert shell("score", model, table, "--text", "text", "--encoder", models / "moved", *store) == 0
    assert shell.out == before
    assert shell("score", model, table, "--text", "text", "--encoder", models / "b/tuned", *store) == 2
    assert "encoder 'tuned' is of another space" in shell.err
    assert "this scorer was made with 'ours'" in shell.err


def test_other_verbs_take_a_name(shell, models, table, monkeypatch):
    monkeypatch.chdir(models)
    store = ("--store", shell.folder / "store")
    assert (
        shell("embed", table, "--text", "text", "--encoder", "ours=a/tuned", "--output", "v.npy", *store) == 0
    )
    assert "encoding with ours" in shell.err
    assert shell("encoders", "ours=a/tuned") == 0
    shown = " ".join(shell.out.split())
    assert "name ours read from" in shown
    monkeypatch.setenv("SEMASCOPE_ENCODER", "ours=a/tuned")
    assert shell("embed", table, "--text", "text", "--output", "w.npy", *store) == 0
    assert Path("v.npy").read_bytes() == Path("w.npy").read_bytes()
    assert shell("map", table, "--text", "text", "--layout", "pca", "--encoder", "b/tuned", "--encoder", "ours=a/tuned",
                 "--output", "map", *store) == 0  # fmt: skip
    assert "'ours' is the encoder in " + str(models / "a/tuned") in shell.out
    record = json.loads((models / "map/visualizations/map.json").read_text(encoding="utf8"))
    assert [panel["name"] for panel in record["panels"]] == ["tuned", "ours"]
    assert record["encoders"] == {"tuned": str(models / "b/tuned"), "ours": str(models / "a/tuned")}
