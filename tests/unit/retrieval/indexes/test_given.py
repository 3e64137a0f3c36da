"""What a caller gives to an index: what is taken, and one clear line for what is not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from semascope.data.table import Table
from semascope.encoders.hashing import HashEncoder
from semascope.errors import ArtifactError, ConfigError, DataError
from semascope.retrieval.collections.collection import Documents
from semascope.retrieval.indexes import exporting, kept_files
from semascope.retrieval.indexes.card import read_card
from semascope.retrieval.indexes.index import Index

TABLE = Table.from_columns({"id": ["a"], "text": ["high tide"]})
COLLECTION = Documents(ids=("a",), titles=("",), bodies=("high tide",))


@pytest.fixture
def index(tmp_path) -> Index:
    made = Index.create(tmp_path / "index", encoder="hash:4")
    made.add(["high tide", "low tide"], ids=["a", "b"])
    return made


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda index: index.add(TABLE),
            r"documents is a Table; a list of texts, .*: table\.texts\(\['text'\]\)",
        ),
        (
            lambda index: index.add(pa.table({"text": ["x"]}), ids=["x"]),
            "documents is a Table; a list of texts",
        ),
        (lambda index: index.add({"x": "text"}, ids=["x"]), "documents is a dict; a list of texts"),
        (
            lambda index: index.add("one text", ids=["x"]),
            r"documents is str \('one text'\); it must be a list of texts",
        ),
        (lambda index: index.add(b"one", ids=["x"]), "documents is bytes"),
        (lambda index: index.add(5, ids=["x"]), "documents is int"),
        (lambda index: index.add(["x", 5], ids=["x", "y"]), "text 1 is int"),
        (
            lambda index: index.add(["x", "y", "z"], ids=list("xyz"), titles="one"),
            "titles is str .*put a single one into",
        ),
        (lambda index: index.add(["x"], ids=["x"], titles=[None]), "title 0 is NoneType"),
        (lambda index: index.add(["x", "y"], ids="cd"), r"ids is str \('cd'\); it must be a list of ids"),
        (lambda index: index.add(["x", "y"], ids=["c", "d"], columns={"lang": "en"}), "column 'lang' is str"),
        (
            lambda index: index.add(["x"], ids=["c"], columns=["en"]),
            "columns is list .*by the names of columns",
        ),
        (lambda index: index.add(["x"], ids=["c"], columns={1: ["en"]}), "columns is dict"),
        (lambda index: index.add(COLLECTION, ids=["c"]), "ids is given beside documents of a collection"),
        (lambda index: index.add(COLLECTION, ids=["c"], titles=["T"]), "ids and titles are given beside"),
        (lambda index: index.delete(5), "ids is int"),
        (lambda index: index.search(["x"], k=1.5), r"k is 1\.5; it must be a whole number, 1 or more"),
        (lambda index: index.search(["x"], k="3"), "k is '3'; it must be a whole number"),
        (lambda index: index.rank(["x"], k=True), "k is True; it must be a whole number"),
        (lambda index: index.search(["x"], k=None), "k is None"),
        (lambda index: index.search(["x"], where=5), "where is 5; it must be a condition or a list of them"),
        (lambda index: index.search(["x"], where=["id=a", 5]), "where is .*it must be a condition or a list"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(index, call, says):
    with pytest.raises((ConfigError, DataError), match=says) as raised:
        call(index)
    assert "\n" not in str(raised.value)
    assert len(index) == 2


def test_iterators_and_arrays_are_taken_as_they_are_meant(index):
    index.add(
        (text for text in ["x", "y"]),
        ids=np.array([7, 8]),
        titles=iter(["T", ""]),
        columns={"year": np.array([2020, 2021]), "share": np.array([0.5, np.nan])},
    )
    found = {hit.id: hit for hit in index.search(["x"], k=9)[0]}
    assert found["7"].columns == {"year": 2020, "share": 0.5}
    assert found["8"].columns == {"year": 2021}
    assert isinstance(found["7"].columns["year"], int)
    assert index.delete(np.array([7])).deleted == 1
    assert len(index.search(["x"], k=np.int64(1))[0]) == 1


def test_whether_a_document_is_there(index):
    assert "a" in index
    assert "c" not in index
    assert 7 not in index
    index.delete(["a"])
    assert "a" not in index
    assert "b" in Index.open(index.path)
    with pytest.raises(DataError, match="id is None"):
        assert None in index


def test_texts_without_a_letter_are_named_in_the_order_given(index):
    assert index.add(["", "x", " ", "\u200b"], ids=["m", "x", "z", "c"]).empty == ("m", "z", "c")


def test_an_id_that_was_added_is_found_and_deleted_by_what_was_given(index):
    index.add(["half a character"], ids=["a\ud800"])
    assert "a\ud800" in index
    assert index.delete(["a\ud800"]).deleted == 1


def test_half_characters_of_a_command_reach_no_file(tmp_path):
    made = Index.create(
        tmp_path / "index", encoder="hash:4", command="index \udcff", instruction="Find \udcff"
    )
    assert read_card(made.path).made == "index \ufffd"
    assert made.recipe.vectors[0].instruction == "Find \ufffd"


def test_an_encoder_that_nothing_asks_is_refused(tmp_path):
    pytest.importorskip("bm25s")
    words = Index.create(tmp_path / "words", encoder="bm25")
    for given in (
        {"encoder": "hash:4"},
        {"encoder": HashEncoder(4)},
        {"encoders": {"hash:4": HashEncoder(4)}},
    ):
        with pytest.raises(ConfigError, match="encoder is 'hash:4', and this index searches by words alone"):
            Index.open(words.path, **given)
    both = Index.create(tmp_path / "both", encoder="hybrid:hash:8+hash:4")
    with pytest.raises(ConfigError, match="encoders has 'other', and this index has 'hash:4', 'hash:8'"):
        Index.open(both.path, encoders={"hash:8": HashEncoder(8), "other": HashEncoder(4)})
    one = Index.create(tmp_path / "one", encoder="hash:4")
    assert len(Index.open(one.path, encoders={"mine": HashEncoder(4)})) == 0


def test_an_export_that_cannot_be_written_is_one_line(index, tmp_path, monkeypatch):
    pytest.importorskip("faiss")
    with pytest.raises(
        DataError, match="nodir is no folder; a file of faiss is written into one that is there"
    ):
        index.export_faiss(tmp_path / "nodir" / "x.faiss")

    def full(*_):
        raise RuntimeError("Error in write\nno space left")

    monkeypatch.setattr(exporting, "write_flat", full)
    with pytest.raises(DataError, match=r"x\.faiss cannot be written \(no space left\)"):
        index.export_faiss(tmp_path / "x.faiss")
    assert [each.name for each in tmp_path.iterdir()] == ["index"]


def test_what_may_not_be_read_is_one_line(index, monkeypatch):
    def forbidden(path):
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(kept_files, "_crc_of", forbidden)
        with pytest.raises(ArtifactError, match=r"\S+ of the index cannot be read \(Permission denied\)"):
            Index.open(index.path)
    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.read_bytes", forbidden)
        patched.setattr("pathlib.Path.read_text", lambda path, **_: forbidden(path))
        for use in (Index.open, lambda path: Index.create(path, encoder="hash:4")):
            with pytest.raises(ArtifactError, match=r"card\.json cannot be read \(Permission denied\)"):
                use(index.path)
    (index.path / "card.json").unlink()
    (index.path / "card.json").mkdir()
    with pytest.raises(ArtifactError, match=r"card\.json cannot be read \(Is a directory\)"):
        Index.open(index.path)
    with pytest.raises(ArtifactError, match="cannot be read"):
        Index.open("x" * 300)
