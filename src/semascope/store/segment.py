"""One immutable file of keys and rows: how it is written, opened and checked."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pyarrow as pa

from semascope.errors import StoreError
from semascope.store.checks import CHUNK_BYTES, CrcWriter, crc32, row_checks
from semascope.store.folder import unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from semascope.store.keys import Words
    from semascope.types import Ints, Vectors

FORMAT = "1"
PREFIX = "semascope."
META = "semascope.meta."


class DamagedSegment(StoreError):
    """A file that was a segment once and can no longer be trusted. ``reason`` says what is wrong."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} is damaged ({reason})")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Segment:
    """An opened segment. The arrays are read-only views of the mapped file."""

    path: Path
    fingerprint: str
    words: Words  # (rows, 2) keys
    vectors: Vectors  # (rows, dim)
    checks: NDArray[np.uint64]  # (rows,)
    bytes: int  # size of the file
    meta: Mapping[str, str]  # what the writer noted

    @property
    def rows(self) -> int:
        """Rows in the file."""
        return len(self.words)

    @property
    def dim(self) -> int:
        """Width of a row."""
        return int(self.vectors.shape[1])


def schema_of(dim: int, metadata: Mapping[str, str]) -> Any:
    """The Arrow schema of a segment of width ``dim``."""
    item = pa.field("item", pa.float32(), nullable=False)
    return pa.schema(
        [
            pa.field("key", pa.binary(16), nullable=False),
            pa.field("vector", pa.list_(item, dim), nullable=False),
            pa.field("check", pa.uint64(), nullable=False),
        ],
        metadata=dict(metadata),
    )


def write_segment(
    file: BinaryIO,
    *,
    fingerprint: str,
    words: Words,
    rows: Vectors,
    checks: NDArray[np.uint64],
    meta: Mapping[str, str],
) -> str:
    """Fill an open file with a segment; the CRC-32 of the file, 8 hexadecimal digits.

    Parameters
    ----------
    words, rows
        Keys (n, 2) and float32 rows (n, dim), both C-contiguous, n and dim 1 or more.
    checks
        (n,) numbers of ``row_checks``, taken when the rows were handed to the store.
    """
    count, dim = rows.shape
    schema = schema_of(dim, _metadata(fingerprint, words, checks, dim, meta))
    columns = [
        pa.Array.from_buffers(pa.binary(16), count, [None, pa.py_buffer(words)]),
        pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), type=schema.field("vector").type),
        pa.array(checks),
    ]
    sink = CrcWriter(file)
    with pa.ipc.new_file(pa.PythonFile(sink, mode="w"), schema) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    return f"{sink.crc:08x}"


def open_segment(path: Path) -> Segment:
    """The segment under ``path``, mapped, with everything checked but the rows themselves.

    Raises
    ------
    FileNotFoundError
        Merged away or cleared by another process.
    DamagedSegment
        Cut short, not Arrow, or a checksum of header, keys or row checks does not agree.
    StoreError
        Sound, but of a format that this version does not read, or not readable for this user.
    """
    try:
        size = path.stat().st_size
        if size == 0:
            raise DamagedSegment(path, "the file is empty")
        source = pa.memory_map(str(path))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    with source:
        try:
            options = pa.ipc.IpcReadOptions(use_threads=False)
            reader = pa.ipc.open_file(source, options=options)
            texts = {k.decode(): v.decode() for k, v in (reader.schema.metadata or {}).items()}
            batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise DamagedSegment(path, f"not a whole Arrow file: {reason}") from error
    return _checked(path, size, reader.schema, texts, batches)


def damage(segment: Segment) -> str:
    """What is wrong with an opened segment, in words; empty when every byte of the file is as it was written.

    Raises
    ------
    FileNotFoundError
        Merged away or cleared by another process.
    StoreError
        The disk cannot read the file.
    """
    crc = 0
    try:
        with segment.path.open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK_BYTES):
                crc = zlib.crc32(chunk, crc)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(segment.path, error) from error
    bad = int((row_checks(segment.vectors) != segment.checks).sum())
    if bad:
        return f"{bad} of {segment.rows} rows do not agree with their check numbers"
    if f"{crc:08x}" != segment.path.stem[-8:]:
        return "the file does not agree with the checksum in its name"
    return ""


