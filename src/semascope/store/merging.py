"""Few large segments out of many small ones, without a moment at which a row is missing."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from semascope.store.folder import maintenance_lock, unwritable
from semascope.store.segment import DamagedSegment, damage, write_segment
from semascope.store.writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.store.segment import Segment
    from semascope.store.shelf import Shelf

SEGMENT_BYTES = 128 << 20  # no segment is made larger: what merging holds in memory, what one damage costs
FAN = 16  # so many segments of about one size are merged into one
TIERS = (1 << 20, 16 << 20, 64 << 20)  # sizes below which segments count as "about one size"
STEM = 20  # digits of a segment's name that say when its oldest row was written


def due(segments: Sequence[Segment]) -> list[Segment]:
    """Segments to merge now: the oldest of the smallest tier that is full, up to ``SEGMENT_BYTES``; else none.

    So each row is rewritten a few times in its life, and n puts leave about log(n) segments.
    """
    tiers: list[list[Segment]] = [[] for _ in TIERS]
    for segment in segments:
        tier = next((i for i, limit in enumerate(TIERS) if segment.bytes < limit), None)
        if tier is not None:
            tiers[tier].append(segment)
    full = next((tier for tier in tiers if len(tier) >= FAN), [])
    return _fitting(full)


def merge_due(root: Path, shelf: Shelf) -> None:
    """Merge what is due, unless another process is at it or the disk has no room for the copy.

    Raises
    ------
    StoreError
        A segment to be merged is damaged, or the folder cannot be written. No row is lost by it.
    """
    shelf.refresh()
    if not due(shelf.segments):
        return
    with maintenance_lock(root, wait=False) as held:
        if not held:
            return
        shelf.refresh()
        while group := due(shelf.segments):
            if shutil.disk_usage(root).free < 2 * sum(segment.bytes for segment in group):
                return  # merging is for speed only; the room is better kept for new rows
            merge(shelf, group)
            shelf.refresh()


def compact(shelf: Shelf) -> None:
    """Merge all that fits together and drop rows that are stored twice. The caller holds the lock."""
    shelf.refresh()
    groups: list[list[Segment]] = []
    rest = shelf.segments
    while rest:
        group = _fitting(rest) or rest[:1]
        groups.append(group)
        rest = rest[len(group) :]
    for group in groups:
        if len(group) > 1 or not shelf.owned(group[0]).all():
            merge(shelf, group)
            shelf.refresh()


def merge(shelf: Shelf, segments: Sequence[Segment]) -> None:
    """Write the rows of the segments as one, then remove them. The caller holds the lock.

    Killed before the new segment has its name: nothing has changed. Killed after it: some rows stand twice, which
    a search does not see and the next merging drops.

    Raises
    ------
    StoreError
        One of the segments is damaged (it is set aside; the others are untouched), or the folder cannot be written.
    """
    for segment in segments:
        reason = damage(segment)  # a copy would give damaged rows a fresh checksum
        if reason:
            raise shelf.give_up(DamagedSegment(segment.path, reason))
    kept = [np.flatnonzero(shelf.owned(segment)) for segment in segments]
    words = np.concatenate([s.words[rows] for s, rows in zip(segments, kept, strict=True)])
    checks = np.concatenate([s.checks[rows] for s, rows in zip(segments, kept, strict=True)])
    if len(words):
        vectors = np.empty((len(words), segments[0].dim), dtype=np.float32)
        filled = 0
        for segment, rows in zip(segments, kept, strict=True):
            np.take(segment.vectors, rows, axis=0, out=vectors[filled : filled + len(rows)], mode="clip")
            filled += len(rows)
        meta = dict(set.intersection(*(set(segment.meta.items()) for segment in segments)))

        write = partial(
            write_segment, fingerprint=shelf.fingerprint, words=words, rows=vectors, checks=checks, meta=meta
        )
        write_whole(shelf.folder, write, stem=segments[0].path.name[:STEM])
    try:
        for segment in segments:
            segment.path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(shelf.folder, error) from error


def _fitting(segments: Sequence[Segment]) -> list[Segment]:
    """As many from the beginning as make one segment; empty when that is fewer than two."""
    sizes = np.cumsum([segment.bytes for segment in segments])
    count = int(np.searchsorted(sizes, SEGMENT_BYTES, side="right"))
    return list(segments[:count]) if count > 1 else []
