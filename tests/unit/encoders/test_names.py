"""Names of encoders, of families and of instructions."""

from __future__ import annotations

import pytest

from semascope.encoders.catalogue import default_encoder, family_of
from semascope.encoders.instructions import parse_instruction
from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError, EncoderError


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Qwen/Qwen3-Embedding-0.6B", "qwen3"),
        ("intfloat/multilingual-e5-large", "e5"),
        ("intfloat/multilingual-e5-large-instruct", "e5-instruct"),
        ("intfloat/e5-large-v2", "e5"),
        ("BAAI/bge-base-en-v1.5", "bge-en"),
        ("BAAI/bge-m3", "plain"),
        ("sentence-transformers/all-MiniLM-L6-v2", "plain"),
        ("/models/e5-base/", "e5"),
        ("Alibaba-NLP/gte-Qwen2-1.5B-instruct", "e5-instruct"),
        ("Qwen/Qwen2.5-0.5B", "plain"),
        ("intfloat/e5-mistral-7b-instruct", "e5-instruct"),
        ("Snowflake/snowflake-arctic-embed-l-v2.0", "arctic-v2"),
        ("Snowflake/snowflake-arctic-embed-m-v1.5", "bge-en"),
        ("Snowflake/snowflake-arctic-embed-m-long", "bge-en"),
        ("nomic-ai/nomic-embed-text-v1", "nomic"),
        ("nomic-ai/modernbert-embed-base", "nomic"),
        ("nomic-ai/nomic-embed-code", "plain"),
        ("google/embeddinggemma-300m-qat-q8_0-unquantized", "gemma"),
        ("google/gemma-3-270m", "plain"),
        ("jinaai/jina-embeddings-v3", "jina-v3"),
        ("jinaai/jina-embeddings-v2-base-en", "plain"),
        ("Alibaba-NLP/gte-modernbert-base", "plain"),
    ],
)
def test_the_family_is_known_by_the_name(name, family):
    assert family_of(name) == family


def test_a_near_name_is_offered():
    with pytest.raises(ConfigError, match=r"encoder is 'minilmm'.*did you mean 'minilm'\?"):
        load_encoder("minilmm")
    with pytest.raises(ConfigError, match=r"did you mean 'bge-m3'\?"):
        load_encoder("BGE-M4")
    with pytest.raises(ConfigError, match=r"did you mean 'Qwen3-Embedding-0.6B' or 'Qwen3-Embedding-4B'"):
        load_encoder("qwen3")
    with pytest.raises(
        ConfigError, match=r"did you mean 'bge-small-en-v1.5' or 'bge-base-en-v1.5' or 'bge-large-en-v1.5'"
    ):
        load_encoder("bge")


def test_a_width_that_is_no_number_is_refused():
    with pytest.raises(ConfigError, match="hash:WIDTH"):
        load_encoder("hash:x")
    with pytest.raises(ConfigError, match="it must be 1 or more"):
        load_encoder("hash:0")


def test_a_hub_name_without_network_or_cache_is_one_clear_error():
    with pytest.raises(EncoderError, match="neither in the local cache nor could it be fetched"):
        load_encoder("nobody/nothing")


def test_the_environment_names_another_default(monkeypatch):
    assert default_encoder() == "minilm"
    monkeypatch.setenv("SEMASCOPE_ENCODER", "hash:4")
    assert load_encoder().name == "hash:4"


def test_weights_of_minilm_are_checked(monkeypatch):
    monkeypatch.setattr("semascope.encoders.locating.MINILM_SHA256", "0" * 64)
    with pytest.raises(EncoderError, match="SHA-256 53aa51172d142c89"):
        load_encoder("minilm")


def test_instructions_are_presets_or_sentences():
    assert parse_instruction("topic").sentence == "Identify the topic or theme of the given text"
    assert parse_instruction("default").sentence == ""
    with pytest.raises(ConfigError, match=r"did you mean 'topic'\?"):
        parse_instruction("topik")
    with pytest.raises(ConfigError, match="give both a name and a sentence"):
        parse_instruction("mine=")
    with pytest.raises(ConfigError, match="is a preset with another sentence"):
        parse_instruction("topic=Something else")


@pytest.mark.parametrize("precision", ["float16", "fp32"])
def test_a_precision_that_is_not_known_is_refused(precision):
    with pytest.raises(ConfigError, match="it must be auto, float32 or bfloat16"):
        load_encoder("minilm", precision=precision)
