"""A remedy as an affine map, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semascope.encoders.remedied.remedy import Remedy
from semascope.errors import DataError

SWAP = Remedy(
    name="swap",
    mean=np.array([1, 0], dtype=np.float32),
    matrix=np.array([[0, 1], [1, 0]], dtype=np.float32),
    fitted_on=3,
)


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
