"""The questions of a study and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.chips import chip
from semascope.pages.markup import element
from semascope.pages.shell import Section

if TYPE_CHECKING:
    from semascope.reports.heads.reading import Reading

TITLE = "Questions and answers"
LEAD = (
    "Each stands by itself: its p is not corrected over the questions. Sides are represented by their best cell on the"
    " training rows."
)


def section(reading: Reading) -> Section | None:
    """One question after the other; None where the cells can answer none."""
    answers = reading.result.answers
    if not answers:
        return None
    parts = [
        element(
            "div",
            element("dt", each.question, " ", chip(each.verdict.word) if each.verdict else Markup()),
            element("dd", each.answer),
        )
        for each in answers
    ]
    return Section(
        id="questions",
        title=TITLE,
        nav="Questions",
        lead=LEAD,
        body=element("dl", *parts, class_="questions"),
    )
