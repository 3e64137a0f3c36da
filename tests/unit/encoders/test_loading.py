"""Folders that are damaged, incomplete or mixed are refused before they make a row."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.encoders.checkpoints.weights import weight_files
from semascope.encoders.loading import load_encoder
from semascope.errors import EncoderError

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


@pytest.fixture
def folder(tiny_bert, tmp_path):
    return shutil.copytree(tiny_bert, tmp_path / "copy")


@pytest.fixture(scope="module")
def tiny_sharded(make_tiny, tmp_path_factory):
    return make_tiny(tmp_path_factory.mktemp("sharded") / "tiny", "bert", max_shard_size="10KB")


@pytest.fixture
def sharded(tiny_sharded, tmp_path):
    return shutil.copytree(tiny_sharded, tmp_path / "sharded")


def encode(folder: Path, text: str = "tide tables") -> np.ndarray:
    return load_encoder(str(folder), precision="float32", device="cpu").encode([text])


def edit(file: Path, **changes: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def rewrite(file: Path, change) -> None:
    """Change the weights of a safetensors file."""
    from safetensors.torch import load_file, save_file

    weights = load_file(file)
    change(weights)
    save_file(weights, file, metadata={"format": "pt"})


@settings(max_examples=40)
@given(share=st.floats(0, 1, exclude_max=True))
def test_weights_that_were_cut_short_anywhere_are_refused(tiny_bert, tmp_path_factory, share):
    whole = (tiny_bert / "model.safetensors").read_bytes()
    cut = tmp_path_factory.mktemp("cut")
    (cut / "model.safetensors").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(EncoderError, match=r"cut short|no header that can be read"):
        weight_files(cut)


def test_weights_that_were_cut_short_give_no_row_and_no_digest(folder):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    expected = r"has [\d,]+ bytes; whole it has [\d,]+ bytes: it was cut short; delete .* fetch"
    with pytest.raises(EncoderError, match=expected):
        encode(folder)
    with pytest.raises(EncoderError, match=expected):
        _ = load_encoder(str(folder)).fingerprint


def test_weights_in_the_format_of_torch_that_were_cut_short_are_refused(make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "tiny", "bert", in_torch_format=True)
    file = folder / "pytorch_model.bin"
    file.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(EncoderError, match=r"weights of encoder .* cannot be loaded"):
        encode(folder)


class Payload:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def test_code_inside_weights_never_runs(folder, tmp_path):
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Payload(tmp_path / "ran"), protocol=2))
    with pytest.raises(EncoderError, match=r"weights of encoder .* cannot be loaded"):
        encode(folder)
    assert not (tmp_path / "ran").exists()


def test_a_missing_shard_is_named(sharded):
    (sharded / "model-00002-of-00002.safetensors").unlink(missing_ok=True)
    last = sorted(sharded.glob("model-*.safetensors"))[-1]
    last.unlink()
    with pytest.raises(EncoderError, match=rf"index\.json of .* but {last.name} is not there"):
        encode(sharded)


def test_an_index_that_names_a_weight_which_no_shard_has_is_refused(sharded):
    index = json.loads((sharded / "model.safetensors.index.json").read_text())
    shard = next(iter(index["weight_map"].values()))
    index["weight_map"]["encoder.layer.9.output.dense.weight"] = shard
    (sharded / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(
        EncoderError, match=rf"places 'encoder\.layer\.9.*' in {shard}, which does not hold it"
    ):
        encode(sharded)


@pytest.mark.parametrize("content", ['{"weight_map": {"a', "{}", '{"weight_map": {}}', "[]"])
def test_an_index_that_is_half_written_is_refused(sharded, content):
    (sharded / "model.safetensors.index.json").write_text(content)
    with pytest.raises(EncoderError, match=r"index\.json is no index of weights"):
        encode(sharded)


@given(share=st.floats(0, 1, exclude_max=True))
@settings(max_examples=30)
def test_a_configuration_that_is_half_written_is_refused(tiny_bert, tmp_path_factory, share):
    cut = tmp_path_factory.mktemp("cut")
    text = (tiny_bert / "config.json").read_text().rstrip()
    (cut / "config.json").write_text(text[: int(share * len(text))])
    with pytest.raises(EncoderError, match=r"config\.json is not JSON"):
        load_encoder(str(cut))


@pytest.mark.parametrize(
    "file", ["config.json", "sentence_bert_config.json", "config_sentence_transformers.json"]
)
def test_a_configuration_that_is_no_object_is_refused(folder, file):
    (folder / file).write_text("[]")
    with pytest.raises(EncoderError, match=rf"{file} holds no JSON object"):
        load_encoder(str(folder))


@pytest.mark.parametrize(
    ("file", "key", "value", "said"),
    [
        ("config.json", "architectures", 3, "must be a list of names"),
        ("config.json", "model_type", ["bert"], "must be a text"),
        ("config.json", "auto_map", 3, "must be an object"),
        ("config.json", "text_config", [1], "must be an object"),
        ("config.json", "rope_parameters", 0.5, "must be an object"),
        ("config.json", "sentence_transformers", 3, "must be an object"),
        ("tokenizer_config.json", "model_max_length", "512", "must be a number"),
        ("sentence_bert_config.json", "modality_config", [1], "must be an object"),
        ("sentence_bert_config.json", "modality_config", {"text": 3}, "must be an object"),
        ("config_sentence_transformers.json", "prompts", [1], "must be an object"),
        ("config_sentence_transformers.json", "default_prompt_name", [1], "must be a text"),
        ("1_Pooling/config.json", "pooling_mode", 3, "must be a name"),
        ("1_Pooling/config.json", "pooling_mode", [["mean"]], "pools by"),
        ("config.json", "auto_map", {"AutoModel": 3}, "brings its own code"),
    ],
)
def test_a_value_of_another_kind_is_one_line(folder, file, key, value, said):
    (folder / "config_sentence_transformers.json").write_text("{}")
    edit(folder / file, **{key: value})
    with pytest.raises(EncoderError, match=said) as caught:
        load_encoder(str(folder))
    assert str(folder) in str(caught.value)
    edit(folder / file, **{key: None})  # as good as absent
    load_encoder(str(folder))


@pytest.mark.parametrize("file", ["config.json", "modules.json", "sentence_bert_config.json"])
def test_brackets_in_brackets_are_one_line(folder, file):
    (folder / file).write_text("[" * 200_000)
    with pytest.raises(EncoderError, match=rf"{file} is not JSON"):
        load_encoder(str(folder))


@pytest.mark.parametrize(
    "header",
    [
        b'{"a": {"data_offsets": []}}',
        b'{"a": {"data_offsets": [0, null]}}',
        b'{"a": {"data_offsets": [0, "x"]}}',
        b'{"a": ' + b"[" * 200_000,
    ],
)
def test_a_header_of_weights_that_lies_is_one_line(folder, header):
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(EncoderError, match=r"has no header that can be read"):
        encode(folder)


def test_a_configuration_of_another_size_is_refused(folder):
    edit(folder / "config.json", intermediate_size=64)
    with pytest.raises(EncoderError, match=r"weights of encoder .* cannot be loaded"):
        encode(folder)


@pytest.mark.parametrize(
    "wrong", [{"hidden_size": "sixteen"}, {"num_attention_heads": 3}, {"model_type": "unheard"}]
)
def test_a_configuration_with_a_wrong_value_is_refused(folder, wrong):
    edit(folder / "config.json", **wrong)
    with pytest.raises(EncoderError):
        encode(folder)


def test_a_folder_without_a_tokenizer_is_refused(folder):
    (folder / "tokenizer.json").unlink()
    with pytest.raises(EncoderError, match=r"holds no tokenizer; accepted are tokenizer\.json"):
        encode(folder)


def test_a_tokenizer_that_is_half_written_is_refused(folder):
    text = (folder / "tokenizer.json").read_text()
    (folder / "tokenizer.json").write_text(text[: len(text) // 2])
    with pytest.raises(EncoderError, match=r"tokenizer of encoder .* cannot be loaded"):
        encode(folder)


@pytest.mark.parametrize(
    "content", ["{}", '{"version": "1.0", "model": {"type": "WordPiece"}}', '{"model": {"type": "Unheard"}}']
)
def test_a_tokenizer_that_is_none_is_refused(folder, content):
    (folder / "tokenizer.json").write_text(content)
    with pytest.raises(EncoderError, match=r"tokenizer of encoder .* cannot be loaded"):
        encode(folder)


def test_a_tokenizer_with_more_ids_than_the_weights_have_is_refused(folder):
    def cut(weights):
        name = "embeddings.word_embeddings.weight"
        weights[name] = weights[name][:100].contiguous()

    rewrite(folder / "model.safetensors", cut)
    edit(folder / "config.json", vocab_size=100)
    with pytest.raises(EncoderError, match=r"has ids up to \d+, its weights have 100 token vectors"):
        encode(folder)  # with a short text: no id of it is above 100


def test_a_tokenizer_with_fewer_ids_than_the_weights_have_is_usual(folder):
    expected = encode(folder)

    def pad(weights):
        name = "embeddings.word_embeddings.weight"
        weights[name] = torch.nn.functional.pad(weights[name], (0, 0, 0, 50))

    rewrite(folder / "model.safetensors", pad)
    rows = json.loads((folder / "config.json").read_text())["vocab_size"]
    edit(folder / "config.json", vocab_size=rows + 50)
    np.testing.assert_allclose(encode(folder), expected, atol=2e-6)


def test_weights_of_another_network_are_refused(folder):
    rewrite(
        folder / "model.safetensors", lambda w: w.update({"encoder.layer.0.adapter.weight": torch.ones(2)})
    )
    with pytest.raises(
        EncoderError, match=r"holds 1 weights that BertModel does not know.*layer\.0\.adapter"
    ):
        encode(folder)


@pytest.mark.parametrize(
    "name", ["cls.predictions.bias", "lm_head.weight", "embeddings.position_ids", "classifier.bias"]
)
def test_heads_of_other_tasks_are_left_out(folder, name):
    expected = encode(folder)
    rewrite(folder / "model.safetensors", lambda weights: weights.update({name: torch.ones(2)}))
    np.testing.assert_allclose(encode(folder), expected, atol=2e-6)


def test_weights_are_read_by_the_names_that_bert_was_published_with(folder):
    """A prefix, heads of its training, and the older names of a norm's weights."""
    expected = encode(folder)

    def rename(weights):
        for name in list(weights):
            older = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
                "LayerNorm.bias", "LayerNorm.beta"
            )
            weights[f"bert.{older}"] = weights.pop(name)
        weights["cls.predictions.transform.LayerNorm.gamma"] = torch.ones(16)
        weights["cls.seq_relationship.weight"] = torch.ones((2, 16))

    rewrite(folder / "model.safetensors", rename)
    edit(folder / "config.json", architectures=["BertForPreTraining"])
    np.testing.assert_allclose(encode(folder), expected, atol=2e-6)


def test_an_adapter_that_is_not_merged_is_refused(folder):
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(EncoderError, match=r"holds an adapter .*merge it with peft"):
        load_encoder(str(folder))
