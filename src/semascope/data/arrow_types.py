"""The many types of Arrow as the few that every verb handles: can sort out rows of, write, and read as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from semascope.data.building import text_of

if TYPE_CHECKING:
    from collections.abc import Callable


def plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same cells in a plain type.

    Parameters
    ----------
    column
        n cells of any Arrow type.

    Returns
    -------
    pa.ChunkedArray
        n cells: booleans, numbers, dates and times, large strings, bytes, or lists and structures of these. What is
        stored once for many cells (dictionaries, runs) stands in each; a union, an interval and a UUID are text.

    Examples
    --------
    >>> import pyarrow.compute as pc
    >>> plain_column(pa.chunked_array([pc.run_end_encode(pa.array(["calm", "calm"]))])).to_pylist()
    ['calm', 'calm']
    """
    kind = column.type
    if isinstance(kind, pa.UuidType):
        return _written(column, lambda value: str(value if isinstance(value, UUID) else UUID(bytes=value)))
    if isinstance(kind, pa.BaseExtensionType):
        if isinstance(kind, pa.Bool8Type):
            return pa.chunked_array([chunk.storage.cast(pa.bool_()) for chunk in column.chunks], pa.bool_())
        return plain_column(pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type))
    if pa.types.is_run_end_encoded(kind):
        return plain_column(pa.chunked_array([_decoded(chunk) for chunk in column.chunks], kind.value_type))
    if pa.types.is_dictionary(kind):
        decoded = [chunk.dictionary_decode() for chunk in column.chunks]
        return plain_column(pa.chunked_array(decoded, kind.value_type))
    if pa.types.is_union(kind):
        return _written(column, text_of)
    if pa.types.is_interval(kind):
        return _written(column, _interval)
    plain = _plain_type(kind)
    if plain == kind:
        return column
    if "list_view" in str(kind):  # Arrow casts them to lists whose last offset is missing
        return pa.chunked_array([pa.array(chunk.to_pylist(), plain) for chunk in column.chunks], plain)
    try:
        return column.cast(plain)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):  # rare things inside lists and structures
        return _written(column, text_of)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """What Arrow itself casts ``kind`` to."""
    if pa.types.is_string(kind) or pa.types.is_string_view(kind) or pa.types.is_large_string(kind):
        return pa.large_string()
    if pa.types.is_binary_view(kind):
        return pa.large_binary()
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_plain_field(kind.value_field), kind.list_size)
    if pa.types.is_list(kind) or pa.types.is_list_view(kind):
        return pa.list_(_plain_field(kind.value_field))
    if pa.types.is_large_list(kind) or pa.types.is_large_list_view(kind):
        return pa.large_list(_plain_field(kind.value_field))
    if pa.types.is_map(kind):
        return pa.map_(_plain_type(kind.key_type), _plain_type(kind.item_type))
    if pa.types.is_struct(kind):
        return pa.struct([_plain_field(kind.field(place)) for place in range(kind.num_fields)])
    return kind


def _plain_field(field: pa.Field) -> pa.Field:
    return field.with_type(_plain_type(field.type))


def _decoded(array: pa.RunEndEncodedArray) -> pa.Array:
    """Each cell of the runs; the first and the last may be cut."""
    ends = array.run_ends.to_numpy()
    places = ends.searchsorted(np.arange(array.offset, array.offset + len(array)), side="right")
    return array.values.take(pa.array(places, pa.int64()))


def _written(column: pa.ChunkedArray, write: Callable[[Any], str | None]) -> pa.ChunkedArray:
    chunks = [
        pa.array([None if value is None else write(value) for value in chunk.to_pylist()], pa.large_string())
        for chunk in column.chunks
    ]
    return pa.chunked_array(chunks, pa.large_string())


def _interval(value: Any) -> str:
    months, days, nanoseconds = value
    return f"{months} months, {days} days, {nanoseconds / 1e9:g} s"
