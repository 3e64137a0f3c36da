"""Vectors that others computed, out of a file: which rows it has, and what of the file was taken."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from semascope.data.decoding import unreadable
from semascope.data.places import refuse_special
from semascope.data.read_arrow import read_arrow, read_parquet
from semascope.data.table import Table
from semascope.data.vectors_file import ENDINGS, VECTOR
from semascope.errors import DataError
from semascope.words.texts import listing

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.types import Array, Ints

ID = "id"
"""Column of ids, in a table of texts and beside vectors in Parquet and Arrow files."""
_VECTORS, _IDS, _ROWS = "vectors", "ids", "rows"  # arrays of an npz


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class VectorsFile:
    """The rows of a file of vectors, as they lie there."""

    path: Path
    vectors: Array  # (n, d) of a kind of number, d 1 or more; what stands in them is not looked at
    ids: tuple[str, ...] | None = None  # (n,) as ``Table.strings`` writes them; None where the file has none
    rows: Ints | None = (
        None  # (n,) rows of the table of texts, counted from 0; None where the file does not say
    )
    taken: str  # what of the file was taken: "column 'vector'"; "" where there is nothing else
    digest: str = ""  # 32 hexadecimal digits of the file's bytes

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.path.name


def read_vectors(path: Path) -> VectorsFile:
    """The vectors of a file: npy and npz of NumPy, Parquet and Arrow.

    An npz holds an array ``vectors``, or a single one, and may have ``ids`` or ``rows`` (what ``semascope embed`` writes); a
    table one column of lists of numbers, or one that is called ``vector``, and may have a column ``id``.

    Raises
    ------
    DataError
        For a file that is missing, damaged or of another kind, that needs pickle, or whose rows are not all of one width.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise DataError(
            f"{path} ends in {ending or 'nothing'!r}; vectors are read from {', '.join(ENDINGS)}; write it as one of these"
        )
    try:
        refuse_special(path)
        digest = _digest(path)
    except FileNotFoundError:
        raise DataError(f"{path} is not there; a file of vectors is needed; check the path") from None
    except OSError as error:
        raise unreadable(path, error) from error
    read = {".npy": _read_npy, ".npz": _read_npz}.get(ending, _read_table)
    return _checked(replace(read(path), digest=digest))


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _read_npy(path: Path) -> VectorsFile:
    found = _loaded(path)
    if not isinstance(found, np.ndarray):
        raise DataError(f"{path.name} is an npz and ends in .npy; rename it to end in .npz")
    return VectorsFile(path=path, vectors=found, taken="")


def _read_npz(path: Path) -> VectorsFile:
    archive = _loaded(path)
    if isinstance(archive, np.ndarray):
        raise DataError(f"{path.name} is an npy and ends in .npz; rename it to end in .npy")
    with archive:
        names = list(archive.files)
        ids = next((name for name in (_IDS, ID) if name in names), _IDS)
        beside = [name for name in (ids, _ROWS) if name in names]
        others = [name for name in names if name not in beside]
        name = _VECTORS if _VECTORS in names else others[0] if len(others) == 1 else ""
        if not name:
            raise DataError(
                f"{path.name} has the arrays {listing(names) or 'none'}; one is to be called {_VECTORS!r}, or to be alone; name it so"
            )
        arrays = {one: _member(archive, one, path) for one in (name, *beside)}
    _refuse_two(beside, path)
    return VectorsFile(
        path=path,
        vectors=arrays[name],
        ids=_written_ids(arrays[ids], path) if ids in arrays else None,
        rows=_row_numbers(arrays[_ROWS], path) if _ROWS in arrays else None,
        taken=f"array {name!r}",
    )


def _loaded(path: Path) -> Any:
    try:
        return np.load(path, mmap_mode="r" if path.suffix.lower() == ".npy" else None, allow_pickle=False)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise _not_numpy(path, error) from error


def _member(archive: Any, name: str, path: Path) -> Array:
    try:
        found: Array = archive[name]
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise _not_numpy(path, error, name) from error
    return found


def _not_numpy(path: Path, error: Exception, name: str = "") -> DataError:
    what = f"array {name!r} of {path.name}" if name else path.name
    if any(word in str(error) for word in ("pickle", "Python objects")):
        return DataError(
            f"{what} holds Python objects, which would run code when they are read (pickle); arrays of numbers are read;"
            " write it with numpy.save(file, array.astype('float32'))"
        )
    why = " ".join(str(error).split())
    return DataError(f"{what} is not a whole file of NumPy ({why}); write it again")


