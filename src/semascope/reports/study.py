"""The report of a study: one self-contained page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from semascope.errors import DataError
from semascope.files import replace_file
from semascope.pages.shell import Section, render_page
from semascope.reports import (
    answer,
    breakdowns,
    cells,
    classes,
    cost,
    errors,
    leaks,
    long_texts,
    making,
    notes,
    predictions,
    recipe,
    worst,
)
from semascope.reports.reading import Reading, target_names

if TYPE_CHECKING:
    from semascope.studies.result import StudyResult


def render_report(result: StudyResult) -> str:
    """The report as one HTML document that loads nothing from anywhere.

    Parameters
    ----------
    result
        A finished study. Its texts and names are escaped; nothing in them can run.
    """
    reading = Reading(result)
    return render_page(
        title=f"{result.name}: {target_names(result.targets)}",
        kind="study report",
        opening=answer.opening(reading),
        sections=_sections(reading),
        footer=f"Made by Semascope from {result.name}. This page is one file: it loads nothing and sends nothing.",
    )


def write_report(result: StudyResult, path: Path) -> Path:
    """Write the report to ``path``, whole or not at all, and give the path back.

    Raises
    ------
    DataError
        When the file cannot be written.
    """
    page = render_report(result).encode("utf-8")
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, page)
    except OSError as cause:
        reason = cause.strerror or str(cause)
        raise DataError(
            f"the report cannot be written to {path} ({reason}); a folder that can be written and has room is "
            "needed; choose another with --output"
        ) from cause
    return path


def _sections(reading: Reading) -> list[Section]:
    slices = breakdowns.slices_section(reading)  # asked for: part of the answer
    found = [
        recipe.section(reading) if reading.repeated else None,
        slices if reading.repeated else None,
        cells.section(reading),
        None if reading.repeated else recipe.section(reading),
        None if reading.repeated else slices,
        cost.section(reading),
        predictions.section(reading) if reading.regression else classes.section(reading),
        errors.section(reading),
        worst.section(reading),
        breakdowns.targets_section(reading),
        long_texts.section(reading),
        leaks.section(reading),
        notes.section(reading),
        making.section(reading),
    ]
    return [section for section in found if section is not None]
