"""A plan becomes a map: what is refused before it costs anything, and values that stay with their texts."""

from __future__ import annotations

import re

import numpy as np
import pytest

import semascope as sm
from semascope.errors import ConfigError, DataError
from semascope.store.vectors import VectorStore
from semascope.words.numbers import fixed

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
        (
            {"color": "Neighbourhood change"},
            "two colourings of the map would be called 'Neighbourhood change'",
        ),
        (
            {"label": "neighbourhood  change"},
            "two colourings of the map would be called 'neighbourhood  change'",
        ),
        (
            {"target": "n", "color": "n: predicted"},
            "two colourings of the map would be called 'n: predicted'",
        ),
        ({"target": ["n", "N: residual"]}, "would be called 'N: residual'"),
        ({"color": "ids"}, "labels 'ids' have 30 values; a page has room for 20"),
        ({"output": __file__}, "is a file; name another folder"),
        ({"output": f"{__file__}/below/it"}, "is a file; name another folder"),
    ],
)
def test_what_can_be_known_is_refused_before_anything_is_embedded(changed, message, store, monkeypatch):
    monkeypatch.setattr("semascope.maps.colouring.labelling.MOST_LABELS", 20)
    few = [1.0, 2.0, 3.0] + [None] * 27
    ours = ("n", "n: predicted", "N: residual", "Neighbourhood change", "neighbourhood  change")
    table = sm.Table.from_columns(
        {"text": TEXTS, "words": TEXTS, "few": few, "ids": TEXTS, **{name: list(range(30)) for name in ours}}
    )
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
    assert [each.name for each in found.contents.colourings] == [
        "group", "stars", "stars: predicted", "stars: residual",
    ]  # fmt: skip


@pytest.mark.parametrize("asked", [{"color": ["stars", "stars"]}, {"target": "stars"}])
def test_a_label_that_is_also_a_number_keeps_two_names(store, asked):
    table = sm.Table.from_columns({"text": TEXTS, "stars": [number % 3 for number in range(30)]})
    found = sm.build_map(table, label="stars", store=store, **asked, **FAST)
    labels, numbers = found.contents.colourings[:2]
    assert (labels.name, numbers.name) == ("stars", "stars as a number")
    np.testing.assert_array_equal(numbers.values, [number % 3 for number in range(30)])
    assert len(found.contents.colourings) == (2 if "color" in asked else 4)
    assert len({each.name for each in found.contents.colourings}) == len(found.contents.colourings)


def test_a_single_text_is_not_said_to_be_the_same_as_others(store):
    notes = sm.build_map(["alone"], store=store, encoder="hash:16").contents.notes
    assert "With 1 text the numbers look at 0 neighbours instead of 10." in notes
    assert not any("the same" in note or "1 texts" in note for note in notes)


def test_texts_that_say_nothing_are_named_by_row(store):
    texts = ["", "  ", *TEXTS[:20], "\u200b", *[" " * blank for blank in range(2, 6)]]
    notes = sm.build_map(texts, store=store, **FAST).contents.notes
    assert (
        "7 texts (rows 0, 1, 22, 23, 24 and 2 more) say nothing; they have a vector and a place like any other."
        in notes
    )
    notes = sm.build_map(["", *TEXTS[:20]], store=store, **FAST).contents.notes
    assert any(note.startswith("1 text (row 0) says nothing; it has a vector") for note in notes)


def test_a_map_says_which_encoder_made_it_and_what_was_asked(store):
    found = sm.build_map(TEXTS, store=store, **FAST)
    assert "The vectors come from hash:16." in found.contents.notes
    assert found.record["plan"]["encoder"] == ["hash:16"]
    two = sm.build_map(TEXTS, store=store, encoder=["hash:8", "hash:16"], layout="pca")
    assert not any("come from" in note for note in two.contents.notes)  # the names of the panels say it


def test_every_instruction_and_target_is_a_stage_of_its_own(store):
    """A stage that begins again under its old name would give a wrong rate and time left."""
    steps = []
    table = sm.Table.from_columns({"text": TEXTS, "stars": list(range(30))})
    sm.build_map(
        table, target="stars", instruction=["default", "topic"], store=store, progress=steps.append, **FAST
    )
    stages = list(dict.fromkeys(step.stage for step in steps))
    assert stages[:3] == [
        "encoding with hash:16, default",
        "encoding with hash:16, topic",
        "predicting stars",
    ]
    for stage in stages:
        done = [step.done for step in steps if step.stage == stage]
        assert done == sorted(done) and done[-1] == next(step.total for step in steps if step.stage == stage)
    assert [step.done for step in steps if step.stage == "predicting stars"] == list(range(6))


