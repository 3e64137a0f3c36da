"""TREC files of runs and judgements: what is written reads back, and what is broken is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.errors import DataError
from semascope.retrieval.collections.judgement_files import read_judgements, write_judgements
from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.measuring.run import Run
from semascope.retrieval.measuring.run_files import read_run, write_run

IDS = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=5).filter(
    lambda name: len(name.split()) == 1
)
SCORES = st.floats(allow_nan=False, allow_infinity=False)


@given(st.dictionaries(IDS, st.dictionaries(IDS, SCORES, min_size=1, max_size=5), min_size=1, max_size=4))
def test_a_run_reads_back_to_the_last_bit(tmp_path_factory, scores):
    path = tmp_path_factory.mktemp("runs") / "run.trec"
    write_run(Run.of(scores), path)
    found = read_run(path)
    assert {query: found.of_query(query) for query in found.query_ids} == scores


def test_a_run_is_written_best_first(tmp_path):
    write_run(Run.of({"q": {"9": 0.5, "10": 0.5, "x": 2.0}}), tmp_path / "run.txt", name="bm25")
    assert (tmp_path / "run.txt").read_text() == "q Q0 x 1 2.0 bm25\nq Q0 9 2 0.5 bm25\nq Q0 10 3 0.5 bm25\n"


def test_ranks_of_a_file_are_not_read(tmp_path):
    (tmp_path / "run").write_text("q\tQ0\ta\t1\t0.25\tmine\n\nq Q0  b\t2 0.75 mine\r\n")
    assert list(read_run(tmp_path / "run").of_query("q").items()) == [("b", 0.75), ("a", 0.25)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "run.trec is empty; accepted are six fields a line"),
        ("q Q0 a 1 0.5\n", "line 1 has 5 fields; accepted are six fields"),
        ("q Q0 a 1 high x\n", "line 1: score 'high' is no finite number"),
        ("q Q0 a 1 0.5 x\nq Q0 b 2 nan x\n", "line 2: score 'nan'"),
        ("q Q0 a 1 0.5 x\nq Q0 a 2 0.4 x\n", "line 2: document 'a' stands twice for query 'q'"),
    ],
)
def test_a_broken_run_is_one_clear_line(tmp_path, text, message):
    path = tmp_path / "run.trec"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_run(path)


@pytest.mark.parametrize("scores", [{"q q": {"a": 1.0}}, {"q": {"a\tb": 1.0}}, {"q": {"": 1.0}}])
def test_an_id_that_a_trec_file_cannot_hold_is_refused_and_nothing_is_left(tmp_path, scores):
    with pytest.raises(DataError, match="is empty or has white space; a TREC file parts"):
        write_run(Run.of(scores), tmp_path / "run.trec")
    assert list(tmp_path.iterdir()) == []


def test_judgements_read_back(tmp_path):
    write_judgements(Judgements.of({"q": {"a": 2, "b": 0}, "01": {"a": 0.5}}), tmp_path / "test.qrels")
    assert (tmp_path / "test.qrels").read_text() == "q 0 a 2\nq 0 b 0\n01 0 a 0.5\n"
    found = read_judgements(tmp_path / "test.qrels", split="test")
    assert (found.queries, found.documents, found.grades.tolist()) == (
        ["q", "q", "01"],
        ["a", "b", "a"],
        [2, 0, 0.5],
    )


@pytest.mark.parametrize("grade", [-1.0, float("nan"), float("inf")])
def test_judgements_have_grades_of_0_or_more(grade):
    with pytest.raises(
        DataError, match=r"document 'a' has grade .* for query 'q'; accepted are numbers, 0 or more"
    ):
        Judgements.of({"q": {"a": grade}})
