"""What a cell is as a text and as a number, whatever file it came from.

The same content gives the same text in every format: a whole number has no ``.0``, a missing cell and NaN are
missing, a list or an object is its JSON, a duration is its seconds with their unit.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from semascope.data.number_rule import GROUPED, NUMBER, UNGROUPED
from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.types import Floats

_TRAILING = r"^([^.]*)(?:\.0*|(\.[0-9]*[1-9])0*)((?:[^0-9].*)?)$"  # zeros that a fraction ends in
_SECONDS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The cells of ``column`` as large strings.

    Parameters
    ----------
    column
        n cells of any Arrow type.

    Returns
    -------
    pa.ChunkedArray
        n cells; null where the cell is null or NaN.

    Raises
    ------
    DataError
        When the column holds bytes that are not UTF-8.

    Examples
    --------
    >>> as_text(pa.chunked_array([[4.0, 0.5, float("nan"), None]])).to_pylist()
    ['4', '0.5', None, None]
    """
    kind = column.type
    if pa.types.is_large_string(kind):
        return column
    if pa.types.is_dictionary(kind):
        return as_text(column.cast(kind.value_type))
    if pa.types.is_nested(kind):
        return written_cells(column, lambda value: json.dumps(value, ensure_ascii=False, default=str))
    if pa.types.is_floating(kind):
        return _float_text(column)
    if pa.types.is_duration(kind):
        return _seconds_text(column)
    try:
        text = column.cast(pa.large_string())
    except pa.ArrowInvalid as cause:
        raise DataError(
            f"a column of type {kind} is not text ({cause}); accepted are UTF-8 strings; convert it"
        ) from cause
    return _without_zeros(text) if pa.types.is_decimal(kind) or pa.types.is_temporal(kind) else text


def _float_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_float16(column.type):
        column = column.cast(pa.float32())
    present = pc.if_else(pc.is_nan(column), None, column)
    return pc.add(present, pa.scalar(0.0, column.type)).cast(pa.large_string())  # -0.0 + 0.0 is 0.0


def _without_zeros(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """``4.50`` as ``4.5``, ``12:00:00.000`` as ``12:00:00``: the same in a file of any precision."""
    return pc.replace_substring_regex(text, _TRAILING, r"\1\2\3")


def _seconds_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """With the unit in every cell, so that no duration is taken for a plain number."""
    per_second = _SECONDS[column.type.unit]
    return written_cells(
        column.cast(pa.int64()), lambda ticks: f"{format(Decimal(ticks) / per_second, 'f')} s"
    )


def written_cells(column: pa.ChunkedArray, write: Callable[[Any], str | None]) -> pa.ChunkedArray:
    """Each cell as ``write`` writes its Python value; missing ones stay."""
    chunks = [
        pa.array([None if v is None else write(v) for v in chunk.to_pylist()], pa.large_string())
        for chunk in column.chunks
    ]
    return pa.chunked_array(chunks, pa.large_string())


def is_numeric_type(kind: pa.DataType) -> bool:
    """Whether every cell of this Arrow type is a number; booleans are not."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def first_non_number(column: pa.ChunkedArray) -> int | None:
    """Position of the first cell that is neither a finite number nor missing; None when there is none.

    Missing are null, NaN, empty or white-space cells, and the word ``nan`` in a text column.
    """
    if pa.types.is_null(column.type):
        return None
    if is_numeric_type(column.type):
        bad = pc.is_inf(column.cast(pa.float64(), safe=False))
    elif pa.types.is_boolean(column.type):
        bad = pc.is_valid(column)
    else:
        text = _trimmed(column)
        as_number = pc.if_else(pc.match_substring_regex(text, NUMBER), text, None).cast(pa.float64())
        bad = pc.and_(pc.not_equal(text, ""), pc.invert(pc.is_finite(pc.fill_null(as_number, np.inf))))
    position = pc.index(pc.fill_null(bad, False), True).as_py()
    return None if position < 0 else int(position)


def as_numbers(column: pa.ChunkedArray) -> Floats:
    """The cells as float64, NaN where missing; only for columns without a ``first_non_number``."""
    if not is_numeric_type(column.type):
        text = _trimmed(column) if not pa.types.is_null(column.type) else column
        column = pc.if_else(pc.equal(text, ""), None, text) if text is not column else column
    floats = pc.fill_null(column.cast(pa.float64(), safe=False), np.nan)
    values: Floats = np.asarray(floats.to_numpy(), dtype=np.float64)
    return values


def has_number(column: pa.ChunkedArray) -> bool:
    """Whether at least one cell is a number and all others are missing; never for booleans, or numbers of two kinds."""
    if pa.types.is_boolean(column.type) or (is_bytes(column.type) and not _is_utf8(column)):
        return False
    if first_non_number(column) is not None or two_ways(column) is not None:
        return False
    return bool(np.isfinite(as_numbers(column)).any())


def two_ways(column: pa.ChunkedArray) -> tuple[str, str] | None:
    """A cell such as ``1.200`` and one such as ``800``, where points seem to part thousands; None where they do not.

    Notes
    -----
    It is so in a column of text where every number below 1,000 has no point, every other number has three digits behind
    one, none begins with ``0.``, and most of the former are far from all of the latter when the points are read as
    decimal ones. Means of three marks (``1.333``, ``2``, ``2.667``) lie among each other and are decimals.
    """
    if not pa.types.is_large_string(column.type):
        return None
    text = _trimmed(column)
    grouped = text.filter(pc.match_substring_regex(text, GROUPED))
    ungrouped = text.filter(pc.match_substring_regex(text, UNGROUPED))
    present = pc.sum(pc.not_equal(text, "")).as_py()
    if not len(grouped) or not len(ungrouped) or len(grouped) + len(ungrouped) != present:
        return None
    decimals, whole = as_numbers(grouped), as_numbers(ungrouped)
    apart = (whole < decimals.min() - 1) | (whole > decimals.max() + 1)
    return (grouped[0].as_py(), ungrouped[0].as_py()) if 2 * apart.sum() > len(whole) else None


def is_bytes(kind: pa.DataType) -> bool:
    """Whether the cells are bytes, which may be text or not."""
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    )


def _is_utf8(column: pa.ChunkedArray) -> bool:
    try:
        as_text(column)
    except DataError:
        return False
    return True


def _trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text without outer white space, "" where it says that nothing is there."""
    text = pc.fill_null(pc.utf8_trim_whitespace(as_text(column)), "")
    return pc.if_else(pc.equal(pc.utf8_lower(text), "nan"), "", text)
