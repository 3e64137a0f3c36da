"""A finished tuning as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semascope.plain import plain

if TYPE_CHECKING:
    from semascope.studies.tuned.result import TuneResult


def record_of(found: TuneResult) -> dict[str, Any]:
    """What ``tuning.json`` holds and ``--json`` prints."""
    record: dict[str, Any] = plain(found)
    return record
