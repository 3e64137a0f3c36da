"""``semascope tune`` from a table to an encoder: every family, both flavours, each way to train and to keep, and back again."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from tests.tuning_tables import write_labelled, write_pairs, write_rows

import semascope as sm
from semascope.data.seen import text_digests

QUERIES = ["a ship at anchor 3", "tide and storm", "x"]
DOCUMENTS = ["the tide tables of the harbour", "rope on the deck of a ship", "lamp"]


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tune")
    return SimpleNamespace(
        pairs=write_pairs(folder),
        labelled=write_labelled(folder),
        general=f"{write_pairs(folder / 'general', 12, seed=9)},query=q,document=d",
    )


@pytest.fixture
def tune(shell, tables):
    """Calls ``semascope tune`` on the pairs, or by labels; gives the record."""

    def call(encoder, *arguments, flavour="pairs", output="tuned"):
        columns = {
            "pairs": (tables.pairs, "--query", "q", "--document", "d"),
            "labels": (tables.labelled, "--text", "t", "--label", "l"),
        }[flavour]
        code = shell(
            "tune", *columns, "--encoder", encoder, "--general", tables.general, "--device", "cpu",
            "--batch", "8", "--epochs", "1", "--store", shell.folder / "store", "--output", shell.folder / output,
            "--json", *arguments,
        )  # fmt: skip
        assert code == 0, shell.err
        return json.loads(shell.out)

    return call


def weights_of(folder):
    return (folder / "model.safetensors").read_bytes()


def assert_rows_of_sentence_transformers(folder):
    """Ours, and theirs of the same folder."""
    library = pytest.importorskip("sentence_transformers")
    theirs = library.SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    encoder = sm.load_encoder(str(folder), device="cpu", precision="float32")
    np.testing.assert_allclose(
        encoder.encode(DOCUMENTS), theirs.encode(DOCUMENTS, normalize_embeddings=True), atol=2e-6
    )
    return encoder


@pytest.mark.parametrize(
    ("family", "flavour", "arguments"),
    [
        ("bert", "pairs", ()),
        ("qwen2", "pairs", ("--pooling", "last", "--lora", "4")),
        ("qwen3", "labels", ("--pooling", "weightedmean")),
        ("llama", "pairs", ("--pooling", "mean", "--role", "role", "--negative", "bad")),
        ("bert", "labels", ("--lora", "4",)),
    ],
)  # fmt: skip
def test_what_is_written_is_an_encoder(family, flavour, arguments, make_tiny, tables, tune, shell, tmp_path):
    base = make_tiny(tmp_path / "base", family)
    record = tune(base, *arguments, flavour=flavour)
    assert record["flavour"] == flavour
    folder = shell.folder / "tuned" / "encoder"
    assert record["encoder"] == str(folder)
    tuned = assert_rows_of_sentence_transformers(folder)
    before = sm.load_encoder(str(base), device="cpu", precision="float32").encode(DOCUMENTS)
    assert np.abs(tuned.encode(DOCUMENTS) - before).max() > 1e-4
    vectors = shell.folder / "vectors.npy"
    code = shell(
        "embed", tables.pairs, "--text", "d", "--encoder", folder, "--output", vectors, "--device", "cpu",
        "--store", shell.folder / "store",
    )  # fmt: skip
    assert code == 0, shell.err
    assert np.load(vectors).shape == (40, tuned.dim)
    code = shell(
        "retrieve", tables.pairs, "--query", "q", "--document", "d", "--encoder", f"ours={folder}", "--device", "cpu",
        "--store", shell.folder / "store", "--output", shell.folder / "search", "--yes",
    )  # fmt: skip
    assert code == 0, shell.err
    assert "ours" in shell.out


def test_an_adapter_kept_alone_gives_the_rows_of_the_merged_one(make_tiny, tables, tune, shell, tmp_path):
    base = make_tiny(tmp_path / "base", "bert")
    settings = tmp_path / "alone.yaml"
    values = {"data": str(tables.pairs), "query": "q", "document": "d", "lora": 4, "merge": False}
    settings.write_text(yaml.safe_dump(values), encoding="utf8")
    tune(base, "--lora", "4")
    code = shell(
        "tune", settings, "--encoder", base, "--general", tables.general, "--device", "cpu", "--batch", "8", "--epochs", "1",
        "--store", shell.folder / "store", "--output", shell.folder / "alone",
    )  # fmt: skip
    assert code == 0, shell.err
    alone = shell.folder / "alone" / "encoder"
    assert not (alone / "model.safetensors").exists()
    assert (alone / "adapter_model.safetensors").stat().st_size < (base / "model.safetensors").stat().st_size
    rows = assert_rows_of_sentence_transformers(alone).encode(DOCUMENTS)
    merged = sm.load_encoder(str(shell.folder / "tuned" / "encoder"), device="cpu", precision="float32")
    np.testing.assert_allclose(rows, merged.encode(DOCUMENTS), atol=2e-6)
    change_weights(base)  # and the adapter is one of other weights
    code = shell(
        "tune", tables.pairs, "--query", "q", "--document", "d", "--encoder", alone, "--device", "cpu",
        "--store", shell.folder / "store", "--output", shell.folder / "further",
    )  # fmt: skip
    assert code == 2
    assert "error: " in shell.err
    assert "encoder holds an adapter of" in shell.err


def change_weights(folder):
    from safetensors.torch import load_file, save_file

    held = {name: value + 0.1 for name, value in load_file(folder / "model.safetensors").items()}
    save_file(held, folder / "model.safetensors", metadata={"format": "pt"})


def test_a_tuned_folder_is_tuned_on_and_remembers_both(make_tiny, tables, tune, shell, tmp_path):
    base = make_tiny(tmp_path / "base", "bert")
    tune(base)
    first = shell.folder / "tuned" / "encoder"
    tune(first, flavour="labels", output="further")
    further = shell.folder / "further" / "encoder"
    assert weights_of(first) != weights_of(further)
    seen, before = np.load(further / "seen.npy"), np.load(first / "seen.npy")
    assert np.isin(before, seen).all()
    assert len(seen) > len(before)
    texts = [json.loads(line)["t"] for line in tables.labelled.read_text(encoding="utf8").splitlines()]
    learnt = np.isin(text_digests(texts), seen)
    assert 0.6 * len(texts) < learnt.sum() < len(texts)  # and never those that judged


def test_tune_yaml_gives_the_tuning_again_from_anywhere(make_tiny, tune, shell, tmp_path, monkeypatch):
    make_tiny(tmp_path / "base", "bert")
    monkeypatch.chdir(tmp_path)
    record = tune("base", "--name", "ours")  # a folder of the working directory
    folder = shell.folder / "tuned"
    written, weights = (folder / "tune.yaml").read_text(encoding="utf8"), weights_of(folder / "encoder")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    changed = (folder / "encoder" / "model.safetensors").stat().st_mtime_ns
    again = ("tune", folder / "tune.yaml", "--device", "cpu", "--store", shell.folder / "store", "--json")
    assert shell(*again, "--output", folder) == 0, shell.err
    assert "trained before with the same settings" in shell.err
    assert json.loads(shell.out)["trained"] == record["trained"]
    assert (folder / "encoder" / "model.safetensors").stat().st_mtime_ns == changed
    assert (folder / "tune.yaml").read_text(encoding="utf8") == written
    assert shell(*again, "--output", tmp_path / "anew") == 0, shell.err
    assert weights_of(tmp_path / "anew" / "encoder") == weights


def test_python_gives_what_the_command_gives(make_tiny, tables, tune, shell, tmp_path):
    base = make_tiny(tmp_path / "base", "bert")
    record = tune(base, "--temperature", "0.1", "--widths", "8")
    found = sm.tune(
        tables.pairs, query="q", document="d", encoder=str(base), general=tables.general, batch=8, epochs=1,
        temperature=0.1, widths=[8], device="cpu", store=tmp_path / "other", output=tmp_path / "python",
    )  # fmt: skip
    assert weights_of(tmp_path / "python" / "encoder") == weights_of(shell.folder / "tuned" / "encoder")
    assert found.headline[0] == record["headline"][0]
    assert found.trained.looks == record["trained"]["looks"]


def test_accumulated_batches_are_one_batch_and_too_large_a_batch_is_lowered(
    make_tiny, tables, tune, shell, tmp_path
):
    base = make_tiny(tmp_path / "base", "bert")
    settings = tmp_path / "four.yaml"
    settings.write_text(
        yaml.safe_dump({"data": str(tables.pairs), "query": "q", "document": "d", "accumulate": 3})
    )
    tune(base, "--batch", "24")
    code = shell(
        "tune", settings, "--encoder", base, "--general", tables.general, "--device", "cpu", "--batch", "8", "--epochs", "1",
        "--store", shell.folder / "store", "--output", shell.folder / "four", "--json",
    )  # fmt: skip
    assert code == 0, shell.err
    assert weights_of(shell.folder / "tuned" / "encoder") == weights_of(shell.folder / "four" / "encoder")
    titles = [note["title"] for note in json.loads(shell.out)["notes"]]
    assert "3 batches are one step" in titles
    record = tune(base, "--batch", "500", output="large")
    assert record["trained"]["batch"] == record["trained"]["rows"] < 40
    assert "Smaller batches than asked for" in [note["title"] for note in record["notes"]]
    assert f"1 step of {record['trained']['batch']}" in shell.err


def test_final_learns_from_all_rows_and_is_judged_by_nobody(make_tiny, tune, shell, tmp_path):
    base = make_tiny(tmp_path / "base", "bert")
    tune(base)
    found = tune(base, "--final")  # of what was trained before
    final = shell.folder / "tuned" / "final"
    assert found["final"] == str(final)
    judged, whole = (
        json.loads((folder / "training.json").read_text())["trained"]
        for folder in (shell.folder / "tuned", final)
    )
    assert whole["rows"] == 40 > judged["rows"]
    share = whole["a_epoch"] / judged["a_epoch"]
    assert whole["steps"] == max(1, round(judged["kept_step"] * share))
    before = "trained before with the same settings: taken as it is"
    foreseen = re.search(rf"{before}; then for --final, on all rows, (\d+) steps? of 8", shell.err)
    assert foreseen and abs(int(foreseen[1]) - whole["steps"]) <= 1
    assert whole["looks"] == []
    seen = sm.load_encoder(str(final)).seen
    assert len(np.setdiff1d(sm.load_encoder(str(shell.folder / "tuned")).seen, seen)) == 0
    assert weights_of(final / "encoder") != weights_of(shell.folder / "tuned" / "encoder")
    tune(base, "--final")
    assert before in shell.err and "--final" not in shell.err


def test_the_order_of_judgements_changes_nothing(make_tiny, shell, tables, tmp_path):
    """Verdicts, what was seen and what is shown belong to queries, wherever a file names them."""
    rows = [json.loads(line) for line in tables.pairs.read_text().splitlines()]
    base, found = make_tiny(tmp_path / "base", "bert"), {}
    for order in (1, -1):
        folder = tmp_path / f"given{order}"
        write_rows(
            folder / "corpus.jsonl", [{"_id": f"d{n}", "text": row["d"]} for n, row in enumerate(rows)]
        )
        asked = [{"_id": f"q{n}", "text": row["q"]} for n, row in enumerate(rows)]
        again = [{"_id": f"r{n}", "text": f"where is {rows[n]['q']} of the sea {n}"} for n in range(6)]
        write_rows(folder / "queries.jsonl", [*asked, *again])
        train = [f"q{n}\td{n}\t1\n" for n in range(30)]
        test = [*(f"q{n}\td{n}\t1\n" for n in range(30, 40)), *(f"r{n}\td{n}\t1\n" for n in range(6))]
        (folder / "qrels").mkdir()
        (folder / "qrels" / "train.tsv").write_text("".join(train))
        (folder / "qrels" / "test.tsv").write_text("".join(test[::order]))
        code = shell(
            "tune", folder, "--encoder", base, "--general", tables.general, "--device", "cpu", "--batch", "8",
            "--epochs", "1", "--store", shell.folder / "store", "--output", tmp_path / f"out{order}", "--json",
        )  # fmt: skip
        assert code == 0, shell.err
        found[order] = json.loads(shell.out)["searched"]
    parts = {part["name"]: part["queries"] for part in found[1]["parts"]}
    assert parts["all"] == 16 and parts["unseen"] >= 10 and parts["seen"] > 0
    for one, other in zip(found[1]["parts"], found[-1]["parts"], strict=True):
        assert one["queries"] == other["queries"]
        assert one["verdict"]["difference"] == pytest.approx(other["verdict"]["difference"], abs=1e-12)
        for cell, value in one["values"].items():
            assert value["value"] == pytest.approx(other["values"][cell]["value"], abs=1e-12)
    for shown in (*found[1]["better"], *found[1]["worse"], *found[-1]["better"], *found[-1]["worse"]):
        number = int(shown["query"][1:])
        assert rows[number]["q"] in shown["text"]
        assert shown["answer"]["id"] == f"d{number}" and shown["answer"]["relevant"]
        if shown["query"].startswith("q"):
            assert not shown["seen"]


def test_what_training_cut_is_read_afterwards(make_tiny, tune, shell, tmp_path):
    """Fewer tokens make training cheaper, and no shorter reader: base and tuned encoder are held against each other."""
    base = make_tiny(tmp_path / "base", "bert")
    tune(base, "--tokens", "8")
    tuned, before = (sm.load_encoder(str(one), device="cpu") for one in (shell.folder / "tuned", base))
    assert tuned.max_tokens == before.max_tokens > 8
    long = "tide rope anchor harbour sail storm calm deck port lamp gull chart"
    assert tuned.lengths([long]).encoded == before.lengths([long]).encoded == before.max_tokens
