"""One label in several spellings: white space, Unicode forms, ``4`` and ``4.0``, ``True`` and ``true``, capitals.

Two spellings of one label are joined wherever nothing else can be meant. What differs by more (capitals, ``01`` and ``1``,
``true`` and ``1``) only looks alike: classes and slices stay apart there and are named, groups are joined, because a
group that stands on both sides of a split leaks.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SHOWN = 4  # labels that are told, and spellings of each

UNSEEN = "\u200b\u200e\u200f\u2060\ufeff"  # zero-width characters that files carry at the ends of a cell
BOOLEANS = {"true": "1", "false": "0"}
_WHOLE = re.compile(r"([+-]?)0*([0-9]+)(?:\.0+)?")
_POINT_ZERO = re.compile(r"([+-]?[0-9]+)\.0+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Spellings:
    """A column with one spelling a label."""

    values: list[str]  # (n,) "" where nothing is written
    joined: Mapping[str, Mapping[str, int]]  # labels that were written in several ways: rows by spelling
    alike: Sequence[Mapping[str, int]]  # labels that look alike and were kept apart: rows by label


def join_spellings(values: Iterable[str], *, alike: bool = False) -> Spellings:
    """One spelling for each label of a column.

    Parameters
    ----------
    values
        n cells.
    alike
        Join what only looks alike, too: capitals, compatibility characters, ``01`` and ``1``, ``true`` and ``1``.

    Returns
    -------
    Spellings
        A label that was written in several ways is called by the commonest of them, without its outer white space.

    Examples
    --------
    >>> found = join_spellings(["bar ", "bar", "Bar", "2", "2.0"])
    >>> found.values
    ['bar', 'bar', 'Bar', '2', '2']
    >>> found.joined, found.alike
    ({'bar': {'bar ': 1, 'bar': 1}, '2': {'2': 1, '2.0': 1}}, [{'bar': 2, 'Bar': 1}])
    >>> join_spellings(["bar ", "bar", "Bar"], alike=True).values
    ['bar', 'bar', 'bar']
    """
    cells = list(values)
    counted = Counter(cells)
    plain = {cell: plain_spelling(cell) for cell in counted}
    key_of = {cell: (_alike(plain[cell]) if alike else _same(plain[cell])) for cell in counted}
    by_key: dict[str, dict[str, int]] = {}
    for cell, rows in counted.items():
        if plain[cell]:
            by_key.setdefault(key_of[cell], {})[cell] = rows
    name = {key: _name(spellings, plain) for key, spellings in by_key.items()}
    labels = {cell: name[key_of[cell]] if plain[cell] else "" for cell in counted}
    return Spellings(
        values=[labels[cell] for cell in cells],
        joined={name[key]: spellings for key, spellings in by_key.items() if len(spellings) > 1},
        alike=[] if alike else look_alikes({name[key]: sum(found.values()) for key, found in by_key.items()}),
    )


def plain_spelling(value: str) -> str:
    r"""``value`` in Unicode NFC, runs of white space as one blank, nothing unseen at its ends.

    Examples
    --------
    >>> plain_spelling("\ufeff Zu\u0308rich\u00a0 West ") == "Zürich West"
    True
    """
    written = " ".join(unicodedata.normalize("NFC", value).split())
    return written.strip(UNSEEN + " ")


def is_same_label(one: str, other: str) -> bool:
    """Whether two spellings are joined.

    Examples
    --------
    >>> is_same_label("2.0", " 2"), is_same_label("bar", "Bar")
    (True, False)
    """
    return one == other or _same(plain_spelling(one)) == _same(plain_spelling(other))


def look_alikes(labels: Mapping[str, int]) -> list[Mapping[str, int]]:
    """Labels that could be one, as groups of two or more with their rows, the commonest label first.

    Examples
    --------
    >>> look_alikes({"Bar": 28, "bar": 50, "foo": 3, "1": 2, "true": 4})
    [{'bar': 50, 'Bar': 28}, {'true': 4, '1': 2}]
    """
    groups: dict[str, dict[str, int]] = {}
    for label, rows in labels.items():
        groups.setdefault(_alike(label), {})[label] = rows
    return [
        dict(sorted(group.items(), key=lambda item: (-item[1], item[0])))
        for group in groups.values()
        if len(group) > 1
    ]


def shown(spelling: str) -> str:
    r"""A spelling as a reader can tell it from its likes.

    Examples
    --------
    >>> print(shown("bar "), shown("caf\u00e9"), shown("cafe\u0301"))
    “bar␣” “café” “café” (decomposed)
    """
    composed = unicodedata.normalize("NFC", spelling)
    coded = "".join(f"‹U+{ord(c):04X}›" if c in UNSEEN or (c.isspace() and c != " ") else c for c in composed)
    inner = coded.strip(" ")
    before = len(coded) - len(coded.lstrip(" ")) if inner else len(coded)
    after = len(coded) - len(coded.rstrip(" ")) if inner else 0
    seen = "␣" * before + inner.replace("  ", "␣␣") + "␣" * after
    return f"“{seen}”" + (" (decomposed)" if composed != spelling else "")


def _name(spellings: Mapping[str, int], plain: Mapping[str, str]) -> str:
    """The commonest plain spelling; of equally common ones the shortest, then the first of the alphabet."""
    rows: Counter[str] = Counter()
    for cell, count in spellings.items():
        rows[plain[cell]] += count
    return min(rows, key=lambda label: (_POINT_ZERO.fullmatch(label) is not None, -rows[label], label))


def _same(label: str) -> str:
    """What spellings of one label share."""
    whole = _POINT_ZERO.fullmatch(label)
    if whole:
        return whole[1]
    folded = label.casefold()
    return folded if folded in BOOLEANS else label


def _alike(label: str) -> str:
    """What labels share that look alike."""
    folded = " ".join(unicodedata.normalize("NFKC", label).casefold().split())
    folded = BOOLEANS.get(folded, folded)
    whole = _WHOLE.fullmatch(folded)
    return f"{whole[1].replace('+', '')}{whole[2]}" if whole else folded


def joined_words(found: Spellings) -> str:
    """The spellings of each label that has several, with their rows; "" where there are none.

    Examples
    --------
    >>> from semascope.data.spellings import join_spellings
    >>> joined_words(join_spellings(["bar ", "bar", "bar"]))
    '“bar” (2) and “bar␣” (1) are “bar”'
    """
    return _some([f"{_pairs(spellings)} are “{name}”" for name, spellings in found.joined.items()])


def alike_words(found: Spellings) -> str:
    """The labels that look alike and were kept apart, with their rows; "" where there are none."""
    return _some([_pairs(group) for group in found.alike])


def _pairs(rows: Mapping[str, int]) -> str:
    ordered = sorted(rows.items(), key=lambda item: (-item[1], item[0]))
    return listing([f"{shown(name)} ({number:,})" for name, number in ordered], limit=SHOWN)


def _some(told: list[str]) -> str:
    more = [f"and {len(told) - SHOWN:,} more"] if len(told) > SHOWN else []
    return "; ".join([*told[:SHOWN], *more])
