"""What a study of retrieval hands over: an index that finds what the advised cell found."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from semascope.errors import ArtifactError
from semascope.reports.retrieval.run import evaluate_retrieval
from semascope.retrieval.indexes.index import Index
from semascope.store.vectors import VectorStore
from semascope.studies.retrieval import winner

pytest.importorskip("bm25s")

BM25 = "bm25:name=bm25,stopwords=en,stemmer=none"


@pytest.fixture
def run(planted_collection, tmp_path):
    def call(*encoders: str, output: str = "run", **settings):
        return evaluate_retrieval(
            planted_collection,
            encoder=encoders,
            output=tmp_path / output,
            store=VectorStore(tmp_path / "store"),
            **settings,
        )

    return call


def found_by(result, cell: str) -> dict[str, list[tuple[str, float]]]:
    rows = pq.read_table(f"{result.folder}/runs.parquet").to_pylist()
    found: dict[str, list[tuple[str, float]]] = {}
    for row in rows:
        if row["cell"] == cell:
            found.setdefault(row["query"], []).append((row["document"], row["score"]))
    return found


@pytest.mark.parametrize(
    ("encoders", "settings"),
    [
        (["hash:16", BM25, "hybrid:hash:16+bm25"], {}),
        (["hash:16", BM25, "hybrid:hash:16+bm25,way=sum"], {}),
        ([BM25], {}),
        (["ours=hash:16"], {"no_bm25": True}),
        (["hash:16"], {"no_bm25": True, "passage": ["16"], "choose": "best"}),
        (["hash:16"], {"no_bm25": True, "dim": [8], "instruction": ["seek=Find it"]}),
    ],
)
def test_the_winner_finds_what_its_cell_found(run, planted_collection, encoders, settings):
    result = run(*encoders, **settings)
    index = Index.open(Path(result.folder) / "winner")
    texts = {f"w{n}": f"zebra{n}quux" for n in range(5)}
    for query, expected in found_by(result, result.winner).items():
        if query not in texts:
            continue
        hits = index.search([texts[query]], k=10)[0]
        assert [hit.id for hit in hits] == [name for name, _ in expected[:10]]
        assert [hit.score for hit in hits] == pytest.approx([score for _, score in expected[:10]], abs=1e-6)
    assert len(index) == result.documents


def test_a_winner_that_lies_there_is_not_written_again(run, monkeypatch):
    run("hash:16", BM25)
    wrote = []
    whole = winner.put_folder
    monkeypatch.setattr(winner, "put_folder", lambda *given: (wrote.append(given), whole(*given)))
    result = run("hash:16", BM25)
    assert wrote == []
    for file in (Path(result.folder) / "winner" / "segments").rglob("documents.arrow"):
        file.unlink()  # what is not whole is no winner
    run("hash:16", BM25)
    assert len(wrote) == 1
    assert len(Index.open(Path(result.folder) / "winner")) == 80


def test_a_winner_is_written_whole_or_not_at_all(run, monkeypatch):
    """A study that is stopped while it writes leaves no half of an index, and goes on the next time."""
    with monkeypatch.context() as stopped:
        stopped.setattr(Index, "add", lambda *given, **more: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(BM25)
    result = run(BM25)
    assert result.made["cells computed now"] == 0
    assert len(Index.open(Path(result.folder) / "winner")) == 80
    assert not list(Path(result.folder).glob(".winner*"))


def test_the_recipe_is_told(run):
    result = run("hash:16", BM25, "hybrid:hash:16+bm25")
    assert result.recipe is not None
    assert [part.reads for part in result.recipe.parts] == ["vectors", "words"]
    assert result.recipe.fusion is not None


def test_a_run_of_others_cannot_be_handed_over(tmp_path, planted_collection):
    lines = [f"{side}{n} Q0 d{side}{n} 1 1.0 x\n" for side in "ws" for n in range(30)]
    (tmp_path / "theirs.trec").write_text("".join(lines))
    result = evaluate_retrieval(
        planted_collection / "qrels" / "test.tsv",
        run=[str(tmp_path / "theirs.trec")],
        output=tmp_path / "others",
        store=VectorStore(tmp_path / "store"),
    )
    assert result.recipe is None
    assert not (Path(result.folder) / "winner").exists()


def test_a_winner_that_was_changed_is_never_lost(run):
    result = run("hash:16", BM25)
    place = Path(result.folder) / "winner"
    Index.open(place).add(["a page of our own"], ids=["own"])
    with pytest.warns(
        UserWarning, match="was changed since this study wrote it and holds 81 documents; it stays"
    ):
        run("hash:16", BM25)
    assert len(Index.open(place)) == 81
    (place.parent / "winner.sha256").unlink()  # as a kill between the index and its note leaves it
    with pytest.warns(UserWarning, match=r"it is kept as .*winner-changed-1"):
        result = run("hash:16", BM25, "hybrid:hash:16+bm25")
    assert result.winner == "hybrid:hash:16+bm25"
    assert len(Index.open(place)) == 80
    assert len(Index.open(place.with_name("winner-changed-1"))) == 81


def test_an_index_is_asked_for_by_the_folder_that_holds_it(run):
    result = run(BM25)
    with pytest.raises(ArtifactError, match=r"has no card.json; .* open .*winner"):
        Index.open(result.folder)


def test_what_cannot_be_read_is_set_aside(run):
    result = run("hash:16", BM25)
    place = Path(result.folder) / "winner"
    (place / "card.json").write_text("{}")
    with pytest.warns(UserWarning, match="is not as this study wrote it"):
        run("hash:16", BM25)
    assert len(Index.open(place)) == 80
    assert (place.with_name("winner-changed-1") / "card.json").read_text() == "{}"
