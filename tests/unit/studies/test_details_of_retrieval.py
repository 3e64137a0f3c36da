"""What the report of a study of retrieval shows beside its verdicts, on the planted collection, and read again from its folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from semascope.errors import ConfigError, DataError
from semascope.plain import plain
from semascope.reports.retrieval.run import run_retrieval
from semascope.stats.scores import judge_scores
from semascope.store.vectors import VectorStore
from semascope.studies.retrieval.asking import prepare
from semascope.studies.retrieval.asking.settings import RetrievalStudy
from semascope.studies.retrieval.reopening import read_retrieval
from semascope.studies.retrieval.searching.searches import Searches
from semascope.studies.retrieval.telling.details import CHANGED, COMPARED

pytest.importorskip("bm25s")

BM25 = "bm25:name=bm25,stopwords=en,stemmer=none"
HYBRID = "hybrid:hash:16+bm25"
TWO_HASHES = "hybrid:hash:16+hash:8"


@pytest.fixture
def run(planted_collection, tmp_path):
    store = VectorStore(tmp_path / "store")

    def call(*encoders: str, output: str = "run", **settings):
        study = RetrievalStudy.from_mapping(
            {"data": planted_collection, "encoder": list(encoders), **settings}
        )
        return run_retrieval(study, output=tmp_path / output, store=store)

    return call


def fewer_queries_of_stop_words(collection):
    """11 of the 30 are not judged any more, so that BM25 does better than vectors."""
    judged = collection / "qrels" / "test.tsv"
    kept = [row for row in judged.read_text().splitlines() if not row.startswith("s2")]
    judged.write_text("\n".join([*kept, ""]))


def test_curves_meet_the_measures_at_their_cutoffs(run):
    result = run("hash:16", BM25)
    ndcg, recall = result.details.curves
    assert (ndcg.family, recall.family) == ("nDCG", "R")
    assert list(ndcg.cutoffs) == [1, 2, 3, 5, 10, 20, 50, 100]
    for cell in result.cells:
        assert ndcg.values[cell.id][4] == pytest.approx(cell.measures["nDCG@10"])
        assert recall.values[cell.id][7] == pytest.approx(cell.measures["R@100"])
        assert list(recall.values[cell.id]) == sorted(recall.values[cell.id])
    (only,) = run(BM25, measure="R@5", output="recall").details.curves
    assert only.family == "R"


def test_costs_are_those_of_what_is_searched(run):
    result = run("hash:16", BM25, HYBRID)
    costs = result.details.costs
    assert costs["hash:16"].bytes_per_document == 16 * 4
    assert costs[HYBRID].bytes_per_document == pytest.approx(
        costs["hash:16"].bytes_per_document + costs["bm25"].bytes_per_document
    )
    assert costs["bm25"].seconds_per_1000 > 0


def test_a_query_for_which_nothing_was_found_fails_by_that(run, planted_collection):
    fewer_queries_of_stop_words(planted_collection)
    result = run("hash:16", "hash:8", BM25)
    silent = result.silent["bm25"]
    found = result.details.failures
    assert found.cell == "bm25"
    assert (found.cutoff, found.missed, found.behind) == (10, silent, 0)
    (only,) = found.counts
    assert (only.reason, only.missed, only.behind) == ("nothing", silent, 0)
    # such queries are letter by letter their document
    assert only.found_by["hash:16"] == found.found_by["hash:16"] == silent
    for example in found.examples:
        assert example.query.startswith("s") and example.relevant.document == f"d{example.query}"
        assert example.ranks == {"bm25": None, "hash:16": 1, "hash:8": 1}
        assert example.above == []


def test_a_document_that_was_cut_is_found_out(run, planted_collection, monkeypatch):
    monkeypatch.setattr(
        "semascope.studies.retrieval.task.unread_of_relevant",
        lambda asked, encoder: {f"dw{n}": [0, 10_000] for n in range(30)},
    )
    found = run("hash:16", no_bm25=True).details.failures
    by_reason = {one.reason: one for one in found.counts}
    # words alone would find them: the word stands in the part that was not read
    assert by_reason["cut"].missed == found.missed > 0
    assert all(example.query.startswith("w") for example in found.examples)


def test_without_texts_no_reason_is_made_up(tmp_path):
    judged = tmp_path / "qrels.tsv"
    judged.write_text("query-id\tcorpus-id\tscore\n" + "".join(f"q{n}\td{n}\t1\n" for n in range(20)))
    for name, of in (("one", 0), ("two", 1)):  # the second run has the document of another query
        lines = [f"q{n} Q0 d{(n + of) % 20} 0 1 x\n" for n in range(20)]
        (tmp_path / f"{name}.trec").write_text("".join(lines))
    study = RetrievalStudy.from_mapping(
        {"data": judged, "run": [str(tmp_path / f"{name}.trec") for name in ("two", "one")], "choose": "best"}
    )
    result = run_retrieval(study, output=tmp_path / "run", store=VectorStore(tmp_path / "store"))
    found = result.details.failures
    assert (found.has_texts, list(found.counts), list(found.examples)) == (False, [], [])
    change = result.details.pairs[0].better[0]
    assert [one.title for one in change.lists[1]] == [change.query.replace("q", "d")]
    assert "no reason can be given" in (tmp_path / "run" / "report.html").read_text(encoding="utf8")


def test_topics_are_a_column_of_the_documents(run, planted_collection):
    with pytest.raises(DataError, match=r"\(documents\) has no column 'topic'"):
        run("hash:16", BM25, slice="topic")
    corpus = planted_collection / "corpus.jsonl"
    rows = [json.loads(line) for line in corpus.read_text().splitlines()]
    for row in rows:
        row["topic"] = row["_id"] if row["_id"].startswith("dw") else "other"
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = run("hash:16", no_bm25=True, slice="topic", output="topics").details.failures
    assert found.topic == "topic"
    assert {one.reason for one in found.counts} == {"topic"}
    with pytest.raises(DataError, match="has no column 'topics'"):
        run("hash:16", BM25, slice="topics", output="other")


def test_two_cells_are_held_against_each_other_query_by_query(run):
    result = run("hash:16", BM25, HYBRID)
    scores = result.details.per_query.scores
    first = result.details.pairs[0]
    assert first.cells == ("bm25", result.winner)
    for pair in result.details.pairs:
        gains = scores[pair.cells[1]] - scores[pair.cells[0]]
        better, worse = int((gains > 1e-9).sum()), int((gains < -1e-9).sum())
        assert pair.counts == (better, worse, len(gains) - better - worse)
        for changes, sign in ((pair.better, 1), (pair.worse, -1)):
            differences = [sign * (change.scores[1] - change.scores[0]) for change in changes]
            assert all(difference > 0 for difference in differences)
            assert differences == sorted(differences, reverse=True)
    for change in first.better:
        one, other = change.lists
        assert (one, change.first) == ([], (None, 1))  # bm25 finds none of these
        assert other[0].document == f"d{change.query}" and other[0].grade == 1.0
        assert all(listed.grade is None for listed in other[1:])
    assert len(first.better) == min(CHANGED, first.counts[0])


def test_many_cells_are_not_all_compared(run):
    result = run(*[f"n{number}=hash:{8 + number}" for number in range(8)], BM25)
    named = {cell for pair in result.details.pairs for cell in pair.cells}
    assert len(named) == COMPARED
    assert {"bm25", result.winner} <= named
    assert len(result.details.pairs) + result.details.pairs_left_out == 9 * 8 // 2


def test_a_hybrid_is_held_against_its_best_part_where_that_is_not_the_baseline(run):
    result = run("hash:16", "hash:8", BM25, TWO_HASHES)
    (one,) = result.against_parts
    assert one.cell == TWO_HASHES and one.part in ("hash:16", "hash:8")
    scores = result.details.per_query.scores
    alone = judge_scores(
        {one.part: scores[one.part], one.cell: scores[one.cell]},
        baseline=one.part,
        measure=RetrievalStudy.from_mapping({"data": "x"}).measured_by,
        unit="query",
    ).verdicts[one.cell]
    assert (one.verdict.difference, one.verdict.p) == (alone.difference, alone.p)
    assert one.verdict.difference == pytest.approx(float(np.mean(scores[one.cell] - scores[one.part])))


def test_near_copies_of_a_query_are_one_unit_for_a_hybrid_too(run, planted_collection):
    queries, judged = planted_collection / "queries.jsonl", planted_collection / "qrels" / "test.tsv"
    rows = [json.loads(line) for line in queries.read_text().splitlines()][:20]
    with queries.open("a") as stream, judged.open("a") as key:
        for row in rows:
            stream.write(json.dumps({"_id": f"{row['_id']}again", "text": row["text"].upper()}) + "\n")
            key.write(f"{row['_id']}again\td{row['_id']}\t1\n")
    result = run("hash:16", "hash:8", BM25, TWO_HASHES)
    (one,) = result.against_parts
    assert one.verdict.groups == result.family.verdicts["hash:16"].groups < result.estimating


def test_the_margin_is_the_one_that_was_asked_for(run):
    result = run("hash:16", "hash:8", BM25, TWO_HASHES, margin=0.3)
    assert result.family.margin == 0.3
    assert {one.verdict.margin for one in result.against_parts} == {0.3}


def shown(result) -> str:
    record = plain(result)
    record.pop("made")
    return json.dumps(record)


def test_a_folder_is_read_again_without_encoder_search_or_store(run, monkeypatch):
    result = run("hash:16", BM25, HYBRID)
    for place in ("load_encoder", "default_encoders"):
        monkeypatch.setattr(prepare, place, lambda *given, **more: pytest.fail("an encoder was loaded"))
    monkeypatch.setattr(Searches, "of", lambda *given, **more: pytest.fail("something was searched"))
    again = read_retrieval(Path(result.folder), command="read")
    assert shown(again) == shown(result)
    assert again.made["command"] == result.made["command"]
    assert again.made["read again"]["command"] == "read"


def test_what_cannot_be_read_again_is_refused_in_one_line(run, planted_collection, tmp_path, monkeypatch):
    folder = Path(run("hash:16", BM25).folder)
    with pytest.raises(DataError, match="does not exist"):
        read_retrieval(tmp_path / "none")
    with monkeypatch.context() as stopped:
        stopped.setattr(Searches, "_by_several", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run("hash:16", BM25, HYBRID, output="part")
    with pytest.raises(DataError, match=r"holds 2 of 3 cells .*finish it with: semascope retrieve"):
        read_retrieval(tmp_path / "part")
    study = folder / "study.yaml"
    kept = study.read_text()
    study.write_text(kept.replace("seed: 42", "seed: 43"))
    with pytest.raises((ConfigError, DataError), match=r"has changed|does not say"):
        read_retrieval(folder)
    study.write_text(kept)
    corpus = planted_collection / "corpus.jsonl"
    corpus.write_text(corpus.read_text() + '{"_id": "late", "title": "", "text": "late"}\n')
    with pytest.raises(DataError, match=r"collection of run folder .* has changed since the study"):
        read_retrieval(folder)
    shutil.rmtree(planted_collection)
    with pytest.raises(DataError, match="which is gone"):
        read_retrieval(folder)


def test_the_answer_of_a_pair_speaks_of_no_query_that_chose(run, planted_collection):
    assert run(BM25).headline[1] == "Judged on all 60 queries."
    fewer_queries_of_stop_words(planted_collection)
    pair = run("hash:16", BM25, output="pair")
    assert (pair.pair, pair.estimating) == (True, 49)
    # 30 of 49 queries have a word that their document has
    assert pair.headline[0] == "bm25 is enough: nDCG@10 0.612, and hash:16 does no better."
    assert not any("queries that choose" in sentence for sentence in pair.headline)
