"""The many types of Arrow as the few that every verb handles: can sort out rows of, write, and read as text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from semascope.data.building import text_of
from semascope.data.cells import written_cells


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
        return written_cells(
            column, lambda value: str(value if isinstance(value, UUID) else UUID(bytes=value))
        )
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
        return written_cells(column, text_of)
    if pa.types.is_interval(kind):
        return written_cells(column, _interval)
    plain = _plain_type(kind)
    if plain == kind:
        return column
    if "list_view" in str(kind):  # Arrow casts them to lists whose last offset is missing
        return pa.chunked_array([pa.array(chunk.to_pylist(), plain) for chunk in column.chunks], plain)
    try:
        return column.cast(plain)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):  # rare things inside lists and structures
        return written_cells(column, text_of)


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


def _interval(value: Any) -> str:
    months, days, nanoseconds = value
    return f"{months} months, {days} days, {nanoseconds / 1e9:g} s"
