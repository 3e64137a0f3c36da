"""NEW's vectors kept in smaller ways: fewer bits a number, fewer numbers.

Letters: n vectors, d dim.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.width import cut
from semascope.neighbors import top_k

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from semascope.types import Array, Ints, Vectors

CANDIDATES = 4  # times what is wanted: what a search by bits hands over to be rescored
_NARROWEST = 8  # dims below which no width is halved
_LEVELS = 255  # steps of a byte
_BLOCK = 4_194_304


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Form:
    """n vectors as they are kept."""

    name: str
    bytes_searched: float  # of a vector, that every search reads
    bytes_kept: float = 0.0  # besides, read for what was found alone
    rows: Vectors  # (n, d) what a search multiplies with, and what a head reads
    asks: Callable[[Vectors], Vectors]  # how a vector that asks is brought into the form
    rescored: Vectors | None = None  # (n, d) what orders the candidates anew

    @property
    def dims(self) -> int:
        """Numbers of a vector."""
        return int(self.rows.shape[1])


def plain_form(vectors: Vectors, name: str = "float32") -> Form:
    """The vectors as they come."""
    return Form(name=name, bytes_searched=4.0 * vectors.shape[1], rows=vectors, asks=_as_it_is)


def smaller_forms(vectors: Vectors, train: Ints) -> Iterator[Form]:
    """(n, d) vectors in every smaller way, one after the other, so that one at a time is in memory.

    Parameters
    ----------
    train
        Rows that ranges and middles are fitted on.
    """
    d = int(vectors.shape[1])
    middle = vectors[train].mean(axis=0, dtype=np.float64).astype(np.float32)
    halves = vectors.astype(np.float16).astype(np.float32)
    yield Form(name="float16", bytes_searched=2.0 * d, rows=halves, asks=_as_it_is)
    yield Form(name="int8", bytes_searched=float(d), rows=scalar_quantised(vectors, train), asks=_as_it_is)
    yield Form(
        name="binary, rescored by float32",
        bytes_searched=float(np.ceil(d / 8)),
        bytes_kept=4.0 * d,
        rows=signs(vectors, middle),
        asks=partial(signs, middle=middle),
        rescored=vectors,
    )
    for part, what in ((2, "half"), (4, "a quarter of")):
        width = d // part
        if width >= _NARROWEST:
            called = f"{what} the width"
            narrow = _narrowed(vectors, width)
            yield Form(
                name=called, bytes_searched=4.0 * width, rows=narrow, asks=partial(_narrowed, width=width)
            )


def scalar_quantised(vectors: Vectors, train: Ints) -> Vectors:
    """(n, d) what a byte a number leaves: each dimension in 255 equal steps over its range on the training rows.

    What lies outside that range is cut to its ends.

    Examples
    --------
    >>> rows = np.array([[0.0, 1.0], [1.0, 1.0], [0.4999, 1.0], [7.0, 1.0]], dtype=np.float32)
    >>> scalar_quantised(rows, np.array([0, 1])).astype(float).round(3).tolist()
    [[0.0, 1.0], [1.0, 1.0], [0.498, 1.0], [1.0, 1.0]]
    """
    low, high = vectors[train].min(axis=0), vectors[train].max(axis=0)
    step = (high - low) / np.float32(_LEVELS)
    whole = np.where(step > 0, step, np.float32(1))
    found = np.empty_like(vectors)
    height = max(_BLOCK // max(vectors.shape[1], 1), 1)
    for start in range(0, len(vectors), height):
        codes = np.rint((vectors[start : start + height] - low) / whole).clip(0, _LEVELS)
        found[start : start + height] = codes * step + low
    return found


def signs(vectors: Vectors, middle: Vectors) -> Vectors:
    """(n, d) what a bit a number leaves: 1 above the middle of its dimension, else -1.

    A product of two is d less twice their Hamming distance. Where all vectors lean one way, signs about 0 would be the same for
    nearly all of them, so the (d,) means of the training rows are the middle: a database that cuts at 0 is given vectors from
    which they were taken.

    Examples
    --------
    >>> signs(np.array([[0.3, -0.1, 0.0]], dtype=np.float32), np.array([0.4, -0.2, 0.0], dtype=np.float32)).tolist()
    [[-1.0, 1.0, -1.0]]
    """
    return np.where(vectors > middle, np.float32(1), np.float32(-1))


def search(form: Form, asking: Vectors, k: int) -> tuple[Ints, Array]:
    """(m, k) places of the nearest and their similarities, best first, for (m, d) vectors of full width and precision."""
    if form.rescored is None:
        found = top_k(form.asks(asking), form.rows, k)
        return found.indices, found.similarities
    places = top_k(form.asks(asking), form.rows, CANDIDATES * k).indices
    similarities = _rescored(form.rescored, asking, places)
    order = np.argsort(-similarities, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(places, order, axis=1), np.take_along_axis(similarities, order, axis=1)


def _rescored(rows: Vectors, asking: Vectors, places: Ints) -> Vectors:
    """(m, c) similarities of the candidates to those who ask."""
    found = np.empty(places.shape, dtype=np.float32)
    height = max(_BLOCK // max(places.shape[1] * rows.shape[1], 1), 1)
    for start in range(0, len(places), height):
        part = slice(start, start + height)
        found[part] = np.einsum("ijd,id->ij", rows[places[part]], asking[part])
    return found


def _as_it_is(vectors: Vectors) -> Vectors:
    return vectors


def _narrowed(vectors: Vectors, width: int) -> Vectors:
    return np.ascontiguousarray(cut(vectors, width))
