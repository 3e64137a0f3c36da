"""The report of a tuning: one self-contained page, and what it says for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports import told
from semascope.reports.model import Report
from semascope.reports.opening import opening, warned_of
from semascope.reports.page import render_finished
from semascope.reports.parts import on_page
from semascope.reports.parts import told as told_part
from semascope.reports.tuned.changed import changed_part
from semascope.reports.tuned.course import course_part
from semascope.reports.tuned.forgotten import forgotten_part
from semascope.reports.tuned.learnt import learnt_part
from semascope.reports.tuned.opening import about, key_figures
from semascope.reports.tuned.pictures import pictures_part
from semascope.reports.tuned.reading import Reading
from semascope.reports.tuned.separated import separated_part
from semascope.reports.tuned.worth import worth_part
from semascope.words.numbers import count, size

if TYPE_CHECKING:
    from semascope.reports.parts import Part
    from semascope.studies.tuned.result import TuneResult


def parts_of(reading: Reading) -> list[Part]:
    """The sections in the order shown: what it was worth, what it cost elsewhere, how it came about."""
    found = [
        worth_part(reading),
        changed_part(reading),
        separated_part(reading),
        pictures_part(reading),
        forgotten_part(reading),
        course_part(reading),
        learnt_part(reading),
    ]
    return [part for part in found if part is not None]


def render_tuning(result: TuneResult) -> str:
    """One HTML document that loads nothing from anywhere.

    Parameters
    ----------
    result
        A finished tuning. Its texts and names are escaped; nothing in them can run.
    """
    reading = Reading(result)
    return render_finished(
        result,
        about="tuning",
        kind="tuning",
        opening=opening(
            result,
            about=about(reading),
            figures=key_figures(reading),
            labels=[] if result.searched is None else result.searched.cells,
        ),
        sections=[on_page(part) for part in parts_of(reading)],
        rows=_counted(result),
    )


def tell_tuning(result: TuneResult) -> Report:
    """What the page says, for paper and for its figures."""
    reading = Reading(result)
    sections = [
        *[told_part(part) for part in parts_of(reading)],
        told.notes(result),
        told.making(result, _counted(result)),
    ]
    number, titles = warned_of(result)
    return Report(
        name=result.name,
        title=f"{result.name}: tuning",
        about=" · ".join(about(reading)),
        headline=list(result.headline),
        figures=key_figures(reading),
        warnings=f"{count(number, 'warning')}. {titles}." if number else "",
        sections=[section for section in sections if section is not None],
        footer=f"Made by Semascope from {result.name}.",
    )


def _counted(result: TuneResult) -> list[tuple[str, str]]:
    return [("encoder", f"{result.encoder}, {size(result.trained.kept_bytes)}")]
