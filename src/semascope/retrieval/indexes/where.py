"""Conditions on columns of documents: ``lang=en``, ``year>=2020``. Several must all hold."""

from __future__ import annotations

import json
import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from semascope.data.cells import as_numbers, as_text, first_non_number
from semascope.data.columns import require_columns
from semascope.data.number_rule import NUMBER
from semascope.errors import ConfigError, DataError

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
            For anything else, and for ``<`` and its like with what is no number.
        """
        found = _WRITTEN.fullmatch(written)
        if found is None:
            raise ConfigError(
                f"where is {written!r}; it must be COLUMN=VALUE, with = != < <= > or >= between; write for example lang=en"
            )
        column, sign, value = found.groups()
        if sign in _ORDER and not re.match(NUMBER, value):
            raise ConfigError(
                f"where is {written!r}; {sign} compares numbers, and {value!r} is none; give a number, or take = or !="
            )
        return cls(column, sign, value)

    def holds(self, cells: pa.ChunkedArray | None, n: int) -> Mask:
        """(n,) where it holds. A missing cell is an empty text; it is no number, so no ``<`` or ``>`` finds it.

        A cell that is a list equals each of its members.

        Parameters
        ----------
        cells
            n cells; None where the documents have no such column.

        Raises
        ------
        DataError
            For ``<`` and its like on a column that has texts.
        """
        if cells is None or pa.types.is_null(cells.type):
            cells = pa.chunked_array([pa.nulls(n, pa.large_string())])
        numbers = self._numbers(cells)
        if self.sign in _ORDER:
            found: Mask = _ORDER[self.sign](numbers, float(self.value))  # NaN compares with nothing
            return found
        if numbers is not None and re.match(NUMBER, self.value):
            equal: Mask = numbers == float(self.value)
        else:
            texts = pc.fill_null(as_text(cells), "")
            equal = np.array(pc.equal(texts, pa.scalar(self.value, pa.large_string())))
            for place in np.flatnonzero(np.asarray(pc.starts_with(texts, "["))).tolist():
                equal[place] |= self.value in _members(texts[place].as_py())
        return equal if self.sign == "=" else ~equal

    def _numbers(self, cells: pa.ChunkedArray) -> Floats | None:
        """The cells as numbers; None where some are texts and equality is asked for."""
        bad = first_non_number(cells)
        if bad is None:
            return as_numbers(cells)
        if self.sign in _ORDER:
            raise DataError(
                f"column {self.column!r} holds {as_text(cells)[bad].as_py()!r:.60}; {self.sign} compares numbers; take = or"
                " !=, or another column"
            )
        return None


def _members(cell: str) -> list[str]:
    """The members of a list, which tables hold as its JSON; none of any other text."""
    try:
        found = json.loads(cell)
    except ValueError:
        return []
    return [each if isinstance(each, str) else json.dumps(each) for each in found]


def read_conditions(where: str | Sequence[str] | None) -> tuple[Condition, ...]:
    """The conditions of one or several written ones."""
    written = [where] if isinstance(where, str) else list(where or ())
    return tuple(map(Condition.read, written))


def documents_where(
    files: Sequence[DocumentFile], conditions: Sequence[Condition], *, source: str
) -> list[Mask]:
    """For each file of documents which of them all conditions hold for.

    Raises
    ------
    DataError
        For a column that no document has; those that there are are listed.
    """
    columns = [_columns(file) for file in files]
    available = list(dict.fromkeys(name for each in columns for name in each))
    require_columns([each.column for each in conditions], available=available, source=source)
    found = []
    for file, own in zip(files, columns, strict=True):
        kept = np.ones(len(file), dtype=np.bool_)
        for condition in conditions:
            kept &= condition.holds(own.get(condition.column), len(file))
        found.append(kept)
    return found


def _columns(file: DocumentFile) -> dict[str, pa.ChunkedArray]:
    """Columns that may be asked for: the file's others, and its own id and title."""
    own = {name: file.table.column(name) for name in ("id", "title")}
    return own | file.others
