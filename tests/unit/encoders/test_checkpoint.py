"""A checkpoint is read, stated and refused before any weight is loaded."""

from __future__ import annotations

import json
import shutil

import pytest

from semascope.encoders.checkpoints.checkpoint import read_checkpoint
from semascope.encoders.loading import load_encoder
from semascope.errors import EncoderError


@pytest.fixture
def folder(tiny_bert, tmp_path):
    return shutil.copytree(tiny_bert, tmp_path / "copy")


def edit(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_pooling_and_limit_are_read_and_stated(folder):
    found = read_checkpoint(folder)
    assert (found.pooling, found.normalise, found.max_tokens, found.dim) == ("mean", True, 24, 16)
    assert any("read from the checkpoint" in sentence for sentence in found.stated)


def test_the_new_way_to_write_pooling_is_read(folder):
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"pooling_mode": "lasttoken", "embedding_dimension": 16})
    )
    assert read_checkpoint(folder).pooling == "last"


def test_a_module_that_is_not_known_is_refused(folder):
    modules = json.loads((folder / "modules.json").read_text())
    modules.append({"idx": 3, "name": "3", "path": "3_CNN", "type": "sentence_transformers.models.CNN"})
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(EncoderError, match=r"models\.CNN.*would change every vector"):
        read_checkpoint(folder)


def test_two_poolings_at_once_are_refused(folder):
    edit(folder / "1_Pooling" / "config.json", pooling_mode_cls_token=True)
    with pytest.raises(EncoderError, match="pools by cls and mean"):
        read_checkpoint(folder)


def test_a_folder_that_is_no_checkpoint_is_refused(tmp_path):
    with pytest.raises(EncoderError, match=r"neither config\.json nor modules\.json"):
        read_checkpoint(tmp_path)


def test_a_damaged_configuration_names_its_file(folder):
    (folder / "config.json").write_text("{")
    with pytest.raises(EncoderError, match=r"config\.json is not JSON"):
        read_checkpoint(folder)


def test_positions_of_the_roberta_family_start_after_the_padding(folder):
    (folder / "sentence_bert_config.json").unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 10**30}))
    edit(folder / "config.json", model_type="xlm-roberta", max_position_embeddings=514)
    assert read_checkpoint(folder).max_tokens == 512


def test_languages_come_from_the_card(folder):
    (folder / "README.md").write_text("---\nlanguage:\n- en\n- pt-BR\n---\nText")
    assert read_checkpoint(folder).languages == {"en", "pt"}
    (folder / "README.md").write_text("---\nlanguage: multilingual\n---\n")
    assert read_checkpoint(folder).languages is None


@pytest.mark.parametrize(
    "head", ["language: 5", "language: {a: b}", "language: en\ndate: 2024-13-45", "[" * 5000, "- en"]
)
def test_a_card_that_cannot_be_read_stops_nothing(folder, head):
    (folder / "README.md").write_text(f"---\n{head}\n---\nText")
    assert read_checkpoint(folder).languages is None


def test_another_weight_file_is_another_space(folder):
    before = load_encoder(str(folder)).space
    edit(folder / "1_Pooling" / "config.json", pooling_mode_mean_tokens=False, pooling_mode_cls_token=True)
    assert load_encoder(str(folder)).space != before


def test_weights_that_lack_a_layer_are_refused(folder):
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights.pop("encoder.layer.1.output.dense.weight")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match=r"lacks 1 weights.*encoder\.layer\.1\.output\.dense\.weight"):
        load_encoder(str(folder)).encode(["tide"])


def test_weights_in_the_format_of_torch_give_the_same_rows(folder):
    import numpy as np
    import torch
    from safetensors.torch import load_file

    expected = load_encoder(str(folder), precision="float32").encode(["tide tables"])
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    np.testing.assert_array_equal(
        load_encoder(str(folder), precision="float32").encode(["tide tables"]), expected
    )
