"""Which folders are tables of token vectors, what is read of them, and which are refused."""

from __future__ import annotations

import json

import pytest

from semascope.encoders.loading import load_encoder
from semascope.encoders.local import LocalEncoder
from semascope.encoders.protocol import UNLIMITED, FromFiles
from semascope.encoders.static.encoder import StaticEncoder
from semascope.encoders.static.folder import is_static, read_static
from semascope.errors import ConfigError, EncoderError

pytest.importorskip("tokenizers")


def edit(file, **changes):
    found = json.loads(file.read_text()) | changes
    file.write_text(json.dumps({key: value for key, value in found.items() if value != "drop"}))


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({"model_type": "model2vec", "normalize": True}, "model.safetensors"),
        ({"tokenizer_name": "x", "apply_pca": 256, "apply_zipf": True}, "model.safetensors"),  # 0.3
        ({"tokenizer_name": "x", "apply_pca": None, "apply_zipf": True}, "embeddings.safetensors"),  # 0.1
    ],
)
def test_folders_of_every_model2vec_are_tables(static_folders, tmp_path, config, name):
    folder = static_folders.write_model2vec(tmp_path / "m", config=config, name=name)
    assert is_static(folder)
    encoder = load_encoder(str(folder))
    assert isinstance(encoder, StaticEncoder)
    assert isinstance(encoder, FromFiles)
    assert (encoder.dim, encoder.max_tokens, encoder.space.pooling) == (static_folders.DIM, 512, "mean")
    assert encoder.space.tokenizer.endswith("-model2vec")
    assert any(
        "at most 512 tokens" in sentence and "model2vec's own limit" in sentence
        for sentence in encoder.stated
    )


@pytest.mark.parametrize("below", ["", "0_StaticEmbedding"])
@pytest.mark.parametrize("after", [(), ("Normalize",)])
def test_folders_of_sentence_transformers_are_tables_that_read_a_text_whole(
    static_folders, tmp_path, below, after
):
    folder = static_folders.write_sentence_transformers(tmp_path / "s", below=below, after=after)
    encoder = load_encoder(str(folder))
    assert isinstance(encoder, StaticEncoder)
    assert encoder.max_tokens == UNLIMITED
    assert encoder.space.tokenizer.endswith("-sentence-transformers")
    brought = any("brought to unit length by Semascope" in sentence for sentence in encoder.stated)
    assert brought == (not after)


def test_a_checkpoint_with_a_network_is_no_table(tiny_bert):
    assert not is_static(tiny_bert)
    assert isinstance(load_encoder(str(tiny_bert)), LocalEncoder)


def test_what_the_folder_and_its_card_say_is_stated(static_folders, tmp_path):
    folder = static_folders.write_sentence_transformers(tmp_path / "s")
    (folder / "README.md").write_text("---\nlanguage:\n- en\n- de\n---\n# A table\n")
    edit(
        folder / "config_sentence_transformers.json",
        truncate_dim=4,
        prompts={"q": "find: "},
        default_prompt_name="q",
    )
    encoder = load_encoder(str(folder), precision="bfloat16", device="cpu")
    assert encoder.languages == {"de", "en"}
    said = " ".join(encoder.stated)
    for part in (
        "no network", "whatever their order", "read as sentence-transformers reads it", "read whole",
        "the vector of the unknown token", "asks for the first 4 entries", "would put the prompt 'find: '",
        "sums are float32 whatever precision is asked for", "template family plain",
    ):  # fmt: skip
        assert part in said
    assert (encoder.precision, encoder.dim) == ("float32", static_folders.DIM)


def test_a_folder_named_as_a_line_of_the_catalogue_is_that_line_and_differences_are_stated(
    static_folders, tmp_path
):
    encoder = load_encoder(str(static_folders.write_model2vec(tmp_path / "potion-base-8M")))
    assert encoder.listed.hub_id == "minishlab/potion-base-8M"
    assert encoder.languages == {"en"}
    said = " ".join(encoder.stated)
    assert "it was taken for minishlab/potion-base-8M of the catalogue, by the name of its folder" in said
    assert "width: the folder says 12, the catalogue 256; the folder's own was taken" in said
    other = load_encoder(str(static_folders.write_model2vec(tmp_path / "bge-m3")))
    assert "architecture: the folder says static, the catalogue xlm-roberta" in " ".join(other.stated)


