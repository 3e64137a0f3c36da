"""Many dealings of labels at once: each is what it is alone, whatever is held at once."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.geometry.labels import dealt as module
from semascope.geometry.labels.cosines import LabelSums, silhouettes, text_cosines
from semascope.geometry.labels.dealt import over_dealings


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def world(n=60, labels=4):
    rng = np.random.default_rng(0)
    vectors = unit(rng.standard_normal((n, 5)) + np.eye(labels, 5)[rng.integers(labels, size=n)])
    dealings = [np.where(rng.random(n) < 0.5, rng.integers(labels, size=n), -1) for _ in range(7)]
    dealings[2][:] = -1
    dealings[2][:2] = 1  # one label of two texts
    dealings[3][dealings[3] == 0] = -1
    dealings[3][9] = 0  # a label of one text
    return vectors, dealings


def alone(vectors, codes, labels, looked_at):
    rows = np.flatnonzero(codes >= 0)
    sums = LabelSums.of(vectors[rows], codes[rows], labels)
    values = silhouettes(text_cosines(vectors[rows], codes[rows], sums))
    return sums.within, sums.across, values[np.isin(rows, looked_at)].mean()


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_each_dealing_is_what_its_rows_are_alone(at_once, monkeypatch):
    vectors, dealings = world()
    looked_at = np.arange(0, 60, 2)
    monkeypatch.setattr(module, "_SUMS", at_once * 20)
    ticks = []
    found = over_dealings(vectors, iter(dealings), 4, looked_at=looked_at, tick=lambda: ticks.append(1))
    assert len(ticks) == 7
    for place, codes in enumerate(dealings):
        within, across, silhouette = alone(vectors, codes, 4, looked_at)
        np.testing.assert_allclose(
            [found.within[place], found.across[place], found.silhouette[place]],
            [within, across, silhouette],
            atol=1e-12,
        )
    assert np.isnan(found.across[2])


def test_a_dealing_of_none_that_is_looked_at_has_no_silhouette():
    vectors, dealings = world()
    found = over_dealings(vectors, dealings[2:3], 4, looked_at=np.array([5, 6]), tick=lambda: None)
    assert np.isnan(found.silhouette[0])
    nothing = over_dealings(vectors, [], 4, looked_at=np.array([5]), tick=lambda: None)
    assert len(nothing.within) == len(nothing.silhouette) == 0


def test_shuffled_labels_weigh_to_the_mean_of_all_pairs():
    vectors, _ = world()
    codes = np.arange(60) % 4
    rng = np.random.default_rng(1)
    found = over_dealings(
        vectors, [rng.permutation(codes) for _ in range(5)], 4, looked_at=np.arange(60), tick=lambda: None
    )
    every = LabelSums.of(vectors, codes, 4).every
    own, other = 4 * 15 * 14, 60 * 60 - 4 * 15 * 15
    np.testing.assert_allclose((own * found.within + other * found.across) / (60 * 59), every, atol=1e-12)
