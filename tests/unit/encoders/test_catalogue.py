"""The catalogue: its lines, how one is found, and what it adds to a folder."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from semascope.data.language_names import language_code
from semascope.encoders.catalogue import find_entry, find_folder, list_encoders
from semascope.encoders.choices import stated_choices
from semascope.encoders.entries import ENTRIES
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.encoders.runnable import check_runs
from semascope.errors import ConfigError, EncoderError

BERT = "google-bert/bert-base-uncased"


def edit(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.fixture
def plain_bert(tiny_bert, tmp_path):
    """A transformers checkpoint without the configuration of sentence-transformers, named as the hub names it."""
    folder = shutil.copytree(tiny_bert, tmp_path / "bert-base-uncased")
    (folder / "modules.json").unlink()
    (folder / "sentence_bert_config.json").unlink()
    return folder


@pytest.fixture
def hub_cache(tmp_path, monkeypatch):
    """The hub's cache, empty, and a way to put a checkpoint into it as a download would."""
    cache = tmp_path / "hub"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))

    def put(hub_id, folder, commit="a" * 40):
        kept = cache / f"models--{hub_id.replace('/', '--')}"
        shutil.copytree(folder, kept / "snapshots" / commit)
        (kept / "refs").mkdir()
        (kept / "refs" / "main").write_text(commit)
        return kept / "snapshots" / commit

    return put


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_line_is_sound(entry):
    assert [language_code(code) for code in entry.languages] == sorted(set(entry.languages))
    assert entry.checked_languages is None or entry.languages
    assert entry.pooling in ("mean", "cls", "last")
    assert entry.smallest_dim is None or 0 < entry.smallest_dim < entry.dim
    assert entry.sources
    assert find_entry(entry.name) is find_entry(entry.hub_id.upper()) is entry


def test_names_are_those_of_the_issue():
    assert len({entry.name.casefold() for entry in ENTRIES}) == len(ENTRIES)
    assert {
        "Qwen3-Embedding-0.6B", "Qwen3-Embedding-4B", "Qwen3-Embedding-8B", "paraphrase-multilingual-MiniLM-L12-v2",
        "paraphrase-multilingual-mpnet-base-v2", "multilingual-e5-large", "multilingual-e5-large-instruct", "bge-m3",
        "bge-base-en-v1.5", "bge-large-en-v1.5", "e5-large-v2", "all-MiniLM-L6-v2", "all-mpnet-base-v2",
        "bert-base-uncased", "Qwen2.5-0.5B", "Qwen2.5-1.5B",
    } <= {entry.name for entry in ENTRIES}  # fmt: skip


def test_the_catalogue_says_what_loading_minilm_finds():
    entry, encoder = find_entry("minilm"), load_encoder("minilm")
    assert encoder.listed is entry
    assert (entry.dim, entry.max_tokens, entry.pooling) == (384, 256, encoder.space.pooling)
    assert not any("catalogue" in sentence for sentence in encoder.stated if "template" not in sentence)
    assert load_encoder("all-minilm-l6-v2").fingerprint == encoder.fingerprint


def test_names_of_2026_are_there():
    assert {
        "multilingual-e5-small", "multilingual-e5-base", "e5-mistral-7b-instruct", "gte-modernbert-base",
        "snowflake-arctic-embed-m-v2.0", "snowflake-arctic-embed-l-v2.0", "embeddinggemma-300m",
        "nomic-embed-text-v1.5", "nomic-embed-text-v2-moe", "jina-embeddings-v3", "bge-small-en-v1.5",
        "all-MiniLM-L12-v2", "SmolLM2-135M",
    } <= {entry.name for entry in ENTRIES}  # fmt: skip


@pytest.mark.parametrize(
    "entry", [entry for entry in ENTRIES if entry.own_code], ids=lambda entry: entry.name
)
def test_a_line_with_own_code_says_what_becomes_of_it(entry):
    """transformers has the class, or it is refused before anything is fetched, or the flag is named."""
    transformers = pytest.importorskip("transformers")
    if entry.native:
        assert hasattr(transformers, entry.native)
        assert not entry.refused
        return
    for trusted in (False, True):
        with pytest.raises(EncoderError, match="is in the catalogue and is not run: "):
            load_encoder(entry.name, trust_remote_code=trusted)


def test_own_code_without_a_class_of_transformers_names_the_flag_before_anything_is_fetched():
    entry = replace(find_entry("snowflake-arctic-embed-m-v2.0"), native="")
    with pytest.raises(
        EncoderError, match=r"own code \(GteModel in its own folder\).*give --trust-remote-code"
    ):
        check_runs(entry, trusted=False)
    check_runs(entry, trusted=True)
    check_runs(find_entry("snowflake-arctic-embed-m-v2.0"), trusted=False)


