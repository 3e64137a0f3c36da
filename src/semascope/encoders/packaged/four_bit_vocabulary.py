"""The vocabulary of a 4-bit file: pieces with their scores, special tokens, and the table of replaced characters."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.packaged.byte_reader import ByteReader, Damaged

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACE, _SCORE = np.dtype("<u4"), np.dtype("<f4")
_MOST_CODE = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """Pieces of a unigram tokenizer, by id."""

    pieces: list[str]
    scores: list[float]  # logarithms of their probabilities
    begin: int
    end: int
    padding: int
    unknown: int
    replaced: Mapping[str, str]  # what stands for a character before pieces are looked for


def read_vocabulary(reader: ByteReader, *, words: int) -> Vocabulary:
    """The vocabulary at which the reader stands.

    Parameters
    ----------
    words
        Token vectors that the network has; each piece needs one.

    Raises
    ------
    Damaged
        With what is wrong.
    """
    count, begin, end, padding, unknown = reader.numbers("5i", "the vocabulary")
    (length,) = reader.numbers("Q", "the length of its pieces")
    if not 0 < count <= words:
        raise Damaged(f"it has {count:,} pieces for {words:,} token vectors")
    special = (begin, end, padding, unknown)
    if len(set(special)) < len(special) or not all(0 <= token < count for token in special):
        raise Damaged(f"its special tokens are {', '.join(map(str, special))} of {count:,} pieces")
    places = reader.array(_PLACE, count + 1, "the table of pieces").astype(np.int64)
    scores = reader.array(_SCORE, count, "the scores of pieces")
    letters = bytes(reader.take(length, "the letters of pieces"))
    if places[0] != 0 or places[-1] != length or (np.diff(places) < 1).any():
        raise Damaged("its pieces do not follow one another")
    if not np.isfinite(scores).all():
        raise Damaged("a piece has a score that is not finite")
    try:
        pieces = [letters[start:stop].decode() for start, stop in itertools.pairwise(places.tolist())]
    except UnicodeDecodeError as error:
        raise Damaged(f"a piece is not UTF-8 ({error.reason})") from None
    if len(set(pieces)) < count:
        raise Damaged("a piece is there twice")
    return Vocabulary(
        pieces=pieces,
        scores=scores.astype(np.float64).tolist(),
        begin=begin,
        end=end,
        padding=padding,
        unknown=unknown,
        replaced=_replaced(reader),
    )


def _replaced(reader: ByteReader) -> dict[str, str]:
    """Characters in ascending order, each with a count and that many characters instead."""
    count, size = reader.numbers("iI", "the table of replaced characters")
    table = ByteReader(reader.take(size, "the table of replaced characters"))
    if not 0 <= 5 * count <= size:
        raise Damaged(f"its table of replaced characters has {count:,} lines in {size:,} bytes")
    found: dict[str, str] = {}
    last = 0  # a text of the engine ends at character 0, which so cannot be replaced
    for _ in range(count):
        code, many = table.numbers("IB", "a line of replaced characters")
        instead = table.numbers(f"{many}I", "a line of replaced characters")
        if code <= last or not all(map(_is_character, (code, *instead))):
            raise Damaged(
                f"its table of replaced characters has one at {code:#x} that is none or out of order"
            )
        found[chr(code)] = "".join(map(chr, instead))
        last = code
    if table.at != size:
        raise Damaged("its table of replaced characters is not as long as it says")
    return found


def _is_character(code: int) -> bool:
    return 0 < code <= _MOST_CODE and code not in _SURROGATES
