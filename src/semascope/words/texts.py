"""Texts of users made fit for a page: nothing invisible, nothing that breaks an encoding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semascope.words.numbers import count, some_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

CUT = "…"
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff\ufffe\uffff]")

BETWEEN = " · "
"""Between the parts of a cell's name; no name that a user gives holds it."""


def capital(sentence: str) -> str:
    """The sentence with a capital first letter, the others as they are."""
    return sentence[:1].upper() + sentence[1:]


def spoken(said: str, name: str) -> str:
    """The sentence with a capital first letter, unless it begins with a name that somebody gave: that stays as it is.

    Examples
    --------
    >>> spoken("minilm reads English", "minilm"), spoken("texts say nothing", "minilm")
    ('minilm reads English', 'Texts say nothing')
    """
    return said if said.startswith(name) else capital(said)


def readable(text: str) -> str:
    r"""The text with every character that a page cannot carry shown as a visible one.

    Control characters become their pictures (NUL is shown as ``␀``), lone surrogates and non-characters the
    replacement character, and so do the two marks that force a direction on what follows; line ends become newlines.

    Examples
    --------
    >>> readable("a\x00b\r\nc\ud800")
    'a␀b\nc�'
    """
    return _ODD.sub(_picture, text.replace("\r\n", "\n").replace("\r", "\n"))


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "\ufffd"


def shorten(text: str, limit: int) -> str:
    """The first ``limit`` characters at most, cut at a space where one is near, with an ellipsis when cut.

    Examples
    --------
    >>> shorten("one two three", 9)
    'one two…'
    """
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    space = head.rfind(" ", limit * 2 // 3)
    return (head[:space] if space > 0 else head).rstrip() + CUT


def listing(words: list[str], *, limit: int = 6) -> str:
    """Words joined as a sentence joins them; beyond ``limit`` the rest is counted.

    Examples
    --------
    >>> listing(["a", "b", "c"]), listing(["a", "b", "c"], limit=2)
    ('a, b and c', 'a, b and 1 more')
    """
    if len(words) > limit:
        words = [*words[:limit], f"{len(words) - limit:,} more"]
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + " and " + words[-1]


def unknown_said(name: str, rows: Sequence[int]) -> str:
    """The sentence about an encoder and the rows of which its vocabulary holds nothing, one or more.

    Examples
    --------
    >>> unknown_said("tides", [3, 9])
    'tides knows no word of 2 texts (rows 3, 9): all such texts have the vector of its unknown token, and so one score'
    """
    return (
        f"{name} knows no word of {count(len(rows), 'text')} ({some_rows(rows)}): all such texts have the vector of its"
        " unknown token, and so one score"
    )


def unknown_words_said(name: str, rows: Sequence[int]) -> str:
    """As ``unknown_said``, of a scorer that reads words.

    Examples
    --------
    >>> unknown_words_said("tfidf", [3])
    'tfidf has learnt no word of 1 text (row 3): all such texts get one score, which says nothing of them'
    """
    return (
        f"{name} has learnt no word of {count(len(rows), 'text')} ({some_rows(rows)}): all such texts get one score, which says"
        " nothing of them"
    )