def test_what_a_card_does_otherwise_is_stated(tiny_bert, tmp_path):
    stated = load_encoder(str(shutil.copytree(tiny_bert, tmp_path / "nomic-embed-text-v1.5"))).stated
    assert any("layer_norm" in sentence and "do not" in sentence for sentence in stated)


def test_adapters_that_lie_beside_the_weights_are_said(tiny_bert, tmp_path):
    """As jina-embeddings-v3-hf keeps one for each task: the rows are those of the network without them."""
    folder = shutil.copytree(tiny_bert, tmp_path / "with-adapters")
    for task in ("retrieval_query", "classification"):
        (folder / task).mkdir()
        (folder / task / "adapter_config.json").write_text("{}")
    assert any(
        "adapters lie beside the weights (classification, retrieval_query); none is switched on" in sentence
        for sentence in load_encoder(str(folder)).stated
    )


def test_another_owner_is_another_model():
    assert find_entry("somebody/bge-m3") is None
    assert find_entry("") is None


def test_what_a_folder_leaves_open_is_taken_and_stated(plain_bert):
    encoder = load_encoder(str(plain_bert))
    assert encoder.listed.hub_id == BERT
    assert encoder.languages == {"en"}
    assert encoder.stated[0].startswith(
        "pooling mean, taken from the catalogue, because the folder configures none"
    )
    assert "not trained to make vectors" in encoder.stated[0]
    assert f"it was taken for {BERT} of the catalogue, by the name of its folder" in encoder.stated
    assert not any("assumed" in sentence for sentence in encoder.stated)


def test_a_qwen3_folder_without_its_configuration_keeps_the_last_token(tiny_qwen3, tmp_path):
    folder = shutil.copytree(tiny_qwen3, tmp_path / "Qwen3-Embedding-0.6B")
    (folder / "modules.json").unlink()
    encoder = load_encoder(str(folder))
    assert (encoder.space.pooling, encoder.space.template) == ("last", "qwen3")
    assert not any("assumed" in sentence for sentence in encoder.stated)


def test_the_folder_wins_where_it_speaks_and_the_difference_is_stated(tiny_bert, tmp_path):
    encoder = load_encoder(str(shutil.copytree(tiny_bert, tmp_path / "BGE-M3")))
    assert (encoder.space.pooling, encoder.max_tokens, encoder.dim) == ("mean", 24, 16)
    stated = " ".join(encoder.stated)
    for sentence in (
        "pooling: the folder says mean, the catalogue cls; the folder's own was taken",
        "tokens at most: the folder says 24, the catalogue 8192",
        "width: the folder says 16, the catalogue 1024",
        "architecture: the folder says bert, the catalogue xlm-roberta",
        "languages: its card says more than 100, none listed, so no list can be checked",
    ):
        assert sentence in stated
    assert encoder.languages is None


def test_a_longer_position_table_does_not_lift_the_known_limit(plain_bert):
    edit(plain_bert / "config.json", max_position_embeddings=4096)
    edit(plain_bert / "tokenizer_config.json", model_max_length=10**30)
    encoder = load_encoder(str(plain_bert))
    assert encoder.max_tokens == encoder.space.max_tokens == 512
    assert [sentence for sentence in encoder.stated if sentence.startswith("at most")] == [
        "at most 512 tokens: the catalogue's limit, lower than the folder's tables"
    ]


@pytest.mark.parametrize(("written", "limit"), [(600, 600), (10**30, 512), (None, 512)])
def test_a_limit_that_sentence_transformers_6_saved_with_the_tokenizer_is_the_folders_own(
    plain_bert, written, limit
):
    """Somebody lets the model read more and saves it: its configuration of the transformer has no max_seq_length then."""
    edit(plain_bert / "config.json", max_position_embeddings=4096)
    edit(plain_bert / "tokenizer_config.json", model_max_length=written)
    text = {"method": "forward", "method_output_name": "last_hidden_state"}
    saved = {"transformer_task": "feature-extraction", "modality_config": {"text": text}}
    (plain_bert / "sentence_bert_config.json").write_text(json.dumps(saved))
    encoder = load_encoder(str(plain_bert))
    assert encoder.max_tokens == encoder.space.max_tokens == limit
    own = "tokens at most: the folder says 600, the catalogue 512; the folder's own was taken"
    assert (own in encoder.stated) == (limit == 600)


def test_languages_of_the_card_and_of_the_catalogue_are_taken_together(plain_bert):
    (plain_bert / "README.md").write_text("---\nlanguage: [en, cy]\n---\n")
    encoder = load_encoder(str(plain_bert))
    assert encoder.languages == {"en", "cy"}
    assert any("names others than the catalogue" in sentence for sentence in encoder.stated)


