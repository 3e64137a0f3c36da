"""What every engine keeps: whatever finds the rows, the promises of an index are the same."""

from __future__ import annotations

import json

import numpy as np
import pytest

from semascope.embedding.path import embed
from semascope.encoders.hashing import HashEncoder
from semascope.neighbors import top_k
from semascope.retrieval.cutting.passages import PassageLength
from semascope.retrieval.indexes.engines import choosing
from semascope.retrieval.indexes.engines.choosing import MAKERS, maker_for
from semascope.retrieval.indexes.engines.graph import compared, measure
from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.recipe import Engine, Recipe, VectorsPart

pytestmark = pytest.mark.long

ENGINES = [
    pytest.param(Engine(name=name, stored=stored), id=f"{name}-{stored}")
    for name, stored in [
        ("exact", "float16"),
        ("faiss", "float32"),
        ("faiss", "float16"),
        ("faiss", "int8"),
        ("usearch", "float32"),
        ("usearch", "float16"),
        ("usearch", "int8"),
    ]
]
N = 300
TEXTS = {f"d{number}": f"tide {number} harbour" for number in range(N)}
QUERIES = ["tide 7 harbour", "tide 250 harbour", "rope"]
RECIPE = Recipe(parts=(VectorsPart(encoder="hash:24"),))


@pytest.fixture(params=ENGINES)
def engine(request, monkeypatch) -> Engine:
    if request.param.name != "exact":
        pytest.importorskip(request.param.name)
    monkeypatch.setattr(choosing, "FEWEST", 50)
    return request.param


def made(tmp_path, engine: Engine, **part) -> Index:
    recipe = Recipe(parts=(VectorsPart(encoder="hash:24", **part),), engine=engine)
    index = Index.create(tmp_path / engine.name, recipe=recipe)
    index.add(list(TEXTS.values()), ids=list(TEXTS), columns={"number": list(range(N))})
    return index


def listed(index: Index, k: int, where=None) -> list[list[str]]:
    found = index.rank(QUERIES, k=k, where=where)
    return [[name for name, _ in found.listed(row)] for row in range(len(QUERIES))]


@pytest.fixture
def exact(tmp_path) -> Index:
    return made(tmp_path / "exact", Engine(name="exact"))


def test_it_finds_what_exact_search_finds(engine, exact, tmp_path):
    """At so few rows every graph is wide enough to find them all; scores are those of the float32 rows."""
    index = made(tmp_path / "other", engine)
    found, true = index.rank(QUERIES, k=10), exact.rank(QUERIES, k=10)
    for row in range(len(QUERIES)):
        names, scores = zip(*found.listed(row), strict=True)
        expected = dict(exact.rank(QUERIES, k=N).listed(row))
        assert scores == pytest.approx([expected[name] for name in names], abs=1e-6)
        assert len(set(names) & {name for name, _ in true.listed(row)}) >= 9
    assert listed(index, 1)[0] == ["d7"]
    assert found.scores[0, 0] == pytest.approx(1, abs=1e-6)


def test_reopened_it_finds_the_same(engine, tmp_path):
    index = made(tmp_path, engine)
    assert listed(Index.open(index.path), 10) == listed(index, 10)


def test_what_is_deleted_is_not_found_and_others_take_its_place(engine, exact, tmp_path):
    index = made(tmp_path / "other", engine)
    gone = sorted({name for row in listed(exact, 20) for name in row})
    for each in (index, exact):
        each.delete(gone)
    found = listed(index, 20)
    assert not {name for row in found for name in row} & set(gone)
    assert [len(row) for row in found] == [20] * 3
    for row, true in zip(found, listed(exact, 20), strict=True):
        assert len(set(row) & set(true)) >= 19


def test_k_above_the_number_of_documents_finds_all(engine, tmp_path):
    index = made(tmp_path, engine)
    assert [sorted(row) for row in listed(index, 1000)] == [sorted(TEXTS)] * 3
    assert listed(index, N) == listed(index, 1000)


@pytest.mark.parametrize("few", [0, 50_000])
def test_a_filter_is_exact(engine, exact, tmp_path, monkeypatch, few):
    """By the graph, further and further, or by comparing those that are left."""
    monkeypatch.setattr("semascope.retrieval.indexes.view.EXACT_BELOW", few)
    index = made(tmp_path / "other", engine)
    for where in ("number<10", ["number>=100", "number!=250"]):
        found, true = listed(index, 12, where), listed(exact, 12, where)
        for row, expected in zip(found, true, strict=True):
            assert len(row) == len(expected)
            assert len(set(row) & set(expected)) >= len(expected) - 1
    assert [len(row) for row in listed(index, 12, "number<10")] == [10] * 3


def test_copies_have_one_score_and_stand_by_id(engine, tmp_path):
    index = made(tmp_path, engine)
    index.add(["tide 7 harbour"] * 3, ids=["a", "z", "m"])
    found = index.rank(["tide 7 harbour"], k=4).listed(0)
    assert [name for name, _ in found] == ["z", "m", "d7", "a"]
    assert len({score for _, score in found}) == 1


