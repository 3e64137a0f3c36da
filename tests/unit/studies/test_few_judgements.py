"""Studies that ask for judgements, on a planted collection of which every judgement is known (``tests/planted_collection.py``)."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from semascope.errors import ConfigError, DataError
from semascope.reports.retrieval.few_run import run_few
from semascope.reports.retrieval.run import run_retrieval
from semascope.retrieval.asking.pool import Looked, Pool
from semascope.retrieval.collections.judgement_files import read_judgements
from semascope.retrieval.collections.judgements import Judgements
from semascope.retrieval.indexes.index import Index
from semascope.retrieval.measuring.naming import query_measure
from semascope.store.vectors import VectorStore
from semascope.studies.retrieval.asking.settings import RetrievalStudy
from semascope.studies.retrieval.few.answers import Answer, Answers
from semascope.studies.retrieval.few.machine import compared
from semascope.studies.retrieval.few.open_queries import known_grades
from semascope.words.numbers import signed

pytest.importorskip("bm25s")

BM25 = "bm25:name=bm25,stopwords=en,stemmer=none"  # the rare words are of no language
HYBRID = "hybrid:hash:16+bm25"


def truth(query: str, document: str) -> float:
    return float(document == f"d{query}")


def judging(limit: int = 10**6, *, seen: list | None = None):
    """Somebody who knows, and stops after so many answers or when the last cell is settled."""

    def ask(questions) -> None:
        for _ in range(limit):
            question = questions.next()
            if question is None or questions.standing.verdicts[-1].word != "unresolved":
                return
            if seen is not None:
                seen.append((question.query, question.document))
            questions.answer(question, truth(question.query, question.document))

    return ask


@pytest.fixture
def unjudged(planted_collection):
    shutil.rmtree(planted_collection / "qrels")
    return planted_collection


@pytest.fixture
def run(unjudged, tmp_path):
    store = VectorStore(tmp_path / "store")

    def call(*encoders: str, ask, output: str = "run", **settings):
        asked = {"data": unjudged, "encoder": list(encoders), "margin": 0.1, **settings}
        if "run_" in asked:
            asked["run"] = asked.pop("run_")
        if "ask_" in asked:
            asked["ask"] = asked.pop("ask_")
        elif "judge" not in asked:
            asked["ask"] = True
        return run_few(RetrievalStudy.from_mapping(asked), ask=ask, output=tmp_path / output, store=store)

    return call


def by_id(result):
    return {cell.id: cell for cell in result.cells}


def test_what_was_planted_is_found_by_asking(run, unjudged):
    seen: list = []
    result = run("hash:16", BM25, HYBRID, ask=judging(seen=seen))
    verdict = by_id(result)[HYBRID].verdict
    assert verdict.word == "better"
    assert verdict.low < 0.5 < verdict.high  # bm25 finds half of the documents, the hybrid all of them
    assert by_id(result)["bm25"].verdict.word == "baseline"
    assert result.winner == HYBRID
    assert result.headline[0].startswith(f"Search with {HYBRID}: +0.")
    assert result.judgements == len(seen) == len(set(seen))  # nothing is asked twice
    assert result.judgements < 60 * 10  # not all of the pool
    assert math.isnan(by_id(result)[HYBRID].estimate.value)
    written = read_judgements(f"{result.folder}/judgements.tsv")
    assert list(zip(written.queries, written.documents, strict=True)) == seen
    assert all(
        grade == truth(query, document)
        for query, document, grade in zip(written.queries, written.documents, written.grades, strict=True)
    )
    page = (unjudged.parent / result.folder / "report.html").read_text(encoding="utf8")
    for part in ('id="cells"', 'id="judged"', 'id="making"', "at every look"):
        assert part in page
    assert 'id="judge"' not in page
    index = Index.open(f"{result.folder}/winner")
    assert index.search(["zebra3quux"], k=1)[0][0].id == "dw3"


def test_when_all_is_judged_it_is_the_plain_mean(run):
    def to_the_end(questions) -> None:
        while (question := questions.next()) is not None:
            questions.answer(question, truth(question.query, question.document))

    result = run("hash:16", BM25, ask=to_the_end)
    assert result.done == result.differing
    # of 60 queries bm25 finds the words of 30, first; vectors find the sentences of 30 first, and the others by chance
    difference = by_id(result)["hash:16"].verdict.difference
    assert difference == pytest.approx(plain_difference(result.folder))


def plain_difference(folder: str) -> float:
    """The mean difference of nDCG@10 by hand: of one relevant document it is 1 / log2(rank + 1)."""
    import pyarrow.parquet as pq

    rows = pq.read_table(f"{folder}/runs.parquet").to_pylist()
    worth = {"bm25": 0.0, "hash:16": 0.0}
    for row in rows:
        if row["rank"] <= 10 and truth(row["query"], row["document"]):
            worth[row["cell"]] += 1 / math.log2(row["rank"] + 1) / 60
    return worth["hash:16"] - worth["bm25"]


def test_it_goes_on_where_it_was_stopped(run):
    whole: list = []
    run("hash:16", BM25, ask=judging(60, seen=whole), output="at once")
    parts: list = []
    for size in (7, 1, 52):
        result = run("hash:16", BM25, ask=judging(size, seen=parts))
    assert parts == whole
    assert result.made["cells computed now"] == 0
    assert result.judgements == 60
    again = run("hash:16", BM25, ask=judging(0))
    assert repr(again.family) == repr(result.family)


def test_undo_asks_again_and_leaves_no_trace(run):
    asked: list = []

    def ask(questions) -> None:
        assert questions.undo() is None
        first = questions.next()
        while questions.done < 3:  # over the end of queries
            question = questions.next()
            asked.append(question)
            questions.answer(question, truth(question.query, question.document))
        before = repr(questions.standing.verdicts)
        last = asked[-1]
        assert questions.undo().document == last.document
        assert questions.done == 2
        assert questions.next() == last
        questions.answer(last, truth(last.query, last.document))
        assert repr(questions.standing.verdicts) == before
        while questions.undo():
            pass
        assert questions.next() == first
        assert questions.done == 0

    result = run("hash:16", BM25, ask=ask)
    assert result.judgements == 0
    assert not (run("hash:16", BM25, ask=lambda questions: None)).judgements


def test_a_killed_session_loses_no_answer(tmp_path):
    answers = Answers.read(tmp_path)
    answers.give(Answer(query="q", document="a", grade=1.0))
    answers.give(Answer(query="q", document="b", grade=None))
    with (tmp_path / "answers.jsonl").open("a") as stream:
        stream.write('{"query": "q", "docu')  # the machine went down here
    again = Answers.read(tmp_path)
    assert again.grades == {"q": {"a": 1.0, "b": 0.0}}
    assert again.skipped == 1
    again.give(Answer(query="q", document="c", grade=2.0))
    assert Answers.read(tmp_path).grades == {"q": {"a": 1.0, "b": 0.0, "c": 2.0}}
    again.write_judgements()
    assert (tmp_path / "judgements.tsv").read_text() == "query-id\tcorpus-id\tscore\nq\ta\t1\nq\tc\t2\n"


@pytest.mark.parametrize("line", ["no JSON", '{"query": "q"}', '{"undone": {}}', "[]"])
def test_a_damaged_answer_is_named(tmp_path, line):
    (tmp_path / "answers.jsonl").write_text(f"{line}\n")
    with pytest.raises(DataError, match=r"answers.jsonl, line 1 is no answer"):
        Answers.read(tmp_path)


def test_judgements_of_the_collection_spare_questions(planted_collection, run, tmp_path):
    seen: list = []
    without = run("hash:16", BM25, ask=judging(100, seen=seen))
    (planted_collection / "qrels").mkdir()
    rows = "".join(f"{query}\t{document}\t{truth(query, document):g}\n" for query, document in seen[:50])
    (planted_collection / "qrels" / "some.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}")
    more: list = []
    result = run("hash:16", BM25, ask=judging(50, seen=more), output="other")
    assert more == seen[50:100]  # of the same draw, what nobody judged yet
    assert result.known == 50
    assert repr(result.family) == repr(without.family)


def write_machine(path, pool, *, right: bool = True):
    lines = [line.split("\t") for line in pool.read_text().splitlines()[1:]]
    path.write_text(
        "".join(f"{query} 0 {document} {int(truth(query, document) == right)}\n" for query, document in lines)
    )
    return path


def test_a_machine_spares_judgements_and_is_told_how_good_it_is(run, tmp_path):
    alone: list = []
    by_person = run("hash:16", BM25, HYBRID, ask=judging(seen=alone))
    machine = write_machine(tmp_path / "machine.qrels", tmp_path / "run" / "pool.tsv")
    unasked = run("hash:16", BM25, HYBRID, judge=machine, ask=judging(), output="machine")
    assert all(cell.verdict.word in ("baseline", "unresolved") for cell in unasked.cells)
    assert unasked.judge.alone[HYBRID] == pytest.approx(0.5, abs=0.05)
    assert unasked.judge.quality.sensitivity.pairs == 0
    said = " ".join(unasked.headline)
    assert (
        f"By machine.qrels alone hash:16 is {signed(unasked.judge.alone['hash:16'], 3)} and {HYBRID} is +0.5"
        in said
    )
    assert "nobody knows before a person judges too: add --ask" in said
    helped: list = []
    result = run(
        "hash:16", BM25, HYBRID, judge=machine, ask_=True, ask=judging(seen=helped), output="machine"
    )
    assert len(helped) < len(alone)
    assert by_id(result)[HYBRID].verdict.word == by_id(by_person)[HYBRID].verdict.word == "better"
    assert result.judge.trust[HYBRID] == pytest.approx(result.done / (result.done + 2))
    assert result.judge.quality.sensitivity.value == result.judge.quality.specificity.value == 1.0
    assert result.judge.missing == 0
    page = (tmp_path / "machine" / "report.html").read_text(encoding="utf8")
    assert "How good machine.qrels is" in page


def test_a_machine_that_is_always_wrong_costs_next_to_nothing(run, tmp_path):
    run("hash:16", BM25, ask=judging(0))
    machine = write_machine(tmp_path / "wrong.qrels", tmp_path / "run" / "pool.tsv", right=False)
    result = run("hash:16", BM25, judge=machine, ask_=True, ask=judging(150))
    plain = run("hash:16", BM25, ask=judging(150), output="plain")
    assert result.judge.trust["hash:16"] < 0.5
    assert result.judge.quality.specificity.value == 0.0
    one, other = (by_id(each)["hash:16"].verdict for each in (result, plain))
    assert one.high - one.low < 1.1 * (other.high - other.low)


def test_what_a_machine_leaves_out_is_counted(run, tmp_path):
    run("hash:16", BM25, ask=judging(0))
    pool = (tmp_path / "run" / "pool.tsv").read_text().splitlines()[1:]
    query, document = pool[0].split("\t")
    (tmp_path / "few.tsv").write_text(
        f"query-id\tcorpus-id\tscore\n{query}\t{document}\t1\nstrange\tds1\t1\n"
    )
    result = run("hash:16", BM25, judge=tmp_path / "few.tsv", ask=judging())
    assert result.judge.missing == len(pool) - 1
    titles = [note.title for note in result.notes]
    assert any("says nothing of" in title for title in titles)
    assert "Unknown query" in titles
    (tmp_path / "none.tsv").write_text("query-id\tcorpus-id\tscore\nw1\tx19\t1\n")
    with pytest.raises(DataError, match=r"none.tsv judges none of the .* pairs"):
        run("hash:16", BM25, judge=tmp_path / "none.tsv", ask=judging())


def test_a_machine_is_told_by_what_queries_stand_for():
    class Drawn:
        order = np.array([1, 0])

        def chances(self, done: int) -> np.ndarray:
            assert done == 2
            return np.array([0.2, 1.0])  # the first query stands for five

    looked = Looked.by(query_measure("P@1"))
    ranks = np.array([[1, 2], [2, 1]])
    pools = [Pool(query=name, documents=["a", "b"], ranks=ranks, looked=looked) for name in ("often", "once")]
    human = {"often": {"a": 1.0, "b": 0.0}, "once": {"a": 1.0, "b": 0.0}}
    machine = {"often": {"a": 1.0, "b": 1.0}, "once": {"a": 0.0, "b": 0.0}}
    found = compared(machine, human, pools=pools, drawing=Drawn(), done=2)
    assert found.sensitivity.value == pytest.approx(5 / 6)
    assert found.specificity.value == pytest.approx(1 / 6)
    # what the machine leaves out counts as not relevant: a file of positives alone is the same judge
    positives = {
        query: {name: 1.0 for name, grade in each.items() if grade} for query, each in machine.items()
    }
    assert repr(compared(positives, human, pools=pools, drawing=Drawn(), done=2)) == repr(found)


def test_of_two_splits_the_higher_grade_is_known():
    first = Judgements.of({"q": {"a": 2.0, "b": 0.0}}, split="train")
    both = first.joined(Judgements.of({"q": {"a": 1.0, "b": 1.0}}, split="test"))
    assert known_grades(both) == {"q": {"a": 2.0, "b": 1.0}}


def test_skipped_documents_count_as_not_relevant_and_are_told(run):
    def ask(questions) -> None:
        for _ in range(5):
            questions.answer(questions.next(), None)

    result = run("hash:16", BM25, ask=ask)
    assert (result.judgements, result.skipped) == (5, 5)
    assert any(note.title == "5 documents were skipped" for note in result.notes)


def test_copies_of_a_query_are_asked_about_once(run, unjudged):
    with (unjudged / "queries.jsonl").open("a") as stream:
        stream.write(json.dumps({"_id": "again", "text": "zebra3quux"}) + "\n")
    result = run("hash:16", BM25, ask=judging(0))
    assert result.queries == 60
    assert any(note.title == "Repeated query" for note in result.notes)
    assert run("hash:16", BM25, ask=judging(0), limit=20, output="some").queries == 20


def test_cells_that_never_differ_need_no_judgement(run):
    result = run(BM25, f"{BM25.replace('name=bm25', 'name=same')},k1=1.4", ask=judging(0))
    assert by_id(result)["same"].verdict.word == "equivalent"
    assert (result.differing, result.judgements) == (0, 0)
    assert result.winner == "bm25"
    assert result.headline[0].startswith("bm25 is enough")


def test_no_word_stands_on_fewer_than_ten_queries(run):
    def ask(questions) -> None:
        while questions.done < 9:
            question = questions.next()
            questions.answer(question, truth(question.query, question.document))

    result = run("hash:16", BM25, HYBRID, ask=ask)
    assert {cell.verdict.word for cell in result.cells} == {"baseline", "unresolved"}
    assert not Path(f"{result.folder}/winner").exists()
    assert "9 of the 10 queries are judged" in by_id(result)[HYBRID].verdict.reason


def test_another_cell_keeps_the_answers(run):
    seen: list = []
    run("hash:16", BM25, ask=judging(30, seen=seen))
    more: list = []
    result = run("hash:16", BM25, HYBRID, ask=judging(30, seen=more))
    assert not set(seen) & set(more)
    assert result.judgements == 60


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"measure": "R@100"}, ConfigError, "decide what the first documents say alone"),
        ({"encoder": ["hash:16", BM25, f"{HYBRID},way=sum"]}, ConfigError, "has no weight"),
        (
            {"perturb": ["typos"]},
            ConfigError,
            "perturb is given with ask; it is about queries that are judged",
        ),
        ({"encoder": [BM25]}, ConfigError, "bm25 stands alone"),
        ({"slice": "topic"}, ConfigError, "slice is given with ask"),
        ({"judge": "nowhere.tsv"}, ConfigError, "judge is nowhere.tsv, which is no file"),
    ],
)
def test_what_does_not_fit_is_refused_first(unjudged, tmp_path, settings, error, says):
    study = RetrievalStudy.from_mapping(
        {"data": unjudged, "encoder": ["hash:16", BM25], "ask": True, **settings}
    )
    with pytest.raises(error, match=says):
        run_few(study, output=tmp_path / "run", store=VectorStore(tmp_path / "store"))


def test_runs_of_other_systems_are_judged_by_asking(run, tmp_path):
    lines = [f"{kind}{n} Q0 d{kind}{n} 1 1.0 x\n" for n in range(30) for kind in "ws"]
    (tmp_path / "right.trec").write_text("".join(lines))
    result = run(
        BM25,
        f"{BM25.replace('name=bm25', 'name=other')},k1=0.9",
        ask=judging(),
        run_=[f"right={tmp_path}/right.trec"],
    )
    verdict = by_id(result)["right"].verdict
    assert verdict.word == "better"  # bm25 finds half of them
    assert result.winner == "right"
    assert by_id(result)["other"].verdict.word == "equivalent"


def test_of_several_better_cells_the_best_is_advised(run, tmp_path):
    lines = [f"{kind}{n} Q0 d{kind}{n} 1 1.0 x\n" for n in range(30) for kind in "ws"]
    (tmp_path / "all.trec").write_text("".join(lines))
    (tmp_path / "most.trec").write_text("".join(lines[:56]))

    def to_the_end(questions) -> None:
        while (question := questions.next()) is not None:
            questions.answer(question, truth(question.query, question.document))

    runs = [f"most={tmp_path}/most.trec", f"all={tmp_path}/all.trec"]
    result = run(BM25, ask=to_the_end, run_=runs)
    assert [by_id(result)[cell].verdict.word for cell in ("most", "all")] == ["better", "better"]
    assert result.winner == "all"
    assert any(line.startswith("Better too: most +0.4") for line in result.headline)


def test_without_judgements_it_is_said_what_to_do(unjudged, tmp_path):
    study = RetrievalStudy.from_mapping({"data": unjudged, "encoder": ["hash:16", BM25]})
    with pytest.raises(DataError, match=r"has no judgements.*add --ask.*--judge FILE"):
        run_retrieval(study, output=tmp_path / "run", store=VectorStore(tmp_path / "store"))


def test_a_folder_of_answers_is_no_folder_of_another_study(planted_collection, tmp_path):
    given = {"data": planted_collection, "encoder": ["hash:16", BM25]}
    store = VectorStore(tmp_path / "store")
    run_retrieval(RetrievalStudy.from_mapping(given), output=tmp_path / "run", store=store)
    with pytest.raises(ConfigError, match="holds another study"):
        run_few(
            RetrievalStudy.from_mapping({**given, "ask": True}),
            ask=judging(0),
            output=tmp_path / "run",
            store=store,
        )


def test_who_judges_does_not_change_the_folder(unjudged, tmp_path):
    def digest(**given) -> str:
        return RetrievalStudy.from_mapping({"data": unjudged, **given}).digest()

    assert digest(ask=True) == digest(judge="one.tsv") == digest(ask=True, judge="other.tsv") != digest()
    asked = RetrievalStudy.from_mapping({"data": unjudged, "ask": True, "judge": "one.tsv"})
    assert f"judge: {Path('one.tsv').resolve()}" in asked.to_yaml()
