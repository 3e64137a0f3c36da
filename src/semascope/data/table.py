"""The table: rows of a file, with the columns that are needed, and which rows of the file they are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from semascope.data.building import TableBuilder
from semascope.data.cells import as_numbers, as_text, first_non_number, has_number, two_ways
from semascope.data.columns import require_columns
from semascope.data.number_rule import not_all_numbers, why_no_number
from semascope.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from semascope.types import Floats, Ints, Quoting


def _no_rows() -> Ints:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Rows of one file.

    Parameters
    ----------
    data
        n rows, the columns that were asked for.
    source
        Name of the file, for messages.
    rows
        (n,) row numbers in the file, counted from 0; they stay with a row through ``take`` and ``sample``.
    repaired
        Row numbers in the file, among ``rows``, where a lone surrogate became U+FFFD on reading.
    remarks
        What the reader has to say of the file.
    quoting
        How quotation marks were read; ``auto`` where the kind of file leaves no choice.
    """

    data: pa.Table
    source: str
    rows: Ints
    repaired: Ints = field(default_factory=_no_rows)
    remarks: tuple[Remark, ...] = ()
    quoting: Quoting = "auto"

    @classmethod
    def from_columns(cls, columns: Mapping[str, Sequence[Any]], *, source: str = "memory") -> Table:
        """A table of Python values, read as the same values in a JSON Lines file would be.

        Parameters
        ----------
        columns
            n values per column; None is missing.

        Examples
        --------
        >>> table = Table.from_columns({"text": ["a", None], "rating": [4.0, 2.5]})
        >>> table.strings("rating"), table.texts(["text"])
        (['4', '2.5'], ['a', ''])
        """
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            raise DataError(f"columns have {lengths} values; all must have the same number; cut or fill them")
        builder = TableBuilder()
        builder.add(
            {name: list(values) for name, values in columns.items()}, max(lengths.values(), default=0)
        )
        data, repaired = builder.finish()
        return cls(data=data, source=source, rows=np.arange(data.num_rows), repaired=repaired)

    def __len__(self) -> int:
        return int(self.data.num_rows)

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in the order of the file."""
        return list(self.data.column_names)

    def require(self, columns: Sequence[str]) -> None:
        """Refuse column names that are not there; the DataError names those that are, and near ones."""
        require_columns(columns, available=self.columns, source=self.source)

    def strings(self, column: str) -> list[str]:
        """The n cells as texts: missing is "", a number is its shortest text (``4``, not ``4.0``)."""
        texts: list[str] = pc.fill_null(self._text(column), "").to_pylist()
        return texts

    def texts(self, columns: Sequence[str]) -> list[str]:
        r"""The n texts of one or several columns.

        Parameters
        ----------
        columns
            One or more names; several are joined by a newline, and a missing cell adds nothing, not even a newline.

        Examples
        --------
        >>> table = Table.from_columns({"title": ["Tides", None], "text": ["High at noon.", "Low."]})
        >>> table.texts(["title", "text"])
        ['Tides\nHigh at noon.', 'Low.']
        """
        if not columns or isinstance(columns, str):
            given = f"columns is {columns!r}" if columns else "no text column is named"
            raise ConfigError(f"{given}; give a list of at least one name")
        parts = [self.strings(column) for column in dict.fromkeys(columns)]
        if len(parts) == 1:
            return parts[0]
        return ["\n".join(filter(None, cells)) for cells in zip(*parts, strict=True)]

    def numbers(self, column: str) -> Floats:
        """The (n,) cells as float64, NaN where the cell is missing.

        Raises
        ------
        DataError
            Names the first row whose cell is not a finite number, the cell, and what is wrong with it; or two cells in
            which numbers are written in two ways.
        """
        self.refuse_unclear(column)
        cells = self._column(column)
        bad = first_non_number(cells)
        if bad is not None:
            value = self.data.column(column)[bad].as_py()
            shown = repr(value) if len(repr(value)) <= 60 else repr(value)[:57] + "..."
            why = why_no_number(str(value)[:60])
            raise DataError(
                f"{self.source}, column {column!r}, row {self.rows[bad]} (counted from 0): {shown} is not a number"
                f"{f' ({why})' if why else ''}; accepted are finite numbers, and empty cells where it is missing; correct "
                "the cell or take another column"
            )
        return as_numbers(cells)

    def refuse_unclear(self, column: str) -> None:
        """Refuse a column of which nobody can say which numbers it holds: durations, and numbers written in two ways.

        Raises
        ------
        DataError
            With what stands there and what to write.
        """
        cells = self._column(column)
        if pa.types.is_duration(cells.type):
            raise DataError(
                f"{self.source}, column {column!r} holds durations ({cells.type}); accepted are numbers, whose unit is "
                "yours to choose; write seconds, say (pandas: column.dt.total_seconds())"
            )
        if (found := two_ways(cells)) is not None:
            grouped, ungrouped = found
            raise DataError(
                f"{self.source}, column {column!r} has {grouped!r} beside {ungrouped!r}: one column, two ways of writing; "
                f"accepted are decimal points and no others; write {grouped.replace('.', '')} if a thousand is meant, "
                f"{ungrouped}.000 if not"
            )

    def is_numeric(self, column: str) -> bool:
        """Whether ``numbers`` takes the column: all cells are finite numbers or missing, and one at least is there."""
        return has_number(self._column(column))

    def why_words(self, column: str) -> str:
        """Why a column of which most cells look like numbers is not ``is_numeric``; "" where it is, or they do not."""
        if self.is_numeric(column):
            return ""
        if (found := two_ways(self._column(column))) is not None:
            return f"{found[0]!r} stands beside {found[1]!r}, so its points may part thousands"
        return not_all_numbers(self.strings(column))

    def take(self, positions: ArrayLike) -> Table:
        """The rows at these positions of this table (0 to n - 1), in this order."""
        index = np.asarray(positions, dtype=np.int64)
        rows = self.rows[index]
        repaired = self.repaired[np.isin(self.repaired, rows)]
        return replace(self, data=self.data.take(pa.array(index)), rows=rows, repaired=repaired)

    def sample(self, limit: int, *, seed: int) -> Table:
        """``limit`` rows drawn without replacement, in the order of the file; all of them when there are fewer.

        Parameters
        ----------
        limit
            Rows to keep, 1 or more.
        seed
            The same seed and number of rows give the same draw.
        """
        if limit < 1:
            raise ConfigError(f"limit is {limit}; it must be 1 or more")
        if limit >= len(self):
            return self
        drawn = np.random.default_rng(seed).choice(len(self), size=limit, replace=False)
        return self.take(np.sort(drawn))

    def digest(self, columns: Sequence[str]) -> str:
        """32 hexadecimal digits of the content of these columns.

        Notes
        -----
        The cells enter as ``strings`` gives them, so the same content has the same digest in every file format,
        process and chunking; a missing cell counts as an empty one. Names and lengths are hashed too.
        """
        digest = blake2b(len(self).to_bytes(8, "little"), digest_size=16)
        for name in columns:
            cells = pc.fill_null(self._text(name), "")
            digest.update(len(name.encode()).to_bytes(8, "little") + name.encode())
            digest.update(pc.binary_length(cells).to_numpy().astype("<i8").tobytes())
            for chunk in cells.chunks:
                digest.update(_bytes_of(chunk))
        return digest.hexdigest()

    def _text(self, name: str) -> pa.ChunkedArray:
        try:
            return as_text(self._column(name))
        except DataError as cause:
            raise DataError(f"{self.source}, column {name!r}: {cause}") from cause

    def _column(self, name: str) -> pa.ChunkedArray:
        self.require([name])
        return self.data.column(name)


def _bytes_of(strings: pa.LargeStringArray) -> memoryview:
    """All characters of an array without nulls, as they lie in memory."""
    _, offsets, characters = strings.buffers()
    if len(strings) == 0 or characters is None:
        return memoryview(b"")
    ends = np.frombuffer(offsets, dtype=np.int64)[strings.offset : strings.offset + len(strings) + 1]
    return memoryview(characters)[ends[0] : ends[-1]]


class DataWarning(UserWarning):
    """Rows or cells of a file may not be what its writer meant."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence on how a file was read, without a full stop; lines count from 1."""

    text: str
    warning: bool = False  # whether rows or cells may be wrong; else only what was taken
