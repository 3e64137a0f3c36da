"""A plan becomes a map: what is refused before it costs anything, and values that stay with their texts."""

from __future__ import annotations

import re

import numpy as np
import pytest

import semascope as sm
from semascope.errors import ConfigError, DataError
from semascope.store.vectors import VectorStore

FAST = {"encoder": "hash:16", "layout": "pca"}
TEXTS = [f"post {number} on {('tides', 'bread', 'roads')[number % 3]}" for number in range(30)]


@pytest.fixture
def store(tmp_path):
    return VectorStore(tmp_path / "kept")


def test_scores_of_one_text_alone_are_no_target(store):
    table = sm.Table.from_columns({"text": ["the same"] * 12, "stars": list(range(12))})
    with pytest.raises(DataError, match="copies of one text only"):
        sm.build_map(table, target="stars", store=store, **FAST)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"target": "words"}, "is not a number"),
        ({"target": "few"}, "target 'few' has 3 scores"),
        ({"neighbors": 1}, "neighbors is 1"),
        ({"min_dist": 7}, "min_dist is 7"),
        ({"instruction": ["a=Say this", "a=Say that"]}, "two instructions are called 'a'"),
        ({"dim": [4], "encoder": ["hash:8", "hash:2"]}, "dim is 4"),
        ({"encoder": ["hash:8", "hash:none"]}, "hash:none"),
    ],
)
def test_what_can_be_known_is_refused_before_anything_is_embedded(changed, message, store):
    few = [1.0, 2.0, 3.0] + [None] * 27
    table = sm.Table.from_columns({"text": TEXTS, "words": TEXTS, "few": few})
    steps = []
    with pytest.raises((ConfigError, DataError, sm.errors.EncoderError), match=re.escape(message)):
        sm.build_map(table, store=store, progress=steps.append, **{**FAST, **changed})
    assert steps == []


def test_numeric_labels_of_a_file_stand_in_their_own_order(store):
    table = sm.Table.from_columns({"text": TEXTS, "stars": [number % 12 for number in range(30)]})
    labels = sm.build_map(table, label="stars", store=store, **FAST).contents.colourings[0]
    assert labels.names == tuple(map(str, range(12)))
    assert [labels.names[code] for code in labels.codes] == table.strings("stars")


def test_saved_vectors_say_which_rows_of_the_file_they_are(store, tmp_path):
    whole = sm.build_map(TEXTS, store=store, **FAST).spaces[0].vectors
    some = sm.build_map(
        TEXTS, store=store, limit=9, instruction=["default", "rows=Say"], output=tmp_path / "out", **FAST
    )
    assert len(some.contents.texts) == 9
    rows = np.load(tmp_path / "out" / "embeddings" / "rows.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "out" / "embeddings" / "default.npy"), whole[rows])


def test_a_column_named_twice_colours_once(store):
    table = sm.Table.from_columns({"text": TEXTS, "group": list("abc") * 10, "stars": list(range(30))})
    found = sm.build_map(table, label="group", color=["group", "stars"], target="stars", store=store, **FAST)
    assert [each.name for each in (*found.contents.colourings, *found.more_labels)] == [
        "group", "stars", "stars: predicted", "stars: score less prediction",
    ]  # fmt: skip


def test_a_single_text_is_not_said_to_be_the_same_as_others(store):
    notes = sm.build_map(["alone"], store=store, encoder="hash:16").contents.notes
    assert "With 1 text the numbers look at 0 neighbours instead of 10." in notes
    assert not any("the same" in note or "1 texts" in note for note in notes)
