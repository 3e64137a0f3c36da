"""A remedy as an affine map, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.remedied.remedy import Remedy
from semascope.errors import DataError

SWAP = Remedy(
    name="swap",
    mean=np.array([1, 0], dtype=np.float32),
    matrix=np.array([[0, 1], [1, 0]], dtype=np.float32),
    fitted_on=3,
)


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_the_mean_goes_first_and_rows_come_back_at_unit_length():
    # (4, 4) less the mean is (3, 4); swapped (4, 3); its length is 5
    np.testing.assert_allclose(SWAP.apply(np.array([[4, 4]], dtype=np.float32)), [[0.8, 0.6]], atol=1e-7)


def test_without_a_matrix_only_the_mean_goes():
    centred = replace(SWAP, matrix=None)
    np.testing.assert_allclose(centred.apply(np.array([[4, 4]], dtype=np.float32)), [[0.6, 0.8]], atol=1e-7)


def test_a_row_that_is_the_mean_has_no_direction():
    assert SWAP.apply(np.array([[1, 0], [2, 0]], dtype=np.float32)).tolist() == [[0, 0], [0, 1]]


def test_many_rows_are_mended_as_one_is():
    rows = np.random.default_rng(0).standard_normal((8_193, 2)).astype(np.float32)
    np.testing.assert_allclose(SWAP.apply(rows)[[0, 8_192]], SWAP.apply(rows[[0, 8_192]]), atol=1e-6)


def test_the_digest_tells_maps_apart_and_not_what_they_are_called():
    other = SWAP.matrix.copy()
    other[0, 0] = 1
    different = [replace(SWAP, matrix=None), replace(SWAP, mean=-SWAP.mean), replace(SWAP, matrix=other)]
    assert len({SWAP.digest, *[each.digest for each in different]}) == 4
    assert replace(SWAP, name="other").digest == SWAP.digest


def test_what_does_not_fit_is_refused():
    with pytest.raises(DataError, match=r"vectors have shape \(1, 3\); remedy 'swap' takes \(rows, 2\)"):
        SWAP.apply(np.ones((1, 3), dtype=np.float32))
    with pytest.raises(
        DataError, match=r"a matrix of shape \(3, 3\); they must be \(dim,\) and \(dim, dim\)"
    ):
        replace(SWAP, matrix=np.eye(3, dtype=np.float32))
    with pytest.raises(DataError, match="not finite"):
        replace(SWAP, mean=np.array([np.nan, 0], dtype=np.float32))


@given(seed=st.integers(0, 2**32 - 1), given_=st.floats(1e-7, 1e-3), has_matrix=st.booleans())
def test_no_entry_of_a_mended_row_moves_further_than_is_said(seed, given_, has_matrix):
    draw = np.random.default_rng(seed)
    d = int(draw.integers(2, 12))
    rows = unit(draw.standard_normal((40, d)))
    matrix = draw.standard_normal((d, d)).astype(np.float32) if has_matrix else None
    remedy = Remedy(name="any", mean=rows[:20].mean(axis=0), matrix=matrix, fitted_on=20).measured(rows)
    moved = (rows + given_ * draw.choice([-1, 1], size=rows.shape)).astype(np.float32)
    before = rows.astype(np.float64) - remedy.mean
    lengths = np.linalg.norm(before if matrix is None else before @ matrix, axis=1)
    long_enough = lengths >= remedy.shortest
    assert long_enough.mean() >= 0.97
    apart = np.abs(remedy.apply(moved) - remedy.apply(rows)).max(axis=1)
    rounding = 2e-7 / given_  # of the moved rows themselves, in float32
    assert (apart[long_enough] <= remedy.tolerance(given_ * (1 + rounding))).all()


def test_the_shortest_rows_are_those_that_were_measured():
    # less the mean (1, 0) the rows are 1 to 100 long; the 1st percentile lies .99 of the way from the first to the second
    rows = np.array([[1, length] for length in range(1, 101)], dtype=np.float32)
    assert SWAP.measured(rows).shortest == pytest.approx(1.99)
    assert np.isnan(SWAP.shortest)
    assert np.isnan(SWAP.measured(rows[:0]).shortest)
    assert np.isnan(SWAP.measured(np.array([[1, 0]], dtype=np.float32)).shortest)  # the mean itself


def test_without_rows_to_measure_the_lengths_are_guessed():
    # rows scatter by 1 - .6 ** 2 = .8 ** 2 around a mean .6 long; a matrix of twice the identity makes that 1.6, its columns sum to 2
    remedy = Remedy(
        name="twice",
        mean=np.array([0.6, 0], dtype=np.float32),
        matrix=2 * np.eye(2, dtype=np.float32),
        fitted_on=3,
    )
    assert remedy.tolerance(1e-3) == pytest.approx(2 * 1e-3 * 2 / 1.6, rel=1e-3)
    assert replace(remedy, matrix=None).tolerance(1e-3) == pytest.approx(2 * 1e-3 / 0.8, rel=1e-3)


def test_rows_without_any_scatter_promise_nothing():
    assert replace(SWAP, matrix=None).tolerance(1e-6) == 1
    assert replace(SWAP, shortest=1e-9).tolerance(1e-6) == 1


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 40), half=st.booleans())
def test_rows_have_unit_length_whatever_comes_in(seed, n, half):
    draw = np.random.default_rng(seed)
    rows = draw.standard_normal((n, 5)).astype(np.float16 if half else np.float32)
    remedy = Remedy(
        name="any", mean=draw.standard_normal(5), matrix=draw.standard_normal((5, 5)), fitted_on=9
    )
    mended = remedy.apply(rows)
    assert mended.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(mended, axis=1), np.ones(n), atol=1e-6)


def test_a_mended_row_is_the_rounded_float64_one_whatever_stands_beside_it():
    draw = np.random.default_rng(3)
    rows, matrix = draw.standard_normal((2_500, 24)).astype(np.float32), draw.standard_normal((24, 24))
    remedy = Remedy(name="any", mean=rows.mean(axis=0), matrix=matrix.astype(np.float32), fitted_on=len(rows))
    exact = (rows.astype(np.float64) - remedy.mean) @ remedy.matrix.astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    np.testing.assert_allclose(remedy.apply(rows), exact, atol=1e-7)
    np.testing.assert_allclose(remedy.apply(rows[2_400:2_401]), exact[2_400:2_401], atol=1e-7)
