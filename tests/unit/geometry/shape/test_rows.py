"""Which rows a shape takes."""

import numpy as np
import pytest

from semascope.errors import DataError
from semascope.geometry.shape import rows as module
from semascope.geometry.shape.isotropic import isotropic_rows
from semascope.geometry.shape.rows import blocks_of, checked_rows


def test_unit_rows_are_taken_as_they_are():
    rows = isotropic_rows(20, 4, np.random.default_rng(1))
    assert checked_rows(rows) is rows


def test_half_precision_is_brought_back_to_unit_length(monkeypatch):
    monkeypatch.setattr(module, "_READ", 12)  # three rows at a time
    rows = isotropic_rows(20, 4, np.random.default_rng(2))
    found = checked_rows(rows.astype(np.float16))
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(20), abs=1e-6)
    assert found == pytest.approx(rows, abs=1e-3)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.float32([[1, 0], [0, 2]]), "row 1 has length 2"),
        (np.float32([[0, 0]]), "row 0 has length 0"),
        (np.float32([[1, 0], [np.nan, 0]]), "row 1 has length nan"),
        (np.float32([1, 0]), r"vectors have shape \(2,\)"),
        (np.array([[1, 0]]), "type int64"),
        (np.zeros((3, 0), dtype=np.float32), r"vectors have shape \(3, 0\)"),
    ],
)
def test_other_rows_are_refused(bad, message):
    with pytest.raises(DataError, match=message):
        checked_rows(bad)


def test_the_first_wrong_row_is_named_in_a_later_block(monkeypatch):
    monkeypatch.setattr(module, "_READ", 8)
    rows = isotropic_rows(20, 4, np.random.default_rng(3)).copy()
    rows[13] *= 3
    with pytest.raises(DataError, match="row 13 has length 3"):
        checked_rows(rows)


def test_blocks_cover_all_rows(monkeypatch):
    monkeypatch.setattr(module, "_READ", 12)
    assert list(blocks_of(7, 4)) == [slice(0, 3), slice(3, 6), slice(6, 7)]
    assert list(blocks_of(0, 4)) == []
