"""The report of a study of retrieval apart from its look: what Markdown and DOCX are written from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports import told
from semascope.reports.model import Report
from semascope.reports.opening import NO_ANSWER, warned_of
from semascope.reports.parts import told as told_part
from semascope.reports.retrieval.answer import about, key_figures
from semascope.reports.retrieval.reading import Reading
from semascope.reports.retrieval.sections import counted, parts_of
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.studies.retrieval.result import RetrievalResult


def tell_retrieval(result: RetrievalResult) -> Report:
    """What the page of a finished study says, in the same order and with the same digits."""
    reading = Reading(result)
    number, titles = warned_of(result)
    sections = [
        told.verdicts(result, reading.measure, units="queries"),
        *[told_part(part) for part in parts_of(reading)],
        told.notes(result),
        told.making(result, counted(result)),
    ]
    return Report(
        name=result.name,
        title=f"{result.name}: retrieval",
        about=" · ".join(about(reading)),
        headline=list(result.headline) or [NO_ANSWER],
        figures=key_figures(reading),
        warnings=f"{count(number, 'warning')}. {titles}." if number else "",
        sections=[section for section in sections if section is not None],
        footer=f"Made by Semascope from {result.name}.",
    )