def test_the_numbers_are_those_of_scikit_learn_on_the_vectors_that_are_saved(store, tmp_path):
    from sklearn.manifold import trustworthiness
    from sklearn.neighbors import NearestNeighbors

    kinds = [("sea", "bake")[number % 2] for number in range(90)]
    table = sm.Table.from_columns(
        {"text": [f"{kind} {number} {number % 7}" for number, kind in enumerate(kinds)], "kind": kinds}
    )
    found = sm.build_map(
        table, label="kind", limit=80, instruction=["default", "topic"], encoder="minilm", precision="float32",
        layout="pca", store=store, output=tmp_path / "out",
    )  # fmt: skip
    rows = np.load(tmp_path / "out" / "embeddings" / "rows.npy")
    given = np.array(kinds)[rows]
    lists = []
    for panel, record in zip(found.contents.panels, found.record["panels"], strict=True):
        vectors = np.load(tmp_path / "out" / "embeddings" / f"{panel.name}.npy")
        nearest = (
            NearestNeighbors(n_neighbors=10, metric="cosine").fit(vectors).kneighbors(return_distance=False)
        )
        drawn = NearestNeighbors(n_neighbors=10).fit(panel.coordinates).kneighbors(return_distance=False)
        lists.append(nearest)
        hits = []
        for row, near in enumerate(nearest):
            votes = [int((given[near] == given[one]).sum()) for one in near]
            hits.append(given[near[int(np.argmax(votes))]] == given[row])
        kept = np.mean([len({*a} & {*b}) / 10 for a, b in zip(nearest, drawn, strict=True)])
        trusted = trustworthiness(vectors, panel.coordinates, n_neighbors=10, metric="cosine")
        assert record["knn_accuracy"]["value"] == pytest.approx(np.mean(hits), abs=1e-9)
        assert record["neighbors_kept"] == pytest.approx(kept, abs=1e-9)
        assert record["trustworthiness"]["value"] == pytest.approx(trusted, abs=1e-6)
    shared = np.array([len({*a} & {*b}) / 10 for a, b in zip(*lists, strict=True)])
    assert found.record["overlap"]["shares"][0][1] == pytest.approx(shared.mean())
    np.testing.assert_allclose(found.contents.colourings[-1].values, 1 - shared)


def test_a_prediction_does_not_know_its_own_score(store):
    """A score that is changed moves no prediction of its own fold, and moves those of the others."""
    scores = [float(number % 5) for number in range(30)]
    other = [*scores[:4], 90.0, *scores[5:]]
    found = []
    for stars in (scores, other):
        table = sm.Table.from_columns({"text": TEXTS, "stars": stars})
        colours = sm.build_map(table, target="stars", store=store, **FAST).contents.colourings
        own, predicted, residual = (each.values for each in colours)
        np.testing.assert_allclose(own - predicted, residual)
        np.testing.assert_array_equal(own, stars)
        assert (
            f"; correlation with the scores {fixed(np.corrcoef(stars, predicted)[0, 1], 2)} (Pearson)"
            in colours[1].note
        )
        assert colours[2].note == f"score less prediction; {colours[1].note}" and colours[0].note == ""
        found.append(predicted)
    moved = found[0] != found[1]
    assert not moved[4] and moved.sum() == 24  # five folds of six


def test_copies_of_a_text_are_predicted_without_each_other(store):
    texts = [f"post {number // 2} of the day" for number in range(30)]
    found = []
    for changed in (0.0, 90.0):
        table = sm.Table.from_columns({"text": texts, "stars": [changed, *map(float, range(29))]})
        found.append(sm.build_map(table, target="stars", store=store, **FAST).contents.colourings[1].values)
    assert (found[0] == found[1])[:2].all()  # row 1 is a copy of row 0


def test_rows_without_a_score_are_neither_learnt_from_nor_coloured(store):
    some = [None if number % 3 == 0 else float(number) for number in range(30)]
    table = sm.Table.from_columns({"text": TEXTS, "stars": some})
    own, predicted, residual = sm.build_map(table, target="stars", store=store, **FAST).contents.colourings
    for each in (own, predicted, residual):
        np.testing.assert_array_equal(np.isnan(each.values), np.arange(30) % 3 == 0)
