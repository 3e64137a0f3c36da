"""What comes in, what is there already, what takes the place of what, and what goes."""

from __future__ import annotations

import mmap
import threading

import numpy as np
import pytest

from semascope.errors import ConfigError, DataError
from semascope.retrieval.indexes import opened
from semascope.retrieval.indexes.card import SegmentCard, read_card
from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.writing import merge_due


@pytest.fixture
def index(tmp_path) -> Index:
    made = Index.create(tmp_path / "index", encoder="hash:8")
    made.add(["high tide", "low tide"], ids=["a", "b"], titles=["One", ""], columns={"year": [2020, None]})
    return made


def row(index: Index, name: str):
    return next(hit for hit in index.search(["tide"], k=99)[0] if hit.id == name)


def test_the_same_again_is_counted_and_skipped(index):
    done = index.add(["low tide", "gulls"], ids=["b", "c"], titles=["", ""])
    assert (done.added, done.skipped, done.replaced) == (1, 1, 0)
    assert len(index) == 3
    assert index.add(["low tide"], ids=["b"]).skipped == 1
    assert len(index.card.segments) == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"documents": ["other"], "ids": ["a"], "titles": ["One"], "columns": {"year": [2020]}},
            "another text",
        ),
        (
            {"documents": ["high tide"], "ids": ["a"], "titles": ["Two"], "columns": {"year": [2020]}},
            "another title",
        ),
        (
            {"documents": ["high tide"], "ids": ["a"], "titles": ["One"], "columns": {"year": [2021]}},
            "other columns",
        ),
        ({"documents": ["high tide"], "ids": ["a"], "titles": ["One"]}, "other columns"),
    ],
)
def test_another_document_under_an_id_is_refused_unless_it_replaces(index, given, says):
    with pytest.raises(
        DataError, match=rf"document 'a' is in the index with {says}; an id names one document"
    ):
        index.add(**given)
    assert row(index, "a").text == "high tide"
    done = index.add(**given, replace=True)
    assert (done.added, done.replaced, done.skipped) == (1, 1, 0)
    assert len(index) == 2
    found = row(Index.open(index.path), "a")
    assert (found.text, found.title) == (given["documents"][0], given["titles"][0])
    assert found.columns == {name: values[0] for name, values in given.get("columns", {}).items()}


def test_deleting_counts_and_names_what_is_not_there(index):
    done = index.delete(["b", "zebra", "b", 7])
    assert (done.deleted, done.unknown) == (1, ("zebra", "7"))
    assert index.delete(["b"]).unknown == ("b",)
    assert [hit.id for hit in index.search(["low tide"], k=5)[0]] == ["a"]
    assert index.add(["low tide"], ids=["b"]).added == 1
    index.delete(["a", "b"])
    assert len(index) == 0
    assert index.search(["tide"]) == [[]]
    assert index.card.segments == ()


def test_ids_are_texts(tmp_path):
    index = Index.create(tmp_path / "index", encoder="hash:8")
    assert index.add(["one", "two"], ids=[1, "01"]).added == 2
    assert index.add(["one"], ids=["1"]).skipped == 1
    assert index.delete([1]).deleted == 1
    with pytest.raises(DataError, match=r"id is 1\.5; it must be a text or a whole number"):
        index.add(["x"], ids=[1.5])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda index: index.add(["x"]), "ids is missing; each document needs an id"),
        (lambda index: index.add("x", ids=["x"]), "documents is str"),
        (lambda index: index.add(["x", "y"], ids=["x"]), "2 texts and 1 ids; one each"),
        (lambda index: index.add(["x"], ids=["x"], titles=["t", "u"]), "1 texts and 2 titles"),
        (lambda index: index.add(["x"], ids=["x"], columns={"year": []}), "1 texts and 0 year"),
        (lambda index: index.add(["x", "y"], ids=["x", "x"]), "document id 'x' stands 2 times"),
        (lambda index: index.add(["x"], ids=[" "]), "a document has an empty id"),
        (lambda index: index.delete("ab"), "ids is str"),
        (lambda index: index.search("tide"), "texts is str"),
        (lambda index: index.search(["tide"], k=0), "k is 0; it must be 1 or more"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(index, call, says):
    with pytest.raises((ConfigError, DataError), match=says):
        call(index)
    assert len(index) == 2


def test_odd_texts_are_kept_and_named(index):
    done = index.add(["", "\u200b", "lone \ud83d half"], ids=["e", "z", "s"])
    assert (done.added, set(done.empty)) == (3, {"e", "z"})
    assert row(index, "s").text == "lone \ufffd half"
    assert [len(each) for each in index.search(["", " "], k=99)] == [5, 5]


def test_columns_of_two_types_become_texts(tmp_path):
    index = Index.create(tmp_path / "index", encoder="hash:8")
    index.add(["x"], ids=["x"], columns={"year": [2020], "tags": [["a"]]})
    index.add(["y"], ids=["y"], columns={"year": ["about 2021"]})
    assert len(index.card.segments) == 1  # merged
    kept = Index.open(index.path).search(["x"], where="year=2020")[0]
    assert [(hit.id, hit.columns["year"]) for hit in kept] == [("x", "2020")]


def test_a_folder_that_holds_something_is_left_alone(index, tmp_path):
    with pytest.raises(ConfigError, match="is an index; a new one needs a folder of its own"):
        Index.create(index.path, encoder="hash:8")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="exists and is not empty"):
        Index.create(tmp_path / "full", encoder="hash:8")
    with pytest.raises(ConfigError, match="exists and is not empty"):
        Index.create(tmp_path / "full" / "notes.txt", encoder="hash:8")
    assert [each.name for each in (tmp_path / "full").iterdir()] == ["notes.txt"]


