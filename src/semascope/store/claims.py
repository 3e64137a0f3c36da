"""Keys that are being encoded right now, told to everyone who fills the same store at once."""

from __future__ import annotations

import logging
import os
import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.files import flock, unlock
from semascope.store.keys import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from semascope.store.keys import Keys
    from semascope.types import Mask, Vectors

FOLDER = "claims"
CLAIM = ".claim"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """What is to be done with each of n keys; those neither stored nor ours are claimed by somebody else."""

    # (n, d), zero where nothing is stored; (n, 0) while the store has no row of this encoder
    vectors: Vectors
    stored: Mask  # (n,)
    ours: Mask  # (n,) claimed for the caller until the next ``take``; to be encoded and put before


class Claims:
    """The claims of one encoding; use it as a context, which ends with no claim and no file left.

    A claim is a file with the keys in flight, and it counts while its maker holds a lock on it. The system takes the lock
    away when the process ends, however it ends, so a claim never outlives its maker. Where claims cannot
    be kept (no ``flock``, a folder that cannot be written), that is logged once and every key that is not stored
    is free: work may then be doubled, and no run stops for it.

    Nobody waits in here. A caller who finds nothing free holds nothing from then on, so no two can wait for each other.

    Parameters
    ----------
    folder
        Of the encoder whose keys these are.
    look
        The store's rows of some keys, and which were found.
    """

    def __init__(self, folder: Path, look: Callable[[Keys], tuple[Vectors, Mask]]) -> None:
        self._folder = folder / FOLDER
        self._path = self._folder / (secrets.token_hex(8) + CLAIM)
        self._look = look
        self._lock: int | None = None  # None: claims are not kept
        self._file: int | None = None

    def __enter__(self) -> Self:
        _open.add(self)
        with self._or_without():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o666)
        # In turn: else somebody may find the file before it is locked, and remove it.
        with self._turn(), self._or_without():
            if self._lock is not None:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
                flock(self._file, wait=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def take(self, keys: Keys, *, regardless: bool = False) -> Share:
        """Rows that are stored by now, and a claim on the keys that are free; what was held before is given up.

        Parameters
        ----------
        keys
            (n, 16) distinct keys.
        regardless
            Claim also what somebody else has claimed.
        """
        with self._turn():
            # Claims first, then the store: whoever gave up a claim before the first look had put its rows.
            taken = np.zeros(len(keys), dtype=np.bool_) if regardless else self._taken(keys)
            vectors, stored = self._look(keys)
            ours: Mask = ~(stored | taken)
            self._hold(keys[ours])
        return Share(vectors=vectors, stored=stored, ours=ours)

    def _hold(self, keys: Keys) -> None:
        with self._or_without():
            if self._file is not None:
                os.ftruncate(self._file, 0)
                os.pwrite(self._file, keys.tobytes(), 0)

    def _taken(self, keys: Keys) -> Mask:
        """Which keys a living process claims. The caller has the turn."""
        held: set[bytes] = set()
        with self._or_without():
            if self._lock is not None:
                with os.scandir(self._folder) as entries:
                    names = [entry.name for entry in entries if entry.name.endswith(CLAIM)]
                for name in names:
                    if name != self._path.name:
                        data = _claimed(self._folder / name)
                        held.update(data[i : i + KEY_BYTES] for i in range(0, len(data), KEY_BYTES))
        if not held:
            return np.zeros(len(keys), dtype=np.bool_)
        return np.fromiter((key.tobytes() in held for key in keys), dtype=np.bool_, count=len(keys))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One at a time reads what others claim, and claims."""
        with self._or_without():
            if self._lock is not None:
                flock(self._lock, wait=True)
        try:
            yield
        finally:
            if self._lock is not None:
                unlock(self._lock)

    @contextmanager
    def _or_without(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ImportError) as error:
            self._close()
            if self._folder not in _told:
                _told.add(self._folder)
                _log.warning(
                    "no claims in %s (%s); processes that embed the same texts at once may encode them twice",
                    self._folder,
                    getattr(error, "strerror", None) or error,
                )

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        self._let_go()

    def _let_go(self) -> None:
        for handle in (self._file, self._lock):
            if handle is not None:
                with suppress(OSError):
                    os.close(handle)
        self._file = self._lock = None
        _open.discard(self)


def _claimed(path: Path) -> bytes:
    """Keys in a claim, one after the other; none, and the file is removed, when its maker is gone."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:  # its maker has just ended
        return b""
    try:
        if not flock(handle, wait=False):
            return os.pread(handle, os.fstat(handle).st_size, 0)
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return b""
    finally:
        os.close(handle)


_told: set[Path] = set()  # folders of which it was said that claims cannot be kept there
_open: set[Claims] = set()


def _forget_in_child() -> None:
    for claims in tuple(_open):
        claims._let_go()


# else a forked child would keep its parent's claims alive after the parent
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
