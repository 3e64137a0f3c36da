"""What separates the columns of a file: by its ending, unless its first rows say otherwise."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.data.table import Remark
from semascope.errors import DataError

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterable, Sequence

    from semascope.types import Quoting

NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
"""Separators that are looked for, the likelier ones first."""

_STATED = re.compile(r'"?sep=([^\r\n]?)"?[\r\n]*', re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_FITS = 0.5  # of the first rows must have as many fields as the header


def csv_rows(lines: Iterable[str], separator: str, *, letters: bool, strict: bool = False) -> Reader:
    """The rows of these lines, blank ones empty.

    Parameters
    ----------
    letters
        Whether quotation marks are letters; else they enclose cells.
    strict
        Whether quotation marks in the wrong place are a ``csv.Error``.
    """
    if letters:
        return csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE, strict=strict)
    return csv.reader(lines, delimiter=separator, strict=strict)


@dataclass(frozen=True, slots=True)
class Separator:
    """The character, and what there is to say of it."""

    character: str
    stated: bool = False  # by a line ``sep=;`` before the header, which spreadsheets write
    remark: Remark | None = None

    @property
    def name(self) -> str:
        """In the plural."""
        return NAMES.get(self.character, repr(self.character))


def find_separator(lines: Sequence[str], *, usual: str, quoting: Quoting, source: str) -> Separator:
    r"""The separator of a file whose first lines these are.

    Parameters
    ----------
    lines
        With their line ends; the last may be cut off.
    usual
        What the ending of the file promises: a comma or a tab.

    Raises
    ------
    DataError
        For a line ``sep=`` that states none.

    Examples
    --------
    >>> find_separator(["text;note\n", "Well, calm;3\n"], usual=",", quoting="auto", source="a.csv").name
    'semicolons'
    """
    first = lines[0] if lines else ""
    if (stated := _STATED.fullmatch(first)) is not None:
        return _stated(stated[1], source)
    found = _found(lines, usual, quoting)
    remark = None
    if found != usual:
        said = f"the columns of {source} are separated by {NAMES[found]}, not by {NAMES[usual]}"
        remark = Remark(said)
    return Separator(found, remark=remark)


def _stated(character: str, source: str) -> Separator:
    if not character or character.isalnum() or character in "\"' ":
        raise DataError(
            f"{source}, line 1: it states no separator after 'sep='; accepted is one character, such as 'sep=;'; "
            "correct or delete the line"
        )
    name = NAMES.get(character, repr(character))
    said = f"the first line of {source} states that {name} separate its columns; the header is the second"
    return Separator(character, stated=True, remark=Remark(said))


def _found(lines: Sequence[str], usual: str, quoting: Quoting) -> str:
    header = lines[0] if lines else ""
    candidates = [each for each in dict.fromkeys((usual, *NAMES)) if each in header]
    if not candidates or candidates == [usual] or (usual == "\t" and usual in candidates):
        return usual
    trials = {each: _Trial.of(lines, each, quoting) for each in candidates}
    whole = [each for each, trial in trials.items() if trial.share == 1]
    decimal = [each for each in whole if each != "," and trials[each].decimal_commas]
    if "," in whole and decimal:  # a comma that parts every number is none that parts columns
        return decimal[0]
    if whole:
        return whole[0]
    best = max(candidates, key=lambda each: trials[each].share)
    return best if trials[best].share >= _FITS else usual


@dataclass(frozen=True, slots=True)
class _Trial:
    """What the first rows look like with one separator."""

    # of the rows with as many fields as the header; 0 where the header itself does not look right
    share: float
    decimal_commas: bool  # whether some column holds nothing but numbers such as 3,5

    @classmethod
    def of(cls, lines: Sequence[str], separator: str, quoting: Quoting) -> _Trial:
        header, *rows = [row for row in csv_rows(lines, separator, letters=quoting == "none") if row]
        if len(header) < 2 or (quoting != "none" and any('"' in name for name in header)):
            return cls(0.0, False)
        if len(rows) > 1 and len(rows[-1]) != len(header):
            rows.pop()  # it may go on behind the first lines
        fitting = [row for row in rows if len(row) == len(header)]
        columns = zip(*fitting, strict=True)
        decimal = any(all(_DECIMAL_COMMA.fullmatch(cell.strip()) for cell in cells) for cells in columns)
        return cls(len(fitting) / len(rows) if rows else 1.0, decimal)
