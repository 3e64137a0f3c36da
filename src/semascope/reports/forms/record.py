"""A finished study as a record for machines: every cell with its measures, intervals, verdicts and costs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from semascope.plain import plain

if TYPE_CHECKING:
    from semascope.studies.result import StudyResult
    from semascope.studies.tuned.result import TuneResult


def study_record(result: StudyResult | TuneResult) -> dict[str, Any]:
    """The finished study in plain values.

    The held-out rows themselves are in ``predictions.parquet``, what every query found in ``runs.parquet``.
    """
    record: dict[str, Any] = plain(result)
    record.pop("held_out", None)
    record.get("details", {}).pop("per_query", None)
    return record


def write_record(result: StudyResult | TuneResult) -> str:
    """The record as JSON; what UTF-8 cannot hold, a lone surrogate, is escaped, as all is then."""
    record = study_record(result)
    written = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        written = json.dumps(record, indent=1, allow_nan=False)
    return f"{written}\n"
