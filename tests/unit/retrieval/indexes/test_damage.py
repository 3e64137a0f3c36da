"""An index of which a file was cut or changed is refused, and the file is named."""

from __future__ import annotations

import json
import shutil

import pytest

from semascope.errors import ArtifactError
from semascope.retrieval.cutting.passages import PassageLength
from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.recipe import Fusion, Recipe, VectorsPart, WordsPart
from semascope.retrieval.indexes.segment import SEGMENTS
from semascope.retrieval.words.bm25_settings import Bm25


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """With every kind of file."""
    parts = (
        VectorsPart(encoder="hash:8", passage=PassageLength(tokens=16)),
        WordsPart(bm25=Bm25(stopwords="none", stemmer="none")),
    )
    index = Index.create(
        tmp_path_factory.mktemp("whole") / "index", recipe=Recipe(parts=parts, fusion=Fusion())
    )
    texts = [f"tide {number} rope {number % 5}" for number in range(40)]
    index.add(texts, ids=list(range(40)), columns={"even": [number % 2 for number in range(40)]})
    index.delete([3])
    return index.path


@pytest.fixture
def copy(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "copy")


def files_of(path):
    return sorted(each for each in (path / SEGMENTS).rglob("*") if each.is_file())


def test_a_byte_changed_in_any_file_is_noticed(whole, copy):
    names = {each.name for each in files_of(whole)}
    assert {"documents.arrow", "rows-0.npy", "passages-0.npy", "words-0.arrow", "word-counts-0.npy"} <= names
    assert any(name.startswith("deleted-") for name in names)
    for file in files_of(copy):
        held = file.read_bytes()
        for place in {0, len(held) // 2, len(held) - 1}:
            changed = bytearray(held)
            changed[place] ^= 1
            file.write_bytes(changed)
            with pytest.raises(
                ArtifactError, match=rf"{file.name} of the index is not as it was written .*checksum"
            ):
                Index.open(copy)
        file.write_bytes(held)
    assert len(Index.open(copy)) == 39


def test_a_file_cut_short_is_noticed_without_reading_it(copy):
    for file in files_of(copy):
        held = file.read_bytes()
        file.write_bytes(held[:-1])
        with pytest.raises(
            ArtifactError, match=rf"{file.name} of the index is not as it was written .*{len(held):,}"
        ):
            Index.open(copy, check=False)
        file.write_bytes(held)


def test_a_missing_file_is_named(copy):
    files_of(copy)[0].unlink()
    with pytest.raises(ArtifactError, match="is not there; an index is whole; copy it again"):
        Index.open(copy)


def test_a_changed_card_is_noticed(copy):
    card = copy / "card.json"
    held = card.read_text()
    card.write_text(held.replace('"documents": 39', '"documents": 38', 1))
    with pytest.raises(ArtifactError, match=r"card\.json is not as it was written"):
        Index.open(copy)
    card.write_text(held[: len(held) // 2])
    with pytest.raises(ArtifactError, match=r"card\.json is no JSON"):
        Index.open(copy)
    card.write_text(held.replace('"index_format": 1', '"index_format": 7', 1))
    with pytest.raises(ArtifactError, match="has format 7; this semascope reads format 1; upgrade"):
        Index.open(copy)


def test_no_name_on_a_card_leaves_the_folder(copy):
    from semascope.retrieval.indexes.card import _own_digest

    card = json.loads((copy / "card.json").read_text())
    card["card"]["segments"][0]["name"] = "../../other"
    card["sha256"] = _own_digest(card)
    (copy / "card.json").write_text(json.dumps(card))
    with pytest.raises(ArtifactError, match=r"segments\.0\.name in .*card\.json"):
        Index.open(copy)


def test_what_is_no_index(tmp_path):
    with pytest.raises(ArtifactError, match="is not there; a folder that semascope index wrote is needed"):
        Index.open(tmp_path / "none")
    with pytest.raises(ArtifactError, match=r"has no card\.json"):
        Index.open(tmp_path)
    (tmp_path / "card.json").write_text('{"format": 2, "card": {}}')
    with pytest.raises(ArtifactError, match="is no index"):
        Index.open(tmp_path)


def test_nothing_in_it_is_a_pickle(whole):
    for file in files_of(whole):
        start = file.read_bytes()[:8]
        assert start.startswith((b"\x93NUMPY", b"ARROW1")), file
        assert b"|O" not in file.read_bytes()[:128]
