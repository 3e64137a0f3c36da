"""An index whose encoder is remedied: the remedy travels inside."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.encoders.remedied.encoder import RemediedEncoder
from semascope.encoders.remedied.folder import FILES, WEIGHTS
from semascope.errors import ArtifactError, ConfigError, EncoderError
from semascope.retrieval.indexes.index import Index
from semascope.retrieval.indexes.remedies import refuse_other_remedy
from semascope.retrieval.indexes.written import read_recipe

TEXTS = [f"harbour {number} at {word}" for number in range(12) for word in ("noon", "dusk", "dawn")]
IDS = [f"d{number}" for number in range(len(TEXTS))]
QUERIES = ["harbour 3 at dusk", "low water", "noon"]


def ranked(index):
    """Ids and scores for each query."""
    found = index.rank(QUERIES, k=5)
    return [found.listed(row) for row in range(len(QUERIES))]


@pytest.fixture
def kept(hash_kept, tmp_path):
    return shutil.copytree(hash_kept, tmp_path / "kept")


@pytest.fixture
def index(kept, tmp_path):
    made = Index.create(tmp_path / "index", encoder=str(kept))
    made.add(TEXTS[:20], ids=IDS[:20])
    return made


def test_it_searches_as_numpy_does_on_the_mended_rows(index):
    remedy = load_encoder(index.card.recipe.parts[0].encoder).remedy

    def rows(texts):
        mended = (HashEncoder(16).encode(texts).astype(np.float64) - remedy.mean) @ remedy.matrix
        return mended / np.linalg.norm(mended, axis=1, keepdims=True)

    cosines = rows(QUERIES) @ rows(TEXTS[:20]).T
    for hits, expected in zip(index.search(QUERIES, k=20), cosines, strict=True):
        assert [hit.id for hit in hits] == [IDS[place] for place in np.argsort(-expected)]
        np.testing.assert_allclose([hit.score for hit in hits], np.sort(expected)[::-1], atol=1e-5)


def test_it_searches_to_the_last_bit_and_grows_once_the_kept_folder_is_gone(index, kept, tmp_path):
    expected = ranked(index)
    shutil.rmtree(kept)
    moved = index.path.rename(tmp_path / "moved")
    again = Index.open(moved)
    assert ranked(again) == expected
    again.add(TEXTS[20:], ids=IDS[20:])
    assert [hit.id for hit in Index.open(moved).search([TEXTS[30]], k=1)[0]] == [IDS[30]]


def test_its_card_names_the_remedy(index):
    card = json.loads((index.path / "card.json").read_text())["card"]["encoders"][0]
    assert (card["encoder"], card["called"]) == ("encoder-0", "kept")
    assert card["space"]["remedy"].startswith("turn ")
    assert index.card.encoders[0].remedy == "turn"
    assert sorted(path.name for path in (index.path / "encoder-0").iterdir()) == sorted(FILES)


def test_an_encoder_that_was_never_kept_goes_into_the_index_too(index, tmp_path):
    encoder = RemediedEncoder(
        HashEncoder(16), load_encoder(index.card.recipe.parts[0].encoder).remedy, name="ours"
    )
    made = Index.create(tmp_path / "other", encoder=encoder)
    made.add(TEXTS[:20], ids=IDS[:20])
    assert ranked(Index.open(made.path)) == ranked(index)


def test_of_several_encoders_each_lies_in_a_folder_of_its_own(kept, keep_remedy, tmp_path):
    pytest.importorskip("bm25s")
    other = keep_remedy(tmp_path / "other", "hash:16", seed=1)
    made = Index.create(tmp_path / "index", encoder=f"hybrid:hash:16+{kept}+{other}")
    made.add(TEXTS, ids=IDS)
    expected = ranked(made)
    for folder in (kept, other):
        shutil.rmtree(folder)
    again = Index.open(made.path)
    assert ranked(again) == expected
    assert [card.encoder for card in again.card.encoders] == ["hash:16", "encoder-1", "encoder-2"]
    assert [card.remedy for card in again.card.encoders] == ["", "turn", "turn"]


def test_base_and_remedied_refuse_each_other_and_name_the_field(index, kept, tmp_path):
    with pytest.raises(
        ArtifactError, match=r"'hash:16' is of another space: remedy is none instead of 'turn "
    ):
        Index.open(index.path, encoder="hash:16")
    plain = Index.create(tmp_path / "plain", encoder="hash:16")
    with pytest.raises(
        ArtifactError, match=r"'kept' is of another space: remedy is 'turn .* instead of none"
    ):
        Index.open(plain.path, encoder=str(kept))


@pytest.mark.parametrize("place", [0, 60, -1])
def test_a_changed_byte_of_the_remedy_is_refused(index, place):
    file = index.path / "encoder-0" / WEIGHTS
    changed = bytearray(file.read_bytes())
    changed[place] ^= 1
    file.write_bytes(changed)
    with pytest.raises(EncoderError, match=f"{WEIGHTS} is not as it was written"):
        Index.open(index.path).search(QUERIES)


def test_an_index_without_its_remedy_says_so(index):
    shutil.rmtree(index.path / "encoder-0")
    with pytest.raises(
        ArtifactError,
        match=r"encoder 'kept' of this model was read from folder .*encoder-0', which is not here",
    ):
        Index.open(index.path).search(QUERIES)


def test_what_a_writer_left_that_died_before_the_card_is_no_reason(index, kept, tmp_path):
    left = tmp_path / "left"
    shutil.copytree(index.path / "encoder-0", left / "encoder-0")
    (left / "encoder-0" / ".remedied.json.0123456789ab.partial").write_text("{")
    shutil.copytree(left / "encoder-0", left / "encoder-1")
    made = Index.create(left, encoder="hash:16")
    assert not list(made.path.glob("encoder-*"))
    (tmp_path / "mine" / "encoder-0").mkdir(parents=True)
    (tmp_path / "mine" / "encoder-0" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="exists and is not empty"):
        Index.create(tmp_path / "mine", encoder=str(kept))


def test_an_index_goes_on_under_the_remedy_that_it_was_made_with_alone(index, kept, keep_remedy):
    recipe = read_recipe(str(kept))
    refuse_other_remedy(index.path, index.card, recipe)
    keep_remedy(kept, "hash:16", seed=1)
    with pytest.raises(
        ConfigError, match=r"was made with remedy turn .*, and .*kept holds turn .*; an index has one space"
    ):
        refuse_other_remedy(index.path, index.card, recipe)
    shutil.rmtree(kept)
    refuse_other_remedy(index.path, index.card, recipe)  # gone: the index has its own


def test_a_remedy_whose_width_is_cut_is_cut_after_it(kept, tmp_path):
    made = Index.create(tmp_path / "index", encoder=str(kept), dim=4)
    made.add(TEXTS, ids=IDS)
    encoder = load_encoder(str(kept))
    narrow = encoder.encode([TEXTS[5]])[0, :4]
    rows = encoder.encode(TEXTS)[:, :4]
    cosines = rows @ narrow / np.linalg.norm(rows, axis=1) / np.linalg.norm(narrow)
    hits = made.search([TEXTS[5]], k=3)[0]
    np.testing.assert_allclose([hit.score for hit in hits], np.sort(cosines)[::-1][:3], atol=1e-5)
    assert replace(encoder.space).remedy == made.card.encoders[0].space["remedy"]
