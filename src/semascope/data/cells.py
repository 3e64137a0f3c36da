"""What a cell is as a text and as a number, whatever file it came from.

The same content gives the same text in every format: a whole number has no ``.0``, a missing cell and NaN are
missing, a list or an object is its JSON.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from semascope.errors import DataError

if TYPE_CHECKING:
    from semascope.types import Floats

NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"


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
        return _python_text(column, lambda value: json.dumps(value, ensure_ascii=False, default=str))
    if pa.types.is_floating(kind):
        return _float_text(column)
    try:
        return column.cast(pa.large_string())
    except pa.ArrowInvalid as cause:
        raise DataError(
            f"a column of type {kind} is not text ({cause}); accepted are UTF-8 strings; convert it"
        ) from cause
    except pa.ArrowNotImplementedError:  # a type that Arrow itself has no text for (intervals, durations)
        return _python_text(column, str)


def _float_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_float16(column.type):
        column = column.cast(pa.float32())
    present = pc.if_else(pc.is_nan(column), None, column)
    return pc.add(present, pa.scalar(0.0, column.type)).cast(pa.large_string())  # -0.0 + 0.0 is 0.0


def _python_text(column: pa.ChunkedArray, write: Any) -> pa.ChunkedArray:
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
    """Whether at least one cell is a number and all others are missing; never for booleans."""
    if pa.types.is_boolean(column.type) or first_non_number(column) is not None:
        return False
    return bool(np.isfinite(as_numbers(column)).any())


def _trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text without outer white space, "" where it says that nothing is there."""
    text = pc.fill_null(pc.utf8_trim_whitespace(as_text(column)), "")
    return pc.if_else(pc.equal(pc.utf8_lower(text), "nan"), "", text)