def test_passages_are_found_by_their_best(engine, exact, tmp_path):
    index = made(tmp_path / "cut", engine, passage=PassageLength(tokens=16))
    long = " ".join(f"rope{number}" for number in range(60))
    index.add([long], ids=["long"])
    hit = index.search([" ".join(f"rope{number}" for number in range(16, 32))], k=1)[0][0]
    assert (hit.id, hit.snippet.text.split()[0]) == ("long", "rope16")
    assert hit.score == pytest.approx(1, abs=1e-6)
    assert len(index.search(["rope"], k=1000)[0]) == N + 1


def test_added_documents_are_found_at_once_and_segments_merge(engine, tmp_path):
    index = made(tmp_path, engine)
    for number in range(N, N + 20):
        index.add([f"tide {number} harbour"], ids=[f"d{number}"])
        assert index.search([f"tide {number} harbour"], k=1)[0][0].id == f"d{number}"
    assert len(index.card.segments) <= 6
    assert index.search(["tide 7 harbour"], k=1)[0][0].id == "d7"


def test_it_says_what_it_finds_of_the_exact_ten(engine, tmp_path):
    index = made(tmp_path, engine)
    graph = index.card.segments[0].vectors[0].graph
    if engine.name == "exact":
        assert graph is None
        return
    assert (graph.engine, graph.stored, graph.queries) == (engine.name, engine.stored, 200)
    assert 0.9 <= graph.recall <= 1


def test_a_graph_that_finds_other_rows_is_told_so():
    """Recall by hand: of each query's ten nearest rows this graph knows the first five; of a row's own, all."""
    rows = HashEncoder(8).encode([f"tide {number}" for number in range(100)])

    class Half:
        def nearest(self, queries, k, *, width):
            near = top_k(queries, rows, k)
            near.indices[near.similarities[:, 0] < 0.9999, 5:] = -1
            return near.indices

    measured = measure(Half(), rows, wanted=0.9, largest=1.0)
    assert measured.recall == pytest.approx(0.5)
    assert measured.width == 1024


@pytest.mark.parametrize("name", ["faiss", "usearch"])
def test_what_is_promised_holds_for_queries_that_are_no_rows(name, tmp_path):
    """Forty topics; queries are drawn from them as rows are, with more noise. A row asked for itself fares better."""
    pytest.importorskip(name)
    rng = np.random.default_rng(5)
    topics = rng.standard_normal((40, 48))

    def drawn(count: int, noise: float):
        made = topics[rng.integers(40, size=count)] + noise * rng.standard_normal((count, 48))
        return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)

    rows, queries = drawn(4_000, 1.0), drawn(400, 1.5)
    MAKERS[name].make(rows, tmp_path / "graph", Engine(name=name, links=8, effort=40))
    graph = MAKERS[name].open(tmp_path / "graph")
    measured = measure(graph, rows, wanted=0.98, largest=1.0)
    near = graph.nearest(queries, 16, width=measured.width)
    found = compared(queries, rows, near).indices[:, :10].tolist()
    exact = top_k(queries, rows, 10).indices.tolist()
    shared = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, exact, strict=True)])
    assert shared >= measured.recall - 0.01 >= 0.965


def test_what_was_found_is_compared_in_float32_and_nothing_stands_last():
    rows = np.eye(4, dtype=np.float32)
    found = compared(np.array([[0.5, 0.9, 0.1, 0]], np.float32), rows, np.array([[0, -1, 2, 1]]))
    assert found.indices.tolist() == [[1, 0, 2, -1]]
    assert found.similarities[0, :3].tolist() == pytest.approx([0.9, 0.5, 0.1])


def test_auto_compares_all_rows_up_to_a_size():
    auto, always = Engine(), Engine(name="usearch")
    assert maker_for(auto, choosing.EXACT_UP_TO) is None
    assert maker_for(auto, choosing.EXACT_UP_TO + 1) is MAKERS["faiss"]
    assert maker_for(Engine(name="exact"), 10**9) is None
    assert maker_for(always, choosing.FEWEST - 1) is None
    assert maker_for(always, choosing.FEWEST) is MAKERS["usearch"]


@pytest.mark.parametrize("name", ["exact", "faiss"])
def test_plain_faiss_reads_what_is_exported(name, tmp_path):
    faiss = pytest.importorskip("faiss")
    index = made(tmp_path, Engine(name=name, stored="float32"))
    index.add(["tide 7 harbour"], ids=["copy"])
    index.delete(["d9"])
    path = index.export_faiss(tmp_path / "rows.faiss")
    ids = [json.loads(line)["id"] for line in (tmp_path / "rows.faiss.ids.jsonl").read_text().splitlines()]
    assert sorted(ids) == sorted((TEXTS.keys() - {"d9"}) | {"copy"})
    read = faiss.read_index(str(path))
    assert read.ntotal == len(ids)
    rows = embed(QUERIES, encoder=HashEncoder(24), role="query").vectors
    similar, places = read.search(rows, 5)
    for row in range(len(QUERIES)):
        expected = dict(index.rank(QUERIES, k=N + 1).listed(row))
        assert similar[row].tolist() == pytest.approx(
            [expected[ids[place]] for place in places[row]], abs=1e-5
        )
