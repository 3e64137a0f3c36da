"""Queries that may not judge, folders that may not mix, and runs whose order is kept: each was wrong once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from semascope.data.seen import text_digests
from semascope.encoders.hashing import HashEncoder
from semascope.errors import ConfigError, DataError
from semascope.reports.retrieval.few_run import run_few
from semascope.reports.retrieval.run import evaluate_retrieval
from semascope.retrieval.cutting.passages import PassageLength
from semascope.retrieval.measuring.run import Run
from semascope.retrieval.rankings import ranked
from semascope.store.vectors import VectorStore
from semascope.studies.retrieval.asking import prepare
from semascope.studies.retrieval.asking.given import ranked_run
from semascope.studies.retrieval.asking.plan import Grid, Written, make_cells
from semascope.studies.retrieval.asking.settings import RetrievalStudy
from semascope.studies.retrieval.judging.disturbed import _same_lists
from semascope.studies.retrieval.judging.hybrids import parts_of
from semascope.studies.retrieval.judging.seen_apart import _on
from semascope.studies.retrieval.reopening import read_retrieval
from semascope.studies.retrieval.telling.told import _cut

pytest.importorskip("bm25s")

BM25 = "bm25:name=bm25,stopwords=en,stemmer=none"
HYBRID = "hybrid:hash:16+bm25"


@pytest.fixture
def run(planted_collection, tmp_path):
    def call(*encoders: str, output: str = "run", data=planted_collection, **settings):
        store = VectorStore(tmp_path / "store")
        return evaluate_retrieval(data, encoder=encoders, output=tmp_path / output, store=store, **settings)

    return call


def rewrite(file: Path, change) -> None:
    rows = [json.loads(line) for line in file.read_text(encoding="utf8").splitlines()]
    for row in rows:
        change(row)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")


def tuned(texts):
    """An encoder that says that it was tuned on these texts."""
    digests = np.unique(text_digests(texts))

    class TunedHash(HashEncoder):
        @property
        def seen(self):
            return digests

    return TunedHash


def test_a_hybrid_of_a_run_is_not_asked_what_nobody_asked_the_run(run, tmp_path):
    lines = [f"{side}{n} Q0 d{side}{n} 1 1.0 x\n" for side in "ws" for n in range(30)]
    (tmp_path / "old.trec").write_text("".join(lines))
    result = run(BM25, "hybrid:old+bm25", run=[f"old={tmp_path / 'old.trec'}"], perturb=["typos"])
    assert {one.cell for one in result.robustness} == {"bm25"}
    own = run("hash:16", BM25, HYBRID, perturb=["typos"], output="own")
    assert {one.cell for one in own.robustness} == {"bm25", "hash:16", HYBRID}


def test_other_rewritten_queries_are_another_study(run, planted_collection):
    file = planted_collection / "queries.jsonl"
    rewrite(file, lambda row: row.update(re=row["text"]))
    run(BM25, perturb=["column:re"])
    rewrite(file, lambda row: row.update(re="nothing of it"))
    with pytest.raises(ConfigError, match="holds another study: rewritten"):
        run(BM25, "bm25:name=other,stopwords=en,stemmer=en", perturb=["column:re"])


def test_a_run_keeps_the_order_of_its_64_bits():
    scores = {"q": {"a": 1_700_000_001.0, "b": 1_700_000_002.0, "c": 1_700_000_001.0, "d": 5.0}}
    found = ranked_run("x", Run.of(scores), query_ids=["q"], doc_ids=list("abcd"), k=4)
    assert [name for name, _ in found.listed(0)] == ["b", "c", "a", "d"]  # equal ones by id, the larger first
    values = [score for _, score in found.listed(0)]
    assert values[0] > values[1] == values[2] > values[3]


def test_a_run_that_does_not_fit_is_found_before_anything_is_encoded(run, tmp_path, monkeypatch):
    (tmp_path / "bad.trec").write_text("w1 Q0 nowhere 1 1.0 x\n")
    monkeypatch.setattr(prepare, "load_encoder", lambda *given, **more: pytest.fail("an encoder was loaded"))
    with pytest.raises(DataError, match="run 'bad' found document 'nowhere'"):
        run("hash:16", run=[str(tmp_path / "bad.trec")])


def test_an_encoder_that_saw_every_choosing_query_is_refused_before_its_cell(
    run, planted_collection, monkeypatch
):
    first = run("hash:16", "other=hash:8", BM25)
    texts = {
        row["_id"]: row["text"]
        for row in map(json.loads, (planted_collection / "queries.jsonl").read_text().splitlines())
    }
    known = prepare.read_asked(RetrievalStudy.from_mapping({"data": planted_collection})).sides.choosing
    plain = prepare.load_encoder
    saw_all = tuned([texts[query] for query in known])
    monkeypatch.setattr(
        prepare,
        "load_encoder",
        lambda source, **given: saw_all(4) if source == "hash:4" else plain(source, **given),
    )
    with pytest.raises(
        DataError, match="all 18 queries that choose have relevant documents that an encoder was tuned on"
    ):
        run("hash:16", "other=hash:8", "hash:4", BM25)
    again = read_retrieval(Path(first.folder))  # the folder is as it was
    assert [cell.id for cell in again.cells] == [cell.id for cell in first.cells]


def test_a_pair_has_what_was_seen_apart_on_all_queries(run, planted_collection, monkeypatch):
    rows = list(map(json.loads, (planted_collection / "queries.jsonl").read_text().splitlines()))
    saw = tuned([row["text"] for row in rows[:20]])
    monkeypatch.setattr(prepare, "load_encoder", lambda source, **given: saw(16))
    result = run("hash:16", BM25)
    (apart,) = result.seen
    assert (apart.seen.queries, apart.unseen.queries) == (20, 40)
    assert (result.pair, result.estimating) == (True, 40)
    assert result.made["split"] == "none: all queries judge"


def test_queries_that_an_encoder_saw_are_asked_of_nobody(planted_collection, tmp_path, monkeypatch):
    rows = list(map(json.loads, (planted_collection / "queries.jsonl").read_text().splitlines()))
    saw = tuned([row["text"] for row in rows[:50]])
    monkeypatch.setattr(prepare, "load_encoder", lambda source, **given: saw(16))
    shown, said = [], []

    def ask(questions):
        while (question := questions.next()) is not None:
            shown.append(question.query)
            questions.answer(question, 0)

    study = {"data": planted_collection, "encoder": ["hash:16", BM25], "ask": True}
    run_few(
        RetrievalStudy.from_mapping(study),
        ask=ask,
        output=tmp_path / "asked",
        store=VectorStore(tmp_path / "store"),
        say=said.append,
    )
    assert shown
    assert not {row["_id"] for row in rows[:50]} & set(shown)
    assert any(line.startswith("WARNING: 50 queries left out") for line in said)


def test_asking_reads_the_language_as_any_study_does(planted_collection, tmp_path):
    rewrite(planted_collection / "corpus.jsonl", lambda row: row.update(lang="nl"))
    study = {"data": planted_collection, "encoder": ["hash:16"], "ask": True}
    run_few(
        RetrievalStudy.from_mapping(study),
        ask=lambda questions: None,
        output=tmp_path / "asked",
        store=VectorStore(tmp_path / "store"),
    )
    record = json.loads((tmp_path / "asked" / "records.jsonl").read_text().splitlines()[0])
    assert (record["made_of"]["stemmer"], record["made_of"]["stopwords"]) == ("nl", "nl")


def test_asking_cannot_choose_a_part_of_a_hybrid(planted_collection, tmp_path):
    study = {"data": planted_collection, "encoder": ["hash:16", HYBRID, BM25], "dim": [8, 16], "ask": True}
    with pytest.raises(
        ConfigError, match=r"hybrid:hash:16\+bm25 stands for 2 cells \(hash:16 · 8, hash:16 · 16\)"
    ):
        run_few(
            RetrievalStudy.from_mapping(study),
            ask=lambda questions: None,
            output=tmp_path / "asked",
            store=VectorStore(tmp_path / "store"),
        )


def test_a_hybrid_cut_before_the_cutoff_is_refused(run):
    with pytest.raises(
        ConfigError,
        match=r"puts together 1,000 documents of each part, and R@3000 looks at 3,000; .*,depth=3000",
    ):
        run("hash:16", HYBRID, BM25, measure="R@3000")


def test_queries_that_were_cut_are_told_too():
    account = {"cut": 3, "tokens_lost_share": 0.5}
    records = {"a": {"encoder": "minilm", "account": {"documents": {"cut": 0}, "queries": account}}}
    (note,) = _cut(records)
    assert note.title == "minilm cut 3 queries"


def test_passages_of_a_pair_speak_of_no_query_that_chose(run):
    result = run("hash:16", no_bm25=True, passage=["16"])
    assert result.pair
    assert not any("choosing queries" in said or "queries that choose" in said for said in result.headline)
    assert any("whole" in said and "hash:16" in said for said in result.headline)


def test_a_choosing_query_may_be_judged_as_irrelevant_on_the_other_side(run, planted_collection):
    file = planted_collection / "qrels" / "test.tsv"
    header, *lines = file.read_text().splitlines(keepends=True)
    (file.parent / "train.tsv").write_text(header + "".join(lines[:20]))
    query, document, _ = lines[0].split("\t")
    file.write_text(header + "".join(lines[20:]) + f"{query}\t{document}\t0\n")
    result = run("hash:16", BM25)
    assert (result.choosing, result.estimating) == (20, 40)


def test_a_split_of_an_unknown_name_beside_a_known_one_is_refused(run, planted_collection):
    file = planted_collection / "qrels" / "test.tsv"
    lines = file.read_text().splitlines(keepends=True)
    (file.parent / "train.tsv").write_text("".join(lines[:30]))
    file.rename(file.parent / "human.tsv")
    with pytest.raises(DataError, match="has judgements of 'human' beside 'train'"):
        run("hash:16", BM25)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"seed": -1}, "seed is -1"),
        ({"seed": 10**23}, "seed is 1"),
        ({"margin": 5}, "margin is 5"),
        ({"margin": float("inf")}, "margin is inf"),
    ],
)
def test_numbers_beyond_what_they_can_be(run, settings, says):
    with pytest.raises(ConfigError, match=says):
        run("hash:16", BM25, **settings)


def test_a_hybrid_never_takes_one_cell_twice():
    written = Written.of(["e", "hybrid:e+e · passages 32"], bm25=False)
    grid = Grid(passages=[PassageLength.read("16"), PassageLength.read("32")])
    mixed = make_cells(written, {"e": grid}, language="")[-1]
    assert mixed.parts == (("e", "e · passages 16"), ("e · passages 32",))


def test_growing_a_hybrid_by_other_passages_says_what_would_change(run):
    run("hash:16", BM25, HYBRID)
    with pytest.raises(
        ConfigError,
        match="chose among one cell a part, and now there would be hash:16, hash:16 · passages 16",
    ):
        run("hash:16", BM25, HYBRID, passage=["16"])


def test_judgements_alone_have_no_queries_to_disturb(run, planted_collection, tmp_path):
    (tmp_path / "old.trec").write_text("w1 Q0 dw1 1 1.0 x\n")
    with pytest.raises(ConfigError, match="judgements without texts, and perturb needs the texts"):
        run(
            data=planted_collection / "qrels" / "test.tsv",
            run=[str(tmp_path / "old.trec")],
            perturb=["typos"],
        )


def test_a_hybrid_is_made_of_the_parts_that_were_chosen():
    made = {"parts": [["e", "e · 2"], ["bm25"], ["f", "f · 3"]]}
    record = {"choices": {"e": "e · 2", "weight": 0.5}, "made_of": made}
    assert parts_of(record) == ["e · 2", "bm25", "f"]


def test_lists_are_the_same_only_where_every_query_has_the_same():
    ids = {"query_ids": ["a", "b"], "doc_ids": ["x", "y"], "k": 2}

    def rankings(*scores):
        return ranked([(np.array([0, 1]), np.array(each)) for each in scores], **ids)

    one = rankings([2.0, 1.0], [2.0, 1.0])
    assert _same_lists(one, rankings([3.0, 1.0], [9.0, 1.0]), ["a", "b"])  # other scores, the same order
    other = rankings([2.0, 1.0], [1.0, 2.0])
    assert not _same_lists(one, other, ["a", "b"])
    assert _same_lists(one, other, ["a"])  # of queries that are not asked about nothing is said


def test_what_was_seen_of_the_baseline_itself_is_no_difference(run, planted_collection, monkeypatch):
    rows = list(map(json.loads, (planted_collection / "queries.jsonl").read_text().splitlines()))
    saw = tuned([row["text"] for row in rows[:20]])
    monkeypatch.setattr(prepare, "load_encoder", lambda source, **given: saw(int(source.partition(":")[2])))
    result = run("hash:16", "other=hash:8", no_bm25=True)
    apart = {one.cell: one for one in result.seen}
    assert apart["hash:16"].seen.difference == apart["hash:16"].unseen.difference == 0.0
    assert np.isnan([apart["hash:16"].seen.low, apart["hash:16"].seen.high]).all()
    assert np.isfinite(apart["other"].unseen.low)


def test_of_no_queries_nothing_is_known():
    part = _on(None, {}, "cell", [])
    assert part.queries == 0
    assert np.isnan([part.value, part.difference, part.low, part.high]).all()
