"""Files of an index: arrays and Arrow tables, each with its size and CRC-32, read without a copy where they are large."""

from __future__ import annotations

import shutil
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from semascope.errors import ArtifactError
from semascope.store.checks import CHUNK_BYTES, CrcWriter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from semascope.types import Array

_MAPPED = 1 << 20  # bytes; smaller files are read


class Kept(NamedTuple):
    """What a file must be."""

    bytes: int
    crc: str  # CRC-32, 8 hexadecimal digits


class Writer:
    """Writes the files of one folder and keeps what each must be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: dict[str, Kept] = {}

    def array(self, name: str, values: Array) -> None:
        """Keep an array in numpy's own format."""
        with (self.folder / name).open("xb") as file:
            sink = CrcWriter(file)
            np.lib.format.write_array(_Counting(sink), np.ascontiguousarray(values), allow_pickle=False)
            self._keep(name, file.tell(), sink.crc)

    def table(self, name: str, table: pa.Table) -> None:
        """Keep a table as an Arrow file of one batch."""
        with (self.folder / name).open("xb") as file:
            sink = CrcWriter(file)
            whole = table.combine_chunks()
            with pa.ipc.new_file(pa.PythonFile(sink, mode="w"), whole.schema) as writer:
                writer.write_table(whole)
            self._keep(name, file.tell(), sink.crc)

    def foreign(self, name: str) -> None:
        """Keep a file that somebody else has written into the folder."""
        path = self.folder / name
        self._keep(name, path.stat().st_size, _crc_of(path))

    def _keep(self, name: str, size: int, crc: int) -> None:
        self.kept[name] = Kept(size, f"{crc:08x}")


class _Counting:
    """What numpy writes to: it takes anything with ``write``, and asks real files for a handle."""

    def __init__(self, sink: CrcWriter) -> None:
        self.write = sink.write


def read_array(path: Path) -> Array:
    """The array of a file that was checked, mapped where it is large."""
    try:
        large = path.stat().st_size > _MAPPED
        found: Array = np.load(path, mmap_mode="r" if large else None, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise _damaged(path, str(error)) from error
    # A mapped array passes for a plain one; the class alone makes every small step of numpy slower.
    return found.view(np.ndarray) if large else found


def read_arrow(path: Path) -> pa.Table:
    """The table of a file that was checked; its columns are views of the mapped file."""
    try:
        with pa.memory_map(str(path)) as source:
            return pa.ipc.open_file(source).read_all()
    except pa.ArrowException as error:
        raise _damaged(path, str(error).splitlines()[0]) from error


def check_files(folder: Path, kept: Mapping[str, Kept], *, whole: bool) -> None:
    """Refuse a folder of which a file is missing, or is not as it was written.

    Parameters
    ----------
    whole
        Whether every byte is read, at some gigabytes a second; else only sizes are compared.

    Raises
    ------
    FileNotFoundError
        A file is missing: the folder may have been merged into another meanwhile.
    ArtifactError
        Names the first file that differs.
    """
    for name, expected in kept.items():
        found = (folder / name).stat().st_size
        if found != expected.bytes:
            raise _damaged(folder / name, f"it has {found:,} bytes instead of {expected.bytes:,}")
    if not whole:
        return
    with ThreadPoolExecutor(2) as pool:
        sums = pool.map(lambda name: _crc_of(folder / name), kept)
        for (name, expected), crc in zip(kept.items(), sums, strict=True):
            if f"{crc:08x}" != expected.crc:
                raise _damaged(folder / name, "its checksum is another one")


def _crc_of(path: Path) -> int:
    crc = 0
    with path.open("rb", buffering=0) as file:
        while piece := file.read(CHUNK_BYTES):
            crc = zlib.crc32(piece, crc)
    return crc


def _damaged(path: Path, reason: str) -> ArtifactError:
    return ArtifactError(
        f"{path} of the index is not as it was written ({reason}); it was cut or changed; copy the index again, or make"
        " it anew with semascope index"
    )


def remove(path: Path) -> None:
    """Remove a file or a folder, as far as it goes: whoever still reads it keeps what is mapped."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
