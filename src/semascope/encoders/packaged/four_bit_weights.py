"""The tensors of a 4-bit file: where they lie, which there must be, and how 4 bits become numbers.

Weights of a product and of the table of token vectors come in blocks of 32 that share one scale in half precision
(Q4_0); all others are float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.packaged.byte_reader import Damaged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from semascope.encoders.packaged.byte_reader import ByteReader
    from semascope.types import Vectors

BLOCK = 32
"""Weights that share one scale."""

BLOCK_TYPE = np.dtype([("scale", "<f2"), ("pairs", "u1", BLOCK // 2)])
_MOST_NUMBERS = 4_000_000  # of a tensor that are unpacked at once: 16 MB
_PRODUCTS = ("q", "k", "v", "ao", "fi", "fo")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """Shape of the network."""

    hidden: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Tensor:
    """The bytes of one tensor, and its shape: rows, columns."""

    name: str
    data: memoryview
    rows: int
    columns: int
    packed: bool  # 4 bits a weight
    is_vector: bool

    def parts(self) -> Iterator[Vectors]:
        """(r, columns) float32 runs of rows, in order; no more memory at once than a few million numbers take.

        Raises
        ------
        Damaged
            When a number is not finite.
        """
        step = max(1, _MOST_NUMBERS // self.columns)
        for first in range(0, self.rows, step):
            count = min(step, self.rows - first) * self.columns
            yield self._numbers(first * self.columns, count).reshape(-1, self.columns)

    def _numbers(self, start: int, count: int) -> Vectors:
        if not self.packed:
            values = np.frombuffer(self.data, "<f4", count, 4 * start)
            self._check(values)
            return values.astype(np.float32)
        at = start // BLOCK * BLOCK_TYPE.itemsize
        blocks = np.frombuffer(self.data, BLOCK_TYPE, count // BLOCK, at)
        self._check(blocks["scale"])
        return unpack(blocks)

    def _check(self, values: NDArray[np.floating]) -> None:
        if not np.isfinite(values).all():
            raise Damaged(f"tensor {self.name!r} holds a number that is not finite")


def unpack(blocks: NDArray[np.void]) -> Vectors:
    """(32 b,) float32 of b blocks: the low half of byte j is weight j, the high half weight j + 16; each less 8, times the scale.

    Exact: a weight has 14 significant bits at most.

    Examples
    --------
    >>> block = np.zeros(1, BLOCK_TYPE)
    >>> block["scale"], block["pairs"][0, 0] = 0.5, 0x9F
    >>> weights = unpack(block)
    >>> weights[0].item(), weights[16].item(), weights[1].item()
    (3.5, 0.5, -4.0)
    """
    half = BLOCK // 2
    values = np.empty((len(blocks), BLOCK), dtype=np.float32)
    values[:, :half] = blocks["pairs"] & 15
    values[:, half:] = blocks["pairs"] >> 4
    values -= 8
    values *= blocks["scale"].astype(np.float32)[:, None]
    return values.reshape(-1)


def read_tensors(reader: ByteReader, sizes: Sizes) -> dict[str, Tensor]:
    """The directory of tensors, in the order of ``tensor_shapes``; the reader stands at its beginning.

    Raises
    ------
    Damaged
        Unless they are exactly those of the network, each whole, inside the file and beside the others.
    """
    (count,) = reader.numbers("i", "the number of tensors")
    expected = 5 + 16 * sizes.layers
    if count != expected:  # before anything is made for each layer: a header may say any number
        raise Damaged(f"it has {count:,} tensors, and a network of {sizes.layers:,} layers has {expected:,}")
    lines: dict[str, tuple[int, ...]] = {}
    for _ in range(count):
        (letters,) = reader.numbers("H", "the name of a tensor")
        name = bytes(reader.take(letters, "the name of a tensor")).decode("ascii", "backslashreplace")
        lines[name] = reader.numbers("BIQQ", f"the line of tensor {name[:40]!r}")
    shapes = tensor_shapes(sizes)
    if missing := [name for name in shapes if name not in lines]:
        raise Damaged(f"tensor {missing[0]!r} is not there")
    found = {name: _tensor(reader, name, lines[name], *shape) for name, shape in shapes.items()}
    _check_apart({name: (line[2], line[3]) for name, line in lines.items()}, behind=reader.at)
    return found


def tensor_shapes(sizes: Sizes) -> dict[str, tuple[int, int, bool]]:
    """Rows, columns and whether it is packed, of each tensor that there must be; a single row is a vector.

    Examples
    --------
    >>> small = Sizes(hidden=64, layers=1, heads=2, inner=128, words=9, positions=8, types=2, epsilon=1e-12)
    >>> tensor_shapes(small)["l0.fo.w"], tensor_shapes(small)["l0.fi.b"], len(tensor_shapes(small))
    ((64, 128, True), (1, 128, False), 21)
    """
    hidden, inner = sizes.hidden, sizes.inner
    shapes = {
        "emb.word": (sizes.words, hidden, True),
        "emb.pos": (sizes.positions, hidden, False),
        "emb.type": (sizes.types, hidden, False),
        "emb.ln.w": (1, hidden, False),
        "emb.ln.b": (1, hidden, False),
    }
    for layer in range(sizes.layers):
        for part in _PRODUCTS:
            rows, columns = inner if part == "fi" else hidden, inner if part == "fo" else hidden
            shapes[f"l{layer}.{part}.w"] = (rows, columns, True)
            shapes[f"l{layer}.{part}.b"] = (1, rows, False)
        for part in ("aln", "oln"):
            shapes[f"l{layer}.{part}.w"] = shapes[f"l{layer}.{part}.b"] = (1, hidden, False)
    return shapes


def _tensor(
    reader: ByteReader, name: str, line: tuple[int, ...], rows: int, columns: int, packed: bool
) -> Tensor:
    kind, number, start, size = line
    wanted = rows * columns // BLOCK * BLOCK_TYPE.itemsize if packed else 4 * rows * columns
    if (kind, number, size) != (int(packed), rows * columns, wanted):
        raise Damaged(
            f"tensor {name!r} has {number:,} numbers of kind {kind} in {size:,} bytes; its network asks for"
            f" {rows * columns:,} of kind {int(packed)} in {wanted:,}"
        )
    is_vector = rows == 1 and not packed and not name.startswith(("emb.pos", "emb.type"))
    data = reader.span(start, size, f"tensor {name!r}")
    return Tensor(name=name, data=data, rows=rows, columns=columns, packed=packed, is_vector=is_vector)


def _check_apart(places: Mapping[str, tuple[int, int]], *, behind: int) -> None:
    end, before = behind, "the directory"
    for name, (start, size) in sorted(places.items(), key=lambda place: place[1]):
        if start < end:
            raise Damaged(f"tensor {name!r} lies over {before}")
        end, before = start + size, f"tensor {name!r}"
