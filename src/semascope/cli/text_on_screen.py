"""A text that nobody vouches for, on the lines of a terminal."""

from __future__ import annotations

import re
import unicodedata

from rich.console import Console
from rich.text import Text

from semascope.words.numbers import count

MOST_CHARACTERS, MOST_LINES = 1_500, 14  # of a text on the screen, until more is asked for
MOST_WIDTH = 100  # columns of running text that read well


def text_lines(text: str, *, width: int, lines: int = MOST_LINES, whole: bool = False) -> list[str]:
    """A text that nobody vouches for, on lines that fit: control characters are written out, what is too long is cut."""
    width = max(20, min(width, MOST_WIDTH)) - 2
    kept = text if whole else text[:MOST_CHARACTERS]
    shown = _wrapped(kept, width)
    if not whole and len(shown) > lines:
        fits, too_long = 0, len(kept)  # halved until the longest beginning is found that fits
        while too_long - fits > 1:
            middle = (fits + too_long) // 2
            fits, too_long = (
                (middle, too_long) if len(_wrapped(kept[:middle], width)) <= lines else (fits, middle)
            )
        kept = kept[:fits]
        shown = _wrapped(kept, width)
    hidden = len(text) - len(kept)
    cut = [f"  … {count(hidden, 'more character')} (m shows the whole text)"] if hidden else []
    return [*(f"  {line}".rstrip() for line in shown), *cut]


def visible(text: str) -> str:
    r"""``text`` with its control and direction characters written out, so that none reaches the terminal.

    Examples
    --------
    >>> print(visible("red\x1b[31m\u202eabc\tend"))
    red\x1b[31m\u202eabc    end
    """
    return "".join(character if _is_plain(character) else _escaped(character) for character in text)


def _wrapped(text: str, width: int) -> list[str]:
    console = Console(width=width)
    found: list[str] = []
    for paragraph in re.split(r"\r\n|\r|\n", text):
        # rich counts columns of the screen: a character that takes two counts twice
        parts = Text(visible(paragraph)).wrap(console, width, overflow="fold")
        found += [part.plain.rstrip() for part in parts] or [""]
    return found


def _is_plain(character: str) -> bool:
    category = unicodedata.category(character)
    # Joiners make one emoji or syllable of several characters; other format characters can turn the line around.
    return category not in ("Cc", "Cf", "Cs", "Zl", "Zp") or character in "\u200c\u200d"


def _escaped(character: str) -> str:
    if character == "\t":
        return "    "
    number = ord(character)
    return (
        f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65_536 else f"\\U{number:08x}"
    )
