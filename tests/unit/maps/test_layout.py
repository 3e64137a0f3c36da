"""Layouts without umap-learn: PCA against scikit-learn, t-SNE, the common start, few and flat vectors."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from semascope.errors import ConfigError
from semascope.geometry.picturing.trustworthiness import picture_neighbors
from semascope.maps.laying_out.layout import LayoutSettings, common_start, draw, principal
from semascope.neighbors import top_k


def unit(rows: int, dims: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((rows, dims)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize(("rows", "dims"), [(200, 10), (12, 40), (40, 2)])
def test_principal_is_the_pca_of_sklearn(rows, dims):
    vectors = unit(rows, dims) * np.linspace(3, 1, dims, dtype=np.float32)
    wanted = PCA(2).fit_transform(vectors.astype(np.float64))
    found = principal(vectors)
    np.testing.assert_allclose(np.abs(found), np.abs(wanted), atol=1e-5)


@pytest.mark.parametrize(("rows", "dims"), [(0, 3), (1, 3), (2, 3), (3, 1), (5, 2)])
def test_principal_of_few_rows_or_dims(rows, dims):
    found = principal(unit(rows, dims) if rows else np.empty((0, dims), dtype=np.float32))
    assert found.shape == (rows, 2)
    assert np.isfinite(found).all()


def test_the_sign_does_not_hang_on_the_order_of_rows():
    vectors = unit(50, 5) * np.array([3, 2, 1, 1, 1], dtype=np.float32)
    order = np.random.default_rng(1).permutation(50)
    np.testing.assert_allclose(principal(vectors[order]), principal(vectors)[order], atol=1e-5)


@pytest.mark.parametrize("kind", ["constant", "line"])
def test_a_start_differs_along_both_axes(kind):
    vectors = np.zeros((30, 6), dtype=np.float32)
    vectors[:, 0] = 1.0
    if kind == "line":
        vectors[:, 0] = np.arange(30)
        np.testing.assert_array_equal(principal(vectors)[:, 1], 0)
    start = common_start(vectors)
    assert (start.std(axis=0) > 0).all()
    np.testing.assert_array_equal(start, common_start(vectors))


def test_tsne_is_that_of_sklearn_on_the_same_graph():
    vectors = unit(60, 8)
    settings = LayoutSettings(method="tsne", perplexity=5)
    start = common_start(vectors)
    neighbors = top_k(vectors, vectors, settings.neighbors_needed(60), exclude_self=True)
    found = draw(vectors, neighbors=neighbors, start=start, settings=settings)
    again = draw(vectors, neighbors=neighbors, start=start, settings=settings)
    np.testing.assert_array_equal(found, again)
    begun = (start * (1e-4 / start[:, 0].std())).astype(np.float32)
    wanted = TSNE(perplexity=5, init=begun, random_state=42).fit_transform(vectors)
    # The last bits of distances differ, and 1,000 steps make them visible; near texts stay near.
    theirs, ours = picture_neighbors(wanted, 5), picture_neighbors(found, 5)
    common = np.mean([len(set(a) & set(b)) / 5 for a, b in zip(theirs, ours, strict=True)])
    assert common > 0.8


@pytest.mark.parametrize("rows", [1, 2, 3, 4])
def test_few_texts_are_drawn_by_pca(rows):
    vectors = unit(rows, 4)
    for method in ("umap", "tsne"):
        settings = LayoutSettings(method=method)
        assert settings.method_for(rows) == "pca"
        found = draw(vectors, neighbors=None, start=common_start(vectors), settings=settings)
        np.testing.assert_array_equal(found, principal(vectors))


def test_equal_vectors_share_one_place():
    vectors = np.full((20, 4), 0.5, dtype=np.float32)
    neighbors = top_k(vectors, vectors, 14, exclude_self=True)
    for method in ("pca", "umap", "tsne"):
        settings = LayoutSettings(method=method)
        found = draw(vectors, neighbors=neighbors, start=common_start(vectors), settings=settings)
        np.testing.assert_array_equal(found, 0)


def test_progress_names_the_space():
    steps = []
    vectors = unit(20, 4)
    draw(
        vectors,
        neighbors=None,
        start=common_start(vectors),
        settings=LayoutSettings(method="pca"),
        progress=steps.append,
        name="topic",
    )
    assert [(step.stage, step.done, step.total, step.unit) for step in steps] == [
        ("laying out topic", 0, 1, "layouts"),
        ("laying out topic", 1, 1, "layouts"),
    ]


def test_tsne_tells_of_its_iterations_and_prints_nothing(capsys):
    vectors = unit(40, 8)
    steps, others = [], []
    silent = sys.stdout

    def show(step):
        steps.append(step)
        if len(steps) == 2:  # another thread prints meanwhile, as in a notebook
            other = threading.Thread(target=lambda: others.append(print("from another thread")))
            other.start()
            other.join()

    draw(
        vectors, neighbors=top_k(vectors, vectors, 30, exclude_self=True), start=common_start(vectors),
        settings=LayoutSettings(method="tsne", perplexity=5), progress=show, name="topic",
    )  # fmt: skip
    done = [step.done for step in steps]
    assert done == sorted(set(done)) and (done[0], done[-1]) == (0, 1000)
    assert {50, 250, 300} <= set(done)
    assert {(step.stage, step.total, step.unit) for step in steps} == {
        ("laying out topic", 1000, "iterations")
    }
    assert capsys.readouterr().out == "from another thread\n"
    assert sys.stdout is silent


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"method": "mds"}, "layout is 'mds'; known are pca, umap, tsne"),
        ({"neighbors": 1}, "neighbors is 1; it must be 2 or more"),
        ({"min_dist": -0.1}, r"min_dist is -0.1; it must be from 0 to 1"),
        ({"min_dist": float("nan")}, "min_dist is nan"),
        ({"perplexity": 0.5}, "perplexity is 0.5; it must be 1 or more"),
        ({"seed": -1}, "seed is -1; it must be 0 or more"),
    ],
)
def test_settings_are_checked(setting, message):
    with pytest.raises(ConfigError, match=message):
        LayoutSettings(**setting)


def test_neighbors_are_asked_for():
    vectors = unit(20, 4)
    with pytest.raises(ConfigError, match="no neighbours were given"):
        draw(vectors, neighbors=None, start=common_start(vectors), settings=LayoutSettings())


def test_settings_in_use_hold_only_what_the_method_reads():
    assert LayoutSettings(method="pca").in_use(100) == {"method": "pca"}
    assert LayoutSettings().in_use(10)["neighbors"] == 9
    assert "min_dist" not in LayoutSettings(method="tsne").in_use(100)
