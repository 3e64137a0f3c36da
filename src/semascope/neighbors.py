"""Exact nearest neighbours by inner product, in bounded memory.

Maps, geometry, retrieval and the learner share it. Letters: m queries, n items, d dim, k neighbours.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.types import Step, silent

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from threadpoolctl import ThreadpoolController

    from semascope.types import Array, Ints, Mask, Progress, Vectors

# All workers together hold 16 MB of products: 1,024 queries against 4,096 items on one thread. Smaller blocks multiply
# no faster and pay more often for the bookkeeping around them.
_WIDTH = 4_096
_PRODUCTS = 4_194_304
_MERGED = 262_144  # numbers merged at once by one worker: some 15 MB with their indices
_DENSE = 8  # more than this many times k hits a row: raising the bar first is cheaper than sorting them
_FEW = 200_000_000  # multiplications for which a second worker costs more than it saves
_CHECKED = 4_194_304  # numbers looked at at once


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbors:
    """The nearest items of each query, nearest first."""

    indices: Ints  # (m, k) rows of the items
    similarities: Vectors  # (m, k) inner products


class Blocks(Protocol):
    """(n, d) finite float32 rows that are brought together when they are asked for, some at a time."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of n rows and d dims."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice | Ints, /) -> Vectors:
        """The rows of a slice, or of numbers."""
        ...


