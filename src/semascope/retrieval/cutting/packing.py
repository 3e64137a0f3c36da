"""Units of known sizes laid into passages of bounded size, one after the other.

Letters: u units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.types import Floats, Ints, Mask

_ROUNDING = 1e-6  # of a token


def pack(sizes: Floats, closes: Mask, *, room: float, overlap: float) -> list[tuple[int, int]]:
    """First unit and the one behind the last of each passage; together they hold all units.

    Parameters
    ----------
    sizes
        (u,) 0 or more.
    closes
        (u,) whether a sentence ends with the unit.
    room
        What the units of a passage are together at most; a larger unit stands alone.
    overlap
        What a passage repeats of the one before at most; it repeats less where a sentence then fits.

    Examples
    --------
    >>> sizes, closes = np.ones(9), np.array([0, 0, 1, 0, 0, 0, 1, 0, 1], dtype=bool)
    >>> pack(sizes, closes, room=5, overlap=0), pack(sizes, closes, room=5, overlap=2)
    ([(0, 3), (3, 7), (7, 9)], [(0, 3), (2, 7), (5, 9)])
    """
    total = np.concatenate([[0.0], np.cumsum(sizes)])
    closing = np.flatnonzero(closes) + 1
    spans: list[tuple[int, int]] = []
    end, units = 0, len(sizes)
    while end < units:
        shared = overlap if spans else 0.0
        new = _sentence_end(total, closing, end, room - shared)
        if new is None:
            new = _sentence_end(total, closing, end, room)
        if new is None:
            new = max(_within(total, end, room - shared), end + 1)
        shared = min(shared, room - (total[new] - total[end]))
        start = end
        if shared > _ROUNDING:  # none is none, of units without size too
            start = min(int(np.searchsorted(total, total[end] - shared - _ROUNDING, side="left")), end)
        spans.append((start, new))
        end = new
    return spans


def _within(total: Floats, start: int, room: float) -> int:
    """The last border that is not more than ``room`` behind ``start``."""
    return int(np.searchsorted(total, total[start] + room + _ROUNDING, side="right")) - 1


def _sentence_end(total: Floats, closing: Ints, start: int, room: float) -> int | None:
    """The last end of a sentence that is not more than ``room`` behind ``start``, where there is one."""
    place = int(np.searchsorted(closing, _within(total, start, room), side="right")) - 1
    return int(closing[place]) if place >= 0 and closing[place] > start else None
