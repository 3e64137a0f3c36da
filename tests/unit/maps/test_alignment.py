"""Procrustes: against scipy, and on copies whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import procrustes

from semascope.errors import DataError
from semascope.maps.laying_out.alignment import align

RNG = np.random.default_rng(5)
TARGET = RNG.standard_normal((40, 2)) * [3.0, 1.0] + [4.0, -2.0]


def turned(angle: float, *, mirror: bool) -> np.ndarray:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.diag([1.0, -1.0 if mirror else 1.0])


@given(angle=st.floats(0, 6.28), mirror=st.booleans(), scale=st.floats(0.01, 100), shift=st.floats(-50, 50))
def test_a_turned_mirrored_moved_copy_comes_back(angle, mirror, scale, shift):
    moved = TARGET @ turned(angle, mirror=mirror) * scale + shift
    found = align(moved, TARGET)
    np.testing.assert_allclose(found.coordinates, TARGET, atol=1e-8)
    assert found.disparity == pytest.approx(0, abs=1e-9)


def test_disparity_and_shape_are_those_of_scipy():
    other = TARGET @ turned(1.0, mirror=True) + RNG.standard_normal(TARGET.shape)
    found = align(other, TARGET)
    wanted, laid, disparity = procrustes(TARGET, other)
    assert found.disparity == pytest.approx(disparity)
    centred = found.coordinates - found.coordinates.mean(axis=0)
    # scipy shrinks by the root of 1 - disparity; the shape and its direction are the same.
    np.testing.assert_allclose(centred / np.linalg.norm(centred) * np.sqrt(1 - disparity), laid, atol=1e-9)
    assert np.linalg.norm(centred) == pytest.approx(np.linalg.norm(TARGET - TARGET.mean(axis=0)))
    assert wanted.shape == laid.shape


def test_an_unrelated_layout_does_not_shrink():
    other = RNG.standard_normal(TARGET.shape)
    assert align(other, TARGET).coordinates.std() == pytest.approx(TARGET.std(), rel=0.5)


def test_rows_without_a_place_have_no_say():
    moved = TARGET @ turned(2.0, mirror=False)
    target = TARGET.copy()
    moved[3] = np.nan
    target[7] = np.nan
    found = align(moved, target)
    assert found.rows == 38
    assert np.isnan(found.coordinates[3]).all()
    keep = np.arange(40) != 3
    np.testing.assert_allclose(found.coordinates[keep], TARGET[keep], atol=1e-9)


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_few_rows(rows):
    found = align(TARGET[:rows] * 2 + 1, TARGET[:rows])
    np.testing.assert_allclose(found.coordinates, TARGET[:rows], atol=1e-9)


def test_no_common_row_leaves_the_layout():
    moving, target = np.full((2, 2), np.nan), np.full((2, 2), np.nan)
    moving[0], target[1] = 1.0, 2.0
    found = align(moving, target)
    np.testing.assert_array_equal(found.coordinates, moving)
    assert found.rows == 0
    assert np.isnan(found.disparity)


def test_one_place_is_only_shifted():
    found = align(np.full((40, 2), 9.0), TARGET)
    np.testing.assert_allclose(found.coordinates, np.tile(TARGET.mean(axis=0), (40, 1)))
    assert np.isnan(found.disparity)
    onto = align(TARGET, np.full((40, 2), 9.0)).coordinates
    np.testing.assert_allclose(onto - onto.mean(axis=0), TARGET - TARGET.mean(axis=0))


def test_points_on_a_line():
    line = np.column_stack([np.arange(5.0), np.zeros(5)])
    np.testing.assert_allclose(align(line[:, ::-1], line).coordinates, line, atol=1e-9)


def test_shapes_are_checked():
    with pytest.raises(DataError, match=r"\(40, 2\) and \(39, 2\)"):
        align(TARGET, TARGET[1:])
    with pytest.raises(DataError, match=r"\(40, 3\); they must be \(rows, 2\)"):
        align(np.ones((40, 3)), np.ones((40, 3)))
