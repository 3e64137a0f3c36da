"""The vector store: rows by content key, on disk, for any number of processes at once."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from semascope.errors import StoreError
from semascope.store import canary as canaries
from semascope.store.checks import inspect_rows
from semascope.store.claims import Claims
from semascope.store.folder import (
    DAMAGED,
    SEGMENT,
    maintenance_lock,
    names_with,
    remove_stale,
    shelf_folder,
    shelf_folders,
    unwritable,
)
from semascope.store.keys import first_occurrences, key_words, prompt_keys
from semascope.store.merging import SEGMENT_BYTES, compact, merge_due
from semascope.store.records import Compaction
from semascope.store.segment import write_segment
from semascope.store.shelf import Shelf
from semascope.store.survey import survey, verify
from semascope.store.writing import write_in_turn, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from semascope.store.canary import Canary
    from semascope.store.keys import Keys, Words
    from semascope.store.records import SegmentCheck, StoreInfo
    from semascope.types import Array, Ints, Mask, Vectors

__all__ = ["VectorStore", "prompt_keys"]


class VectorStore:
    """Vectors kept on disk under the content of their prompt.

    Any number of processes and threads read and write at once. A row that was put survives the death of its
    process at any moment. Rows come back bit for bit as they were put, or not at all: each one read is compared
    with its check number. ``docs/store.md`` describes the files, and which damage is noticed when.

    Parameters
    ----------
    root
        Folder of the store, made on the first write.

    Examples
    --------
    >>> import tempfile
    >>> store = VectorStore(tempfile.mkdtemp())
    >>> keys = prompt_keys("hash:2", ["ebb", "flood"])
    >>> store.put("hash:2", keys[:1], np.array([[0.6, 0.8]], dtype=np.float32))
    1
    >>> vectors, found = store.get("hash:2", keys)
    >>> found.tolist(), vectors[0].tolist()
    ([True, False], [0.6000000238418579, 0.800000011920929])
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self._shelves: dict[str, Shelf] = {}
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"VectorStore({str(self.root)!r})"

    def contains(self, fingerprint: str, keys: Keys) -> Mask:
        """Which keys are stored, (n,), in the order of ``keys``."""
        words = key_words(keys)
        with self._lock:
            found: Mask = self._shelf(fingerprint).find(words) >= 0
        return found

    def get(self, fingerprint: str, keys: Keys) -> tuple[Vectors, Mask]:
        """Stored rows in the order of ``keys``, and which were found.

        Parameters
        ----------
        fingerprint
            Of the encoder whose rows these are.
        keys
            (n, 16) uint8 of ``prompt_keys``; a key may come more than once.

        Returns
        -------
        vectors
            (n, d) float32, a new array; rows that were not found are zero. (n, 0) while nothing is stored for
            this encoder.
        found
            (n,) bool.

        Raises
        ------
        StoreError
            A damaged segment was met. It is set aside and named; the next call no longer sees it.
        """
        words = key_words(keys)
        with self._lock:
            shelf = self._shelf(fingerprint)
            numbers = shelf.find(words)
            found: Mask = numbers >= 0
            if not found.any():
                return np.zeros((len(words), shelf.dim), dtype=np.float32), found
            vectors: Vectors = np.empty((len(words), shelf.dim), dtype=np.float32)
            shelf.read(numbers, vectors)
        vectors[~found] = 0.0
        return vectors, found

    def put(
        self, fingerprint: str, keys: Keys, vectors: Array, *, meta: Mapping[str, str] | None = None
    ) -> int:
        """Store rows; when this returns, they are on the disk.

        Parameters
        ----------
        fingerprint
            Of the encoder that made the rows.
        keys
            (n, 16) uint8 of ``prompt_keys``.
        vectors
            (n, d) at the encoder's full width, d the same for all rows of an encoder. float32 is stored as it is;
            float16 is widened, which is exact; float64 is rounded to float32. Need not be contiguous.
        meta
            Notes for a human reader of the files, such as the encoder's name; they take no part in any look-up. After a
            merging, those on which all merged files agree remain.

        Returns
        -------
        int
            Rows written. Rows already there are skipped and never replaced; of equal keys in one call the first counts.

        Raises
        ------
        StoreError
            A row is not finite (none is stored then), the widths differ, the folder cannot be written, the disk is
            full (of a call of more than 128 MiB, whole segments may then be stored), or a damaged segment was met
            while merging (the rows of this call are stored).
        """
        words = key_words(keys)
        checks = _inspect(words, vectors)
        with self._lock:
            shelf = self._shelf(fingerprint)
            if len(words) == 0:
                return 0
            if shelf.dim not in (0, vectors.shape[1]):
                raise StoreError(
                    f"vectors have width {vectors.shape[1]}; the rows stored for {fingerprint!r} have {shelf.dim}; "
                    "put rows at the encoder's full width, before any cut"
                )
            fresh = _fresh(shelf, words)
            if len(fresh):
                _write(shelf, words, vectors, checks, fresh, meta or {})
                merge_due(self.root, shelf)
        return len(fresh)

    def claims(self, fingerprint: str) -> Claims:
        """Claims on keys of one encoder, by which processes and threads that encode at once share the work."""
        return Claims(shelf_folder(self.root, fingerprint), partial(self.get, fingerprint))

    def count(self, fingerprint: str) -> int:
        """Distinct rows that are stored for one encoder."""
        with self._lock:
            return len(self._shelf(fingerprint))

    def canary(self, fingerprint: str) -> Canary | None:
        """The row of a known prompt that is kept with an encoder's rows; None where there is none.

        Raises
        ------
        StoreError
            It is damaged. It is set aside; the next call no longer sees it.
        """
        return canaries.read_canary(shelf_folder(self.root, fingerprint), fingerprint)

    def canaries(self) -> list[Canary]:
        """The sound canaries of all encoders; damaged ones are told where one of them is asked for. Opens no segment."""
        return canaries.all_canaries(self.root)

    def canary_stamp(self, fingerprint: str) -> tuple[int, ...] | None:
        """What tells an encoder's canary from another one, without reading it; None where there is none."""
        return canaries.stamp(shelf_folder(self.root, fingerprint))

    def put_canary(self, canary: Canary) -> None:
        """Keep an encoder's canary, where it has none yet."""
        canaries.write_canary(shelf_folder(self.root, canary.fingerprint), canary)

    def info(self) -> list[StoreInfo]:
        """What is stored, one record per encoder."""
        return survey(self.root)

    def verify(self) -> list[SegmentCheck]:
        """Every segment after a full check. Damaged ones are set aside; ``problem`` says what was wrong."""
        return verify(self.root)

    def compact(self, fingerprint: str | None = None) -> Compaction:
        """Merge segments as far as they go and drop rows stored twice; None for all encoders.

        Other processes may read and write meanwhile; another one that merges is waited for.
        """
        before = self._totals(fingerprint)
        if before[0]:
            with maintenance_lock(self.root, wait=True), self._lock:
                for name in self._fingerprints(fingerprint):
                    shelf = self._shelf(name)
                    remove_stale(shelf.folder)
                    compact(shelf)
        after = self._totals(fingerprint)
        return Compaction(
            segments_before=before[0], segments_after=after[0], bytes_before=before[1], bytes_after=after[1]
        )

    def clear(self, fingerprint: str | None = None) -> int:
        """Remove the rows of one encoder, or of all (None), damaged segments too; how many files were removed."""
        folders = shelf_folders(self.root) if fingerprint is None else [shelf_folder(self.root, fingerprint)]
        folders = [folder for folder in folders if folder.is_dir()]
        if not folders:
            return 0
        with maintenance_lock(self.root, wait=True), self._lock:
            self._shelves.clear()
            return sum(_clear(folder) for folder in folders)

    def _shelf(self, fingerprint: str) -> Shelf:
        if not fingerprint or not fingerprint.isprintable():
            raise StoreError(
                f"fingerprint is {fingerprint!r}; it must be printable text; take it from the encoder"
            )
        shelf = self._shelves.get(fingerprint)
        if shelf is None:
            shelf = self._shelves[fingerprint] = Shelf(self.root, fingerprint)
        shelf.refresh()
        return shelf

    def _fingerprints(self, fingerprint: str | None) -> list[str]:
        if fingerprint is not None:
            return [fingerprint]
        return [info.fingerprint for info in self.info() if info.segments]

    def _totals(self, fingerprint: str | None) -> tuple[int, int]:
        infos = [info for info in self.info() if fingerprint in (None, info.fingerprint)]
        return sum(info.segments for info in infos), sum(info.bytes for info in infos)


