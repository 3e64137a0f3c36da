"""Takes values out of the bytes of a file that may lie about itself: nothing is read beyond its end."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Damaged(ValueError):
    """What is wrong with the bytes, as the end of a sentence about their file."""


class ByteReader:
    r"""A place in bytes; every step is held against what is left of them.

    Examples
    --------
    >>> reader = ByteReader(memoryview(b"\x02\x00\x00\x00ab"))
    >>> (length,) = reader.numbers("I", "the length")
    >>> bytes(reader.take(length, "the letters"))
    b'ab'
    >>> reader.take(1, "another letter")
    Traceback (most recent call last):
        ...
    semascope.encoders.packaged.byte_reader.Damaged: another letter needs 1 byte at byte 6, and it has 6
    """

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self.at = 0

    def take(self, size: int, what: str) -> memoryview:
        """The next ``size`` bytes, without a copy."""
        if not 0 <= size <= len(self._data) - self.at:
            raise Damaged(
                f"{what} needs {size:,} byte{'s' * (size != 1)} at byte {self.at:,}, and it has {len(self._data):,}"
            )
        self.at += size
        return self._data[self.at - size : self.at]

    def numbers(self, form: str, what: str) -> tuple[int, ...]:
        """Whole numbers in a form of ``struct``, little-endian."""
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}"), what))

    def array(self, kind: np.dtype[np.generic], count: int, what: str) -> NDArray[np.generic]:
        """``count`` values of one kind, without a copy."""
        import numpy as np

        return np.frombuffer(self.take(count * kind.itemsize, what), kind)

    def span(self, start: int, size: int, what: str) -> memoryview:
        """``size`` bytes from ``start`` on; the place stays."""
        if not 0 <= start <= start + size <= len(self._data):
            raise Damaged(
                f"{what} is said to be {size:,} bytes at byte {start:,}, and it has {len(self._data):,}"
            )
        return self._data[start : start + size]
