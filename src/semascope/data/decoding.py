"""Text out of files: which encoding, and where it breaks."""

from __future__ import annotations

import gzip
import io
import zlib
from codecs import getincrementaldecoder
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

MARKS = {  # byte order marks; the longer one first, since it begins with the shorter
    b"\xff\xfe\x00\x00": "utf-32-le",
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
LONE_SURROGATES = "surrogatepass"  # they are repaired and counted later, not refused here
READ_SIZE = 1 << 20


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """The characters of a file, line ends as they are.

    UTF-8 with or without a byte order mark, UTF-16 and UTF-32 (little-endian) with one; unpacked when the name ends in ``.gz``.

    Raises
    ------
    DataError
        When the file is missing or damaged, or a byte does not belong to its encoding: with line and byte.
    """
    with open_bytes(path) as stream:
        encoding = _encoding_of(stream, path.name)
        text = io.TextIOWrapper(stream, encoding=encoding, errors=LONE_SURROGATES, newline="")
        try:
            yield text
        except UnicodeDecodeError as cause:
            raise _bad_byte(path, encoding) from cause
        finally:
            text.detach()


def decode_bytes(content: bytes, *, name: str) -> str:
    """The characters of a whole file's bytes, as ``open_text`` gives them; ``name`` is what errors call it."""
    stream = cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", io.BytesIO(content))))
    encoding = _encoding_of(stream, name)
    rest = stream.read()
    try:
        return rest.decode(encoding, LONE_SURROGATES)
    except UnicodeDecodeError as cause:
        raise _located(name, encoding, cause, 1, 0) from cause


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked when its name ends in ``.gz``."""
    try:
        stream = gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # noqa: SIM115
    except OSError as cause:
        raise unreadable(path, cause) from cause
    with stream:
        try:
            yield cast("BinaryIO", stream)
        except (EOFError, gzip.BadGzipFile, zlib.error) as cause:
            raise DataError(
                f"{path.name} is not a whole gzip file ({cause}); unpack it, or fetch it again"
            ) from cause


def unreadable(path: Path, cause: OSError) -> DataError:
    """The error for a file that the system does not open."""
    return DataError(
        f"{path} cannot be read: {cause.strerror or cause}; a readable file is needed; check the path and its rights"
    )


def decode_line(line: bytes, *, number: int, source: str) -> str:
    """One line of UTF-8 as text; ``number`` is the line's, counted from 1, for the error."""
    try:
        return line.decode("utf-8", LONE_SURROGATES)
    except UnicodeDecodeError as cause:
        raise _not_this_encoding(source, number, cause.object[cause.start], cause.start, "utf-8") from cause


def _encoding_of(stream: BinaryIO, name: str) -> str:
    """The encoding, with the byte order mark skipped."""
    head = cast("io.BufferedReader", stream).peek(4)[:4]
    for mark, encoding in MARKS.items():
        if head.startswith(mark):
            stream.read(len(mark))
            return encoding
    if head[:1] == b"\0" or head[1:2] == b"\0":
        raise DataError(
            f"{name} looks like UTF-16 without a byte order mark; accepted are UTF-8 and UTF-16 with one; save it as UTF-8"
        )
    return "utf-8"


def _bad_byte(path: Path, encoding: str) -> DataError:
    """The error for the first byte of the file that does not belong to its encoding: a second, slower reading."""
    decoder = getincrementaldecoder(encoding)(LONE_SURROGATES)
    line, in_line, last = 1, 0, b""
    with open_bytes(path) as stream:
        _encoding_of(stream, path.name)
        while last := stream.read(READ_SIZE):
            try:
                text = decoder.decode(last)
            except UnicodeDecodeError as error:
                return _located(path.name, encoding, error, line, in_line)
            line, in_line = _advance(text, line, in_line, encoding)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return _located(path.name, encoding, error, line, in_line)
    return DataError(f"{path.name} changed while it was read; nothing may write to it meanwhile; run again")


def _located(name: str, encoding: str, error: UnicodeDecodeError, line: int, in_line: int) -> DataError:
    good = error.object[: error.start].decode(encoding, LONE_SURROGATES)
    line, in_line = _advance(good, line, in_line, encoding)
    return _not_this_encoding(name, line, error.object[error.start], in_line, encoding)


def _advance(text: str, line: int, in_line: int, encoding: str) -> tuple[int, int]:
    """Line number and bytes since its beginning, after ``text``."""
    head, newline, tail = text.rpartition("\n")
    size = len(tail.encode(encoding, LONE_SURROGATES))
    if not newline:
        return line, in_line + size
    return line + head.count("\n") + 1, size


def _not_this_encoding(source: str, line: int, byte: int, offset: int, encoding: str) -> DataError:
    return DataError(
        f"{source}, line {line}: byte 0x{byte:02x} (byte {offset + 1} of the line) is not {encoding.upper()}; accepted are "
        "UTF-8 and UTF-16 with a byte order mark, one encoding a file; save the file as UTF-8"
    )