def _inspect(words: Words, vectors: Array) -> NDArray[np.uint64]:
    """Check numbers of the rows, which are fit to be stored."""
    if vectors.ndim != 2 or vectors.dtype.kind != "f" or len(vectors) != len(words):
        raise StoreError(
            f"vectors is {vectors.dtype} of shape {vectors.shape}; {len(words)} keys need floating-point rows of "
            f"shape ({len(words)}, d); pass what the encoder returned"
        )
    if len(words) and vectors.shape[1] == 0:
        raise StoreError("vectors have width 0; rows have 1 number or more; pass what the encoder returned")
    if len(words) == 0:
        return np.zeros(0, dtype=np.uint64)
    checks, bad = inspect_rows(vectors)
    if bad is not None:
        raise StoreError(f"vectors row {bad} is not finite; only finite rows are stored; leave this row out")
    return checks


def _fresh(shelf: Shelf, words: Words) -> Ints:
    """Ascending positions of the keys that are not stored, each key once."""
    absent = np.flatnonzero(shelf.find(words) < 0)
    return absent[first_occurrences(words[absent])]


def _write(
    shelf: Shelf,
    words: Words,
    vectors: Array,
    checks: NDArray[np.uint64],
    positions: Ints,
    meta: Mapping[str, str],
) -> None:
    """Write the rows at the given positions, as many segments as they need."""

    def part(start: int) -> Callable[[BinaryIO], str]:
        where = positions[start : start + size]
        first, stop = int(where[0]), int(where[-1]) + 1
        take = slice(first, stop) if stop - first == len(where) else where  # a slice does not copy
        return partial(
            write_segment,
            fingerprint=shelf.fingerprint,
            words=np.ascontiguousarray(words[take]),
            rows=np.ascontiguousarray(vectors[take], dtype=np.float32),
            checks=np.ascontiguousarray(checks[take]),
            meta=meta,
        )

    size = max(1, SEGMENT_BYTES // (4 * vectors.shape[1] + 32))
    if 0 < len(positions) <= size:
        write_whole(shelf.folder, part(0))
    else:
        write_in_turn(shelf.folder, map(part, range(0, len(positions), size)))


def _clear(folder: Path) -> int:
    removed = 0
    try:
        for name in (*names_with(folder, SEGMENT), *names_with(folder, DAMAGED)):
            (folder / name).unlink(missing_ok=True)
            removed += 1
        (folder / canaries.FILE).unlink(missing_ok=True)  # with the rows that it speaks for
        remove_stale(folder)  # the folder itself stays: a writer may be at work in it
    except OSError as error:
        raise unwritable(folder, error) from error
    return removed
