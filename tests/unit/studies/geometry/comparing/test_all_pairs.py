"""Every space against the first, and every two in a table."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.errors import ConfigError
from semascope.geometry.comparing.cka import debiased_cka
from semascope.geometry.comparing.overlap import knn_overlap
from semascope.geometry.comparing.products import Centred
from semascope.geometry.halves import draw_halves
from semascope.studies.geometry.comparing.all_pairs import compare_all
from semascope.studies.geometry.comparing.best import nearest_listed


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def spaces():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((120, 8))
    return {
        "a": unit(x),
        "b": unit(x[:, :5] + 0.4 * rng.standard_normal((120, 5))),
        "c": unit(x + 1.5 * rng.standard_normal((120, 8))),
        "flat": np.tile(unit(np.ones((1, 3))), (120, 1)),
    }


def compared(spaces, k=5, **more):
    n = len(next(iter(spaces.values())))
    nearest = {name: nearest_listed(each, k) for name, each in spaces.items()}
    return compare_all(spaces, nearest, np.arange(n), halves=draw_halves(n), k=k, **more), nearest


def test_tables_are_those_of_every_two(spaces):
    found, nearest = compared(spaces)
    names = ("a", "b", "c")
    assert found.names == (*names, "flat")
    for i, one in enumerate(names):
        for j, two in enumerate(names):
            share = knn_overlap(nearest[one][:, :5], nearest[two][:, :5]).mean()
            cka = debiased_cka(Centred.of(spaces[one]), Centred.of(spaces[two]), draw_halves(120)).value
            assert found.shares[i, j] == pytest.approx(share)
            assert found.ckas[i, j] == pytest.approx(cka)
    assert np.isnan(found.shares[3]).all()
    assert np.isnan(found.ckas[:, 3]).all()


def test_pairs_are_against_the_first(spaces):
    found, _ = compared(spaces, changed=3)
    assert list(found.pairs) == ["b", "c", "flat"]
    near = found.pairs["b"]
    assert (near.first, near.second, near.widths, near.k, near.texts) == ("a", "b", (8, 5), 5, 120)
    assert near.share.above_floor
    assert near.share.value > found.pairs["c"].share.value
    assert near.procrustes.value < found.pairs["c"].procrustes.value
    assert len(near.changed) == 3
    assert near.share.floor.value == 5 / 119


def test_a_space_whose_vectors_are_all_the_same_has_reasons(spaces):
    flat = compared(spaces)[0].pairs["flat"]
    for measured in (flat.share, flat.jaccard, flat.cka, flat.procrustes):
        assert np.isnan(measured.value)
        assert measured.estimate.reason == "all vectors of a space are the same"
    assert flat.changed == ()


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_few_texts_have_what_they_can(n):
    rng = np.random.default_rng(1)
    found, _ = compared({"a": unit(rng.standard_normal((n, 3))), "b": unit(rng.standard_normal((n, 2)))})
    pair = found.pairs["b"]
    assert np.isnan(pair.cka.value) == (n < 4)
    assert np.isnan(pair.share.value) == (n < 3)
    assert found.k == (n - 1) // 2


def test_progress_counts_the_spaces(spaces):
    steps = []
    compared(spaces, progress=steps.append)
    assert [(step.done, step.total, step.unit) for step in steps] == [(i, 3, "spaces") for i in range(4)]


def test_one_space_has_nothing_beside_it(spaces):
    with pytest.raises(ConfigError, match="1 space is compared; it takes two or more"):
        compared({"a": spaces["a"]})
