"""The report of a study of retrieval: one self-contained page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports import verdicts
from semascope.reports.opening import opening
from semascope.reports.page import render_study
from semascope.reports.parts import on_page
from semascope.reports.retrieval.answer import about, key_figures
from semascope.reports.retrieval.reading import Reading
from semascope.reports.retrieval.sections import counted, parts_of

if TYPE_CHECKING:
    from semascope.studies.retrieval.result import RetrievalResult


def render_retrieval(result: RetrievalResult) -> str:
    """One HTML document that loads nothing from anywhere.

    Parameters
    ----------
    result
        A finished study. Its texts and names are escaped; nothing in them can run.
    """
    reading = Reading(result)
    head = opening(
        result,
        about=about(reading),
        figures=key_figures(reading),
        labels=[cell.label for cell in result.cells],
    )
    return render_study(
        result,
        about="retrieval",
        opening=head,
        sections=[
            verdicts.section(result, reading.measure, units="queries"),
            *[on_page(part) for part in parts_of(reading)],
        ],
        rows=counted(result),
    )
