"""Conditions on columns of documents: ``lang=en``, ``year>=2020``. Several must all hold.

Whether one holds for a document rests on its own cell alone: not on the type of the column, which other files may change.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from semascope.data.building import repair
from semascope.data.columns import require_columns
from semascope.data.number_rule import NUMBER
from semascope.errors import ConfigError, DataError
from semascope.retrieval.indexes.column_types import written as texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.retrieval.indexes.document_file import DocumentFile
    from semascope.types import Floats, Mask

_WRITTEN = re.compile(r"\s*([^=!<>\s].*?)\s*(!=|<=|>=|=|<|>)\s*(.*?)\s*", re.DOTALL)
_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MEANT = {"==": "=", "===": "=", "!==": "!=", "<>": "!=", "=<": "<=", "=>": ">="}
_NUMBER = re.compile(NUMBER)
_CODE = re.compile(r"\+|-?0[0-9]")
"""How what looks like a number begins that is a code: ``007`` is another than ``7``."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition.

    Examples
    --------
    >>> Condition.read("year >= 2020")
    Condition(column='year', sign='>=', value='2020')
    """

    column: str
    sign: str  # = != < <= > >=
    value: str

    @classmethod
    def read(cls, written: str) -> Condition:
        """The condition that COLUMN=VALUE says, or another sign.

        Raises
        ------
        ConfigError
            For anything else: signs of other languages, values in quotes, and ``<`` and its like with what is no number.
        """
        written = repair(written)
        found = _WRITTEN.fullmatch(written)
        if found is None:
            raise ConfigError(
                f"where is {written!r}; it must be COLUMN=VALUE, with = != < <= > or >= between; write for example lang=en"
            )
        column, sign, value = found.groups()
        _refuse_other_language(written, column, sign, value)
        if sign in _ORDER and not _NUMBER.match(value):
            raise ConfigError(
                f"where is {written!r}; {sign} compares numbers, and {value!r} is none; give a number, or take = or !="
            )
        return cls(column, sign, value)

    def holds(self, cells: Sequence[Cells], live: Sequence[Mask]) -> list[Mask]:
        """Of each part of the documents (n,) where it holds.

        A missing cell is an empty text; it is no number, so no ``<`` or ``>`` finds it. Two cells are equal as texts, or as
        numbers, exactly; what is written with a zero or a plus before is a text. A list equals each of its members. White
        space around does not count.

        Parameters
        ----------
        live
            Of each part (n,) the documents that count; a deleted one forbids nothing.

        Raises
        ------
        DataError
            For ``<`` and its like where a document that counts has a text.
        """
        if self.sign in _ORDER:
            return self._ordered(cells, live)
        equal = [part.where(self._equals(part.distinct)) for part in cells]
        return equal if self.sign == "=" else [~each for each in equal]

    def _equals(self, distinct: pa.Array) -> Mask:
        found = _mask(pc.equal(distinct, pa.scalar(self.value, pa.large_string())))
        if _is_plain(self.value):
            for place in _near(_floats(distinct), self.value):
                found[place] |= _are_equal(distinct[place].as_py(), self.value)
        for place in np.flatnonzero(_mask(pc.starts_with(distinct, "["))).tolist():
            found[place] |= any(_are_equal(each, self.value) for each in _members(distinct[place].as_py()))
        return found

    def _ordered(self, cells: Sequence[Cells], live: Sequence[Mask]) -> list[Mask]:
        wanted, compare = _decimal(self.value), _ORDER[self.sign]
        found = []
        for part, there in zip(cells, live, strict=True):
            numbers = _floats(part.distinct)
            missing = _mask(pc.is_in(pc.utf8_lower(part.distinct), pa.array(["", "nan"], pa.large_string())))
            texts = np.flatnonzero(part.where(~np.isfinite(numbers) & ~missing) & there)
            if len(texts):
                raise DataError(
                    f"column {self.column!r} holds {part.text(texts[0])!r:.60}; {self.sign} compares numbers; take = or !=, or"
                    " another column"
                )
            holds = np.asarray(
                compare(numbers, float(self.value)), dtype=np.bool_
            )  # NaN compares with nothing
            for place in _near(numbers, self.value):  # equal as floats; exactly?
                holds[place] = compare(_decimal(part.distinct[place].as_py()), wanted)
            found.append(part.where(holds))
        return found


class Cells:
    """The cells of one column in one part of the documents: each distinct text once.

    Parameters
    ----------
    column
        n cells; None where these documents have no such column.
    """

    def __init__(self, column: pa.ChunkedArray | None, n: int) -> None:
        if column is None:
            column = pa.chunked_array([pa.nulls(n)])
        texts = pc.fill_null(pc.utf8_trim_whitespace(texts_of(column)), "")
        encoded = pa.concat_arrays([*texts.chunks, pa.array([], pa.large_string())]).dictionary_encode()
        self.distinct: pa.Array = encoded.dictionary
        self._places = np.asarray(encoded.indices)

    def where(self, holds: Mask) -> Mask:
        """(n,) what is so of the cells, from what is so of the distinct ones."""
        found: Mask = holds[self._places]
        return found

    def text(self, cell: int) -> str:
        """The text of one of the n cells."""
        found: str = self.distinct[self._places[cell]].as_py()
        return found


def _mask(values: pa.Array) -> Mask:
    return np.array(values.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _floats(texts: pa.Array) -> Floats:
    """The nearest float of each text; NaN where it is no number."""
    numbers = pc.if_else(pc.match_substring_regex(texts, NUMBER), texts, None).cast(pa.float64())
    return np.array(pc.fill_null(numbers, np.nan), dtype=np.float64)


def _near(numbers: Floats, value: str) -> list[int]:
    """Places of the numbers that are a value, as far as floats tell."""
    found: list[int] = np.flatnonzero(numbers == float(value)).tolist()
    return found


def _are_equal(one: str, other: str) -> bool:
    return one == other or (_is_plain(one) and _is_plain(other) and _decimal(one) == _decimal(other))


def _is_plain(text: str) -> bool:
    """Whether a text is a number and no code."""
    return _NUMBER.match(text) is not None and _CODE.match(text) is None


def _decimal(number: str) -> Decimal:
    try:
        return Decimal(number)
    except InvalidOperation:  # an exponent of more than 18 digits
        return Decimal(float(number))


def _members(cell: str) -> list[str]:
    """The members of a list, which tables hold as its JSON; none of any other text."""
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return []
    return [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in found]


def _refuse_other_language(written: str, column: str, sign: str, value: str) -> None:
    """Refuse what is written as other languages write conditions: it would find nothing, and nobody would know why."""
    rest = value.lstrip("=<>")
    both = sign + value[: len(value) - len(rest)]
    if both in _MEANT:
        raise ConfigError(
            f"where is {written!r}; {both} is no sign here, = != < <= > >= are; write"
            f" {column}{_MEANT[both]}{rest.strip()}"
        )
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        raise ConfigError(
            f"where is {written!r}; a value stands without quotation marks, which would belong to it; write"
            f" {column}{sign}{value[1:-1]}"
        )


def read_conditions(where: str | Sequence[str] | None) -> tuple[Condition, ...]:
    """The conditions of one or several written ones."""
    written = [where] if isinstance(where, str) else [] if where is None else where
    if not isinstance(written, Iterable) or not all(isinstance(each, str) for each in written):
        raise ConfigError(
            f"where is {where!r:.60}; it must be a condition or a list of them, each a text; write for example lang=en"
        )
    return tuple(map(Condition.read, written))


def documents_where(
    files: Sequence[DocumentFile], conditions: Sequence[Condition], *, live: Sequence[Mask], source: str
) -> list[Mask]:
    """For each file of documents which of them all conditions hold for.

    Parameters
    ----------
    live
        Of each file (n,) the documents that are there.

    Raises
    ------
    DataError
        For a column that no document has; those that there are are listed.
    """
    columns = [_columns(file) for file in files]
    available = list(dict.fromkeys(name for each in columns for name in each))
    require_columns([each.column for each in conditions], available=available, source=source)
    kept = [mask.copy() for mask in live]
    for condition in conditions:
        cells = [
            Cells(own.get(condition.column), len(file)) for own, file in zip(columns, files, strict=True)
        ]
        for mask, holds in zip(kept, condition.holds(cells, live), strict=True):
            mask &= holds
    return kept


def _columns(file: DocumentFile) -> dict[str, pa.ChunkedArray]:
    """Columns that may be asked for: the file's others, and its own id and title."""
    own = {name: file.table.column(name) for name in ("id", "title")}
    return own | file.others
