"""What tells a damaged row or segment from a sound one."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Buffer

    from semascope.types import Array, Vectors

CHUNK_BYTES = 1 << 20  # rows are checked a megabyte at a time, while they lie in the processor's cache


def rows_per_chunk(dim: int) -> int:
    """Rows of ``dim`` float32 that make about a megabyte, 1 or more."""
    return max(1, CHUNK_BYTES // (4 * dim))


class CrcWriter:
    """Passes bytes on to a file and keeps the CRC-32 of all of them. Just enough of a file for Arrow to write to."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.crc = 0

    def write(self, data: Buffer) -> int:
        """Write and take into the checksum."""
        self.crc = zlib.crc32(data, self.crc)
        return self._file.write(data)

    def flush(self) -> None:
        """Nothing: the owner of the file flushes it."""

    def close(self) -> None:
        """Nothing: the owner of the file closes it."""


def row_checks(rows: Vectors) -> NDArray[np.uint64]:
    """One check number per row, (n,) uint64.

    The row is read as little-endian words w_0, w_1, ...: of 64 bits when its width is even, of 32 bits when it is
    odd. The check is the sum of (2j + 1) * w_j, modulo 2^64 or 2^32. Odd weights have an inverse there, so any
    change inside one word changes the check; so does any exchange of two words that differ, save in their upper bits.

    Examples
    --------
    >>> rows = np.array([[1.0, 2.0, 0.0]], dtype=np.float32)  # words 0x3f800000, 0x40000000, 0
    >>> hex(row_checks(rows)[0])  # 0x3f800000 + 3 * 0x40000000
    '0xff800000'
    """
    word = np.dtype("<u8") if rows.shape[1] % 2 == 0 else np.dtype("<u4")
    words = np.ascontiguousarray(rows).view(word)
    weights = np.arange(1, 2 * words.shape[1], 2, dtype=word)
    sums: NDArray[Any] = np.einsum("ij,j->i", words, weights)
    return sums.astype(np.uint64, copy=False)


def crc32(array: Array) -> str:
    """CRC-32 (that of zlib) over the bytes of a C-contiguous array, 8 hexadecimal digits."""
    return f"{zlib.crc32(array.data):08x}"


def inspect_rows(rows: Array) -> tuple[NDArray[np.uint64], int | None]:
    """Check numbers of the rows as float32, and the position of the first row with a NaN or an infinity, if any.

    The check numbers are those of ``row_checks``; from a row that is not finite on they mean nothing. Both are
    taken in one pass over the memory.
    """
    checks = np.zeros(len(rows), dtype=np.uint64)
    step = rows_per_chunk(rows.shape[1])
    for start in range(0, len(rows), step):
        with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite, and is found here
            chunk = np.ascontiguousarray(rows[start : start + step], dtype=np.float32)
        squares = np.einsum("ij,ij->i", chunk, chunk)
        if not np.isfinite(squares).all():  # a square may overflow where the number does not: look closely
            bad = np.flatnonzero(~np.isfinite(chunk).all(axis=1))
            if len(bad):
                return checks, start + int(bad[0])
        checks[start : start + step] = row_checks(chunk)
    return checks, None
