"""Queries as people also write them: with typing errors, in capitals, without accents, or in other words.

Each text is disturbed by itself: what becomes of it does not depend on the others, and is the same in every process.
"""

from __future__ import annotations

import random
import re
import unicodedata
from difflib import get_close_matches
from hashlib import blake2b
from typing import TYPE_CHECKING

from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

TYPOS, CASE, ACCENTS, COLUMN = "typos", "case", "accents", "column"
WAYS = (TYPOS, CASE, ACCENTS)
MISTYPED = 0.1  # of the words

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_WORD = re.compile(r"\w+")
_HAS_ACCENTS = ("LATIN", "GREEK")  # in other scripts a mark makes another letter, as in Cyrillic й


def read_way(written: str) -> str:
    """The way itself, when it is one: typos, case, accents, or ``column:NAME``.

    Raises
    ------
    ConfigError
        For another one, with those that there are.
    """
    kind, given, name = written.strip().partition(":")
    if kind == COLUMN and given and name.strip():
        return f"{COLUMN}:{name.strip()}"
    if written.strip() in WAYS:
        return written.strip()
    near = get_close_matches(written, WAYS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "choose one of them"
    raise ConfigError(
        f"perturb is {written!r}; accepted are {', '.join(WAYS)}, and column:NAME for a column of rewritten queries; {hint}"
    )


def column_of(way: str) -> str:
    """The column of rewritten queries that a way names; "" for the others."""
    return way.removeprefix(f"{COLUMN}:") if way.startswith(f"{COLUMN}:") else ""


def disturber(way: str, *, seed: int = 42) -> Callable[[str], str]:
    """What disturbs a text in one of ``WAYS``.

    Parameters
    ----------
    way
        ``typos``: each word is mistyped with a chance of one in ten: a letter beside the right one on the keyboard, a
        letter left out or doubled, or two exchanged. ``case``: capitals. ``accents``: Latin and Greek letters without.
    seed
        Of the typos.
    """
    if way == TYPOS:
        return lambda text: _mistyped(text, seed)
    return {CASE: str.upper, ACCENTS: _without_accents}[way]


def _mistyped(text: str, seed: int) -> str:
    digest = blake2b(
        text.encode("utf8", "surrogatepass"), digest_size=8, salt=seed.to_bytes(8, "big")
    ).digest()
    chance = random.Random(int.from_bytes(digest, "big"))
    return _WORD.sub(lambda word: _slip(word[0], chance) if chance.random() < MISTYPED else word[0], text)


def _slip(word: str, chance: random.Random) -> str:
    """The word with one slip of the fingers; a word of one letter gets a neighbour or is typed twice."""
    place = chance.randrange(len(word))
    letter = word[place]
    slips = ["double"]
    if _neighbours(letter):
        slips.append("beside")
    if len(word) > 1:
        slips += ["drop", "swap"]
    slip = chance.choice(slips)
    if slip == "beside":
        return word[:place] + chance.choice(_neighbours(letter)) + word[place + 1 :]
    if slip == "drop":
        return word[:place] + word[place + 1 :]
    if slip == "swap":
        place = min(place, len(word) - 2)
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + letter + word[place:]


def _neighbours(letter: str) -> str:
    """Letters left and right of one on a keyboard, and those of the rows above and below that touch it."""
    small = letter.lower()
    for number, row in enumerate(_ROWS):
        place = row.find(small)
        if place < 0 or not small.isascii():
            continue
        # Each row begins half a key further right than the one above it.
        near = [row[max(place - 1, 0) : place], row[place + 1 : place + 2]]
        if number:
            near.append(_ROWS[number - 1][place : place + 2])
        if number + 1 < len(_ROWS):
            near.append(_ROWS[number + 1][max(place - 1, 0) : place + 1])
        found = "".join(near)
        return found.upper() if letter.isupper() else found
    return ""


def _without_accents(text: str) -> str:
    return unicodedata.normalize(
        "NFC", "".join(_bare(letter) for letter in unicodedata.normalize("NFC", text))
    )


def _bare(letter: str) -> str:
    if letter.isascii() or not unicodedata.name(letter, "").startswith(_HAS_ACCENTS):
        return letter
    parts = unicodedata.normalize("NFD", letter)
    return "".join(part for part in parts if not unicodedata.combining(part))


def check_column(name: str, columns: Collection[str]) -> None:
    """Refuse a column of rewritten queries that the collection does not have.

    Raises
    ------
    ConfigError
        With the columns that there are.
    """
    if name not in columns:
        known = ", ".join(columns) or "none"
        raise ConfigError(
            f"perturb names the column {name!r}, which the queries do not have; their other columns are {known}; name one of them"
        )
