"""How a tuned model is written, and what is refused."""

from __future__ import annotations

import pytest

from semascope.errors import ConfigError
from semascope.studies.heads.asking.settings import Study
from semascope.tuning.recipe import Tuned

LEAST = {"data": "x.csv", "text": "text", "target": "score"}


def test_a_flag_and_a_mapping_mean_the_same():
    flag = Tuned.read("Qwen/Qwen2.5-1.5B, lora=8, rate=3e-4, layers=q_proj+v_proj, name=big")
    mapping = Tuned.read(
        {"model": "Qwen/Qwen2.5-1.5B", "lora": 8, "rate": 3e-4, "layers": ["q_proj", "v_proj"], "name": "big"}
    )
    assert flag == mapping
    assert (flag.label, flag.lora, flag.layers, flag.step, flag.scale) == (
        "big",
        8,
        ["q_proj", "v_proj"],
        3e-4,
        2.0,
    )


@pytest.mark.parametrize(
    ("written", "label", "step"),
    [
        ("minilm", "minilm tuned", 5e-5),
        ("minilm,lora", "minilm lora", 5e-4),
        ("OWNER/a-model,rate=1e-5", "a-model tuned", 1e-5),
        ("./folder/it/", "it tuned", 5e-5),
    ],
)
def test_what_is_left_open_is_filled(written, label, step):
    recipe = Tuned.read(written)
    assert (recipe.label, recipe.step) == (label, step)


def test_lora_alone_has_the_usual_rank_and_scale():
    recipe = Tuned.read("minilm,lora")
    assert (recipe.lora, recipe.scale) == (16, 2.0)
    assert Tuned.read("minilm,lora=4,alpha=2").scale == 0.5
    assert (
        Tuned.read({"model": "minilm", "lora": True}) == recipe
    )  # and not rank 1, which is what True counts as
    assert Tuned.read({"model": "minilm", "lora": False}) == Tuned.read("minilm")
    assert not Tuned.read("minilm,refit=no").refit


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("minilm,epoch=3", "did you mean 'epochs'"),
        ("minilm,rate=fast", "rate is 'fast'"),
        ("minilm,rate=1e-5,rate=2e-5", "'rate' is given twice"),
        ("minilm,alpha=8", "add lora"),
        ("minilm,lora,words", "words trains the table of token vectors"),
        ("", "model is ''"),
        (7, "it must be a model with settings"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(written, says):
    with pytest.raises(ConfigError, match=says):
        Tuned.read(written)


def test_a_study_file_gives_its_tuned_models_again(tmp_path):
    study = Study.from_mapping({**LEAST, "tuned": ["minilm,lora=4", {"model": "minilm", "epochs": 2}]})
    file = tmp_path / "study.yaml"
    file.write_text(study.to_yaml())
    again = Study.from_yaml(file)
    assert again.tuned == study.tuned == [Tuned(model="minilm", lora=4), Tuned(model="minilm", epochs=2)]
    assert "patience" not in file.read_text()  # only what was asked for


def test_a_study_without_tuned_models_has_the_name_that_it_had_before_there_were_any():
    study = Study.from_mapping(LEAST)
    assert study.digest() == study.model_copy(update={"tuned": []}).digest()
    assert study.digest() != Study.from_mapping({**LEAST, "tuned": "minilm"}).digest()
