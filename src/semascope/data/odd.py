"""Texts with nothing to read: they are left out or listed, and always reported by row."""

from __future__ import annotations

import unicodedata

INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})  # control, format (zero-width), and space characters
BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # Hangul fillers and the empty Braille cell


def is_empty(text: str) -> bool:
    """Whether there is nothing to read in ``text``."""
    return all(
        character in BLANK_LETTERS or unicodedata.category(character) in INVISIBLE for character in text
    )
