"""Texts that are odd: processed or left out, and always reported by row."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.types import Ints

VERY_LONG = 1_000_000  # bytes in UTF-8
INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})  # control, format (zero-width), and space characters
BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # Hangul fillers and the empty Braille cell


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OddTexts:
    """Positions of odd texts among n, ascending; a text may be in several."""

    empty: Ints  # nothing to read: empty, or white space, control and zero-width characters only
    nul: Ints  # holds a NUL character
    replaced: Ints  # holds U+FFFD, which stands for what could not be decoded, here or before
    very_long: Ints  # a million bytes or more


def odd_texts(texts: Sequence[str]) -> OddTexts:
    r"""Where the odd texts are.

    Examples
    --------
    >>> found = odd_texts(["high tide", " \u200b\n", "a\0b"])
    >>> found.empty.tolist(), found.nul.tolist()
    ([1], [2])
    """
    return OddTexts(
        empty=_where(texts, is_empty),
        nul=_where(texts, lambda text: "\0" in text),
        replaced=_where(texts, lambda text: "\ufffd" in text),
        very_long=_where(texts, _is_very_long),
    )


def is_empty(text: str) -> bool:
    """Whether there is nothing to read in ``text``."""
    return all(
        character in BLANK_LETTERS or unicodedata.category(character) in INVISIBLE for character in text
    )


def _is_very_long(text: str) -> bool:
    if len(text) >= VERY_LONG:
        return True
    return len(text) * 4 >= VERY_LONG and len(text.encode("utf-8", "surrogatepass")) >= VERY_LONG


def _where(texts: Sequence[str], is_odd: Callable[[str], bool]) -> Ints:
    return np.array([i for i, text in enumerate(texts) if is_odd(text)], dtype=np.int64)
