"""What the store tells about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreInfo:
    """What is stored for one encoder."""

    fingerprint: str  # empty when only damaged segments are left
    folder: Path
    dim: int  # 0 when only damaged segments are left
    rows: int  # distinct keys
    segments: int
    bytes: int  # of the segments that are read
    damaged: int  # segments set aside, and those that would be on the next reading


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentCheck:
    """One segment after the full check."""

    path: Path  # where it lay when it was checked
    fingerprint: str  # empty when the header cannot be trusted
    rows: int  # 0 when the header cannot be trusted
    bytes: int
    problem: str  # what is wrong and what was done; empty when every row is as it was written


@dataclass(frozen=True, kw_only=True, slots=True)
class CanaryCheck:
    """One encoder's canary after its encoder was loaded anew, where it could be."""

    fingerprint: str
    encoder: str = ""  # name to load it by; empty without a canary that can be read
    state: Literal["same", "different", "not tried", "none", "damaged"]
    distance: float | None = None  # Euclidean, of rows of unit length; None where it was not tried
    allowed: float | None = None  # what rounding moves it by at most
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Compaction:
    """What compacting did."""

    segments_before: int
    segments_after: int
    bytes_before: int
    bytes_after: int