def test_a_model_trained_further_is_known_by_its_origin(tiny_bert, tmp_path):
    folder = shutil.copytree(tiny_bert, tmp_path / "support-desk")
    assert find_folder(folder) == (None, "")
    edit(folder / "config.json", _name_or_path="intfloat/multilingual-e5-large")
    encoder = load_encoder(str(folder))
    assert encoder.space.template == "e5"
    assert any("_name_or_path" in s and "trained further" in s for s in encoder.stated)


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("/root/.cache/torch/sentence_transformers/intfloat_e5-large-v2/", "e5-large-v2"),
        ("C:\\Users\\me\\sentence-transformers_all-mpnet-base-v2\\", "all-mpnet-base-v2"),
        ("bert-base-uncased", "bert-base-uncased"),
        ("./export_bge_m3", None),
        ("", None),
        (None, None),
    ],
)
def test_origins_as_checkpoints_write_them(tiny_bert, tmp_path, origin, name):
    folder = shutil.copytree(tiny_bert, tmp_path / "desk")
    edit(folder / "config.json", _name_or_path=origin)
    entry, _ = find_folder(folder)
    assert (entry and entry.name) == name


def test_a_folder_that_a_user_calls_minilm_is_no_minilm(tiny_bert, tmp_path):
    assert find_folder(shutil.copytree(tiny_bert, tmp_path / "minilm"))[0] is None


def test_an_unlisted_model_runs_by_its_own_configuration_and_says_so(tiny_bert, tmp_path):
    folder = shutil.copytree(tiny_bert, tmp_path / "nomic")
    (folder / "config_sentence_transformers.json").write_text(
        json.dumps({"prompts": {"query": "search_query: ", "document": ""}})
    )
    stated = load_encoder(str(folder)).stated
    assert "its configuration has prompts (query), which are not written" in stated
    assert "template family plain: it is not in the catalogue, and its name says nothing" in stated
    stated = load_encoder(str(shutil.copytree(tiny_bert, tmp_path / "e5-base"))).stated
    assert "template family e5: by its name; it is not in the catalogue" in stated


def test_a_template_can_be_asked_for(plain_bert):
    encoder = load_encoder(str(plain_bert), template="e5")
    assert encoder.space.template == "e5"
    assert "template family e5: as asked" in encoder.stated
    with pytest.raises(ConfigError, match="template family is 'gtr'"):
        load_encoder(str(plain_bert), template="gtr")


def test_what_is_in_the_cache_loads_by_its_short_name(plain_bert, hub_cache):
    places = {line.entry.name: line.place for line in list_encoders()}
    assert places["bert-base-uncased"] == "remote"
    assert places["all-MiniLM-L6-v2"] == "packaged"
    snapshot = hub_cache(BERT, plain_bert)
    places = {line.entry.name: line.place for line in list_encoders()}
    assert places["bert-base-uncased"] == "cached"
    encoder = load_encoder("bert-base-uncased")
    assert encoder.languages == {"en"}
    assert encoder.fingerprint == load_encoder(BERT).fingerprint
    assert find_folder(snapshot)[0].hub_id == BERT  # the cache's own folder, given as a path


def test_a_download_without_weights_is_not_in_the_cache(plain_bert, hub_cache):
    for weights in plain_bert.glob("*.safetensors"):
        weights.unlink()
    hub_cache(BERT, plain_bert)
    assert {line.place for line in list_encoders()} == {"packaged", "remote"}


def test_choices_that_an_encoder_was_not_trained_for_are_said(plain_bert, tiny_qwen3, tiny_bert, tmp_path):
    bert = load_encoder(str(plain_bert))
    qwen3 = load_encoder(str(shutil.copytree(tiny_qwen3, tmp_path / "Qwen3-Embedding-0.6B")))
    assert stated_choices(bert, dims=[None, 16]) == []
    (said,) = stated_choices(bert, dims=[4, 8, 4, None])
    assert said.endswith(
        "was not trained to be cut (Matryoshka): 4 and 8 of its 16 dims were kept all the same"
    )
    (said,) = stated_choices(bert, instruction="Find")
    assert "was not trained to follow instructions" in said
    assert stated_choices(qwen3, instruction="Find", dims=[32]) == []
    (said,) = stated_choices(qwen3, dims=[8])
    assert said.endswith("was trained to be cut to 32 dims or more: 8 of its 16 dims are fewer")
    nomic = load_encoder(str(shutil.copytree(tiny_bert, tmp_path / "nomic-embed-text-v1.5")))
    (said,) = stated_choices(nomic, instruction="Find")
    assert said.endswith("its own tasks are classification, clustering, search_query, search_document")
    assert stated_choices(nomic, instruction="clustering") == []
    gemma = load_encoder(str(shutil.copytree(tiny_bert, tmp_path / "embeddinggemma-300m")))
    (said,) = stated_choices(gemma, instruction="Find")
    assert "was trained with a few tasks, and this is none of them" in said
    assert stated_choices(gemma, instruction="clustering") == []
    (said,) = stated_choices(load_encoder(str(tiny_bert)), dims=[8])
    assert "is not known to be trained to be cut" in said
    assert stated_choices(HashEncoder(16), dims=[8]) == []
