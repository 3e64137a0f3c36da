"""The journal of a model: operations that were acknowledged and are not in the model file yet.

It is the hidden file ``.NAME.journal`` beside the model, there only while it holds something. The first line is a header:
``{"journal": 1, "after": NUMBER, "mark": MARK}``, the last operation that the model held when the journal was begun. Each other
line is an operation as JSON, and ends with a mark: the digest of the line and of the mark before it. So a line that was
changed, is missing, or stands elsewhere is found. Lines are appended in groups, and are on the disk when ``append`` returns; a last line
that a crash has cut is dropped.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import ArtifactError
from semascope.files import sync_folder
from semascope.learner.online.operations import Applied, Forget, Learn, LearnAll, Operation, Suggested
from semascope.probes.learnt_since import journal_place
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.learner.online.reached import Reached
    from semascope.types import Array

FORMAT = 1
_MARKED = re.compile(rb'(.*), "mark": "([0-9a-f]{16})"\}', re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One operation that was written, and the answer to it."""

    operation: Operation
    applied: Applied
    mark: str  # of it and all before it


@dataclass(frozen=True, kw_only=True, slots=True)
class Journal:
    """What a journal holds."""

    place: Path
    after: int  # number of the operation before the first
    mark: str  # of that one
    entries: tuple[Entry, ...]
    length: int  # bytes of its whole lines

    def since(self, reached: Reached, model: Path) -> tuple[Entry, ...]:
        """The operations that a model which has come so far does not hold.

        Raises
        ------
        ArtifactError
            When the journal does not go on from that model.
        """
        points = [(self.after, self.mark), *((one.applied.number, one.mark) for one in self.entries)]
        if (reached.through, reached.mark) in points:
            return self.entries[points.index((reached.through, reached.mark)) :]
        if not self.entries:
            return ()
        raise ArtifactError(
            f"{self.place} holds {count(len(self.entries), 'operation')} that semascope serve has learnt into another model than"
            f" {model}, which was replaced since; put that model back, or move {self.place} away to go on without them"
        )


# Lines


def header(after: int, mark: str) -> bytes:
    """The first line of a journal."""
    return json.dumps({"journal": FORMAT, "after": after, "mark": mark}).encode() + b"\n"


def to_line(operation: Operation, applied: Applied, mark: str) -> tuple[bytes, str]:
    """The line of an operation behind another with ``mark``, and its own mark."""
    fields: dict[str, Any] = {"number": applied.number, "id": operation.request_id}
    if isinstance(operation, Learn):
        fields |= {"op": "learn", **_example_fields(operation)}
    elif isinstance(operation, LearnAll):
        fields |= {"op": "learn all", "rows": [_example_fields(each) for each in operation.examples]}
    elif isinstance(operation, Forget):
        fields |= {"op": "forget", "text": operation.text}
    else:
        fields |= {"op": "suggested", "texts": operation.texts}
    fields |= {"examples": applied.examples, "changed": applied.changed}
    body = json.dumps(fields, allow_nan=False).encode()[:-1]
    own = _next_mark(mark, body)
    return body + b', "mark": "' + own.encode() + b'"}\n', own


def _from_line(line: bytes, mark: str) -> Entry:
    """The operation of a line behind one with ``mark``; anything else is a ``ValueError``, ``KeyError`` or ``TypeError``."""
    found = _MARKED.fullmatch(line)
    if found is None or _next_mark(mark, found[1]) != found[2].decode():
        raise ValueError("its digest is another")
    fields = json.loads(line)
    applied = Applied(number=fields["number"], examples=fields["examples"], changed=fields["changed"])
    return Entry(operation=_operation(fields), applied=applied, mark=fields["mark"])


def _operation(fields: dict[str, Any]) -> Operation:
    request_id = fields["id"]
    if fields["op"] == "learn":
        return _example(fields, request_id)
    if fields["op"] == "learn all":
        return LearnAll(examples=tuple(_example(row) for row in fields["rows"]), request_id=request_id)
    if fields["op"] == "forget":
        return Forget(text=fields["text"], request_id=request_id)
    if fields["op"] == "suggested":
        return Suggested(texts=tuple(fields["texts"]), request_id=request_id)
    raise ValueError(f"operation {fields['op']!r} is not known")


def _example_fields(example: Learn) -> dict[str, Any]:
    fields = {"text": example.text, "score": example.score, "metadata": example.metadata}
    return fields | _packed(example.vector)


def _example(fields: dict[str, Any], request_id: str = "") -> Learn:
    return Learn(
        text=fields["text"],
        score=fields["score"],
        vector=_unpacked(fields),
        metadata=fields["metadata"],
        request_id=request_id,
    )


def _next_mark(mark: str, body: bytes) -> str:
    return hashlib.blake2b(mark.encode() + body, digest_size=8).hexdigest()


