"""Rows from many segments into one array, at the speed of memory, every row checked on the way."""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from semascope.store.checks import rows_per_chunk
from semascope.store.segment import copy_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.store.segment import Segment
    from semascope.types import Ints, Vectors

THREADS = 4  # memory bandwidth is used up by a few
THREADED_BYTES = 8 << 20  # below this, starting threads costs more than it saves


def gather(segments: Sequence[Segment], starts: Ints, numbers: Ints, out: Vectors) -> list[Segment]:
    """Fill ``out`` and name the segments that gave a damaged row.

    Parameters
    ----------
    segments, starts
        The segments, and the number of the first row of each, ascending.
    numbers
        (n,) row numbers; -1 leaves the row of ``out`` as it is.
    out
        (n, dim), C-contiguous.

    Returns
    -------
    list
        Segments with a row that does not agree with its check number; their rows in ``out`` must not be used.
    """
    if not out.size:
        return []
    chunks = list(_chunks(starts, numbers, rows_per_chunk(out.shape[1])))

    def copy(chunk: tuple[int, Ints]) -> bool:
        which, positions = chunk
        rows = numbers[positions] - starts[which]
        first, count = int(positions[0]), len(positions)
        if int(positions[-1]) - first == count - 1:  # ascending by construction, so they are consecutive
            return copy_rows(segments[which], rows, out[first : first + count])
        scratch = np.empty((count, out.shape[1]), dtype=np.float32)
        sound = copy_rows(segments[which], rows, scratch)
        out[positions] = scratch
        return sound

    if out.nbytes < THREADED_BYTES:
        sound = [copy(chunk) for chunk in chunks]
    else:
        with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool:
            sound = list(pool.map(copy, chunks))
    bad = {which for (which, _), good in zip(chunks, sound, strict=True) if not good}
    return [segments[which] for which in sorted(bad)]


def _chunks(starts: Ints, numbers: Ints, size: int) -> Iterator[tuple[int, Ints]]:
    """Segment and ascending positions, ``size`` positions at a time."""
    positions = np.flatnonzero(numbers >= 0)
    if not len(positions):
        return
    which = np.searchsorted(starts, numbers[positions], side="right") - 1
    if (which[1:] < which[:-1]).any():  # sort by segment, keeping the order within each
        order = np.argsort(which, kind="stable")
        positions, which = positions[order], which[order]
    edges = [0, *(np.flatnonzero(which[1:] != which[:-1]) + 1).tolist(), len(which)]
    for begin, end in itertools.pairwise(edges):
        for start in range(begin, end, size):
            yield int(which[begin]), positions[start : min(start + size, end)]
