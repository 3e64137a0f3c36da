"""Parameters of the catalogue, counted on models that transformers builds from the published configurations."""

from __future__ import annotations

import pytest

from semascope.encoders.catalogue import find_entry

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

LARGE = {"num_attention_heads": 16, "intermediate_size": 4096}
BASE = {"num_attention_heads": 12, "intermediate_size": 3072}
SMALL = {"num_attention_heads": 12, "intermediate_size": 1536}
XLM_R = {"vocab_size": 250_002, "max_position_embeddings": 514, "type_vocab_size": 1}
QWEN3 = {"num_key_value_heads": 8, "head_dim": 128}
# Shapes as the config.json of each has them; width and layers come from the catalogue itself.
SHAPES = {
    "all-MiniLM-L6-v2": ("BertConfig", SMALL),
    "paraphrase-multilingual-MiniLM-L12-v2": ("BertConfig", {**SMALL, "vocab_size": 250_037}),
    "bert-base-uncased": ("BertConfig", BASE),
    "bert-base-multilingual-cased": ("BertConfig", {**BASE, "vocab_size": 119_547}),
    "bge-base-en-v1.5": ("BertConfig", BASE),
    "bge-large-en-v1.5": ("BertConfig", LARGE),
    "e5-large-v2": ("BertConfig", LARGE),
    "all-mpnet-base-v2": ("MPNetConfig", {**BASE, "vocab_size": 30_527, "max_position_embeddings": 514}),
    "paraphrase-multilingual-mpnet-base-v2": ("XLMRobertaConfig", {**BASE, **XLM_R}),
    "multilingual-e5-large": ("XLMRobertaConfig", {**LARGE, **XLM_R}),
    "multilingual-e5-large-instruct": ("XLMRobertaConfig", {**LARGE, **XLM_R}),
    "bge-m3": ("XLMRobertaConfig", {**LARGE, **XLM_R, "max_position_embeddings": 8194}),
    "Qwen2.5-0.5B": (
        "Qwen2Config",
        {
            "vocab_size": 151_936,
            "intermediate_size": 4864,
            "num_attention_heads": 14,
            "num_key_value_heads": 2,
        },
    ),
    "Qwen2.5-1.5B": (
        "Qwen2Config",
        {
            "vocab_size": 151_936,
            "intermediate_size": 8960,
            "num_attention_heads": 12,
            "num_key_value_heads": 2,
        },
    ),
    "Qwen3-Embedding-0.6B": (
        "Qwen3Config",
        {**QWEN3, "vocab_size": 151_669, "intermediate_size": 3072, "num_attention_heads": 16},
    ),
    "Qwen3-Embedding-4B": (
        "Qwen3Config",
        {**QWEN3, "vocab_size": 151_665, "intermediate_size": 9728, "num_attention_heads": 32},
    ),
    "Qwen3-Embedding-8B": (
        "Qwen3Config",
        {**QWEN3, "vocab_size": 151_665, "intermediate_size": 12_288, "num_attention_heads": 32},
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_parameters_are_those_of_the_published_configuration(name):
    entry, (kind, shape) = find_entry(name), SHAPES[name]
    config = getattr(transformers, kind)(hidden_size=entry.dim, num_hidden_layers=entry.layers, **shape)
    assert config.model_type == entry.architecture
    with torch.device("meta"):  # shapes without memory
        model = transformers.AutoModel.from_config(config)
    assert sum(parameter.numel() for parameter in model.parameters()) == entry.parameters


def test_every_line_is_counted():
    from semascope.encoders.entries import ENTRIES

    networks = {entry.name for entry in ENTRIES if entry.layers}  # a table of token vectors has none
    assert networks == set(SHAPES)
