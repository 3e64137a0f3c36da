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
SMOL = {"vocab_size": 49_152, "num_attention_heads": 9, "num_key_value_heads": 3, "intermediate_size": 1536}
# Numbers of the modules that follow the pooling.
DENSE = {"embeddinggemma-300m": 768 * 3072 + 3072 * 768}
WITHOUT_POOLER = {"e5-small-q4"}  # its package leaves out what no vector needs
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
    "all-MiniLM-L12-v2": ("BertConfig", SMALL),
    "bge-small-en-v1.5": ("BertConfig", SMALL),
    "multilingual-e5-small": ("BertConfig", {**SMALL, "vocab_size": 250_037}),
    "e5-small-q4": ("BertConfig", {**SMALL, "vocab_size": 250_037}),
    "multilingual-e5-base": ("XLMRobertaConfig", {**BASE, **XLM_R}),
    "snowflake-arctic-embed-l-v2.0": (
        "XLMRobertaConfig",
        {**LARGE, **XLM_R, "max_position_embeddings": 8194},
    ),
    "snowflake-arctic-embed-m-v2.0": ("GteConfig", {**BASE, "vocab_size": 250_048, "type_vocab_size": 1}),
    "nomic-embed-text-v1.5": ("NomicBertConfig", {**BASE, "vocab_size": 30_528}),
    "gte-modernbert-base": (
        "ModernBertConfig",
        {"vocab_size": 50_368, "num_attention_heads": 12, "intermediate_size": 1152},
    ),
    "e5-mistral-7b-instruct": (
        "MistralConfig",
        {
            "vocab_size": 32_000,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "intermediate_size": 14_336,
        },
    ),
    "embeddinggemma-300m": (
        "Gemma3TextConfig",
        {
            "vocab_size": 262_144,
            "intermediate_size": 1152,
            "num_attention_heads": 3,
            "num_key_value_heads": 1,
            "head_dim": 256,
            "use_bidirectional_attention": True,
            "sliding_window": 512,
        },
    ),
    "SmolLM2-135M": ("LlamaConfig", SMOL),
    "SmolLM2-135M-Instruct": ("LlamaConfig", SMOL),
    "SmolLM2-360M": (
        "LlamaConfig",
        {**SMOL, "num_attention_heads": 15, "num_key_value_heads": 5, "intermediate_size": 2560},
    ),
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
    if name in WITHOUT_POOLER:
        model.pooler = None
    counted = sum(parameter.numel() for parameter in model.parameters())
    assert counted + DENSE.get(name, 0) == entry.parameters


def test_parameters_of_a_network_with_experts_are_those_of_its_published_weights():
    """transformers has no class with nomic's experts: counted from the list of its weights."""
    entry, wide, inner, experts = find_entry("nomic-embed-text-v2-moe"), 768, 3072, 8
    attention = 4 * wide * wide + 4 * wide
    dense = 2 * wide * inner + inner + wide
    routed = experts * wide + 2 * experts * inner * wide + wide
    norms = 4 * wide
    layers = entry.layers * (attention + norms) + entry.layers // 2 * (dense + routed)
    assert 250_048 * wide + wide + 2 * wide + layers == entry.parameters


def test_parameters_of_jina_are_those_of_its_network_and_five_adapters():
    """Rank 4 on every linear layer and on the table of words: (in + out) x 4 for each of the five tasks."""
    entry, wide, inner, words, rank, tasks = find_entry("jina-embeddings-v3"), 1024, 4096, 250_002, 4, 5
    with torch.device("meta"):
        model = transformers.AutoModel.from_config(
            transformers.JinaEmbeddingsV3Config(
                hidden_size=wide, intermediate_size=inner, vocab_size=words, num_hidden_layers=entry.layers
            )
        )
    network = sum(parameter.numel() for parameter in model.parameters())
    layer = (wide + 3 * wide) + (wide + wide) + (wide + inner) + (inner + wide)
    adapters = tasks * rank * (entry.layers * layer + (words + wide) + (1 + wide) + (wide + wide))
    assert network + adapters == entry.parameters


def test_every_line_is_counted():
    from semascope.encoders.entries import ENTRIES

    networks = {entry.name for entry in ENTRIES if entry.layers}  # a table of token vectors has none
    counted = {*SHAPES, "nomic-embed-text-v2-moe", "jina-embeddings-v3"}
    assert networks == counted
