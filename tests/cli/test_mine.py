"""``semascope mine``: collections and tables in, triplets out; every bad input one line."""

from __future__ import annotations

import json

import pytest

from semascope.cli.main import main
from semascope.data.read import table_of
from semascope.studies.tuned.asking.members import members

ROWS = [
    ("tides", "the moon pulls the water of the sea, and tides come", "train"),
    ("fog", "fog is a cloud that lies on the ground", "train"),
    ("hail", "hail is ice that falls out of a cloud", "train"),
    ("snow", "snow is ice, and soft, and lies on the ground", "test"),
]


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Calls the command line: exit status, standard output, last line of standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")

    def call(*given):
        code = main(["mine", *(str(each) for each in given), "--store", "store"])
        found = capsys.readouterr()
        return code, found.out, found.err.strip().rpartition("\n")[2]

    return call


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "weather.jsonl"
    rows = [dict(zip(("title", "text", "part"), row, strict=True)) for row in ROWS]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return path


PAIRS = ("--query", "title", "--document", "text", "--encoder", "hash:8")


def rows_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


def test_a_table_of_pairs_becomes_triplets_that_never_have_the_answer(run, table, tmp_path):
    code, out, _ = run(table, *PAIRS, "--output", "triplets.jsonl", "--count", 2)
    assert code == 0
    found = rows_of(tmp_path / "triplets.jsonl")
    assert [(row["query"], row["document"]) for row in found] == [row[:2] for row in ROWS]
    number = sum(len(row["negatives"]) for row in found)
    assert out.startswith(f"{number} hard negative")
    assert number > 0
    texts = dict(zip("0123", (row[1] for row in ROWS), strict=True))
    for row in found:
        assert row["document"] not in row["negatives"]
        assert row["negatives"] == [texts[name] for name in row["negative_ids"]]
        assert len(row["negatives"]) == len(set(row["negatives"])) <= 2
        assert all(near < row["similarity"] for near in row["negative_similarities"])
        ranks = zip(row["negative_vector_ranks"], row["negative_word_ranks"], strict=True)
        assert all(max(each) > 0 for each in ranks)
    table = table_of(tmp_path / "triplets.jsonl")
    assert members(table, "negatives") == [row["negatives"] for row in found]


def test_train_alone_is_mined_and_what_test_asks_for_is_never_taken(run, table, tmp_path):
    options = (*PAIRS, "--split-column", "part", "--count", 9, "--json", "--output", "triplets.jsonl")
    code, out, _ = run(table, *options)
    record = json.loads(out)
    assert (code, record["pairs"], record["splits"]) == (0, 3, ["train"])
    assert record["left_out"]["documents_of_other_splits"] == 1
    found = rows_of(tmp_path / "triplets.jsonl")
    assert [row["query"] for row in found] == ["tides", "fog", "hail"]
    assert not any(ROWS[3][1] in row["negatives"] for row in found)
    _, out, _ = run(table, *options, "--split", "test", "--split", "train")
    assert json.loads(out)["pairs"] == 4
    assert json.loads(out)["left_out"]["documents_of_other_splits"] == 0


def test_a_folder_and_a_file_of_settings_and_parquet(run, planted_collection, tmp_path):
    code, _, _ = run(
        planted_collection, "--encoder", "hash:8", "--choice", "first", "--output", "one.parquet"
    )
    assert code == 0
    (tmp_path / "mine.yaml").write_text(f"data: {planted_collection}\nencoder: hash:8\nchoice: first\n")
    code, _, _ = run("mine.yaml", "--output", "two.parquet")
    one, two = (table_of(tmp_path / f"{name}.parquet") for name in ("one", "two"))
    assert code == 0
    assert len(one) == 60
    assert one.data.equals(two.data)


def test_pairs_without_any_are_counted(run, table):
    code, out, _ = run(table, *PAIRS, "--margin", 2, "--output", "triplets.jsonl")
    assert code == 0
    assert "4 pairs without any, the first of query '0': nothing looked at is far enough" in out


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--query", "title"], "document is not"),
        (["--query", "title", "--document", "nobody"], "no column 'nobody'"),
        ([*PAIRS, "--split", "train"], "its judgements name no split"),
        ([*PAIRS, "--split-column", "part", "--split", "dev"], "its splits are 'train', 'test'"),
        ([*PAIRS, "--count", "0"], "count is 0"),
        ([*PAIRS, "--skip", "9", "--depth", "9"], "raise depth"),
        ([*PAIRS, "--margin", "nan"], "margin"),
        ([*PAIRS, "--choice", "best"], "'first' or 'random'"),
        ([*PAIRS, "--qrels", "x.tsv"], "qrels is given beside"),
        (["--grade", "part"], "grade is given without query"),
        (["--split-column", "part"], "split-column is given without query"),
        ([*PAIRS, "--grade", "part"], "is not a number"),
    ],
)
def test_bad_settings_are_one_line(run, table, given, words):
    code, out, error = run(table, *given, "--output", "triplets.jsonl")
    assert (code, out) == (2, "")
    assert error.startswith("error: ")
    assert words in error


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("triplets", "no ending"),
        ("triplets.jsonl.gz", "leave out .gz"),
        ("nowhere/triplets.jsonl", "there is no folder nowhere"),
        ("weather.jsonl", "which is read"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_anything_is_computed(run, table, output, words):
    before = table.read_bytes()
    code, _, error = run(table, *PAIRS, "--output", output)
    assert code == 2
    assert words in error
    assert table.read_bytes() == before