def top_k(
    queries: Array,
    items: Array | Blocks,
    k: int,
    *,
    exclude_self: bool = False,
    largest: float | None = None,
    progress: Progress = silent,
) -> Neighbors:
    """The k items with the largest inner product for each query, exactly.

    Parameters
    ----------
    queries, items
        (m, d) and (n, d) finite numbers, taken as float32; other types are copied. For cosine similarity give rows
        of unit length. A zero row is like any other: all its similarities are 0. Items may be ``Blocks``, with
        ``largest``: the answer is that of the same rows in an array, to the last bit.
    k
        Neighbours a query, 1 or more.
    exclude_self
        True when ``queries`` and ``items`` are the same rows: row i is then no neighbour of itself. Its copies in
        other rows are.
    largest
        The largest absolute value of the items, where they were looked at before (``largest_of``) and are all finite:
        they are then not read once more, which takes longer than one query. None looks.
    progress
        Called after every block of queries.

    Returns
    -------
    Neighbors
        Of min(k, n) columns, or min(k, n - 1) without self; none for n = 0.

    Raises
    ------
    DataError
        For rows that are not finite (the first is named), widths that differ, or products beyond float32.

    Notes
    -----
    Equal similarities go to the lower index. Similarities are float32 products of blocks; two copies of an item can
    differ in the last bit when they fall at different places of their blocks, as with any matrix product. Where
    products are exact (small whole numbers) the answer equals a stable sort of the whole matrix:
    ``tests/unit/test_neighbors.py``.

    Beside arguments and result it holds about 64 MB, whatever m and n, of which 15 MB once a thread and only where
    nearly all similarities are equal. The last bits can differ between numbers of threads, as with any matrix product.

    Examples
    --------
    >>> found = top_k(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0], [2.0, 0.0], [2.0, 5.0]]), 2)
    >>> found.indices.tolist(), found.similarities.tolist()
    ([[1, 2]], [[2.0, 2.0]])
    """
    if k < 1:
        raise ConfigError(f"k is {k}; it must be 1 or more")
    queries = _checked(queries, "queries")
    if largest is None:
        items = _checked(np.asarray(items), "items")
        largest = largest_of(items)
    _check_pair(queries, items, largest, exclude_self=exclude_self)
    m, n = len(queries), len(items)
    kept = max(min(k, n - exclude_self), 0)
    indices = np.empty((m, kept), dtype=np.int64)
    similarities = np.empty((m, kept), dtype=np.float32)
    if not indices.size:
        return Neighbors(indices=indices, similarities=similarities)
    workers = _workers() if m * n * queries.shape[1] > _FEW else 1
    width = min(max(_WIDTH, kept + 1), n)  # the first block must hold enough neighbours for every query
    height = max(_PRODUCTS // width // workers, 1)

    def work(first: int) -> int:
        rows = slice(first, min(first + height, m))
        state = _State(indices=indices[rows], similarities=similarities[rows])
        _search(state, queries[rows], items, width=width, own=first if exclude_self else None)
        return rows.stop - rows.start

    done = 0
    with _one_thread_each(), ThreadPoolExecutor(workers) as pool:
        for count in pool.map(work, range(0, m, height)):
            done += count
            progress(Step(stage="finding neighbours", done=done, total=m, unit="rows"))
    return Neighbors(indices=indices, similarities=similarities)


@dataclass(frozen=True, kw_only=True, slots=True)
class _State:
    """The best so far of a block of queries, written in place, nearest first."""

    indices: Ints  # (rows, kept)
    similarities: Vectors  # (rows, kept)


def _search(state: _State, queries: Vectors, items: Vectors | Blocks, *, width: int, own: int | None) -> None:
    """Fill ``state`` for some queries from all items; ``own`` is the row of the first query among the items."""
    products = np.empty((len(queries), width), dtype=np.float32)
    for start in range(0, len(items), width):
        block = products[:, : min(width, len(items) - start)]
        np.matmul(queries, items[start : start + width].T, out=block)
        if own is not None:
            _hide_self(block, own, start)
        _take(state, block, start)


def _take(state: _State, block: Vectors, start: int) -> None:
    """Merge the products with items ``start``, ``start + 1``, ... into the best so far.

    Items come in ascending order, so one that only equals a query's last neighbour loses to it: most products are
    dismissed by one comparison with the worst similarity kept.
    """
    kept = state.indices.shape[1]
    mask = block >= _bar(block, kept) if start == 0 else block > state.similarities[:, -1:]
    hits = np.count_nonzero(mask)
    if start and hits > _DENSE * kept * len(block) and kept <= block.shape[1]:
        mask &= block >= _bar(block, kept)
        hits = np.count_nonzero(mask)
    if not hits:
        return
    # Rows are merged in pieces, so that a block of equal products takes no more memory than any other.
    pieces = min(1 + (hits + len(block) * kept) // _MERGED, len(block))
    for rows in np.array_split(np.arange(len(block)), pieces):
        part = slice(rows[0], rows[-1] + 1)
        piece = _State(indices=state.indices[part], similarities=state.similarities[part])
        _merge(piece, block[part], mask[part], start)


def _bar(block: Vectors, kept: int) -> Vectors:
    """(rows, 1) the ``kept``-th largest product of each row."""
    place = block.shape[1] - kept
    bars = np.empty((len(block), 1), dtype=np.float32)
    for rows in np.array_split(np.arange(len(block)), 4):  # a quarter of the block is copied at a time
        if len(rows):
            bars[rows, 0] = np.partition(block[rows[0] : rows[-1] + 1], place, axis=1)[:, place]
    return bars


def _merge(state: _State, block: Vectors, mask: Mask, start: int) -> None:
    kept = state.indices.shape[1]
    old = kept if start else 0
    rows, columns = np.divmod(np.flatnonzero(mask), block.shape[1])
    counts = np.bincount(rows, minlength=len(block))
    touched = np.flatnonzero(counts)
    counts = counts[touched]
    place = np.repeat(np.arange(len(touched)), counts)
    slot = old + np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    values = np.full((len(touched), old + counts.max(initial=0)), -np.inf, dtype=np.float32)
    names = np.zeros(values.shape, dtype=np.int64)
    if old:
        values[:, :old], names[:, :old] = state.similarities[touched], state.indices[touched]
    values[place, slot], names[place, slot] = block[rows, columns], start + columns
    # Stable, and both parts stand in ascending order of index: equal similarities go to the lower index.
    order = np.argsort(-values, axis=1, kind="stable")[:, :kept]
    state.similarities[touched] = np.take_along_axis(values, order, axis=1)
    state.indices[touched] = np.take_along_axis(names, order, axis=1)


def _hide_self(block: Vectors, first: int, start: int) -> None:
    """Put minus infinity where query ``first + i`` meets item ``start + j`` of the same number."""
    low, high = max(first, start), min(first + block.shape[0], start + block.shape[1])
    same = np.arange(low, high)
    block[same - first, same - start] = -np.inf


def _workers() -> int:
    """Threads that numpy's products may take: the processor's, or fewer where the user has set a limit."""
    from threadpoolctl import threadpool_info

    return max(
        (found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"), default=1
    )


def _one_thread_each() -> AbstractContextManager[object]:
    """Every worker multiplies on its own thread.

    Threads that share one product wait for each other after each, and on a machine with other work each wait costs
    a turn of the scheduler; workers with blocks of their own never wait, and they compare on all processors too.
    """
    limits: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limits


@cache
def _libraries() -> ThreadpoolController:
    """The libraries that multiply, looked for once: that takes as long as one query on ten thousand rows."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _checked(vectors: Array, name: str) -> Vectors:
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or vectors.dtype.kind not in "fiub":
        raise DataError(
            f"{name} have shape {vectors.shape} and type {vectors.dtype}; they must be numbers of shape (rows, dim); "
            "pass one vector a row"
        )
    height = max(_CHECKED // max(vectors.shape[1], 1), 1)
    for start in range(0, len(vectors), height):
        finite = np.isfinite(vectors[start : start + height]).all(axis=1)
        if not finite.all():
            row = start + int(np.flatnonzero(~finite)[0])
            raise DataError(f"row {row} of the {name} is not finite; every row must be; leave such rows out")
    return vectors.astype(np.float32, copy=False)


def _check_pair(queries: Vectors, items: Vectors | Blocks, largest: float, *, exclude_self: bool) -> None:
    if queries.shape[1] != items.shape[1]:
        raise DataError(
            f"queries have {queries.shape[1]} dims and items {items.shape[1]}; "
            "both must have the same; embed both at one width"
        )
    if exclude_self and len(queries) != len(items):
        raise DataError(
            f"{len(queries)} queries and {len(items)} items; without self both must be the same rows; "
            "pass the same array twice"
        )
    # Beyond this a product could be infinite, and sums of infinities have no order.
    bound = largest_of(queries) * largest * max(queries.shape[1], 1)
    if not bound < float(np.finfo(np.float32).max):
        raise DataError(
            f"products reach {bound:.0e}; float32 ends at 3e+38; divide the vectors by their length first"
        )


def largest_of(vectors: Vectors) -> float:
    """The largest absolute value; 0 where there is none."""
    if not vectors.size:
        return 0.0
    return max(abs(float(vectors.max())), abs(float(vectors.min())))