def _refuse_two(beside: list[str], path: Path) -> None:
    if len(beside) > 1:
        raise DataError(
            f"{path.name} has {_IDS!r} and {_ROWS!r}; rows are matched by one of them; leave one out"
        )


def _read_table(path: Path) -> VectorsFile:
    data = (read_parquet if path.suffix.lower() == ".parquet" else read_arrow)(path, columns=None)
    found = [name for name in data.column_names if _is_of_vectors(data.schema.field(name).type)]
    name = VECTOR if VECTOR in found else found[0] if len(found) == 1 else ""
    if not name:
        what = (
            f"the columns {listing(found)} of lists of numbers" if found else "no column of lists of numbers"
        )
        raise DataError(
            f"{path.name} has {what}; one is needed, or one that is called {VECTOR!r}; its columns are"
            f" {listing(data.column_names, limit=12)}; write one so"
        )
    table = Table(data=data, source=path.name, rows=np.arange(data.num_rows))
    ids = next((name for name in (ID, _IDS) if name in data.column_names), "")
    return VectorsFile(
        path=path,
        vectors=_matrix(data.column(name), path, name),
        ids=tuple(table.strings(ids)) if ids else None,
        taken=f"column {name!r}",
    )


def _is_of_vectors(kind: pa.DataType) -> bool:
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return bool(lists) and bool(pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type))


def _matrix(column: pa.ChunkedArray, path: Path, name: str) -> Array:
    """(n, d) of a column of lists; a number that is missing is NaN."""
    if column.null_count:
        row = next(place for place, cell in enumerate(column) if not cell.is_valid)
        raise DataError(
            f"{path.name}, column {name!r}, row {row} (counted from 0) has no vector; each row needs one; fill it or leave the row out"
        )
    widths = np.concatenate([_lengths(chunk) for chunk in column.chunks] or [np.zeros(0, dtype=np.int64)])
    if len(set(widths.tolist())) > 1:
        raise DataError(
            f"{path.name}, column {name!r} has rows of {widths.min()} to {widths.max()} numbers; all vectors have one width;"
            " write them again"
        )
    width = int(widths[0]) if len(widths) else 0
    flat = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in column.chunks]
    joined: Array = np.concatenate(flat or [np.zeros(0, dtype=np.float32)])
    return joined.reshape(len(widths), width)


def _lengths(chunk: pa.Array) -> Ints:
    if pa.types.is_fixed_size_list(chunk.type):
        return np.full(len(chunk), chunk.type.list_size, dtype=np.int64)
    return np.asarray(chunk.value_lengths(), dtype=np.int64)


def _written_ids(ids: Array, path: Path) -> tuple[str, ...]:
    """Ids as a table of texts would write them: 4 and 4.0 are "4"."""
    if ids.ndim != 1 or ids.dtype.kind not in "iufU":
        raise DataError(
            f"{path.name} has ids of type {ids.dtype} and shape {ids.shape}; (n,) texts or whole numbers are read; write them so"
        )
    return tuple(Table.from_columns({ID: ids.tolist()}).strings(ID))


def _row_numbers(rows: Array, path: Path) -> Ints:
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise DataError(
            f"{path.name} has rows of type {rows.dtype} and shape {rows.shape}; (n,) whole numbers are read, counted from 0; write them so"
        )
    return rows.astype(np.int64)


def _checked(found: VectorsFile) -> VectorsFile:
    vectors, name = found.vectors, found.name
    if vectors.ndim != 2 or not vectors.shape[1]:
        raise DataError(
            f"{name} has shape {vectors.shape}; vectors are (rows, dims), dims 1 or more; give one row a text"
        )
    if vectors.dtype.kind not in "iuf":
        raise DataError(f"{name} holds {vectors.dtype}; numbers are read; write it as float32")
    for beside, numbers in ((_IDS, found.ids), (_ROWS, found.rows)):
        if numbers is not None and len(numbers) != len(vectors):
            raise DataError(
                f"{name} has {len(numbers):,} {beside} for {len(vectors):,} vectors; each row has one; write it again"
            )
    return found
