"""UMAP layouts. umap-learn imports and compiles slowly, so all that needs it is here, on few texts."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest

from semascope import extras
from semascope.errors import MissingExtra
from semascope.geometry.picturing.trustworthiness import picture_neighbors, trustworthiness
from semascope.maps.build import build_contents
from semascope.maps.laying_out.layout import LayoutSettings, common_start, draw
from semascope.maps.laying_out.layout_cache import LayoutCache
from semascope.maps.measuring.each_space import MapSettings
from semascope.neighbors import top_k
from semascope.spaces.preparing import Space

pytestmark = pytest.mark.long

KINDS = np.repeat(np.arange(3), 30)


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    found = np.eye(8)[KINDS] * 5 + np.random.default_rng(0).standard_normal((90, 8))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def drawn(vectors, *, progress=lambda step: None, **settings):
    found = top_k(vectors, vectors, 20, exclude_self=True)
    return draw(
        vectors,
        neighbors=found,
        start=common_start(vectors),
        settings=LayoutSettings(**settings),
        progress=progress,
        name="a",
    )


def test_nothing_of_the_room_imports_umap_by_itself():
    room = {name: module for name, module in sys.modules.items() if name.startswith("semascope.maps.")}
    assert room
    assert not [name for name, module in room.items() if hasattr(module, "umap")]


def test_layouts_are_the_same_on_every_run_and_silent(vectors, capfd):
    steps = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = drawn(vectors, progress=steps.append)
    np.testing.assert_array_equal(first, drawn(vectors))
    assert capfd.readouterr() == ("", "")
    assert list(dict.fromkeys(step.stage for step in steps)) == ["preparing to lay out a", "laying out a"]
    assert [(step.done, step.total) for step in steps[:2]] == [(0, 1), (1, 1)]
    steps = [step for step in steps if step.stage == "laying out a"]
    assert {(step.total, step.unit) for step in steps} == {(500, "epochs")}
    assert [step.done for step in steps] == sorted({step.done for step in steps})
    assert steps[-1].done == 500


def test_near_stays_near(vectors):
    places = drawn(vectors)
    assert trustworthiness(vectors, picture_neighbors(places, 5)).value > 0.85
    assert (KINDS[picture_neighbors(places, 5)] == KINDS[:, None]).mean() > 0.9


def test_the_neighbours_given_are_those_that_are_drawn(vectors):
    # Neighbours of other texts give another picture: umap-learn did not search for its own.
    order = np.random.default_rng(1).permutation(90)
    found = top_k(vectors[order], vectors[order], 20, exclude_self=True)
    wrong = draw(vectors, neighbors=found, start=common_start(vectors), settings=LayoutSettings())
    assert (KINDS[picture_neighbors(wrong, 5)] == KINDS[:, None]).mean() < 0.6


def test_settings_change_the_picture(vectors):
    usual = drawn(vectors)
    assert not np.allclose(usual, drawn(vectors, min_dist=0.5))
    assert not np.allclose(usual, drawn(vectors, seed=7))
    assert not np.allclose(usual, drawn(vectors, neighbors=5))


@pytest.mark.parametrize("rows", [5, 10])
def test_fewer_texts_than_neighbours(vectors, rows):
    places = drawn(vectors[:rows])
    assert places.shape == (rows, 2)
    assert np.isfinite(places).all()


def test_copies_and_a_line(vectors):
    assert np.isfinite(drawn(np.repeat(vectors[:5], 8, axis=0))).all()
    line = np.column_stack([np.cos(np.linspace(0, 1, 40)), np.sin(np.linspace(0, 1, 40))]).astype(np.float32)
    assert np.isfinite(drawn(line)).all()


def test_a_shared_start_makes_panels_of_the_same_space_identical_and_another_min_dist_finds_no_neighbours(
    vectors, tmp_path, monkeypatch
):
    spaces = [Space(name="a", vectors=vectors), Space(name="b", vectors=vectors.copy())]
    texts = [str(row) for row in range(90)]
    cache = LayoutCache(tmp_path)
    built = build_contents(texts, range(90), spaces, cache=cache)
    first, second = (panel.coordinates for panel in built.contents.panels)
    np.testing.assert_array_equal(first, second)
    monkeypatch.setattr("semascope.maps.measuring.found_neighbors.top_k", None)
    other = MapSettings(layout=LayoutSettings(min_dist=0.4))
    moved = build_contents(texts, range(90), spaces, settings=other, cache=cache)
    assert not np.allclose(moved.contents.panels[0].coordinates, first)
    import umap

    monkeypatch.setattr(umap, "UMAP", None)
    again = build_contents(texts, range(90), spaces, settings=other, cache=cache)
    np.testing.assert_array_equal(again.contents.panels[0].coordinates, moved.contents.panels[0].coordinates)


def test_without_umap_learn_the_error_says_how_to_install_it(vectors, monkeypatch):
    monkeypatch.setattr(extras, "is_installed", lambda package: False)
    with pytest.raises(MissingExtra, match=r"a UMAP layout needs the extra 'maps'"):
        drawn(vectors)
    drawn(vectors, method="pca")
    drawn(vectors, method="tsne", perplexity=5)
