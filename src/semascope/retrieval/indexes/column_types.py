"""Columns of documents that came in several files: one type for all of them, and what the same cell is in two types.

No cell loses anything: where no type holds the cells of all files, the column becomes texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from semascope.data.building import EXACT
from semascope.data.cells import as_text, written_cells
from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence


def kept_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as an index keeps it: NaN is missing, and a short float is the long one that is written alike."""
    if not pa.types.is_floating(column.type):
        return column
    if column.type != pa.float64():
        column = as_text(column).cast(pa.float64())
    return pc.if_else(pc.is_nan(column), None, column)


def kept_value(value: Any) -> Any:
    """A cell as a hit gives it: a whole number without ``.0``, for an index cannot tell which file wrote one."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= EXACT:
        return int(value)
    return value


def same_cells(one: pa.ChunkedArray | None, other: pa.ChunkedArray | None, n: int) -> pa.ChunkedArray:
    """(n,) whether two columns hold the same, whatever their types; None is a column without any cell."""
    texts = [written(pa.chunked_array([pa.nulls(n)]) if each is None else each) for each in (one, other)]
    both_missing = pc.and_(*(pc.is_null(each) for each in texts))
    return pc.or_(pc.fill_null(pc.equal(*texts), False), both_missing)


def written(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The cells as texts, those of the same number alike whether its column had fractions or not."""
    try:
        texts = as_text(column)
    except DataError:  # bytes that are no text
        return written_cells(column, lambda value: value.hex())
    if pa.types.is_floating(column.type):
        whole = pc.and_(pc.equal(column, pc.floor(column)), pc.less_equal(pc.abs(column), float(EXACT)))
        integers = pc.if_else(whole, column, None).cast(pa.int64()).cast(pa.large_string())
        return pc.coalesce(integers, texts)
    return texts


def agreeing(tables: Sequence[pa.Table]) -> list[pa.Table]:
    """The tables with one type for each column that several have."""
    columns: dict[str, list[pa.ChunkedArray]] = {}
    for table in tables:
        for name in table.column_names:
            columns.setdefault(name, []).append(table.column(name))
    wanted = {name: _one_type(found) for name, found in columns.items()}
    return [_in_types(table, wanted) for table in tables]


def _one_type(columns: Sequence[pa.ChunkedArray]) -> pa.DataType | None:
    """The type that holds all cells; None where only texts do."""
    kinds = {column.type for column in columns} - {pa.null()}
    if len(kinds) <= 1:
        return next(iter(kinds), pa.null())
    if not all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds):
        return None
    wanted = pa.float64() if any(map(pa.types.is_floating, kinds)) else pa.int64()
    try:
        for column in columns:
            column.cast(wanted)  # refuses an integer that it does not hold
    except pa.ArrowInvalid:
        return None
    return wanted


def _in_types(table: pa.Table, wanted: dict[str, pa.DataType | None]) -> pa.Table:
    for place, name in enumerate(table.column_names):
        column, kind = table.column(name), wanted[name]
        if kind is None:
            table = table.set_column(place, name, written(column))
        elif column.type != kind:
            table = table.set_column(place, name, column.cast(kind))
    return table
