"""Check numbers, worked by hand, and what they catch."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.store.checks import CrcWriter, crc32, inspect_rows, row_checks, rows_per_chunk


def test_even_width_by_hand() -> None:
    row = np.array([1, 0, 2, 0, 2**32 - 1, 2**32 - 1], dtype=np.uint32).view(np.float32).reshape(1, 6)
    # 64-bit words 1, 2, 2^64 - 1 with weights 1, 3, 5: 1 + 6 + 5 * (2^64 - 1) = 2 modulo 2^64
    assert row_checks(row).tolist() == [2]


def test_odd_width_by_hand() -> None:
    row = np.array([[7, 2**31, 2**32 - 1]], dtype=np.uint32).view(np.float32)
    # 32-bit words with weights 1, 3, 5: 7 + 3 * 2^31 + 5 * (2^32 - 1) = 2 + 2^31 modulo 2^32
    assert row_checks(row).tolist() == [2 + 2**31]


def test_non_contiguous_rows_give_the_same() -> None:
    rows = np.random.default_rng(0).standard_normal((6, 8)).astype(np.float32)
    assert (row_checks(rows[::2]) == row_checks(rows)[::2]).all()
    assert (row_checks(np.asfortranarray(rows)) == row_checks(rows)).all()


@given(
    dim=st.integers(1, 9),
    place=st.integers(0, 10**6),
    flip=st.integers(1, 255),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=200, deadline=None)
def test_any_changed_byte_changes_the_check(dim: int, place: int, flip: int, seed: int) -> None:
    rows = np.random.default_rng(seed).standard_normal((1, dim)).astype(np.float32)
    before = row_checks(rows)
    rows.view(np.uint8)[0, place % (4 * dim)] ^= flip
    assert row_checks(rows)[0] != before[0]


def test_exchanged_words_and_lost_pages_change_the_check() -> None:
    rows = np.random.default_rng(0).standard_normal((1, 8)).astype(np.float32)
    before = row_checks(rows)[0]
    assert row_checks(rows[:, [2, 3, 0, 1, 4, 5, 6, 7]])[0] != before
    assert row_checks(np.zeros_like(rows))[0] != before


def test_crc_is_that_of_zlib_and_gzip() -> None:
    assert crc32(np.frombuffer(b"123456789", dtype=np.uint8)) == "cbf43926"  # the check value of CRC-32
    assert crc32(np.zeros(0, dtype=np.uint8)) == "00000000"


def test_a_writer_passes_on_and_sums() -> None:
    file = io.BytesIO()
    sink = CrcWriter(file)
    assert sink.write(b"12345") == 5
    sink.write(b"6789")
    sink.flush()
    sink.close()
    assert file.getvalue() == b"123456789"
    assert sink.crc == 0xCBF43926


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_non_finite_row_is_found(bad: float) -> None:
    rows = np.zeros((200_000, 3), dtype=np.float32)  # more than one chunk
    assert inspect_rows(rows)[1] is None
    rows[[150_000, 180_000], 2] = bad
    assert inspect_rows(rows)[1] == 150_000


def test_large_numbers_are_finite_and_what_float32_cannot_hold_is_not() -> None:
    assert inspect_rows(np.array([[3e38, -3e38]], dtype=np.float32))[1] is None
    assert inspect_rows(np.array([[1.0], [1e39]]))[1] == 1
    assert inspect_rows(np.array([[65504.0]], dtype=np.float16))[1] is None


def test_the_inspected_checks_are_those_of_the_rows_as_float32() -> None:
    rows = np.random.default_rng(0).standard_normal((1000, 700))  # float64, several chunks
    checks, bad = inspect_rows(rows[::-1])
    assert bad is None
    assert (checks == row_checks(rows[::-1].astype(np.float32))).all()


@pytest.mark.parametrize(("dim", "rows"), [(1024, 256), (384, 682), (262_144, 1), (300_000, 1)])
def test_rows_are_checked_a_megabyte_at_a_time(dim: int, rows: int) -> None:
    assert rows_per_chunk(dim) == rows
