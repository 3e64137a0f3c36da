"""Cells of a study of retrieval: how queries and documents are read, what is chosen, and who judges.

The encoder is the hash one: a text finds the document that says the same letter by letter, and any other by chance.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from semascope.data.seen import text_digests
from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError, DataError
from semascope.reports.retrieval.run import evaluate_retrieval, run_retrieval
from semascope.retrieval.cutting.passages import PassageLength, cut_documents
from semascope.store.vectors import VectorStore
from semascope.studies.retrieval.asking import prepare
from semascope.studies.retrieval.asking.plan import Grid, left_out
from semascope.studies.retrieval.asking.settings import RetrievalStudy
from semascope.studies.retrieval.reopening import read_retrieval

pytest.importorskip("bm25s")

WORDS = [f"word{number}" for number in range(400)]
BM25 = "bm25:name=bm25,stopwords=none,stemmer=none"


def sentence(rng) -> str:
    return f"{' '.join(rng.choice(WORDS, 15))} end."


@pytest.fixture
def collection(tmp_path):
    """40 documents of three sentences; each query is one sentence of its document, letter by letter."""
    rng = np.random.default_rng(3)
    folder = tmp_path / "collection"
    folder.mkdir()
    documents = {f"d{number}": [sentence(rng) for _ in range(3)] for number in range(40)}
    queries = {f"q{number}": documents[f"d{number}"][number % 3] for number in range(40)}
    rows = [{"_id": key, "text": " ".join(parts), "topic": "a"} for key, parts in documents.items()]
    asked = [{"_id": key, "text": text, "other": f"{text} "} for key, text in queries.items()]
    for number, row in enumerate(asked):
        row["other"] = "" if number % 4 == 0 else f"quite another {number}"
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in asked))
    (folder / "qrels.tsv").write_text("".join(f"q{number}\td{number}\t1\n" for number in range(40)))
    return folder


@pytest.fixture
def run(collection, tmp_path):
    def call(*encoders: str, output: str = "run", say=lambda line: None, **settings):
        given = {"data": collection, "encoder": list(encoders)} | settings
        return run_retrieval(
            RetrievalStudy.from_mapping(given),
            output=tmp_path / output,
            store=VectorStore(tmp_path / "store"),
            say=say,
        )

    return call


def records(result):
    return [json.loads(line) for line in Path(result.folder, "records.jsonl").read_text("utf8").splitlines()]


def by_id(result):
    return {cell.id: cell for cell in result.cells}


def test_a_document_counts_as_its_best_passage_and_the_length_is_advised(run):
    result = run("hash:64", BM25, passage=["16", "32/8"])
    cells = by_id(result)
    assert list(cells) == ["bm25", "hash:64", "hash:64 · passages 16", "hash:64 · passages 32/8"]
    assert cells["hash:64 · passages 16"].measures["nDCG@10"] == 1.0  # the sentence itself is a passage
    assert cells["hash:64"].measures["nDCG@10"] < 0.5
    lengths = {one.length: one for one in result.lengths}
    assert lengths["whole documents"].word == "baseline"
    assert lengths["16"].difference == pytest.approx(1 - cells["hash:64"].estimate.value)
    assert lengths["16"].low > 0.5
    assert any("Cut documents into passages of 16 tokens for hash:64" in said for said in result.headline)
    record = records(result)[2]
    assert (record["passage"], record["account"]["passages"]) == ("16", 120)
    assert record["costs"]["bytes_per_document"] == 3 * 64 * 4  # three passages a document


def test_rankings_by_passages_are_those_of_the_best_product(run, collection):
    """Against a plain product of all queries with all passages."""
    result = run("hash:64", BM25, passage=["32/8"])
    rows = [json.loads(line) for line in (collection / "corpus.jsonl").read_text().splitlines()]
    texts, encoder = [row["text"] for row in rows], HashEncoder(64)
    passages = cut_documents(texts, PassageLength.read("32/8"), count=encoder.count_tokens)
    vectors = encoder.encode(passages.texts(texts))
    asked = [json.loads(line) for line in (collection / "queries.jsonl").read_text().splitlines()]
    products = encoder.encode([row["text"] for row in asked]) @ vectors.T
    best = np.full((len(asked), len(texts)), -np.inf)
    np.maximum.at(best.T, passages.owners, products.T)
    found = pq.read_table(f"{result.folder}/runs.parquet").to_pylist()
    mine = [row for row in found if row["cell"] == "hash:64 · passages 32/8" and row["query"] == "q5"]
    order = np.argsort(-best[5])
    assert [row["document"] for row in mine] == [f"d{place}" for place in order]
    np.testing.assert_allclose([row["score"] for row in mine], best[5][order], atol=1e-6)


def test_an_instruction_stands_before_queries_alone(run):
    result = run("hash:64", BM25, instruction=["default", "seek=Find the text"], passage=["16"])
    cells = by_id(result)
    # "Find the text\n" before the query makes another text of it, and of no document.
    assert cells["hash:64 · passages 16"].measures["Success@1"] == 1.0
    assert cells["hash:64 · seek · passages 16"].measures["Success@1"] < 0.3
    record = records(result)
    assert {one["made_of"].get("instruction") for one in record} == {None, "", "Find the text"}


def test_ways_and_widths_are_cells_and_passages_are_read_in_one_way():
    grid = Grid(ways=["truncate", "head-tail"], dims=[16, 64], passages=[PassageLength.read("32/8")])
    assert [cell.id for cell in grid.cells("ours")] == [
        "ours · 16",
        "ours · 64",
        "ours · head-tail · 16",
        "ours · head-tail · 64",
        "ours · 16 · passages 32/8",
        "ours · 64 · passages 32/8",
    ]


def test_the_default_passage_of_a_hybrid_is_chosen_on_the_choosing_queries(run):
    hybrid = "hybrid:hash:64+bm25"
    result = run("hash:64", BM25, hybrid, passage=["16", "32/8"])
    assert by_id(result)[hybrid].choices == {"hash:64": "hash:64 · passages 16"}
    assert not result.pair
    assert result.choosing > 0


def test_a_pair_of_cells_is_judged_on_all_queries(run):
    result = run("hash:64", BM25)
    assert (result.pair, result.choosing, result.estimating) == (True, 0, 40)
    assert any("Judged on all 40 queries" in said for said in result.headline)
    grown = run("hash:64", BM25, dim=[64, 16], output="other")
    assert (grown.pair, grown.choosing, grown.estimating) == (False, 12, 28)


def test_a_pair_under_given_splits_keeps_them(run, collection):
    lines = (collection / "qrels.tsv").read_text().splitlines(keepends=True)
    (collection / "qrels.tsv").unlink()
    (collection / "qrels").mkdir()
    (collection / "qrels" / "train.tsv").write_text("".join(lines[:15]))
    (collection / "qrels" / "test.tsv").write_text("".join(lines[15:]))
    result = run("hash:64", BM25)
    assert (result.pair, result.choosing, result.estimating) == (False, 15, 25)


def test_disturbed_queries_are_held_against_the_same_queries(run):
    result = run("hash:64", BM25, passage=["16"], perturb=["case,accents", "column:other"])
    told = {(one.perturbation, one.cell): one for one in result.robustness}
    assert {way for way, _ in told} == {"case", "column:other"}  # no query has an accent
    assert any(note.title == "accents changes none of the queries" for note in result.notes)
    assert told["case", "bm25"].difference == 0.0  # words are read in small letters
    assert told["case", "bm25"].word == "equivalent"
    fallen = told["case", "hash:64 · passages 16"]
    assert fallen.value == 1.0
    assert fallen.difference == pytest.approx(fallen.disturbed - 1.0)
    assert fallen.high < -0.5
    assert fallen.queries == result.estimating
    other = told["column:other", "bm25"]  # a query whose column is empty takes no part
    assert 0 < other.queries < result.estimating
    assert (other.value, other.disturbed) == (1.0, 0.0)  # no word is left that a document has
    # read again from the folder, it is the same, without an encoder
    read = read_retrieval(Path(result.folder))
    assert repr(read.robustness) == repr(result.robustness)
    assert [note.title for note in read.notes] == [note.title for note in result.notes]
    # what was computed once is not computed again
    again = run("hash:64", BM25, passage=["16"], perturb=["case,accents", "column:other"])
    assert again.made["cells computed now"] == 0
    assert repr(again.robustness) == repr(result.robustness)


def test_a_column_that_queries_do_not_have_is_refused(run):
    with pytest.raises(ConfigError, match=r"column 'words', which the queries do not have; .* are other"):
        run("hash:64", BM25, perturb=["column:words"])


def test_what_an_encoder_was_tuned_on_judges_nobody_and_stands_apart(run, collection, monkeypatch):
    rows = [json.loads(line) for line in (collection / "corpus.jsonl").read_text().splitlines()]
    seen = np.unique(text_digests([row["text"] for row in rows[:8]]))

    class TunedHash(HashEncoder):
        @property
        def seen(self):
            return seen

        def in_way(self, long):
            return self

    monkeypatch.setattr(prepare, "load_encoder", lambda source, **given: TunedHash(64))
    result = run("hash:64", BM25, dim=[64, 16])
    assert result.choosing + result.estimating == 32  # eight queries have a document that it has seen
    assert {one.cell for one in result.seen} == {"hash:64 · 64", "hash:64 · 16"}
    one = result.seen[0]
    assert one.unseen.queries == result.estimating
    assert one.seen.queries + one.unseen.queries == 28
    assert result.notes[0].title == "8 queries left out of choice and verdicts"


def test_runs_of_others_are_judged_beside_cells(run, collection, tmp_path):
    good = "".join(
        f"q{number} Q0 d{number} 1 2.5 x\nq{number} Q0 d{(number + 1) % 40} 2 1.5 x\n" for number in range(40)
    )
    (tmp_path / "best.trec").write_text(good)
    result = run("hash:64", BM25, run=[f"theirs={tmp_path / 'best.trec'}"])
    assert by_id(result)["theirs"].measures["RR@10"] == 1.0
    assert result.winner in ("theirs", "bm25")
    (tmp_path / "best.trec").write_text(good.replace("d39", "d99"))
    with pytest.raises(DataError, match="run 'theirs' found document 'd99' for query 'q38'"):
        run("hash:64", BM25, run=[f"theirs={tmp_path / 'best.trec'}"], output="other")


def test_judgements_and_runs_alone_are_enough(run, collection, tmp_path):
    for name, rank in (("one", 1), ("two", 2)):
        lines = [
            f"q{number} Q0 {document} 0 {score} x\n"
            for number in range(40)
            for document, score in ((f"d{number}", 3 - 2 * (rank - 1)), (f"d{(number + 7) % 40}", 2))
        ]
        (tmp_path / f"{name}.trec").write_text("".join(lines))
    result = run(data=collection / "qrels.tsv", run=[str(tmp_path / "one.trec"), str(tmp_path / "two.trec")])
    cells = by_id(result)
    assert cells["one"].measures["RR@10"] == 1.0
    assert cells["two"].measures["RR@10"] == 0.5
    assert cells["two"].verdict.word == "worse"
    with pytest.raises(ConfigError, match="judgements without texts, and encoder 'hash:64' needs texts"):
        run("hash:64", data=collection / "qrels.tsv", run=[str(tmp_path / "one.trec")], output="other")


def test_more_judgements_come_from_files(run, collection, tmp_path):
    (collection / "qrels.tsv").rename(tmp_path / "qrels_test.tsv")
    result = run("hash:64", BM25, qrels=[tmp_path / "qrels_test.tsv"])
    assert result.estimating == 40


def test_widths_and_passages_beyond_an_encoder_are_left_out_aloud():
    grid = Grid(dims=[16, 999], passages=[PassageLength.read("64")])
    encoder = HashEncoder(64)
    assert left_out(grid, [encoder]) == ["dim 999 is left out for 'hash:64', which has 64 dims"]
    assert grid.fitting(dim=64, max_tokens=32).dims == [16]
    encoder.max_tokens = 32
    with pytest.raises(
        ConfigError, match="passage has 64 tokens; the encoders of this study read 32 at most"
    ):
        left_out(grid, [encoder])
    with pytest.raises(ConfigError, match="dim is 999; encoder 'hash:64' has 64 dims"):
        left_out(Grid(dims=[999]), [encoder])


def test_a_part_of_a_hybrid_need_not_be_named_twice(run):
    result = run("hybrid:hash:64+bm25", BM25)
    assert list(by_id(result)) == ["bm25", "hash:64", "hybrid:hash:64+bm25"]


def test_documents_in_other_languages_are_told(run, collection, monkeypatch):
    class English(HashEncoder):
        languages = frozenset({"en"})

    monkeypatch.setattr(prepare, "load_encoder", lambda source, **given: English(64))
    rows = [json.loads(line) for line in (collection / "corpus.jsonl").read_text().splitlines()]
    for number, row in enumerate(rows):
        row["lang"] = "de" if number < 30 else "en"
    (collection / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = run("hash:64", "bm25")
    note = next(note for note in result.notes if "was not trained for these languages" in note.title)
    assert note.level == "warning"
    assert note.text.startswith("hash:64 was trained for en alone, and 75")
    assert "of the documents are in others (de) by column 'lang'" in note.text
    assert result.made["cells"]["bm25"]["stemmer"] == "de"


def test_a_pair_says_from_the_beginning_that_nothing_is_chosen(run):
    said = []
    run("hash:64", BM25, say=said.append)
    assert said[0] == "collection: 40 documents, 40 queries, which all judge: nothing is to be chosen"
    said.clear()
    run("hash:64", BM25, dim=[64, 16], say=said.append, output="other")
    assert "12 queries to choose on, 28 to estimate on (drawn with seed 42)" in said[0]


def test_what_cannot_be_read_from_python_is_said_in_one_line(tmp_path):
    with pytest.raises(ConfigError, match="data is dict; it must be the path of a folder"):
        evaluate_retrieval({"a": 1})
    with pytest.raises(DataError, match="is not there"):
        evaluate_retrieval(tmp_path / "none", passage=128, store=tmp_path / "store", encoder="hash:64")
