"""A column beside the texts, as labels or as numbers, with what is missing left out. Letters: n texts, c labels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Array, Floats, Ints

ColumnKind = Literal["labels", "numbers"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Column:
    """The values of a column, one a text."""

    name: str
    kind: ColumnKind
    known: Ints  # (m,) rows that have a value
    codes: Ints  # (n,) of labels, from 0, and -1 where there is none; empty of numbers
    # (n,) of numbers, about their mean and of spread 1, 0 where there is none; empty of labels
    numbers: Floats
    values: int  # different ones


def read_column(name: str, values: Sequence[object] | Array, n: int) -> Column:
    """A column as labels or numbers.

    Parameters
    ----------
    values
        One a text. Numbers where all that are there are numbers, and labels otherwise. ``None``, NaN and "" are missing.

    Examples
    --------
    >>> column = read_column("language", ["en", None, "de", "en"], 4)
    >>> column.kind, column.codes.tolist(), column.values
    ('labels', [0, -1, 1, 0], 2)
    >>> read_column("length", [1.0, float("nan"), 3], 3).numbers.tolist()
    [-1.0, 0.0, 1.0]
    """
    given = values.tolist() if isinstance(values, np.ndarray) else list(values)
    if len(given) != n:
        raise DataError(
            f"column {name!r} has {len(given)} values for {n} texts; each text needs one; pass None where it is missing"
        )
    there = np.array([not _missing(value) for value in given], dtype=np.bool_)
    known = np.flatnonzero(there)
    if all(_is_number(given[row]) for row in known):
        return _of_numbers(name, given, known)
    codes = np.full(n, -1, dtype=np.int64)
    seen: dict[str, int] = {}
    for row in known:
        codes[row] = seen.setdefault(str(given[row]), len(seen))
    return Column(name=name, kind="labels", known=known, codes=codes, numbers=np.zeros(0), values=len(seen))


def _of_numbers(name: str, given: Sequence[object], known: Ints) -> Column:
    read = np.array([given[row] for row in known], dtype=np.float64)
    if not np.isfinite(read).all():
        raise DataError(
            f"column {name!r} holds an infinite number; numbers must be finite; mend or leave out such rows"
        )
    numbers = np.zeros(len(given))
    if len(read):
        about = read - read.mean()
        spread = float(np.sqrt((about**2).mean()))
        numbers[known] = about / spread if spread > 0 else 0.0
    return Column(
        name=name,
        kind="numbers",
        known=known,
        codes=np.zeros(0, dtype=np.int64),
        numbers=numbers,
        values=len(np.unique(read)),
    )


def _missing(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
