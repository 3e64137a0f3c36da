"""A plan that needs neither the data nor the weights says what the study would compute."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from semascope.errors import ConfigError
from semascope.studies.heads.asking.outline import outline
from semascope.studies.heads.asking.settings import Study
from semascope.studies.heads.task import heads_task
from semascope.studies.run import complete

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"head": "mlp"},
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
    assert found.cells == len(task.prepared.plan.cells)
    assert found.kind == task.prepared.rows.kind


def test_neither_data_nor_hub_is_asked(tmp_path):
    study = Study.from_mapping(
        {"data": tmp_path / "not there.csv", "text": "a", "target": "b", "encoder": ["BAAI/bge-m3", "some/thing"], "head": "ridge"}
    )  # fmt: skip
    known, unknown = outline(study).encoders
    assert (known.widths, known.max_tokens) == ([1024], 8192)
    assert (unknown.widths, unknown.max_tokens, unknown.cells) == ([], 0, 1)


@pytest.mark.parametrize("said", [{"head": "logistic"}, {"measure": "accuracy"}, {"positive": "yes"}])
def test_the_kind_is_what_the_settings_say_of_it(said):
    found = outline(
        Study.from_mapping({"data": "x.csv", "text": "a", "target": "b", "encoder": "hash:8", **said})
    )
    assert (found.kind, found.kind_taken) == ("classification", True)
    assert "majority" in found.alone


def test_a_head_that_there_is_not_is_refused():
    with pytest.raises(ConfigError, match="head is 'forest'"):
        outline(Study.from_mapping({"data": "x.csv", "text": "a", "target": "b", "head": "forest"}))


FILTERS = ("sustainability", "uplifting", "investment_risk")


@pytest.mark.parametrize("name", FILTERS)
def test_the_shipped_studies_of_articles_have_four_encoders_three_heads_and_a_tuned_model(name):
    study = Study.from_yaml(EXAMPLES / "frozen_or_tuned" / f"{name}.yaml")
    found = outline(study)
    assert [encoder.widths for encoder in found.encoders] == [[384], [768], [1024], [1024]]
    assert [encoder.max_tokens for encoder in found.encoders] == [128, 128, 512, 8192]
    assert found.heads == ["ridge", "mlp", "boosting"]
    assert found.tuned == ["qwen lora"]
    assert found.cells == 4 * 2 * 3 + 3 + 1
    assert [reference.value for reference in study.reference] == [0.68]
    assert (study.bands.low, study.bands.high) == (0.75, 0.85)
    assert (
        study.target
        != Study.from_yaml(EXAMPLES / "frozen_or_tuned" / f"{FILTERS[FILTERS.index(name) - 1]}.yaml").target
    )


def test_a_shipped_study_runs_whole_on_tiny_checkpoints_of_the_same_architectures(desk, make_tiny, tmp_path):
    """They know nothing, so no figure means anything: every part of the study is there and judged."""
    folders = {
        name: make_tiny(tmp_path / name, family, pooling=pooling)
        for name, family, pooling in (
            ("multilingual-minilm", "bert", "mean"),
            ("mpnet", "xlm-roberta", "mean"),
            ("e5-large", "xlm-roberta", "mean"),
            ("bge-m3", "xlm-roberta", "cls"),
            ("qwen", "qwen2", "last"),
        )
    }
    study = Study.from_yaml(EXAMPLES / "frozen_or_tuned" / "sustainability.yaml")
    rng = np.random.default_rng(0)
    rows = [
        {
            "title": f"tide {number}",
            "content": " ".join(
                rng.choice(["high", "low", "water", "noon", "ship"], 8 if number % 2 else 40)
            ),
            "language": "en" if number % 3 else "fr",
            **{target: float(rng.integers(11)) for target in study.target},
        }
        for number in range(90)
    ]
    small = study.model_dump(mode="json") | {
        "data": desk.write(rows, "sustainability.jsonl"),
        "encoder": [str(folders[name]) for name in ("multilingual-minilm", "mpnet", "e5-large", "bge-m3")],
        "head": ["ridge"],
        "tuned": [
            study.tuned[0].written() | {"model": str(folders["qwen"]), "tokens": 24, "epochs": 1, "lora": 2}
        ],
    }
    task, folder = heads_task(Study.from_mapping(small), output=desk.folder / "run", store=desk.store)
    result = complete(task, folder)
    assert len(result.cells) == 4 * 2 + 3 + 1
    tuned = next(cell for cell in result.cells if cell.id == "qwen lora")
    assert [part.target for part in tuned.targets] == list(study.target)
    asked = [answer.question for answer in result.answers]
    assert any("tuned model" in question for question in asked)
    assert any("truncation" in question for question in asked)
    assert (folder.winner / "card.json").is_file()
