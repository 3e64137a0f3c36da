"""Texts cut into pieces: words, characters of scripts that write no spaces, and other signs one by one."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from semascope.types import Ints

# Thai, Lao, Myanmar, Khmer; the iteration marks, kana, Bopomofo and the Han characters.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Vowels and tones of these that are written on the character before them.
_UNSPACED_MARKS = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u1056-\u1059\u17b4-\u17d3\u17dd"
    "\u3099\u309a"
)
# Marks and joiners inside words of other scripts, which Python counts as no part of a word: combining accents, Hebrew
# and Arabic points, the vowels of India's scripts, Tibetan ones.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e8\u06ea-\u06ed\u0900-\u0963\u0970-\u0dff\u0f71-\u0f84\u0f8d-\u0fbc\u200c\u200d"
)
_LETTER = rf"[^\W{_UNSPACED}]"
PATTERN = (
    rf"[{_UNSPACED}][{_UNSPACED_MARKS}]*"  # one character with its marks
    rf"|{_LETTER}(?:{_LETTER}|[{_MARKS}])*"  # a word
    rf"|[^\w\s{_UNSPACED}]"  # any other sign: punctuation, emoji
)
"""What one piece is; scikit-learn's ``token_pattern``."""

_PIECE = re.compile(PATTERN)
_ALONE = re.compile(rf"[{_UNSPACED}]")


def tidy(text: str) -> str:
    """The text in small letters and in one Unicode form (NFKC), so that one word is written in one way.

    Examples
    --------
    >>> tidy("ＦＥＲＲＹ Zu\u0308rich")
    'ferry zürich'
    """
    return unicodedata.normalize("NFKC", text).lower()


def pieces_of(text: str) -> list[str]:
    """The pieces of a text in their order.

    Examples
    --------
    >>> pieces_of("Don't wait, 我们走!")
    ['don', "'", 't', 'wait', ',', '我', '们', '走', '!']
    """
    return _PIECE.findall(tidy(text))


def is_unspaced(piece: str) -> bool:
    """Whether a piece is a character of a script that writes no spaces between words."""
    return _ALONE.match(piece) is not None


def numbered_pieces(texts: Iterable[str], number: Callable[[str], int]) -> tuple[Ints, Ints]:
    """(the number of every piece, text after text; how many pieces each text has)."""
    flat: list[int] = []
    lengths: list[int] = []
    for text in texts:
        before = len(flat)
        flat += map(number, pieces_of(text))
        lengths.append(len(flat) - before)
    return np.array(flat, dtype=np.int64), np.array(lengths, dtype=np.int64)
