"""The whole report of a study of heads, apart from its look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports import told
from semascope.reports.heads.answer import about, key_figures
from semascope.reports.heads.reading import Reading, target_names
from semascope.reports.heads.told import cells, errors, parts, rows
from semascope.reports.model import Report
from semascope.reports.opening import NO_ANSWER, warned_of
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.reports.model import Section
    from semascope.studies.heads.result import HeadsResult


def tell(result: HeadsResult) -> Report:
    """What the page of a finished study says, in the same order and with the same digits."""
    reading = Reading(result)
    counted = (
        f"{result.rows_total:,} in the study, {result.rows_train:,} to train, {result.rows_test:,} held out"
    )
    sections = [
        *[make(reading) for make in _makers(reading)],
        told.notes(result),
        told.making(result, [("rows", counted)]),
    ]
    number, titles = warned_of(reading.result)
    return Report(
        name=result.name,
        title=f"{result.name}: {target_names(result.targets)}",
        about=" · ".join(about(reading)),
        headline=list(result.headline) or [NO_ANSWER],
        figures=key_figures(reading),
        warnings=f"{count(number, 'warning')}. {titles}." if number else "",
        sections=[section for section in sections if section is not None],
        footer=f"Made by Semascope from {result.name}.",
    )


def _makers(reading: Reading) -> list[Callable[[Reading], Section | None]]:
    """What makes the sections; repeated splits and slices come first where they lead."""
    leading = [cells.repeated, parts.by_slice]
    first, second = (leading, []) if reading.repeated else ([], leading)
    return [
        *first,
        cells.compared,
        cells.race,
        *second,
        cells.published_figures,
        cells.answered,
        cells.costs,
        cells.by_rows,
        errors.predicted,
        errors.calibrated,
        errors.where,
        rows.worst_errors,
        rows.two_part,
        rows.to_check,
        parts.by_target,
        cells.read_long,
        cells.leaking,
        cells.chosen_inside,
    ]
