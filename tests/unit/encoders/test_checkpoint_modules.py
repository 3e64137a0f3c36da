"""The chain of modules: what is read, what is stated, what is refused."""

from __future__ import annotations

import json
import shutil

import pytest

from semascope.encoders.checkpoints.checkpoint import read_checkpoint
from semascope.encoders.loading import load_encoder
from semascope.errors import EncoderError


@pytest.fixture(scope="module")
def tiny_dense(make_tiny, tmp_path_factory):
    return make_tiny(tmp_path_factory.mktemp("dense") / "tiny", "bert", dense=({"wide_out": 12},))


@pytest.fixture
def folder(tiny_dense, tmp_path):
    return shutil.copytree(tiny_dense, tmp_path / "copy")


def edit(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def chain(folder, *kinds, package="sentence_transformers.models"):
    paths = {"Transformer": "", "Pooling": "1_Pooling", "Dense": "2_Dense", "Normalize": "3_Normalize"}
    modules = [
        {"idx": place, "name": str(place), "path": paths.get(kind, kind), "type": f"{package}.{kind}"}
        for place, kind in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))


def test_a_dense_module_decides_the_width_and_is_stated(folder):
    found = read_checkpoint(folder)
    assert found.dim == 12
    assert any("a Dense module (16 to 12, Tanh) follows the pooling" in said for said in found.stated)


@pytest.mark.parametrize(
    "kind", ["CNN", "LSTM", "WordWeights", "LayerNorm", "WeightedLayerPooling", "Router", "CLIPModel", "BoW"]
)
def test_a_module_that_is_not_supported_is_refused(folder, kind):
    chain(folder, "Transformer", "Pooling", kind)
    with pytest.raises(EncoderError, match=rf"module 'sentence_transformers\.models\.{kind}'; supported are"):
        read_checkpoint(folder)


def test_a_module_of_own_code_is_refused_whatever_its_name(folder):
    chain(folder, "Transformer", "Pooling", package="custom_st")
    with pytest.raises(EncoderError, match=r"module 'custom_st\.Transformer'"):
        read_checkpoint(folder, trust_remote_code=True)


@pytest.mark.parametrize(
    "kinds",
    [
        ("Transformer", "Pooling", "Normalize", "Dense"),
        ("Transformer", "Dense", "Pooling"),
        ("Transformer", "Normalize", "Pooling"),
        ("Pooling", "Transformer"),
        ("Transformer", "Pooling", "Pooling"),
        ("Pooling",),
    ],
)
def test_another_order_is_refused(folder, kinds):
    chain(folder, *kinds)
    with pytest.raises(EncoderError, match=f"chains {', '.join(kinds)}; supported is Transformer, Pooling"):
        read_checkpoint(folder)


def test_dropout_does_nothing_outside_training(folder):
    before = read_checkpoint(folder)
    chain(folder, "Transformer", "Pooling", "Dropout", "Dense", "Normalize")
    assert read_checkpoint(folder) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"activation_function": "torch.nn.modules.activation.Softplus"},
            r"activation 'torch.*Softplus'; supported",
        ),
        ({"activation_function": "own.Tanh"}, r"activation 'own\.Tanh'; supported are Identity"),
        ({"use_residual": True}, "adds its input to its output"),
        ({"module_input_name": "token_embeddings"}, "module_input_name 'token_embeddings'; supported is"),
        ({"module_output_name": "other"}, "module_output_name 'other'; supported is"),
        ({"in_features": 17}, "takes vectors of 17 entries, but gets 16"),
        ({"out_features": None}, "does not give in_features and out_features"),
    ],
)
def test_a_dense_module_that_is_not_supported_is_refused(folder, changes, message):
    edit(folder / "2_Dense" / "config.json", **changes)
    with pytest.raises(EncoderError, match=message):
        read_checkpoint(folder)


def test_dense_weights_that_are_not_the_described_ones_are_refused(folder):
    pytest.importorskip("torch")
    edit(folder / "2_Dense" / "config.json", bias=False)
    with pytest.raises(
        EncoderError, match=r"weights of .*2_Dense cannot be used .*from 16 to 12 without bias"
    ):
        load_encoder(str(folder)).encode(["tide"])


