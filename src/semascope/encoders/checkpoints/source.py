"""The files that an encoder stands on: digested once, and watched from then on.

An encoder outlives its files: somebody trains on and saves into the same folder while it is loaded, or between the
moment when its fingerprint was asked for and the moment when its weights are read. Its rows would then be stored under
a fingerprint that is not theirs, for ever. So a digest is taken before anything is loaded, what is loaded must be what
was digested, and the files are looked at again before rows are stored.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from semascope.encoders.checkpoints.checkpoint import file_digest
from semascope.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

Stamp = tuple[int, ...]  # what the system says of a file without reading it; () where there is none
# no file system in use keeps coarser times: two writes within it may leave one stamp
_TICK_NS = 2_000_000_000
_TRIES = 3
# not the source's: an encoder that has not loaded yet can be sent to another process
_beginning = threading.Lock()


class Described(Protocol):
    """A folder of weights as its reader describes it, and the files that it depends on."""

    @property
    def folder(self) -> Path:
        """As given."""
        ...

    def space_files(self) -> dict[Path, bool]:
        """The files that a space may depend on, there or not, and whether what each holds counts now."""
        ...

    def weights_digest(self, digest: Callable[[Path], str]) -> str:
        """Digest of the weights, from those of single files."""
        ...

    def tokenizer_digest(self, digest: Callable[[Path], str]) -> str:
        """Digest of the tokenizer, from those of single files."""
        ...

    def essence(self) -> object:
        """What of the description decides rows: equal for folders that give equal ones."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    stamps: Mapping[Path, Stamp]
    digests: Mapping[Path, str]  # of the files that are there
    settled: bool  # the stamps are old enough that any later write shows in them


class Source:
    """Files of one checkpoint; what was read of them first is what they must hold from then on.

    Parameters
    ----------
    checkpoint
        The described folder.
    name
        What the user typed; shown in errors.
    describe
        Describes the folder anew.
    """

    def __init__(self, checkpoint: Described, *, name: str, describe: Callable[[], Described]) -> None:
        self._checkpoint = checkpoint
        self._name = name
        self._describe = describe
        self._reading: _Reading | None = None
        self._weights = self._tokenizer = ""

    @property
    def weights(self) -> str:
        """Digest of the weights as they were first read; reads the files when nothing has."""
        self._begin()
        return self._weights

    @property
    def tokenizer(self) -> str:
        """Digest of the tokenizer as it was first read; reads the files when nothing has."""
        self._begin()
        return self._tokenizer

    def check(self) -> None:
        """Read the files the first time; later make sure that they hold what they held then.

        Files whose stamps (size, times, place on the disk) are the same are not read again.

        Raises
        ------
        EncoderError
            When one has changed, has gone or has come; it is named.
        """
        known = self._reading
        if known is None:
            self._begin()
        elif not known.settled or self._stamps() != known.stamps:
            now = self._read()
            changed = [
                file
                for file in {**known.digests, **now.digests}
                if known.digests.get(file) != now.digests.get(file)
            ]
            if changed:
                raise self._changed(changed[0].name)
            self._reading = now

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """What is loaded inside comes from the files that were digested, or an ``EncoderError`` says which changed."""
        self.check()
        yield
        self.check()

    def _begin(self) -> None:
        with (
            _beginning
        ):  # else two threads may each take their own reading, of files that change between them
            if self._reading is None:
                self._reading = self._first_reading()

    def _first_reading(self) -> _Reading:
        reading = self._read()
        # The folder was described when the encoder was made; its digest must belong to that description.
        if self._describe().essence() != self._checkpoint.essence():
            raise self._changed("the configuration")
        self._weights = self._checkpoint.weights_digest(reading.digests.__getitem__)
        self._tokenizer = self._checkpoint.tokenizer_digest(reading.digests.__getitem__)
        if self._stamps() != reading.stamps:
            raise self._moving()
        return reading

    def _read(self) -> _Reading:
        for _ in range(_TRIES):
            started, files = time.time_ns(), self._checkpoint.space_files()
            stamps = {file: _stamp(file) for file in files}
            try:
                digests = {
                    file: file_digest(file) for file, counts in files.items() if counts and stamps[file]
                }
            except FileNotFoundError:
                continue
            if self._stamps() == stamps:
                newest = max((stamp[0] for stamp in stamps.values() if stamp), default=0)
                return _Reading(stamps=stamps, digests=digests, settled=newest < started - _TICK_NS)
        raise self._moving()

    def _stamps(self) -> dict[Path, Stamp]:
        return {file: _stamp(file) for file in self._checkpoint.space_files()}

    def _changed(self, what: str) -> EncoderError:
        return EncoderError(
            f"encoder {self._name!r} was read from {self._checkpoint.folder}, and {what} there has changed since;"
            " rows are stored only while its files are those that it was read from; load the encoder again"
        )

    def _moving(self) -> EncoderError:
        return EncoderError(
            f"the files of encoder {self._name!r} in {self._checkpoint.folder} change while they are read; a checkpoint"
            " must be whole before it is used; wait until it is saved, then load it again"
        )


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError:
        return ()
    # The time of the last change of its entry cannot be set by hand; on Windows it is the time of its making.
    latest = found.st_ctime_ns if os.name == "posix" else found.st_mtime_ns
    return latest, found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev
