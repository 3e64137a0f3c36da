"""Labels from a column of any values: text, numbers, true and false, missing ones."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.number_rule import NUMBER
from semascope.data.spellings import alike_words, join_spellings, joined_words
from semascope.errors import DataError
from semascope.maps.contents import Labels
from semascope.maps.drawing.packing import MOST_LABELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Ints


_NUMBER = re.compile(NUMBER)


def make_labels(name: str, values: Sequence[object], *, note: str = "") -> Labels:
    """Colours by label from the values of a column.

    Parameters
    ----------
    values
        n values. None, NaN and blank text are missing. Numbers are written without needless decimals and stand in
        their own order; text stands in alphabetical order, after the numbers. Text that is numbers throughout, as a
        column of a file gives it, stands in their order too; the word ``nan`` among them is missing. Spellings of one
        label are joined as the classes of a study are (``join_spellings``).

    Examples
    --------
    >>> labels = make_labels("stars", [10, 2.0, None, 2, " "])
    >>> labels.names, labels.codes.tolist()
    (('2', '10'), [1, 0, -1, 0, -1])
    """
    written = join_spellings(map(_write, values)).values
    numbers = {_write(value): float(value) for value in values if _is_number(value)}  # type: ignore[arg-type]
    if not numbers:
        numbers = _all_numbers({word for word in written if word and not _is_nan(word)})
        written = ["" if numbers and _is_nan(word) else word for word in written]
    names = sorted(
        {word for word in written if word},
        key=lambda word: (word not in numbers, numbers.get(word, 0.0), word.casefold(), word),
    )
    place = {word: code for code, word in enumerate(names)}
    codes = np.array([place.get(word, -1) for word in written], dtype=np.int64)
    return Labels(name=name, codes=codes, names=tuple(names), note=note)


def spelling_notes(name: str, values: Sequence[str]) -> list[str]:
    """What ``make_labels`` joins among the cells of a column, and what looks alike and is kept apart."""
    found, notes = join_spellings(values), []
    if found.joined:
        notes.append(f"Labels of {name!r} in several spellings were joined: {joined_words(found)}")
    if found.alike:
        notes.append(f"Labels of {name!r} look alike and are kept apart: {alike_words(found)}")
    return notes


def check_labels(labels: Labels, texts: int) -> None:
    """Refuse codes that are not one a text, or that name no label, and more labels than a page can tell apart."""
    if labels.codes.shape != (texts,):
        raise DataError(
            f"labels {labels.name!r} have shape {labels.codes.shape} for {texts:,} texts; they need one code a text; "
            "take them from the same rows"
        )
    if texts and not (labels.codes.min() >= -1 and labels.codes.max() < len(labels.names)):
        raise DataError(
            f"labels {labels.name!r} have codes from {labels.codes.min()} to {labels.codes.max()} for "
            f"{len(labels.names)} names; -1 and 0 to {len(labels.names) - 1} are accepted; use make_labels"
        )
    if len(labels.names) > MOST_LABELS:
        raise DataError(
            f"labels {labels.name!r} have {len(labels.names):,} values; a page has room for {MOST_LABELS:,}; take a "
            "column with fewer"
        )


def kept_labels(labels: Labels, kept: Ints) -> Labels:
    """The labels of some texts; all names stay."""
    return Labels(name=labels.name, codes=labels.codes[kept], names=labels.names, note=labels.note)


def _is_number(value: object) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return False
    return isinstance(value, (int, float, np.integer, np.floating)) and not math.isnan(float(value))


def _is_nan(word: str) -> bool:
    return word.casefold() == "nan"


def _all_numbers(words: set[str]) -> dict[str, float]:
    """Each word's number; empty unless all of them are one."""
    return {word: float(word) for word in words} if all(map(_NUMBER.match, words)) else {}


def _write(value: object) -> str:
    if value is None or (isinstance(value, (float, np.floating)) and math.isnan(float(value))):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else str(number)
    return str(value).strip()
