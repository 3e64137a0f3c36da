"""Partition isotropy against the written-out form."""

import numpy as np
import pytest

from semascope.geometry.halves import draw_halves
from semascope.geometry.shape.alignment import moments_of
from semascope.geometry.shape.isotropic import drawn_moments, isotropic_numbers, isotropic_rows
from semascope.geometry.shape.partition import (
    axes_of,
    functions_of,
    gaussian_functions,
    partition_isotropy,
    ratio,
)
from semascope.geometry.shape.sums import add_up


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def measured(rows, **kwargs):
    return partition_isotropy(add_up(rows, draw_halves(len(rows))), null=[1.0, 1.0], **kwargs)


def written_out(rows, axes):
    values = [np.exp(sign * rows @ axis).sum() for axis in axes.T for sign in (1, -1)]
    return min(values) / max(values)


@pytest.mark.parametrize("n", [300, 4])
def test_both_ways_along_every_axis_count(n):
    rows = unit(np.random.default_rng(1).normal(0.2, 1, (n, 6)) * [3, 2, 1, 1, 1, 1])
    wide = rows.astype(float)
    expected = written_out(wide, np.linalg.eigh(wide.T @ wide)[1])
    assert measured(rows).value == pytest.approx(expected, rel=1e-5)


def test_halves_have_axes_of_their_own():
    rows = unit(np.random.default_rng(2).normal(0.2, 1, (80, 4)))
    wide, halves = rows.astype(float), draw_halves(80)
    within = []
    for mask in halves.masks():
        part = wide[mask]
        within.append(written_out(part, np.linalg.eigh(part.T @ part)[1]))
    found = measured(rows)
    expected = halves.estimate(found.value, np.array(within), least=np.exp(-2), most=1)
    width = expected.high - expected.low
    assert found.estimate.high - found.estimate.low == pytest.approx(width, rel=0.1)  # to second order


def test_one_direction_is_e_to_the_minus_two():
    rows = np.tile(np.float32([0.6, 0.8, 0]), (50, 1))
    assert measured(rows).value == pytest.approx(np.exp(-2), rel=1e-6)


def test_one_text_is_too_few():
    assert measured(np.ones((1, 1), dtype=np.float32)).estimate.reason == "1 text is too few"


def test_rows_drawn_and_moments_drawn_give_one_null():
    rng = np.random.default_rng(3)
    n, d = 400, 30
    by_rows, by_moments = [], []
    for _ in range(30):
        rows = isotropic_rows(n, d, rng).astype(float)
        moments = moments_of(rows, np.arange(n))
        by_rows.append(ratio(functions_of(rows, axes_of(moments)) / n, moments))
        moments = drawn_moments(n, d, rng)
        by_moments.append(ratio(gaussian_functions(moments, axes_of(moments)), moments))
    assert np.mean(by_moments) == pytest.approx(np.mean(by_rows), abs=0.005)
    assert np.std(by_moments) == pytest.approx(np.std(by_rows), rel=0.5)


def test_isotropic_data_lies_in_its_floor():
    rng = np.random.default_rng(4)
    null = isotropic_numbers(120, 8, seed=1).partitions
    inside = 0
    for _ in range(20):
        rows = isotropic_rows(120, 8, rng)
        found = partition_isotropy(add_up(rows, draw_halves(120)), null=null)
        inside += found.floor.low <= found.value <= found.floor.high
    assert inside >= 16
