"""A plan that needs neither the data nor the weights says what the study would compute."""

from __future__ import annotations

from pathlib import Path

import pytest

from semascope.errors import ConfigError
from semascope.studies.heads.asking.outline import outline
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.task import heads_task

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"head": ["ridge", "mlp"], "dim": [4, 8, 16], "encoder": ["hash:16", "hash:8"]},
        {"target": "mood", "kind": "classification", "head": []},
        {"instruction": ["default", "tone=Judge the tone"], "head": ["ridge", "median"], "dim": 8},
        {"tuned": ["TINY", {"model": "TINY", "lora": 2}]},
        {"predictions": "human=other"},
    ],
)
def test_it_counts_the_cells_that_the_study_has(desk, letters, tiny_bert, asked):
    tuned = [
        str(tiny_bert) if each == "TINY" else {**each, "model": str(tiny_bert)}
        for each in asked.get("tuned", [])
    ]
    study = desk.ask(letters(120), **{**asked, "tuned": tuned})
    task, _ = heads_task(study, output=desk.folder / "run", store=desk.store)
    found = outline(study)
    baseline_beside = task.prepared.plan.baseline.head not in found.heads  # as it may stand beside the grid
    assert found.cells == len(task.prepared.plan.cells) - baseline_beside
    assert found.kind == task.prepared.rows.kind


def test_neither_data_nor_hub_is_asked(tmp_path):
    study = Study.from_mapping(
        {"data": tmp_path / "not there.csv", "text": "a", "target": "b", "encoder": ["BAAI/bge-m3", "some/thing"], "head": "ridge"}
    )  # fmt: skip
    known, unknown = outline(study).encoders
    assert (known.widths, known.max_tokens) == ([1024], 8192)
    assert (unknown.widths, unknown.max_tokens, unknown.cells) == ([], 0, 1)


def test_a_head_that_there_is_not_is_refused():
    with pytest.raises(ConfigError, match="head is 'forest'"):
        outline(Study.from_mapping({"data": "x.csv", "text": "a", "target": "b", "head": "forest"}))


def test_the_shipped_study_of_articles_has_its_four_encoders_three_heads_and_a_tuned_model():
    study = Study.from_yaml(EXAMPLES / "frozen_or_tuned" / "articles.yaml")
    found = outline(study)
    assert [encoder.widths for encoder in found.encoders] == [[384], [768], [1024], [1024]]
    assert [encoder.max_tokens for encoder in found.encoders] == [128, 128, 512, 8192]
    assert found.heads == ["ridge", "mlp", "boosting"]
    assert found.tuned == ["qwen lora"]
    assert found.cells == 4 * 2 * 3 + 3 + 1


def test_given_vectors_count_once_a_width_and_head_and_are_not_read():
    study = Study.from_mapping(
        {
            "data": "none.csv",
            "text": "text",
            "target": "score",
            "vectors": ["theirs=none.npy"],
            "instruction": ["default", "tone=Judge the tone"],
            "head": ["ridge", "mlp"],
            "dim": [4, 8],
        }
    )
    (theirs,) = outline(study).encoders
    assert (theirs.name, theirs.cells, theirs.widths) == ("theirs", 4, [4, 8])
