"""The one rule for what a number is in a file, and what stands in a cell that looks like one and is none."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
GROUPED = r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$"
"""What may be a thousand with a point, ``1.200``, or a number with three decimals."""
UNGROUPED = r"^[+-]?[0-9]{1,3}$"
"""What a writer who groups thousands leaves without a point."""

_NUMBER = re.compile(NUMBER)
_COMMA = re.compile(r"[+-]?\d*,\d+")
_ONE_GROUP = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_GROUPS = {  # what stands between thousands, and before the decimals
    re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"): (",", "."),
    re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?"): (".", ","),
    re.compile(r"[+-]?\d{1,3}([ \u00a0\u202f\u2009']\d{3})+([.,]\d+)?"): (" \u00a0\u202f\u2009'", ","),
}
_UNDERSCORES = re.compile(r"[+-]?\d+(_\d+)+(\.\d+)?")
_PERCENT = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s?%")
_SIGN_BEFORE = re.compile(r"[^\w\s+\-.,()]{1,3}\s?([+-]?\d+(?:[.,]\d+)*)")
_UNIT_BEHIND = re.compile(
    r"([+-]?\d+(?:[.,]\d+)*)\s?[^\W\d_e][^\d]{0,14}|([+-]?\d+(?:[.,]\d+)*)\s?[^\w\s.,()]{1,3}"
)
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
_NOTHING = frozenset(
    {"na", "n/a", "#n/a", "<na>", "null", "none", "nil", "nat", "missing", "-", "--", "?", "."}
)
_MINUS = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013", "-"))


def why_no_number(cell: str) -> str | None:
    """Why a cell is no number though it looks like one; None for a number and for a cell in which nothing stands.

    Parameters
    ----------
    cell
        As it stands in the file.

    Returns
    -------
    str | None
        What is in the way and what to write instead; "" for a cell that does not look like a number at all.

    Examples
    --------
    >>> why_no_number(" -1.5e3 "), why_no_number("NaN"), why_no_number("calm")
    (None, None, '')
    >>> why_no_number("3,5")
    'a decimal comma: write 3.5'
    >>> why_no_number("1_000")
    'an underscore: write 1000'
    """
    text = cell.strip()
    if not text or text.casefold() == "nan":
        return None
    if _NUMBER.match(text):
        return None if math.isfinite(float(text)) else "beyond the largest float, 1.8e308"
    if _INFINITE.fullmatch(text):
        return "infinite: only finite numbers are taken"
    if text.casefold() in _NOTHING:
        return "a word for a missing cell: leave the cell empty"
    return _commas_and_groups(text) or _signs(text)


def not_all_numbers(cells: Iterable[str]) -> str:
    """What to tell of cells that are taken as words though most of them look like numbers; "" where it is not so.

    Parameters
    ----------
    cells
        Those of a column; copies count once.

    Examples
    --------
    >>> not_all_numbers(["1", "2", "inf"])
    "most of them are numbers and 'inf' is not (infinite: only finite numbers are taken)"
    >>> not_all_numbers(["4,5", "3,5"])
    "most of them look like numbers with a decimal comma ('4,5'): write 4.5"
    >>> not_all_numbers(["1", "2"]), not_all_numbers(["calm", "rough", "3"])
    ('', '')
    """
    why, numbers, near, others = _sorted_out(cells)
    if not (near or others) or 2 * (len(numbers) + len(near)) <= len(why):
        return ""
    odd = (near or others)[0]
    reason = why[odd]
    if len(near) > len(numbers) and reason and reason.startswith("a decimal comma"):
        return f"most of them look like numbers with a decimal comma ({odd!r}){reason.removeprefix('a decimal comma')}"
    if len(near) > len(numbers):
        return f"most of them look like numbers, such as {odd!r} ({reason})"
    return f"most of them are numbers and {odd!r} is not" + (f" ({reason})" if reason else "")


def stray_cell(cells: Iterable[str]) -> str:
    """The first cell that is no number, one that looks like a number before any other: what ``not_all_numbers`` names.

    Examples
    --------
    >>> stray_cell(["1", "2", "inf"]), stray_cell(["1", "calm", "3,5"]), stray_cell(["1"])
    ('inf', '3,5', '')
    """
    _, _, near, others = _sorted_out(cells)
    return [*near, *others, ""][0]


def _sorted_out(cells: Iterable[str]) -> tuple[dict[str, str | None], list[str], list[str], list[str]]:
    """Why each cell is no number; those that are, those that look like one, and the others."""
    why = {cell: why_no_number(cell) for cell in dict.fromkeys(cells)}
    numbers = [cell for cell, reason in why.items() if reason is None]
    near = [cell for cell, reason in why.items() if reason and any(map(str.isdecimal, cell))]
    apart = {*numbers, *near}
    others = [cell for cell in why if cell not in apart]
    return why, numbers, near, others


def _commas_and_groups(text: str) -> str:
    if _ONE_GROUP.fullmatch(text):
        plain = text.replace(",", "")
        return f"a comma that may part thousands or decimals: write {plain} or {text.replace(',', '.')}"
    if _COMMA.fullmatch(text):
        return f"a decimal comma: write {text.replace(',', '.')}"
    for pattern, (between, decimal) in _GROUPS.items():
        if pattern.fullmatch(text):
            plain = text.translate(dict.fromkeys(map(ord, between)))
            return f"thousands in groups: write {plain.replace(decimal, '.')}"
    if _UNDERSCORES.fullmatch(text):
        return f"an underscore: write {text.replace('_', '')}"
    return ""


def _signs(text: str) -> str:
    ascii_text = "".join(_ascii_digit(character) for character in text.translate(_MINUS))
    if ascii_text != text and _NUMBER.match(ascii_text):
        return f"another sign for minus or other digits: write {ascii_text}"
    if found := _PERCENT.fullmatch(text):
        return f"a percent sign: write {found[1].replace(',', '.')}"
    found = _SIGN_BEFORE.fullmatch(text) or _UNIT_BEHIND.fullmatch(text)
    if found:
        number = next(filter(None, found.groups()))
        return f"a sign or a word beside the digits: write {_plain(number)}"
    return ""


def _plain(number: str) -> str:
    """Digits as they are meant, where that is clear; else as they stand."""
    if _NUMBER.match(number):
        return number
    reason = _commas_and_groups(number)
    return reason.partition(": write ")[2] or number


def _ascii_digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
