"""The members of a tar or zip archive, one after the other, from memory alone and within a bound."""

from __future__ import annotations

import gzip
import stat
import struct
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

from semascope.data.decoding import unreadable
from semascope.errors import DataError
from semascope.words.numbers import size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST_TIMES = 100  # an archive's size; texts pack to a third or a tenth of theirs
ALWAYS = 64 * 2**20  # bytes that any archive may hold
_PART = 2**20  # bytes read at once
_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ENCRYPTED = 0x1
_DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError),
    # where a damaged zip sends its reader before the file or behind its end, or names a way of packing that there is not
    *(ValueError, OverflowError, struct.error, NotImplementedError, RuntimeError),
)

Kind = Literal["file", "link", "device"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One member that is no folder."""

    name: str  # as the archive has it
    kind: Kind
    read: Callable[[], bytes]  # of a file; before the next member is asked for


@dataclass(kw_only=True, slots=True)
class Archive:
    """An archive that is being read.

    Attributes
    ----------
    is_open_ended
        Once it was read: whether a tar ends without the mark that it should have, so that members may be missing.
    """

    path: Path
    most: int = 0  # bytes that it may hold
    is_open_ended: bool = False
    _taken: int = field(default=0)

    def __post_init__(self) -> None:
        self.most = self.most or max(ALWAYS, MOST_TIMES * self.path.stat().st_size)

    def members(self) -> Iterator[Member]:
        """The members in their order.

        Raises
        ------
        DataError
            When it is damaged, is no archive, or holds more than ``most``.
        """
        with _errors(self.path), self.path.open("rb") as stream:
            start = stream.read(4)
            stream.seek(0)
            if start in _ZIP:
                yield from self._zipped(stream)
            elif start[:2] == _GZIP:
                with gzip.open(stream, "rb") as unpacked:
                    yield from self._tarred(cast("BinaryIO", unpacked))
            else:
                yield from self._tarred(stream)

    def take(self, count: int) -> None:
        """Count bytes that were unpacked; too many are refused."""
        self._taken += count
        if self._taken > self.most:
            raise DataError(
                f"{self.path.name} holds more than {size(self.most)}, which is over {MOST_TIMES} times its size; texts do not pack so"
                " well, and it may be made to fill the memory; unpack it, and give the folder"
            )

    def _tarred(self, stream: BinaryIO) -> Iterator[Member]:
        bounded, ends = _Bounded(stream, self), _Ends()
        with tarfile.open(fileobj=cast("Any", bounded), mode="r|", tarinfo=ends.header()) as tar:
            for found in tar:
                if found.isdir():
                    continue
                is_link = found.issym() or found.islnk()
                kind: Kind = "file" if found.isfile() else "link" if is_link else "device"
                yield Member(name=found.name, kind=kind, read=lambda found=found: self._of_tar(tar, found))  # type: ignore[misc]
        if ends.error:
            raise tarfile.ReadError(ends.error)
        self.is_open_ended = not ends.is_marked
        while bounded.read(_PART):  # so that the checksum behind it is looked at too
            continue

    def _of_tar(self, tar: tarfile.TarFile, found: tarfile.TarInfo) -> bytes:
        if found.issparse():  # holes take no room in the archive
            self.take(found.size)
        with _errors(self.path):
            stream = tar.extractfile(found)
            return b"" if stream is None else stream.read()

    def _zipped(self, stream: BinaryIO) -> Iterator[Member]:
        with zipfile.ZipFile(stream) as archive:
            for found in archive.infolist():
                if found.is_dir():
                    continue
                mode = found.external_attr >> 16
                kind: Kind = "file"
                if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                    kind = "link" if stat.S_ISLNK(mode) else "device"
                yield Member(
                    name=found.filename,
                    kind=kind,
                    read=lambda found=found: self._of_zip(archive, found),  # type: ignore[misc]
                )

    def _of_zip(self, archive: zipfile.ZipFile, found: zipfile.ZipInfo) -> bytes:
        if found.flag_bits & _ENCRYPTED:
            raise DataError(
                f"{found.filename} in {self.path.name} is encrypted; texts must be readable; pack them again without a password"
            )
        parts = []
        with _errors(self.path), archive.open(found) as stream:
            while part := stream.read(_PART):  # the size in the directory of a zip may lie
                self.take(len(part))
                parts.append(part)
        return b"".join(parts)


class _Bounded:
    """A stream whose bytes are counted."""

    def __init__(self, stream: BinaryIO, archive: Archive) -> None:
        self._stream, self._archive = stream, archive

    def read(self, count: int) -> bytes:
        """Up to ``count`` bytes."""
        data = self._stream.read(count)
        self._archive.take(len(data))
        return data


@dataclass(slots=True)
class _Ends:
    """How the headers of a tar came to an end: tarfile takes a damaged one for the end, and says nothing."""

    error: str = ""
    is_marked: bool = False

    def header(self) -> type[tarfile.TarInfo]:
        """Headers that are watched."""
        ends = self

        class Header(tarfile.TarInfo):
            @classmethod
            def frombuf(cls, buf: Any, encoding: Any, errors: Any) -> Any:
                try:
                    return super().frombuf(buf, encoding, errors)
                except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
                    ends.is_marked = True
                    raise
                except tarfile.EmptyHeaderError:  # type: ignore[attr-defined]
                    raise  # the file ends where a header would begin
                except tarfile.HeaderError as error:
                    ends.error = str(error)
                    raise

        return Header


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    """What reading a damaged archive raises, as one error."""
    try:
        yield
    except DataError:
        raise  # a ``ValueError`` as well
    except _DAMAGED as cause:
        raise DataError(
            f"{path.name} is not a whole archive ({cause}); accepted are .tar, .tar.gz and .tgz, and .zip; pack it again, or fetch"
            " it again"
        ) from cause
    except OSError as cause:
        raise unreadable(path, cause) from cause
