"""Arrow columns grown chunk by chunk from Python values, so that a large file is never held as Python objects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from semascope.data.cells import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.types import Ints

CHUNK_CHARACTERS = 4_000_000  # of input gathered before it becomes Arrow
EXACT = 2**53  # integers up to here are exact as float64


class TableBuilder:
    """Collects chunks of rows; the type of a column is settled at the end.

    A column of integers and floats becomes float64; a column that mixes numbers, booleans, strings or nested values
    becomes text; a column that a chunk does not have is missing there.
    """

    def __init__(self) -> None:
        self._chunks: dict[str, list[pa.Array]] = {}
        self._lengths: list[int] = []
        self._repaired: set[int] = set()

    @property
    def names(self) -> list[str]:
        """Columns seen so far, first seen first."""
        return list(self._chunks)

    def add(self, columns: Mapping[str, list[Any]], length: int) -> None:
        """Append ``length`` rows; every list in ``columns`` has that many values."""
        first_row = sum(self._lengths)
        for name, values in columns.items():
            if name not in self._chunks:
                self._chunks[name] = [pa.nulls(earlier) for earlier in self._lengths]
            array, repaired = _array_of(values)
            self._chunks[name].append(array)
            self._repaired.update(first_row + position for position in repaired)
        self._lengths.append(length)
        for chunks in self._chunks.values():
            if len(chunks) < len(self._lengths):
                chunks.append(pa.nulls(length))

    def finish(self) -> tuple[pa.Table, Ints]:
        """The table, and the row numbers in which a lone surrogate was replaced."""
        data = {}
        for name in self.names:  # popped one by one, so that only one column is held twice while types settle
            data[name] = _settled(self._chunks.pop(name))
        table = pa.table(data) if data else pa.table({})
        return table, np.array(sorted(self._repaired), dtype=np.int64)


def repair(text: str) -> str:
    r"""``text`` with surrogate pairs joined and lone surrogates replaced by U+FFFD.

    Examples
    --------
    >>> ascii(repair("a\ud83d"))
    "'a\\ufffd'"
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _array_of(values: list[Any]) -> tuple[pa.Array, list[int]]:
    """Arrow values of one chunk, and the positions that had to be repaired."""
    kinds = set(map(type, values)) - {type(None)}
    if not kinds:
        return pa.nulls(len(values)), []
    if kinds == {bool}:
        return pa.array(values, pa.bool_()), []
    if kinds <= {int, float} and _fits(values, kinds):
        number = pa.int64() if kinds == {int} else pa.float64()
        return pa.array(values, number), []
    if kinds != {str}:
        values = _texts_of(values)
    try:
        return _strings(values), []
    except UnicodeEncodeError:
        repaired = [value if value is None else repair(value) for value in values]
        changed = [i for i, (old, new) in enumerate(zip(values, repaired, strict=True)) if old != new]
        return _strings(repaired), changed


def _strings(values: list[str | None]) -> pa.LargeStringArray:
    """From the system's allocator: it takes back what the builder reserved too much, the default pool keeps it."""
    return pa.array(values, pa.large_string(), memory_pool=pa.system_memory_pool())


def _fits(values: list[Any], kinds: set[type]) -> bool:
    bound = 2**63 if kinds == {int} else EXACT
    return all(-bound <= value < bound for value in values if type(value) is int)


def _texts_of(values: list[Any]) -> list[str | None]:
    """Mixed values as texts, numbers written as a column of numbers would be."""
    floats = [value for value in values if type(value) is float]
    written = iter(as_text(pa.chunked_array([floats], pa.float64())).to_pylist())
    return [next(written) if type(value) is float else text_of(value) for value in values]


def text_of(value: Any) -> str | None:
    """A value of JSON as a text; None is missing."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _settled(chunks: list[pa.Array]) -> pa.ChunkedArray:
    """The chunks in one type."""
    kinds = {chunk.type for chunk in chunks} - {pa.null()}
    if not kinds:
        return pa.chunked_array(chunks or [pa.nulls(0)])
    if kinds == {pa.int64(), pa.float64()} and all(map(_is_exact, chunks)):
        kinds = {pa.float64()}
    if len(kinds) == 1:
        (kind,) = kinds
        return pa.chunked_array([chunk.cast(kind, safe=False) for chunk in chunks], kind)
    texts = [as_text(pa.chunked_array([chunk])).combine_chunks() for chunk in chunks]
    return pa.chunked_array(texts, pa.large_string())


def _is_exact(chunk: pa.Array) -> bool:
    if not pa.types.is_integer(chunk.type) or chunk.null_count == len(chunk):
        return True
    low, high = pc.min_max(chunk).as_py().values()
    return bool(low >= -EXACT and high <= EXACT)