def test_an_index_without_documents_may_become_another(tmp_path):
    Index.create(tmp_path / "index", encoder="hash:8")
    made = Index.create(tmp_path / "index", encoder="hash:4")
    made.add(["high tide"], ids=["a"])
    assert Index.open(made.path).recipe.label == "hash:4"


def test_rows_and_documents_are_views_of_the_files(tmp_path):
    index = Index.create(tmp_path / "index", encoder="hash:384")
    index.add([f"tide {number}" for number in range(1000)], ids=list(range(1000)))
    (segment,) = Index.open(index.path)._opened.segments
    base = segment.rows[0].rows
    assert base.nbytes > 1_000_000
    while isinstance(base, np.ndarray):
        base = base.base
    assert isinstance(base, mmap.mmap)
    found = Index.open(index.path)
    found.search(["tide 7"])
    assert found._opened.view().entries(0).exact.dense.rows.base is not None, (
        "searched as it lies, not copied"
    )


def test_writers_wait_for_each_other_and_see_what_the_other_wrote(index):
    """Two that opened it before either wrote: nothing of either is lost."""
    others = [Index.open(index.path) for _ in range(3)]

    def write(number: int) -> None:
        for each in range(4):
            others[number].add([f"text {number} {each}"], ids=[f"{number}-{each}"])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Index.open(index.path)) == 2 + 12


def test_a_reader_goes_on_with_what_it_opened(index):
    reader = Index.open(index.path)
    for number in range(12):
        index.add([f"rope {number}"], ids=[f"r{number}"])
    index.delete(["a"])
    assert sorted(hit.id for hit in reader.search(["tide"], k=99)[0]) == ["a", "b"]
    assert len(Index.open(index.path)) == 13


def test_whoever_opens_while_segments_are_merged_away_reads_the_card_again(index, monkeypatch):
    old = read_card(index.path)
    index.add(["rope"], ids=["r"])
    assert {each.name for each in old.segments}.isdisjoint({each.name for each in index.card.segments})
    cards_read = iter([old])
    monkeypatch.setattr(opened, "read_card", lambda path: next(cards_read, None) or read_card(path))
    assert len(Index.open(index.path)) == 3


def cards(*sizes: int | tuple[int, int]) -> list[SegmentCard]:
    pairs = [size if isinstance(size, tuple) else (size, 0) for size in sizes]
    return [
        SegmentCard(name=f"s{n}", documents=documents, files={}, vectors=(), deleted=deleted)
        for n, (documents, deleted) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    ("sizes", "due"),
    [
        ((), []),
        ((5,), []),
        ((100, 10), []),
        ((100, 10, 5), [1, 2]),
        ((100, 20, 10, 5), [1, 2, 3]),
        ((100, 30, 10, 5), [1, 2, 3]),
        ((100, 31, 10, 5), [2, 3]),
        ((30, 15, 5, 2, 1), [0, 1, 2, 3, 4]),
        (((100, 51), 10), [0]),
        (((100, 50), 10), []),
        ((1000, (100, 60), 4, 2), [1, 2, 3]),
    ],
)
def test_which_segments_become_one(sizes, due):
    assert merge_due(cards(*sizes)) == due


def test_many_additions_leave_few_segments():
    kept: list[int] = []
    written = 0
    for _ in range(1000):
        kept.append(1)
        due = merge_due(cards(*kept))
        if due:
            written += sum(kept[place] for place in due)
            kept = [size for place, size in enumerate(kept) if place not in due] + [
                sum(kept[place] for place in due)
            ]
        assert len(kept) <= 11
    assert sum(kept) == 1000
    assert written <= 1000 * 11


@pytest.mark.parametrize("passage", [None, "16"])
def test_merged_segments_hold_what_they_would_have_held_at_once(passage, tmp_path):
    """Every file but for the order in which documents came, which leaves no trace."""
    pytest.importorskip("bm25s")
    names = [f"d{number}" for number in range(30)]
    texts = [f"tide {number % 6} rope{number} " + "and more " * 12 for number in range(30)]
    made = []
    for name, starts in (("once", [0]), ("parts", [0, 12, 20])):
        index = Index.create(tmp_path / name, encoder="hybrid:hash:8+bm25", passage=passage)
        for start, end in zip(starts, [*starts[1:], 30], strict=True):
            index.add(texts[start:end], ids=names[start:end])
        made.append(index)
    once, parts = (index.card.segments for index in made)
    assert len(parts) == len(once) == 1
    assert parts[0].files == once[0].files
