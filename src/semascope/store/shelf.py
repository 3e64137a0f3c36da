"""All segments of one encoder, as this process sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import StoreError
from semascope.store.folder import SEGMENT, names_with, set_aside, shelf_folder
from semascope.store.gather import gather
from semascope.store.index import KeyIndex
from semascope.store.segment import DamagedSegment, open_segment

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.store.keys import Words
    from semascope.store.segment import Segment
    from semascope.types import Ints, Mask, Vectors

ATTEMPTS = 100  # readings of a folder that another process merges at the same moment


class Shelf:
    """The open segments of one fingerprint, and where each key lies in them.

    Every opened row has a number: the segments are numbered through in the order of opening. A segment that another process
    merged stays mapped until its rows are found in the merged one, so nothing read is ever half there.
    """

    def __init__(self, root: Path, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self.folder = shelf_folder(root, fingerprint)
        self._open: dict[str, tuple[int, Segment]] = {}  # by file name: number of the first row, segment
        self._next = 0
        self._index = KeyIndex()

    @property
    def segments(self) -> list[Segment]:
        """Open segments, oldest first."""
        return [self._open[name][1] for name in sorted(self._open)]

    @property
    def dim(self) -> int:
        """Width of the stored rows; 0 while there are none."""
        return next((segment.dim for _, segment in self._open.values()), 0)

    def __len__(self) -> int:
        return len(self._index)

    def refresh(self) -> None:
        """See what other processes have added, merged or cleared.

        Raises
        ------
        StoreError
            A new segment is damaged (it is then set aside), or belongs to another encoder or width.
        """
        for _ in range(ATTEMPTS):
            names = names_with(self.folder, SEGMENT)
            try:
                for name in names:
                    if name not in self._open:
                        self._add(name)
            except FileNotFoundError:  # merged between the listing and the opening
                continue
            self._drop(self._open.keys() - set(names))
            return
        raise StoreError(
            f"{self.folder} changed during {ATTEMPTS} readings; try again when its writers are done"
        )

    def find(self, words: Words) -> Ints:
        """Row number of each key, -1 where there is none."""
        return self._index.find(words)

    def read(self, numbers: Ints, out: Vectors) -> None:
        """Copy the numbered rows to ``out``; a number of -1 leaves its row as it is.

        Raises
        ------
        StoreError
            A row does not agree with its check number. Its segment is set aside.
        """
        placed = list(self._open.values())
        starts = np.array([start for start, _ in placed], dtype=np.int64)
        damaged = gather([segment for _, segment in placed], starts, numbers, out)
        if damaged:
            raise self.give_up(DamagedSegment(damaged[0].path, "rows do not agree with their check numbers"))

    def owned(self, segment: Segment) -> Mask:
        """Which rows of a segment are the ones that a search finds: all, save keys that stand elsewhere too."""
        start, _ = self._open[segment.path.name]
        found: Mask = self.find(segment.words) == np.arange(start, start + segment.rows)
        return found

    def give_up(self, damaged: DamagedSegment) -> StoreError:
        """Set the segment aside; the error to raise."""
        return StoreError(
            f"{damaged}; {set_aside(damaged.path)}; put back a sound copy, or run again to encode its rows anew"
        )

    def _add(self, name: str) -> None:
        try:
            segment = open_segment(self.folder / name)
        except DamagedSegment as damaged:
            raise self.give_up(damaged) from damaged
        if segment.fingerprint != self.fingerprint:
            raise StoreError(
                f"{segment.path} belongs to the encoder {segment.fingerprint!r}; this folder holds rows of "
                f"{self.fingerprint!r}; move the file out of the store"
            )
        if self.dim not in (0, segment.dim):
            raise StoreError(
                f"{segment.path} has rows of width {segment.dim}; the others of this encoder have {self.dim}; "
                "move the wrong ones out of the store"
            )
        self._number(name, segment)

    def _number(self, name: str, segment: Segment) -> None:
        self._index.assign(segment.words, np.arange(self._next, self._next + segment.rows))
        self._open[name] = (self._next, segment)
        self._next += segment.rows

    def _drop(self, gone: set[str]) -> None:
        lost = False
        for name in gone:
            start, segment = self._open.pop(name)
            numbers = self.find(segment.words)
            lost |= bool(((numbers >= start) & (numbers < start + segment.rows)).any())
        if lost:  # cleared or set aside, not merged: the index must forget these keys
            kept = list(self._open.items())
            self._open, self._next, self._index = {}, 0, KeyIndex()
            for name, (_, segment) in kept:
                self._number(name, segment)