def test_dense_weights_that_are_missing_are_refused(folder):
    pytest.importorskip("torch")
    (folder / "2_Dense" / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match="2_Dense holds no weights"):
        load_encoder(str(folder)).encode(["tide"])


def test_dense_weights_in_the_format_of_torch_give_the_same_rows(folder):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    expected = load_encoder(str(folder), precision="float32").encode(["tide tables"])
    torch.save(load_file(folder / "2_Dense" / "model.safetensors"), folder / "2_Dense" / "pytorch_model.bin")
    (folder / "2_Dense" / "model.safetensors").unlink()
    found = load_encoder(str(folder), precision="float32").encode(["tide tables"])
    assert (found == expected).all()


def test_other_dense_weights_or_another_activation_are_another_space(folder):
    spaces = [load_encoder(str(folder)).space]
    edit(folder / "2_Dense" / "config.json", activation_function="torch.nn.modules.activation.ReLU")
    spaces.append(load_encoder(str(folder)).space)
    file = folder / "2_Dense" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    spaces.append(load_encoder(str(folder)).space)
    chain(folder, "Transformer", "Pooling", "Normalize")
    spaces.append(load_encoder(str(folder)).space)
    assert len({space.weights for space in spaces}) == 4


@pytest.mark.parametrize(
    ("written", "pooling"),
    [
        ("weightedmean", "weightedmean"),
        ("mean_sqrt_len_tokens", "mean_sqrt_len"),
        ("lasttoken", "last"),
        (["max"], "max"),
    ],
)
def test_poolings_are_read_as_version_6_writes_them(folder, written, pooling):
    config = {"pooling_mode": written, "embedding_dimension": 16, "include_prompt": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(config))
    assert read_checkpoint(folder).pooling == pooling


@pytest.mark.parametrize(
    ("written", "shown"), [(["cls", "mean"], "cls and mean"), ("attention", "attention")]
)
def test_poolings_that_are_not_supported_are_refused(folder, written, shown):
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode": written}))
    with pytest.raises(EncoderError, match=f"pools by {shown}; supported is one of mean, cls, last"):
        read_checkpoint(folder)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"transformer_task": "fill-mask"}, "asks for fill-mask by forward"),
        (
            {"modality_config": {"text": {"method": "forward", "method_output_name": "pooler_output"}}},
            "asks for feature-extraction by forward and pooler_output",
        ),
        ({"processing_kwargs": {"text": {"add_special_tokens": False}}}, "sets processing_kwargs to"),
        (
            {"config_args": {"is_causal": False, "trust_remote_code": True}},
            r"sets config_args to \{'is_causal': False\}",
        ),
        ({"document_length": 12}, "sets document_length to 12"),
    ],
)
def test_settings_that_would_change_every_vector_are_refused(folder, written, message):
    edit(folder / "sentence_bert_config.json", **written)
    with pytest.raises(EncoderError, match=message):
        read_checkpoint(folder)


def test_settings_that_change_no_row_are_read_over(folder):
    before = read_checkpoint(folder)
    edit(folder / "sentence_bert_config.json", model_args={"dtype": "float16", "trust_remote_code": True})
    assert read_checkpoint(folder) == before


def test_the_older_names_of_that_file_are_read(folder):
    (folder / "sentence_bert_config.json").rename(folder / "sentence_xlm-roberta_config.json")
    assert read_checkpoint(folder).max_tokens == 24


def test_what_the_checkpoint_asks_for_and_does_not_get_is_stated(folder):
    asked = {
        "prompts": {"query": "query: ", "document": ""},
        "default_prompt_name": "query",
        "similarity_fn_name": "dot",
        "truncate_dim": 8,
    }
    (folder / "config_sentence_transformers.json").write_text(json.dumps(asked))
    stated = " ".join(read_checkpoint(folder).stated)
    assert "would put the prompt 'query: ' (query) before every text" in stated
    assert "names the similarity dot" in stated
    assert "asks for the first 8 entries" in stated
