"""The report of a study: one self-contained page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.heads import (
    answer,
    breakdowns,
    calibration,
    cells,
    choices,
    classes,
    cost,
    curve,
    errors,
    leaks,
    long_texts,
    parting,
    predictions,
    published,
    questions,
    raced,
    recipe,
    suspects,
    worst,
)
from semascope.reports.heads.reading import Reading, target_names
from semascope.reports.page import render_study

if TYPE_CHECKING:
    from semascope.pages.shell import Section
    from semascope.studies.heads.result import HeadsResult


def render_report(result: HeadsResult) -> str:
    """The report as one HTML document that loads nothing from anywhere.

    Parameters
    ----------
    result
        A finished study. Its texts and names are escaped; nothing in them can run.
    """
    reading = Reading(result)
    counted = (
        f"{result.rows_total:,} in the study, {result.rows_train:,} to train, {result.rows_test:,} held out"
    )
    return render_study(
        result,
        about=target_names(result.targets),
        opening=answer.opening(reading),
        sections=_sections(reading),
        rows=[("rows", counted)],
    )


def _sections(reading: Reading) -> list[Section | None]:
    slices = breakdowns.slices_section(reading)  # asked for: part of the answer
    return [
        recipe.section(reading) if reading.repeated else None,
        slices if reading.repeated else None,
        cells.section(reading),
        raced.section(reading),
        None if reading.repeated else recipe.section(reading),
        None if reading.repeated else slices,
        published.section(reading),
        questions.section(reading),
        cost.section(reading),
        curve.section(reading),
        predictions.section(reading) if reading.regression else classes.section(reading),
        calibration.section(reading),
        errors.section(reading),
        worst.section(reading),
        parting.section(reading),
        suspects.section(reading),
        breakdowns.targets_section(reading),
        long_texts.section(reading),
        leaks.section(reading),
        choices.section(reading),
    ]
