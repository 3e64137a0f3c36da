"""semascope encoders, and what embed says of the prompts and of choices."""

from __future__ import annotations

import json
import shutil

import pytest

from semascope.encoders.catalogue import list_encoders
from semascope.encoders.entries import ENTRIES

EMBED = ("--text", "text", "--store", "store", "--output", "v.npy")


@pytest.fixture(autouse=True)
def nothing_is_fetched(monkeypatch, tmp_path):
    import huggingface_hub

    real = huggingface_hub.snapshot_download

    def only_local(*arguments, **settings):
        assert settings.get("local_files_only"), "a command tried to fetch a model"
        return real(*arguments, **settings)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", only_local)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.mark.parametrize(("columns", "has_licence"), [(101, True), (100, False), (80, False)])
def test_the_catalogue_fits_the_terminal(shell, monkeypatch, columns, has_licence):
    monkeypatch.setenv("COLUMNS", str(columns))
    assert shell("encoders") == 0
    lines = shell.out.splitlines()
    assert max(map(len, lines)) <= columns
    assert "…" not in shell.out
    assert ("licence" in lines[0]) == has_licence
    catalogue = lines[: next(place for place, line in enumerate(lines) if line.startswith("behind an API"))]
    for entry in ENTRIES:
        (line,) = [line for line in catalogue if line.split()[:1] == [entry.name]]
        assert str(entry.dim) in line
    packaged = [line for line in list_encoders() if line.place == "packaged"]
    assert shell.out.count("packaged") == len(packaged) + 1  # and the sentence below the table
    assert "15.1 GB" in shell.out


def test_the_records_of_the_catalogue(shell):
    assert shell("encoders", "--json") == 0
    records = {record["name"]: record for record in json.loads(shell.out) if record["place"] != "api"}
    assert len(records) == len(ENTRIES)
    assert records["all-MiniLM-L6-v2"]["place"] == "packaged"
    assert records["bge-m3"]["place"] == "remote"
    assert records["multilingual-e5-large"]["languages"].count("de") == 1


def test_one_is_explained_without_its_weights(shell):
    assert shell("encoders", "qwen3-embedding-8b") == 0
    for said in (
        "Qwen/Qwen3-Embedding-8B",
        "30.3 GB in float32, 15.1 GB in bfloat16",
        "down to 32 dims",
        "the authors evaluate at 8,192",
        r"'Instruct: SENTENCE\nQuery:TEXT'",
        "not fetched yet: 15.1 GB",
        "apache-2.0",
        "trained to follow an instruction",
    ):
        assert said in shell.out
    assert shell("encoders", "qwen3-embedding-8b", "--json") == 0
    record = json.loads(shell.out)
    assert record["prompts"]["query, instruction"] == "Instruct: SENTENCE\nQuery:TEXT"
    assert record["prompts"]["document"] == "TEXT"
    assert record["place"] == "remote"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("embeddinggemma-300m", "must be accepted on the page google/embeddinggemma-300m"),
        ("embeddinggemma-300m", "gemma; trained with the tasks below; any may be given as an instruction"),
        ("embeddinggemma-300m", "fact checking, code retrieval"),
        ("nomic-embed-text-v1.5", "it is not needed: NomicBertModel of transformers is the same network"),
        ("nomic-embed-text-v2-moe", "not run its code lies in another repository"),
        ("jina-embeddings-v3", "not run an adapter for each task is switched on"),
    ],
)
def test_what_stands_between_a_user_and_a_model_is_said_before_it_is_fetched(shell, name, said):
    assert shell("encoders", name) == 0
    assert said in " ".join(shell.out.split())


def test_one_that_is_not_run_is_refused_before_it_is_fetched(shell, table):
    assert shell("encoders") == 0
    assert "not run" in next(line for line in shell.out.splitlines() if "jina-embeddings-v3" in line)
    assert shell("embed", table, *EMBED, "--encoder", "jina-embeddings-v3", "--trust-remote-code") == 2
    assert "error: encoder 'jina-embeddings-v3' is in the catalogue and is not run" in shell.err


def test_a_choice_of_pooling_is_called_one(shell):
    assert shell("encoders", "Qwen/Qwen2.5-0.5B") == 0
    assert "mean, a choice: the model was not trained to make vectors" in " ".join(shell.out.split())


def test_one_that_loads_shows_what_it_stated_and_its_fingerprint(shell):
    assert shell("encoders", "minilm") == 0
    for said in ("fingerprint", "read from sentence_bert_config.json", "22,713,216 parameters", "'TEXT'"):
        assert said in shell.out
    assert shell("encoders", "hash:4") == 0
    assert "no weights, no meaning" in shell.out


def test_a_folder_comes_before_a_name_of_the_catalogue(shell, tiny_bert):
    shutil.copytree(tiny_bert, shell.folder / "bge-m3")
    assert shell("encoders", "bge-m3", "--json") == 0
    assert json.loads(shell.out)["dims"] == 16


def test_a_name_that_is_not_known_gets_near_ones(shell):
    assert shell("encoders", "bge-large-en") == 2
    assert "did you mean 'bge-large-en-v1.5'" in shell.err


def test_the_prompts_that_the_encoder_saw(shell):
    (shell.folder / "t.jsonl").write_text(
        "".join(json.dumps({"text": text}) + "\n" for text in ["low tide\nat noon ", "[b]{x}", "rope " * 300])
    )
    said = ("--encoder", "minilm", "--instruction", "topic", "--show-prompts", "3")
    assert shell("embed", "t.jsonl", *EMBED, *said) == 0
    topic = "Identify the topic or theme of the given text"
    lines = shell.out.splitlines()
    assert lines[0] == rf"prompt 1, 15 tokens: '{topic}\nlow tide\nat noon '"
    assert lines[1] == "  [CLS] identify the topic or theme of the given text low tide at noon [SEP]"
    assert lines[2].endswith(r"\n[b]{x}'")
    assert "prompt 3, 311 tokens" in lines[4]  # 9 words, 300 words, 2 special tokens
    assert "... 240 more ..." in lines[5]  # of the 256 that are kept
    assert lines[5].endswith("[SEP]")


def test_choices_and_prompts_are_in_the_record(shell, table):
    cut = ("--encoder", "minilm", "--limit", "4", "--instruction", "topic", "--dim", "64")
    assert shell("embed", table, *EMBED, *cut, "--show-prompts", "1", "--json") == 0
    record = json.loads(shell.out)
    assert [sentence.split(":")[0] for sentence in record["choices"]] == [
        "minilm was not trained to follow instructions",
        "minilm was not trained to be cut (Matryoshka)",
    ]
    (seen,) = record["prompts"]
    assert seen["tokens"] == len(seen["pieces"])
    assert seen["prompt"].startswith("Identify the topic or theme of the given text\n")
    assert shell("embed", table, *EMBED, *cut) == 0
    assert "64 of its 384 dims were kept all the same" in shell.out


def test_prompts_of_an_encoder_without_a_tokenizer(shell, table):
    assert shell("embed", table, *EMBED, "--encoder", "hash:4", "--dim", "2", "--show-prompts", "2") == 0
    assert len([line for line in shell.out.splitlines() if line.startswith("prompt ")]) == 2
    assert "trained" not in shell.out
    assert shell("embed", table, *EMBED, "--encoder", "hash:4", "--show-prompts", "-1") == 2
    assert "--show-prompts is -1; it must be 0 or more" in shell.err
