"""TwoNN on data of known dimension, and what copies do to it."""

import numpy as np
import pytest

from semascope.geometry.halves import draw_halves
from semascope.geometry.shape.copies import kinds_of
from semascope.geometry.shape.dimension import dimension_of, intrinsic_dimension
from semascope.geometry.shape.isotropic import isotropic_rows
from semascope.neighbors import top_k


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def measured(rows, listed=30, **kwargs):
    return intrinsic_dimension(
        rows, top_k(rows, rows, listed, exclude_self=True), draw_halves(len(rows)), **kwargs
    )


def written_out(rows):
    """The steps of the paper on all distances of different rows."""
    wide = np.unique(rows, axis=0).astype(float)
    distances = np.sqrt(((wide[:, None] - wide[None]) ** 2).sum(axis=2))
    nearest = np.sort(distances, axis=1)[:, 1:3]
    ratios = np.sort(nearest[:, 1] / nearest[:, 0])
    kept = int(len(ratios) * 0.9)
    logs = np.log(ratios)[:kept]
    heights = -np.log(1 - np.arange(1, kept + 1) / len(ratios))
    return np.linalg.lstsq(logs[:, None], heights, rcond=None)[0][0]


@pytest.mark.parametrize("d", [2, 3, 6])
def test_a_sphere_has_one_dimension_less_than_its_space(d):
    rows = isotropic_rows(1500, d, np.random.default_rng(d))
    turned = np.linalg.qr(np.random.default_rng(1).standard_normal((12, d)))[0].T.astype(np.float32)
    found = measured(unit(rows @ turned))
    assert found.value == pytest.approx(d - 1, rel=0.1)
    assert found.estimate.low < 1.05 * (d - 1)
    assert found.estimate.high > 0.95 * (d - 1)


def test_a_cube_on_the_sphere_has_its_dimension():
    rng = np.random.default_rng(2)
    rows = np.hstack([0.1 * rng.random((1500, 3)), np.ones((1500, 1)), np.zeros((1500, 8))])
    assert measured(unit(rows)).value == pytest.approx(3, rel=0.12)


def test_the_paper_written_out():
    rows = unit(np.random.default_rng(3).standard_normal((200, 5)))
    assert measured(rows).value == pytest.approx(written_out(rows), rel=1e-4)


def test_copies_are_left_out_and_counted():
    rows = unit(np.random.default_rng(4).standard_normal((150, 5)))
    with_copies = np.concatenate([rows, rows[:40], rows[:1].repeat(40, axis=0)])
    found = measured(with_copies)  # the lists of the first text and its copies hold nothing else
    assert found.value == pytest.approx(measured(rows).value, rel=1e-4)
    assert found.note == "without 80 copies"


def test_neighbours_that_are_copies_of_each_other_count_once():
    rows = unit(np.random.default_rng(5).standard_normal((150, 5)))
    found = measured(np.concatenate([rows, rows]))  # the nearest and the second nearest of each are one text
    assert found.value == pytest.approx(measured(rows).value, rel=1e-4)


def test_texts_that_are_copies_for_another_reason():
    rng = np.random.default_rng(6)
    rows = unit(rng.standard_normal((100, 5)))
    near = unit(rows[:50] + 0.01 * rng.standard_normal((50, 5)).astype(np.float32))
    both = np.concatenate([rows, near])
    kinds = np.concatenate([np.arange(100), np.arange(50)])
    assert measured(both, kinds=kinds).value == pytest.approx(measured(rows).value, rel=0.2)
    assert measured(both).value < 0.6 * measured(rows).value


def test_rounding_makes_no_dimension():
    rows = unit(np.random.default_rng(7).standard_normal((100, 5)))
    rounded = rows[:20] + np.float32(3e-7)
    found = measured(np.concatenate([rows, rounded]))
    assert found.value == pytest.approx(measured(rows[20:]).value, rel=0.35)
    assert found.note == "without 40 copies"  # neither of two such texts has a nearest


@pytest.mark.parametrize(
    ("n", "reason"),
    [
        (0, "0 different texts are too few"),
        (1, "1 different text is too few"),
        (4, "4 different texts are too few"),
    ],
)
def test_too_few_texts(n, reason):
    rows = unit(np.random.default_rng(8).standard_normal((n, 3)))
    assert measured(rows).estimate.reason == reason


def test_equal_vectors_have_none():
    rows = np.tile(np.float32([0.6, 0.8]), (40, 1))
    assert measured(rows).estimate.reason == "1 different text is too few"


def test_equal_ratios_have_none():
    rows = np.eye(12, dtype=np.float32)  # all as far from each other
    assert measured(rows).estimate.reason == "the nearest and the second nearest are equally far"


def test_fewer_texts_than_neighbours():
    rows = unit(np.random.default_rng(9).standard_normal((12, 3)))
    assert measured(rows).value == pytest.approx(written_out(rows), rel=1e-4)


def test_a_half_is_measured_by_its_own_neighbours():
    """Halves have no interval of their own: their spread is near that of new samples."""
    rng = np.random.default_rng(10)
    found = [measured(isotropic_rows(300, 4, rng)) for _ in range(12)]
    half_width = np.mean([each.estimate.high - each.estimate.low for each in found]) / 2
    assert 1 < half_width / np.std([each.value for each in found], ddof=1) < 4


def test_no_ratio_no_line():
    assert np.isnan(dimension_of(np.ones((2, 2))))
    assert np.isnan(dimension_of(np.ones((50, 2))))


def test_kinds_join_equal_rows_and_given_ones():
    rows = np.float32([[1, 0], [0, 1], [1, 0], [0.6, 0.8], [0.8, 0.6]])
    assert kinds_of(rows, np.array([0, 1, 2, 1, 3])).tolist() == [0, 1, 0, 1, 2]
    assert kinds_of(rows[:0], np.zeros(0, dtype=int)).tolist() == []
