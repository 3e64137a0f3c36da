"""What a reader sees first, and what is kept for later: the finding in two parts, the facts of all panels in a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.maps.contents import Fact, Panel

_CLOSING = {"(": ")", "'": "'", '"': '"', "“": "”"}


def parted(sentence: str) -> tuple[str, str]:
    """The finding's first clause, for large type, and the rest of it as a sentence of its own.

    A semicolon within brackets or quotes belongs to a name and parts nothing. A number stays on the line of its "%".

    Examples
    --------
    >>> parted("'a; b' is best (1; 2); nothing moves.")
    ("'a; b' is best (1; 2).", 'Nothing moves.')
    >>> parted("Nothing stands out.")
    ('Nothing stands out.', '')
    """
    sentence = sentence.replace(" %", "\u00a0%")
    at = _first_semicolon(sentence)
    if at < 0:
        return sentence, ""
    rest = sentence[at + 1 :].strip()
    return sentence[:at] + ".", rest[:1].upper() + rest[1:]


def _first_semicolon(sentence: str) -> int:
    awaited: list[str] = []
    for at, character in enumerate(sentence):
        if awaited and character == awaited[-1]:
            awaited.pop()
        elif character in _CLOSING and not _inside_word(sentence, at):
            awaited.append(_CLOSING[character])
        elif character == ";" and not awaited and sentence[at + 1 : at + 2] == " ":
            return at
    return -1


def _inside_word(sentence: str, at: int) -> bool:
    """Whether a mark opens nothing because a letter stands right before it: an apostrophe."""
    return sentence[at] == "'" and at > 0 and sentence[at - 1].isalnum()


@dataclass(frozen=True, kw_only=True, slots=True)
class FactTable:
    """Facts of all panels: a row a panel, a column a name, None where a panel has none of it."""

    names: list[str]
    rows: list[list[Fact | None]]


def fact_table(panels: Sequence[Panel]) -> FactTable:
    """The facts under all panels in one table, columns in the order in which their names first come."""
    names = list(dict.fromkeys(fact.name for panel in panels for fact in panel.facts))
    rows = []
    for panel in panels:
        by_name = {fact.name: fact for fact in panel.facts}
        rows.append([by_name.get(name) for name in names])
    return FactTable(names=names, rows=rows)
