"""A study of retrieval on a planted collection, of which every figure is known by hand (``tests/planted_collection.py``)."""

from __future__ import annotations

import json
import math

import pyarrow.parquet as pq
import pytest

from semascope.errors import ConfigError, DataError
from semascope.reports.retrieval.run import run_retrieval
from semascope.store.vectors import VectorStore
from semascope.studies.retrieval.asking.plan import (
    Dense,
    Grid,
    Mixed,
    Words,
    Written,
    baseline_of,
    make_cells,
)
from semascope.studies.retrieval.asking.settings import RetrievalStudy
from semascope.studies.retrieval.searching.searches import Searches

pytest.importorskip("bm25s")

BM25 = "bm25:name=bm25,stopwords=en,stemmer=none"  # the rare words are of no language
HYBRID = "hybrid:hash:16+bm25"
SUM = "hybrid:hash:16+bm25,way=sum"


@pytest.fixture
def run(planted_collection, tmp_path):
    store = VectorStore(tmp_path / "store")

    def call(*encoders: str, output: str = "run", **settings):
        study = RetrievalStudy.from_mapping(
            {"data": planted_collection, "encoder": list(encoders), **settings}
        )
        return run_retrieval(study, output=tmp_path / output, store=store)

    return call


def by_id(result):
    return {cell.id: cell for cell in result.cells}


def worded_share(result) -> float:
    """Share of the estimating queries that share a word with their document: BM25 finds these first, and no others."""
    found = pq.read_table(f"{result.folder}/runs.parquet")
    asked = set(found["query"].to_pylist())  # the encoder finds something for every query
    assert len(asked) == result.choosing + result.estimating == 60
    return 1 - result.silent["bm25"] / result.estimating


def test_every_figure_is_the_one_that_was_planted(run):
    result = run("hash:16", BM25, HYBRID)
    cells, share = by_id(result), worded_share(result)
    assert list(cells) == ["bm25", "hash:16", HYBRID]  # BM25 first, hybrids last
    assert (result.documents, result.choosing, result.estimating, result.split) == (80, 18, 42, "drawn")
    assert 0.3 < share < 0.7
    for measure in ("nDCG@10", "R@100", "RR@10", "Success@1"):
        assert cells["bm25"].measures[measure] == pytest.approx(share)
        assert (
            cells[HYBRID].measures[measure] == 1.0
        )  # each part finds its half first, and the other part adds to it
    assert cells["hash:16"].measures["R@100"] == 1.0  # all 80 documents are ranked
    verdict = cells[HYBRID].verdict
    assert (verdict.word, verdict.difference) == ("better", pytest.approx(1 - share))
    assert cells["bm25"].verdict.word == "baseline"
    assert result.winner == HYBRID
    gain = f"{round(100 * (1 - share) / share)} %"  # of bm25's own value
    assert result.headline[0].startswith(f"Search with {HYBRID}: nDCG@10 1.00, {gain} better than bm25")
    assert cells[HYBRID].estimate.n == 42


def test_what_nobody_judged_is_counted_over_queries_that_found_something(run):
    result = run("hash:16", BM25, HYBRID)
    assert result.holes["bm25"] == 0.0  # one document found, and it is judged
    assert result.holes[HYBRID] == pytest.approx(0.9)  # ten found, one judged
    one = {each.cell: each for each in result.condensed}[HYBRID]
    assert (one.value, one.baseline) == (1.0, pytest.approx(worded_share(result)))
    assert (
        f"Warning: {HYBRID} and bm25 differ by more in unjudged documents than in nDCG@10." in result.headline
    )
    assert any(note.level == "warning" and "90" in note.text for note in result.notes)


def test_without_bm25_the_first_encoder_is_what_others_are_held_against(run):
    result = run("one=hash:16", "other=hash:8", no_bm25=True)
    assert list(by_id(result)) == ["one", "other"]
    assert result.family.baseline == "one"
    assert not any("wasted" in sentence for sentence in result.headline)


def test_a_cell_that_is_worse_is_called_so(run, planted_collection):
    documents = planted_collection / "corpus.jsonl"
    rows = [json.loads(line) for line in documents.read_text().splitlines()]
    for row in rows:  # no text is a query letter by letter any more: vectors find by chance
        row["text"] += " zebra29quux" if row["_id"].startswith("ds") else " end"
    documents.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = run("hash:16", BM25)
    assert by_id(result)["hash:16"].verdict.word == "worse"
    assert result.winner == "bm25"
    assert result.headline[0].startswith("bm25 is enough: ")
    assert result.headline[1].startswith("By itself hash:16 (worse) is not shown to beat bm25")