def copy_rows(segment: Segment, rows: Ints, out: Vectors) -> bool:
    """Copy the given rows to ``out`` and tell whether each agrees with its check number."""
    first, count = int(rows[0]), len(rows)
    if int(rows[-1]) - first == count - 1 and bool((np.diff(rows) == 1).all()):
        part = slice(first, first + count)
        np.copyto(out, segment.vectors[part])
        expected = segment.checks[part]
    else:
        np.take(segment.vectors, rows, axis=0, out=out, mode="clip")  # "raise" would copy once more
        expected = segment.checks[rows]
    return bool((row_checks(out) == expected).all())


def _metadata(
    fingerprint: str,
    words: Words,
    checks: NDArray[np.uint64],
    dim: int,
    meta: Mapping[str, str],
) -> dict[str, str]:
    texts = {
        "format": FORMAT,
        "fingerprint": fingerprint,
        "rows": str(len(words)),
        "dim": str(dim),
        "keys_crc32": crc32(words),
        "checks_crc32": crc32(checks),
    }
    texts = {PREFIX + name: text for name, text in texts.items()}
    texts |= {META + name: text for name, text in meta.items()}
    return texts | {PREFIX + "header_crc32": _header_crc(texts)}


def _header_crc(texts: Mapping[str, str]) -> str:
    lines = "".join(f"{name}={texts[name]}\n" for name in sorted(texts))
    return f"{zlib.crc32(lines.encode()):08x}"


def _checked(path: Path, size: int, schema: Any, texts: dict[str, str], batches: list[Any]) -> Segment:
    header = dict(texts)
    if header.pop(PREFIX + "header_crc32", None) != _header_crc(header):
        raise DamagedSegment(path, "the header does not agree with its checksum")
    if header[PREFIX + "format"] != FORMAT:
        raise StoreError(
            f"{path} has store format {header[PREFIX + 'format']}; this version reads format {FORMAT}; "
            "install a newer semascope or choose another store folder"
        )
    rows, dim = int(header[PREFIX + "rows"]), int(header[PREFIX + "dim"])
    if len(batches) != 1 or batches[0].num_rows != rows or not schema.equals(schema_of(dim, {})):
        raise DamagedSegment(path, f"its columns are not {rows} keys, rows of width {dim} and checks")
    words, vectors, checks = _views(path, batches[0], rows, dim)
    for name, array in (("keys", words), ("checks", checks)):
        if crc32(array) != header[f"{PREFIX}{name}_crc32"]:
            raise DamagedSegment(path, f"the {name} do not agree with their checksum")
    return Segment(
        path=path,
        fingerprint=header[PREFIX + "fingerprint"],
        words=words,
        vectors=vectors,
        checks=checks,
        bytes=size,
        meta={name.removeprefix(META): text for name, text in header.items() if name.startswith(META)},
    )


def _views(path: Path, batch: Any, rows: int, dim: int) -> tuple[Words, Vectors, NDArray[np.uint64]]:
    """The three columns as arrays over the mapped file, none of them copied."""
    keys, lists, checks = batch.columns
    buffers = [keys.buffers()[1], lists.values.buffers()[1], checks.buffers()[1]]
    sizes = [16 * rows, 4 * rows * dim, 8 * rows]
    short = any(buffer is None or buffer.size < size for buffer, size in zip(buffers, sizes, strict=True))
    if short or any(column.null_count for column in (*batch.columns, lists.values)):
        raise DamagedSegment(path, "a column is shorter than its rows, or has gaps")
    return (
        np.frombuffer(buffers[0], dtype="<u8", count=2 * rows).reshape(rows, 2),
        np.frombuffer(buffers[1], dtype="<f4", count=rows * dim).reshape(rows, dim),
        np.frombuffer(buffers[2], dtype="<u8", count=rows),
    )
