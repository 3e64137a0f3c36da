"""What ``semascope tune`` cannot use: one line that says what is accepted, exit status 2, and nothing written."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace

import pytest
import yaml
from tests.tuning_tables import write_folder, write_labelled, write_pairs, write_rows

PAIRS = ("--query", "q", "--document", "d")
LABELS = ("--text", "t", "--label", "l")


@pytest.fixture(scope="session")
def given(tmp_path_factory):
    """Tables of all sorts."""
    folder = tmp_path_factory.mktemp("bad")
    pair = [
        {"q": f"tide {n}", "d": f"the {w} of the harbour at {n}"}
        for n, w in enumerate(["rope", "star", "wind"])
    ]
    found = SimpleNamespace(
        pairs=write_pairs(folder),
        labelled=write_labelled(folder),
        one_pair=write_rows(folder / "one.jsonl", pair[:1]),
        two_pairs=write_rows(folder / "two.jsonl", pair[:2]),
        one_answer=write_rows(folder / "same.jsonl", [{"q": f"q {n}", "d": "the tide"} for n in range(9)]),
        one_label=write_rows(folder / "label.jsonl", [{"t": f"tide {n}", "l": "a"} for n in range(9)]),
        few_texts=write_rows(folder / "few.jsonl", [{"t": f"tide {w}", "l": w} for w in ("rope", "star")]),
        empty=write_rows(folder / "empty.jsonl", []),
        folder=write_folder(folder / "folder"),
        no_texts=write_rows(folder / "blank.jsonl", [{"q": " ", "d": ""} for _ in range(9)]),
        general=f"{write_pairs(folder / 'general', 8, seed=9)},query=q,document=d",
    )  # fmt: skip
    return found


@pytest.fixture
def refused(shell, given, tiny_bert):
    """Calls ``semascope tune`` with something bad; gives its one line."""

    def call(*arguments, encoder=tiny_bert, output=None):
        place = output or shell.folder / "run"
        code = shell(
            "tune", *arguments, *(("--encoder", encoder) if encoder else ()), "--general", given.general,
            "--store", shell.folder / "store", "--device", "cpu", "--output", place,
        )  # fmt: skip
        lines = [line for line in shell.err.splitlines() if line.startswith("error: ")]
        assert code == 2, shell.err
        assert len(lines) == 1
        assert "Traceback" not in shell.err
        assert not (shell.folder / "run" / "encoder").exists()
        return lines[0]

    return call


@pytest.mark.parametrize(
    ("table", "arguments", "message"),
    [
        ("one_label", LABELS, "has one label, 'a', in column 'l'"),
        ("few_texts", LABELS, "give more texts"),
        ("labelled", ("--text", "t", "--label", "nope"), "'nope'"),
        ("labelled", ("--text", "t"), "text is given and label is not"),
        ("labelled", (*LABELS, "--query", "t", "--document", "l"), "label is given beside query"),
        ("labelled", (*LABELS, "--role", "l"), "labels are the roles of labelled texts"),
        ("labelled", (*LABELS, "--mine", "2"), "mine is given beside label"),
        ("labelled", (*LABELS, "--divide", "document"), "divide is given beside label"),
        ("one_pair", PAIRS, "need 3 units, one each; give more pairs"),
        ("two_pairs", PAIRS, "need 3 units, one each; give more pairs"),
        ("empty", PAIRS, "empty.jsonl"),
        ("no_texts", PAIRS, "blank.jsonl"),
        ("pairs", ("--query", "q"), "query is given and document is not"),
        ("pairs", ("--query", "q", "--document", "nope"), "'nope'"),
        ("pairs", (*PAIRS, "--grade", "nope"), "'nope'"),
        ("pairs", (*PAIRS, "--group", "nope"), "'nope'"),
        ("pairs", (*PAIRS, "--negative", "nope"), "'nope'"),
        ("pairs", (*PAIRS, "--role", "nope"), "'nope'"),
        ("pairs", (*PAIRS, "--share", "main=1"), "share is given and role is not"),
        ("pairs", (*PAIRS, "--role", "role", "--share", "main"), "it must be ROLE=SHARE"),
        ("pairs", (*PAIRS, "--role", "role", "--share", "soft=1"), "the rows have the roles 'hard', 'main'"),
        (
            "pairs",
            (*PAIRS, "--role", "role", "--share", "hard=0.5", "--share", "main=0.5", "--batch", "24"),
            "take smaller batches, of ",
        ),
        ("pairs", (*PAIRS, "--epochs", "1", "--steps", "1"), "epochs and steps are given"),
        ("pairs", (*PAIRS, "--widths", "17"), "width 17 is asked for; rows of 'tiny' have 16 dims"),
        ("pairs", (*PAIRS, "--tokens", "25"), "it reads at most 24; lower tokens"),
        ("pairs", (*PAIRS, "--batch", "-3"), "batch"),
        ("pairs", (*PAIRS, "--rate", "-1"), "rate is -1.0; it must be greater than 0"),
        ("pairs", (*PAIRS, "--temperature", "0"), "temperature is 0.0; it must be greater than 0"),
        ("pairs", (*PAIRS, "--steps", "0"), "steps is 0; it must be greater than or equal to 1"),
        ("pairs", (*PAIRS, "--lora", "-1"), "lora is -1"),
        ("pairs", (*PAIRS, "--test-size", "0.95"), "nothing is left to learn from"),
        ("pairs", (*PAIRS, "--measure", "nope"), "nope"),
        ("pairs", (*PAIRS, "--name", "a/b"), "name is 'a/b'"),
        ("pairs", (*PAIRS, "--time", "q"), "give --divide time and --time COLUMN"),
        ("pairs", (*PAIRS, "--qrels", "test.tsv"), "a table of pairs holds its own judgements"),
        ("pairs", (*PAIRS, "--name", "bm25"), "name is 'bm25', which is a way of searching"),
        ("pairs", (*PAIRS, "--name", "hybrid:x"), "name is 'hybrid:x', which is a way of searching"),
        ("folder", ("--grade", "score"), "grade is given without query and document"),
        ("folder", ("--negative", "bad"), "negative is given without query and document"),
        ("pairs", (), "query"),
    ],
)  # fmt: skip
def test_data_and_settings(table, arguments, message, refused, given, shell):
    assert message in refused(getattr(given, table), *arguments)
    assert not list((shell.folder / "run").glob("training*"))


def test_pairs_of_which_no_two_fit_in_a_batch(refused, given):
    line = refused(given.one_answer, *PAIRS, "--batch", "4")
    assert "one.jsonl" not in line
    assert "unit" in line or "no two can stand in one batch" in line


@pytest.mark.parametrize(
    "encoder", ["hash:16", "bm25", "static", "nowhere/at-all", "api:openai/text-embedding-3-small"]
)
def test_what_is_no_network(encoder, refused, given, tiny_static, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    name = str(tiny_static) if encoder == "static" else encoder
    line = refused(given.pairs, *PAIRS, encoder=name)
    assert encoder.rpartition("/")[2] in line or "tiny" in line


def test_a_file_of_settings(refused, shell, given):
    file = shell.folder / "tuning.yaml"

    def write(**values):
        file.write_text(
            yaml.safe_dump({"data": str(given.pairs), "query": "q", "document": "d", **values}),
            encoding="utf8",
        )

    write(epoch=3)
    assert "setting 'epoch' is unknown" in refused(file)
    assert "did you mean 'epochs'?" in refused(file)
    write(mining={"deep": 3}, mine=1)
    assert "setting 'deep' of mining is unknown; known are choice, depth" in refused(file)
    write(merge=False)
    assert "merge=no keeps the adapters alone; add lora" in refused(file)
    write(accumulate=0)
    assert "accumulate is 0" in refused(file)
    file.write_text("- a list", encoding="utf8")
    assert "holds no settings" in refused(file)
    assert "nowhere.yaml does not exist" in refused(shell.folder / "nowhere.yaml")
    assert "nowhere.jsonl" in refused(shell.folder / "nowhere.jsonl", *PAIRS)


@pytest.mark.skipif(os.name != "posix", reason="what may be written is said otherwise")
def test_a_folder_that_cannot_be_written(refused, shell, given):
    place = shell.folder / "file"
    place.write_text("a file", encoding="utf8")
    assert "cannot be written" in refused(given.pairs, *PAIRS, output=place / "run")
    assert place.read_text(encoding="utf8") == "a file"
    assert "cannot be written" in refused(given.pairs, *PAIRS, output="/proc/run")


def test_a_folder_that_holds_something_else(refused, shell, given, tiny_bert, make_tiny, tmp_path):
    same = (*PAIRS, "--steps", "2", "--batch", "8")
    folder = shell.folder / "held"
    code = shell(
        "tune", given.pairs, *same, "--encoder", tiny_bert, "--general", given.general, "--store", shell.folder / "store",
        "--device", "cpu", "--output", folder,
    )  # fmt: skip
    assert code == 0, shell.err
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    line = refused(given.pairs, *same, "--rate", "1e-4", "--measure", "R@100", output=folder)
    assert (
        f"folder {folder} holds another tuning: rate was None and is now 0.0001; measure was 'nDCG@10' and is now 'R@100'"
        in line
    )
    assert "choose another --output, or delete the folder" in line
    other = make_tiny(tmp_path / "other", "llama")
    assert "the encoder is another" in refused(given.pairs, *same, encoder=other, output=folder)
    more = write_pairs(shell.folder, 30, seed=2)
    assert "the data file or its columns are others" in refused(more, *same, output=folder)
    assert {file: file.read_bytes() for file in before} == before
    # One that was stopped, and one that is no tuning's.
    (folder / "training.json").unlink()
    line = refused(given.pairs, *same, output=folder)
    assert "holds encoder/, which no tuning has put there" in line
    study = shell.folder / "study"
    study.mkdir()
    (study / "records.jsonl").write_text("{}\n", encoding="utf8")
    assert "holds a study" in refused(given.pairs, *same, output=study)


def test_a_rate_at_which_the_loss_is_no_number(refused, shell, given, make_tiny, tmp_path):
    from safetensors.torch import load_file, save_file

    base = make_tiny(tmp_path / "base", "bert")
    weights = load_file(base / "model.safetensors")
    name = next(name for name in weights if name.endswith("layer.1.output.LayerNorm.bias"))
    weights[name][3] = float("nan")
    save_file(weights, base / "model.safetensors", metadata={"format": "pt"})
    assert "base" in refused(given.pairs, *PAIRS, "--steps", "2", "--batch", "8", encoder=base)


@pytest.mark.parametrize("when", [1, 4])
def test_a_loss_that_is_no_number(when, shell, given, tiny_bert, monkeypatch):
    """The first step ends it with an error that names it; one behind a look ends it with that look."""
    from semascope.tuning.contrastive import examples

    real, calls = examples.contrast_loss, []

    def exploding(*arguments):
        calls.append(1)
        return real(*arguments) * (float("nan") if len(calls) >= when else 1.0)

    monkeypatch.setattr(examples, "contrast_loss", exploding)
    settings = shell.folder / "tuning.yaml"
    values = {
        "data": str(given.pairs),
        "query": "q",
        "document": "d",
        "look_every": 2,
        "steps": 6,
        "batch": 8,
        "rate": 1e-3,
    }
    settings.write_text(json.dumps(values), encoding="utf8")
    code = shell(
        "tune", settings, "--encoder", tiny_bert, "--general", given.general, "--store", shell.folder / "store",
        "--device", "cpu", "--output", shell.folder / "run", "--json",
    )  # fmt: skip
    if when == 1:
        assert code == 2, shell.err
        assert (
            "failed: the loss or its gradient was no number at step 1, and there was no look before"
            in shell.err
        )
        assert "lower --rate (0.001), raise --temperature (0.05)" in shell.err
        assert not (shell.folder / "run" / "encoder").exists()
        return
    assert code == 0, shell.err
    record = json.loads(shell.out)
    assert (
        record["trained"]["stopped"]
        == "the loss or its gradient was no number at step 4, so training ended there"
    )
    assert record["trained"]["kept_step"] == 2
    assert record["notes"][0]["title"] == "Training ended before its time"
