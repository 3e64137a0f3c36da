"""How a batch is cut into parts that go through the network at once, each of bounded tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from semascope.types import Ints


def token_parts(lengths: Ints, *, most: int, at_once: int = 1, padded: bool = True) -> list[Ints]:
    """Every place once, texts of like length together, the longest first, parts as even as can be.

    Parameters
    ----------
    lengths
        (t,) tokens of each text.
    most
        Tokens of a part, padding included; a longer text is a part of its own.
    at_once
        Parts that are computed at once, one waiting for the other: their number is a multiple where the lengths allow it.
    padded
        Whether each text takes the room of the longest of its part.

    Examples
    --------
    >>> [part.tolist() for part in token_parts(np.array([3, 9, 2, 4]), most=9)]
    [[1], [3, 0], [2]]
    >>> [part.tolist() for part in token_parts(np.array([3, 9, 2, 4]), most=9, padded=False)]
    [[1], [3, 0, 2]]
    """
    if most < 1:
        raise ConfigError(f"a part is to have {most} tokens; it must have 1 or more; give for example 4096")
    order = np.argsort(-lengths, kind="stable")
    if not len(order):
        return []
    row = _Row(np.maximum(lengths[order], 1), padded=padded)
    fewest = len(row.starts(most))
    wanted = min(len(order), at_once * -(-fewest // at_once))
    # The least room in which no more parts come out: then the largest part is as small as can be.
    low, high = min(most, int(row.lengths[0])), most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if len(row.starts(middle)) <= wanted else (middle + 1, high)
    starts = row.starts(high)
    while len(starts) < wanted:
        starts = row.with_one_more(starts)
    return np.split(order, starts[1:])


class _Row:
    """Texts in falling order of length, which neighbours share parts of."""

    def __init__(self, lengths: Ints, *, padded: bool) -> None:
        self.lengths, self._padded = lengths, padded
        self._before = np.concatenate([[0], np.cumsum(lengths)])  # tokens before each text

    def starts(self, room: int) -> list[int]:
        """First text of each part, when parts are filled one after the other with up to ``room`` tokens."""
        found = [0]
        while True:
            first = found[-1]
            if self._padded:
                last = first + room // int(self.lengths[first])
            else:
                last = int(np.searchsorted(self._before, self._before[first] + room, side="right")) - 1
            last = max(last, first + 1)
            if last >= len(self.lengths):
                return found
            found.append(last)

    def with_one_more(self, starts: list[int]) -> list[int]:
        """The part of several texts with the most tokens cut where its halves are most alike."""
        ends = [*starts[1:], len(self.lengths)]
        several = [
            (self._cost(first, last), first, last)
            for first, last in zip(starts, ends, strict=True)
            if last - first > 1
        ]
        _, first, last = max(several)
        cut = min(range(first + 1, last), key=lambda at: max(self._cost(first, at), self._cost(at, last)))
        return sorted([*starts, cut])

    def _cost(self, first: int, last: int) -> int:
        if self._padded:
            return (last - first) * int(self.lengths[first])
        return int(self._before[last] - self._before[first])