def test_a_weight_is_chosen_on_the_choosing_queries_and_stands_in_the_record(run, monkeypatch):
    seen = []
    whole = Searches._weight

    def watched(self, first, second):
        seen.append(self.prepared.asked.sides.choosing)
        rows = self.prepared.asked.rows(self.prepared.choosing)
        assert {first.query_ids[row] for row in rows} == set(seen[-1])
        return whole(self, first, second)

    monkeypatch.setattr(Searches, "_weight", watched)
    cell = by_id(run("hash:16", BM25, SUM))[SUM]
    assert len(seen) == 1
    assert cell.choices == {
        "weight": 0.5
    }  # every weight within (0, 1) finds all; the nearest to the middle is taken
    # at 0.5 the best by words ties with the best by vectors where vectors have it last of all: the larger id then stands first
    assert cell.measures["nDCG@10"] == pytest.approx(1.0, abs=0.02)


def test_it_goes_on_where_it_was_stopped_and_grows(run, monkeypatch):
    with monkeypatch.context() as stopped:
        stopped.setattr(Searches, "_by_several", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run("hash:16", BM25, HYBRID)
    result = run("hash:16", BM25, HYBRID)
    assert result.made["cells computed now"] == 1
    fresh = run("hash:16", BM25, HYBRID, output="fresh")
    assert repr(fresh.family) == repr(result.family)
    grown = run("hash:16", BM25, HYBRID, SUM)
    assert grown.made["cells computed now"] == 1
    assert len(grown.cells) == 4


def test_a_name_is_one_cell_and_a_folder_one_study(run):
    run("hash:16", BM25)
    with pytest.raises(ConfigError, match="cell 'bm25' of the folder is made of"):
        run("hash:16", f"{BM25},k1=0.9")
    with pytest.raises(ConfigError, match="holds another study: measure was"):
        run("hash:16", BM25, measure="R@5")


def test_rankings_of_all_cells_lie_in_one_table(run):
    result = run("hash:16", BM25, HYBRID)
    found = pq.read_table(f"{result.folder}/runs.parquet")
    assert found.column_names == ["cell", "query", "document", "rank", "score"]
    rows = [row for row in found.to_pylist() if row["cell"] == HYBRID and row["query"] == "w3"]
    assert [row["rank"] for row in rows] == list(range(1, 81))
    assert rows[0]["document"] == "dw3"
    assert 1 / 61 + 1 / 140 <= rows[0]["score"] <= 2 / 61 + 1e-6  # first by words, anywhere by vectors


def test_one_way_alone_is_measured(run):
    result = run(BM25)
    assert result.winner == "bm25"
    assert math.isfinite(result.cells[0].estimate.low)


def test_a_sample_of_queries_leaves_all_documents(run):
    result = run(BM25, limit=20)
    assert (result.documents, result.choosing + result.estimating) == (80, 20)


def test_the_widths_of_an_encoder_are_cells_of_their_own():
    written = Written.of(["minilm", "hybrid:minilm · 128+bm25"], bm25=True)
    cells = make_cells(written, {"minilm": Grid(dims=[128, 384])}, language="en")
    assert [type(cell) for cell in cells] == [Words, Dense, Dense, Mixed]
    assert cells[3].parts == (("minilm · 128",), ("bm25",))
    assert cells[0].settings.stemmer == "en"
    assert baseline_of(cells) == "bm25"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["hybrid:minilm+bm25"], "part 'minilm' is no cell of this study; cells are 'bm25'"),
        (["minilm", "hybrid:minilm · 64+bm25"], "part 'minilm · 64' is no cell of this study"),
        (["bm25", "bm25"], "two cells are called 'bm25'"),
    ],
)
def test_what_cannot_be_put_together_is_refused(asked, says):
    written = Written.of(asked, bm25=True)
    with pytest.raises(ConfigError, match=says):
        make_cells(written, {name: Grid(dims=[128, 384]) for name in written.encoders}, language="")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"query": "title"}, "document is not"),
        ({"grade": "g"}, "grade is given without query and document"),
        ({"measure": "MedR"}, "is no mean over queries"),
        ({"measure": "nDGC@10"}, "is not known"),
        ({"limit": 1}, "limit is 1"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, says, tmp_path):
    with pytest.raises(ConfigError, match=says):
        RetrievalStudy.from_mapping({"data": tmp_path, **settings})


def test_bm25_asked_for_and_left_out_is_refused(run):
    with pytest.raises(ConfigError, match="no-bm25 leaves BM25 out"):
        run("bm25", no_bm25=True)


def test_a_collection_that_is_not_there(tmp_path):
    study = RetrievalStudy.from_mapping({"data": tmp_path / "none", "encoder": ["hash:16"]})
    with pytest.raises(DataError, match="is not there"):
        run_retrieval(study, output=tmp_path / "run", store=VectorStore(tmp_path / "store"))
