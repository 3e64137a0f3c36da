"""Where each key lies: an open-addressing hash table held in three arrays, searched many keys at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.store.keys import Words
    from semascope.types import Ints

CHUNK = 1 << 16  # keys handled at a time: bounds the scratch memory and keeps it in cache
# Odd multipliers (2^64 divided by the golden ratio, and a prime of xxHash): they spread keys that are not hashes too.
MIX_HIGH = np.uint64(0x9E3779B97F4A7C15)
MIX_LOW = np.uint64(0xC2B2AE3D27D4EB4F)


class KeyIndex:
    """Number of the row that holds each key. At most half full; about 48 to 96 bytes a key.

    Linear probing: a key stands in the first free place at or after its home, and keys are never removed one by one
    (the owner builds a new index instead), so a search may stop at the first free place.
    """

    def __init__(self) -> None:
        self._size = 0
        self._allocate(10)

    def __len__(self) -> int:
        return self._size

    def find(self, words: Words) -> Ints:
        """Number given to each key, (n,) int64, -1 for a key that is not here."""
        result = np.full(len(words), -1, dtype=np.int64)
        for start in range(0, len(words) if self._size else 0, CHUNK):
            part = slice(start, start + CHUNK)
            result[part] = self._find(words[part])
        return result

    def assign(self, words: Words, numbers: Ints) -> None:
        """Give each key its number, new or instead of the one it had. Of equal keys, any one number stays."""
        for start in range(0, len(words), CHUNK):
            part = slice(start, start + CHUNK)
            self._reserve(len(words[part]))
            self._assign(words[part], numbers[part])

    def _allocate(self, bits: int) -> None:
        self._bits = bits
        self._high = np.zeros(1 << bits, dtype=np.uint64)
        self._low = np.zeros(1 << bits, dtype=np.uint64)
        self._numbers = np.full(1 << bits, -1, dtype=np.int64)

    def _reserve(self, more: int) -> None:
        bits = self._bits
        while 2 * (self._size + more) > 1 << bits:
            bits += 1
        if bits == self._bits:
            return
        taken = np.flatnonzero(self._numbers >= 0)
        words = np.stack([self._high[taken], self._low[taken]], axis=1)
        numbers = self._numbers[taken]
        self._size = 0
        self._allocate(bits)
        for start in range(0, len(words), CHUNK):
            part = slice(start, start + CHUNK)
            self._assign(words[part], numbers[part])

    def _homes(self, words: Words) -> Ints:
        mixed = words[:, 0] * MIX_HIGH + words[:, 1] * MIX_LOW  # modulo 2^64, as meant
        return (mixed >> np.uint64(64 - self._bits)).astype(np.int64)

    def _find(self, words: Words) -> Ints:
        result = np.full(len(words), -1, dtype=np.int64)
        high, low, places = words[:, 0], words[:, 1], self._homes(words)
        going = np.arange(len(words))  # keys whose search goes on
        while len(going):
            numbers = self._numbers[places]
            same = (self._high[places] == high) & (self._low[places] == low) & (numbers >= 0)
            result[going[same]] = numbers[same]
            on = np.flatnonzero(~same & (numbers >= 0))
            going, high, low = going[on], high[on], low[on]
            places = (places[on] + 1) & (len(self._numbers) - 1)
        return result

    def _assign(self, words: Words, numbers: Ints) -> None:
        places = self._homes(words)
        going = np.arange(len(words))  # keys that have no place yet
        while len(going):
            high, low, number = words[going, 0], words[going, 1], numbers[going]
            free = self._numbers[places] < 0
            claims = -2 - going  # several keys may want one free place: the last to write its claim gets it
            self._numbers[places[free]] = claims[free]
            won = self._numbers[places] == claims
            self._high[places[won]], self._low[places[won]] = high[won], low[won]
            self._size += int(won.sum())
            same = (self._high[places] == high) & (self._low[places] == low)
            self._numbers[places[same]] = number[same]
            on = np.flatnonzero(~same)  # another key stands here: look at the next place
            going, places = going[on], (places[on] + 1) & (len(self._numbers) - 1)
