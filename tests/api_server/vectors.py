"""A unit vector of each text, put together from written blocks, so that JSON of many numbers costs a join."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

BLOCK = 64  # numbers
KINDS = 256  # blocks to choose from, one byte of the digest a block


def make_rows(texts: Sequence[str], dim: int, *, drift: int = 0) -> NDArray[np.float32]:
    """Rows (n, dim) of length 1: what a server of this ``drift`` answers for ``texts``, at any ``dimensions``."""
    return np.array([make_row(text, dim, drift) for text in texts], dtype=np.float32).reshape(len(texts), dim)


def make_row(text: str, dim: int, drift: int) -> NDArray[np.float32]:
    """The row (dim,) of one text."""
    picks = _picks(text, math.ceil(dim / BLOCK))
    whole = _blocks(drift)[list(picks)].ravel()  # every block has length 1
    if dim % BLOCK == 0:
        return (whole / math.sqrt(len(picks))).astype(np.float32)
    cut = whole[:dim]
    return (cut / np.linalg.norm(cut)).astype(np.float32)


def write_row(text: str, dim: int, drift: int) -> str:
    """The numbers of ``make_row`` as JSON without brackets; reads back to the same float32."""
    if dim % BLOCK:
        return _write(make_row(text, dim, drift))
    written = _written(drift, dim // BLOCK)
    return ",".join([written[pick] for pick in _picks(text, dim // BLOCK)])


def _picks(text: str, count: int) -> bytes:
    return hashlib.shake_128(text.encode("utf-8", "surrogatepass")).digest(count)


@lru_cache(maxsize=8)
def _blocks(drift: int) -> NDArray[np.float64]:
    drawn = np.random.default_rng([7, drift]).standard_normal((KINDS, BLOCK))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@lru_cache(maxsize=32)
def _written(drift: int, count: int) -> list[str]:
    return [_write(block) for block in (_blocks(drift) / math.sqrt(count)).astype(np.float32)]


def _write(numbers: NDArray[np.float32]) -> str:
    return ",".join([str(number) for number in numbers])
