"""What is stored, and whether it is sound: reading only, save that ``verify`` sets damaged segments aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import StoreError
from semascope.store.folder import DAMAGED, SEGMENT, names_with, set_aside, shelf_folders
from semascope.store.index import KeyIndex
from semascope.store.records import SegmentCheck, StoreInfo
from semascope.store.segment import DamagedSegment, damage, open_segment

if TYPE_CHECKING:
    from pathlib import Path


def survey(root: Path) -> list[StoreInfo]:
    """What is stored, one record per encoder, by folder."""
    found = [_folder_info(folder) for folder in shelf_folders(root)]
    return [info for info in found if info.segments or info.damaged]


def verify(root: Path) -> list[SegmentCheck]:
    """Every byte of every segment read and compared with its checksums."""
    checks = []
    for folder in shelf_folders(root):
        for name in names_with(folder, SEGMENT):
            try:
                checks.append(_check(folder / name))
            except (
                FileNotFoundError
            ):  # merged or cleared meanwhile; its rows stand in a segment written just now
                continue
    return checks


def _check(path: Path) -> SegmentCheck:
    size = path.stat().st_size
    fingerprint, rows = "", 0
    try:
        segment = open_segment(path)
        fingerprint, rows = segment.fingerprint, segment.rows
        problem = damage(segment)
    except DamagedSegment as damaged:
        problem = damaged.reason
    except StoreError as error:  # sound, but not for this version or this user: say so, leave it where it is
        return SegmentCheck(path=path, fingerprint="", rows=0, bytes=size, problem=str(error))
    if problem:
        problem = f"{problem}; {set_aside(path)}"
    return SegmentCheck(path=path, fingerprint=fingerprint, rows=rows, bytes=size, problem=problem)


def _folder_info(folder: Path) -> StoreInfo:
    damaged = len(names_with(folder, DAMAGED))
    index = KeyIndex()
    fingerprint, dim, count, size = "", 0, 0, 0
    for name in names_with(folder, SEGMENT):
        try:
            segment = open_segment(folder / name)
        except FileNotFoundError:
            continue
        except DamagedSegment:
            damaged += 1
            continue
        index.assign(segment.words, np.arange(segment.rows))
        fingerprint, dim = segment.fingerprint, segment.dim
        count, size = count + 1, size + segment.bytes
    return StoreInfo(
        fingerprint=fingerprint,
        folder=folder,
        dim=dim,
        rows=len(index),
        segments=count,
        bytes=size,
        damaged=damaged,
    )
