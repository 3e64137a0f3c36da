"""Queries gained and lost by name, with what both spaces find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.markup import element
from semascope.reports.model import Items, Paragraph
from semascope.reports.parts import Apart, Part
from semascope.reports.retrieval.documents import KEY
from semascope.reports.retrieval.pairs import changes
from semascope.words.numbers import count, fixed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.retrieval.telling.shown import Change
    from semascope.studies.switching.result import SwitchResult


def gained_and_lost(result: SwitchResult) -> Part | None:
    """The queries that changed; None without judgements."""
    pair = result.queries
    if pair is None:
        return None
    better, worse, same = pair.counts
    measure = next(task.measure for task in result.judged if task.kind == "queries")
    page = element(
        "div",
        changes("Gained with NEW", pair.better, pair.cells, better),
        changes("Lost with NEW", pair.worse, pair.cells, worse),
    )
    told = [Items(items=[*_told(pair.better, "gained"), *_told(pair.worse, "lost")])]
    return Part(
        id="queries",
        title="Queries gained and lost",
        lead=f"By {measure}, {count(better, 'query is', 'queries are')} answered better by NEW and {worse:,} worse; {same:,} stay as they were.",
        blocks=[Apart(page=page, told=told), Paragraph(text=KEY, small=True)],
    )


def _told(found: Sequence[Change], word: str) -> list[Paragraph]:
    return [
        Paragraph(
            opening=f"{change.query}, {word}, {fixed(change.scores[0], 2)} to {fixed(change.scores[1], 2)}:",
            text=change.text,
        )
        for change in found
    ]