def _packed(vector: Array) -> dict[str, str]:
    little = vector.astype(vector.dtype.newbyteorder("<"))
    return {"dtype": vector.dtype.name, "vector": base64.b64encode(little.tobytes()).decode()}


def _unpacked(fields: dict[str, Any]) -> Array:
    dtype = {"float32": "<f4", "float64": "<f8"}[fields["dtype"]]
    stored = np.frombuffer(base64.b64decode(fields["vector"], validate=True), dtype=dtype)
    return stored.astype(fields["dtype"])


# Reading


def read_journal(model: Path) -> Journal | None:
    """The journal beside a model; None where there is none, or nothing whole in it.

    Whoever reads the model too reads it afterwards: a service may put the operations into the model meanwhile, and those
    that stand in both are told by their numbers.

    Raises
    ------
    ArtifactError
        When it was changed or damaged anywhere but in a last line that was cut.
    """
    place = journal_place(model)
    try:
        data = place.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ArtifactError(
            f"{place} cannot be read ({error.strerror or error}); it holds what semascope serve has learnt into {model}; make it"
            " readable"
        ) from error
    lines = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)
    return _parsed(lines, place, model) if lines else None


def _parsed(lines: Sequence[bytes], place: Path, model: Path) -> Journal:
    after, first = _parsed_header(lines[0], place, model)
    entries: list[Entry] = []
    mark = first
    for number, line in enumerate(lines[1:], 1):
        try:
            entry = _from_line(line[:-1], mark)
            if entry.applied.number != after + number:
                raise ValueError(f"its number is {entry.applied.number}")
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(number + 1, place, model, error) from error
        entries.append(entry)
        mark = entry.mark
    length = sum(map(len, lines))
    return Journal(place=place, after=after, mark=first, entries=tuple(entries), length=length)


def _parsed_header(line: bytes, place: Path, model: Path) -> tuple[int, str]:
    try:
        fields = json.loads(line)
        version, after, mark = fields["journal"], int(fields["after"]), str(fields["mark"])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(1, place, model, error) from error
    if version != FORMAT:
        raise ArtifactError(
            f"{place} has format {version!r}; this semascope reads format {FORMAT}; use the version that wrote it"
        )
    return after, mark


def _damaged(number: int, place: Path, model: Path, error: Exception) -> ArtifactError:
    return ArtifactError(
        f"line {number} of {place} is damaged ({error}); it holds what semascope serve has learnt into {model}; put a copy of it"
        " back, or move it away to go on without what it holds"
    )


# Writing


class JournalFile:
    """The journal of a model that nobody else writes meanwhile.

    Parameters
    ----------
    model
        File that the journal lies beside.

    Attributes
    ----------
    length
        Bytes of its whole lines; 0 while there is none.
    lines
        Operations that it holds.
    """

    def __init__(self, model: Path) -> None:
        self._model, self._place = model, journal_place(model)
        found = read_journal(model)
        self.length, self.lines = (found.length, len(found.entries)) if found else (0, 0)

    def append(self, after: Reached, lines: Sequence[bytes]) -> None:
        """Add lines behind the operation ``after``: they are on the disk when this returns, or none of them counts.

        Raises
        ------
        ArtifactError
            When they cannot be written; the next call tries anew.
        """
        begun = self.length > 0
        data = b"".join([*([] if begun else [header(after.through, after.mark)]), *lines])
        try:
            self._write(data)
        except OSError as error:
            raise ArtifactError(
                f"nothing was learnt: {self._place} cannot be written ({error.strerror or error}); free some space or make it"
                " writable, and send it again"
            ) from error
        self.length += len(data)
        self.lines += len(lines)

    def remove(self) -> None:
        """Be without it: the model file holds everything."""
        remove_journal(self._model)
        self.length = self.lines = 0

    def _write(self, data: bytes) -> None:
        mode = stat.S_IMODE(self._model.stat().st_mode) & 0o666  # it holds the same texts
        handle = os.open(self._place, os.O_WRONLY | os.O_CREAT, mode)
        try:
            os.ftruncate(handle, self.length)  # a line that was cut, or what a failed write has left
            _write_at(handle, data, self.length)
            os.fsync(handle)
            if not self.length:
                sync_folder(self._place.parent)
        except BaseException:
            with suppress(OSError):  # else the next call does it
                os.ftruncate(handle, self.length)
            raise
        finally:
            os.close(handle)


def _write_at(handle: int, data: bytes, place: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(handle, rest, place)
        rest, place = rest[written:], place + written


def remove_journal(model: Path) -> None:
    """Be without the journal beside a model whose file holds everything; whoever calls it is the model's one writer.

    Raises
    ------
    ArtifactError
        When it cannot be removed.
    """
    place = journal_place(model)
    try:
        place.unlink(missing_ok=True)
    except OSError as error:
        raise ArtifactError(
            f"{place} cannot be removed ({error.strerror or error}); everything in it is in {model}; make its folder writable"
        ) from error