@pytest.mark.parametrize(
    ("name", "card", "languages", "said"),
    [
        ("potion-base-8M", "", {"en"}, "languages: 1, from the catalogue"),
        ("potion-base-8M", "language: en", {"en"}, ""),
        ("potion-base-8M", "language: de", {"de", "en"}, "names others than the catalogue; all were taken"),
        ("static-similarity-mrl-multilingual-v1", "", None, "its card says 51 languages, so no list"),
        ("static-similarity-mrl-multilingual-v1", "language: [de, ar]", {"de", "ar"}, ""),
        ("tides", "language: de", {"de"}, ""),
    ],
)
def test_languages_are_those_of_the_card_and_of_the_catalogue(
    static_folders, tmp_path, name, card, languages, said
):
    """As for networks: a list that is too short would be a false alarm."""
    folder = static_folders.write_model2vec(tmp_path / name)
    (folder / "README.md").write_text(f"---\n{card}\n---\n")
    encoder = load_encoder(str(folder))
    assert encoder.languages == languages
    found = [sentence for sentence in encoder.stated if "languages" in sentence]
    assert (len(found) == 1 and said in found[0]) if said else not found


@pytest.mark.parametrize(("length", "limit"), [(7, 7), (None, UNLIMITED)])
def test_the_limit_of_a_folder_of_model2vec_is_that_of_its_configuration(
    static_folders, tmp_path, length, limit
):
    folder = static_folders.write_model2vec(
        tmp_path / "m", config={"model_type": "model2vec", "max_length": length}
    )
    assert read_static(folder).max_tokens == limit


def test_how_a_tokenizer_cuts_is_found_wherever_its_file_says_it(static_folders, tmp_path):
    folder = static_folders.write_sentence_transformers(
        tmp_path / "s", truncation={"max_length": 9, "direction": "left"}
    )
    file = folder / "tokenizer.json"
    found = json.loads(file.read_text())
    last = {key: value for key, value in found.items() if key != "truncation"} | {
        "truncation": found["truncation"]
    }
    file.write_text(json.dumps(last))
    described = read_static(folder)
    assert (described.max_tokens, described.cut) == (9, "beginning")


def test_another_module_after_the_table_is_refused(static_folders, tmp_path):
    folder = static_folders.write_sentence_transformers(tmp_path / "s", after=("Dense", "Normalize"))
    with pytest.raises(
        EncoderError, match="chains StaticEmbedding, Dense, Normalize; supported is StaticEmbedding alone"
    ):
        load_encoder(str(folder))


def test_a_dropout_after_the_table_does_nothing(static_folders, tmp_path):
    folder = static_folders.write_sentence_transformers(tmp_path / "s", after=("Dropout", "Normalize"))
    assert read_static(folder).max_tokens == UNLIMITED


@pytest.mark.parametrize("engine", ["", "mkl"])
def test_an_engine_that_there_is_not_is_refused(static_folders, tmp_path, engine):
    folder = static_folders.write_model2vec(tmp_path / "m")
    with pytest.raises(ConfigError, match="known are auto, packed, plain; choose one of them"):
        StaticEncoder(folder, name="m", engine=engine)


def test_a_way_of_reading_that_there_is_not_is_refused(static_folders, tmp_path):
    with pytest.raises(ConfigError, match="long is 'middle'; known are truncate, head-tail, chunk"):
        load_encoder(str(static_folders.write_model2vec(tmp_path / "m")), long="middle")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"precision": "float16"}, "precision is 'float16'; it must be auto, float32 or bfloat16"),
        ({"device": "gpu"}, "device is 'gpu'; it must be auto, cpu, cuda, cuda:N or mps"),
    ],
)
@pytest.mark.parametrize("name", ["hash:8", "table", "minilm"])
def test_what_there_is_not_is_refused_also_where_it_would_change_nothing(
    static_folders, tmp_path, name, asked, said
):
    source = str(static_folders.write_model2vec(tmp_path / "m")) if name == "table" else name
    with pytest.raises(ConfigError, match=said):
        load_encoder(source, **asked)


def test_the_space_knows_table_tokenizer_rule_limit_and_way(static_folders, tmp_path):
    spaces = []
    for number, settings in enumerate(
        ({}, {"config": {"model_type": "model2vec", "max_length": 9}}, {"kind": "words"}, {"seed": 6})
    ):
        seed = settings.pop("seed", None)
        if seed:
            tokenizer = static_folders.make_tokenizer("wordpiece")
            settings["table"] = static_folders.make_table(tokenizer, seed=seed)
        encoder = load_encoder(str(static_folders.write_model2vec(tmp_path / f"m{number}", **settings)))
        spaces += [encoder.space.digest, encoder.in_way("chunk").space.digest]
    assert len(set(spaces)) == len(spaces)
    same = load_encoder(str(static_folders.write_model2vec(tmp_path / "again")))
    assert same.space.digest == spaces[0]
