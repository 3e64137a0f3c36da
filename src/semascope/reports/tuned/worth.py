"""What tuning was worth to who searches: each part of the judging queries, and every way of searching."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.strips import strip_axis, strip_ruler
from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Said, number
from semascope.reports.tuned.reading import (
    PARTS,
    difference_said,
    estimate_said,
    verdict_said,
    without_interval,
)
from semascope.reports.verdicts import difference_strip
from semascope.studies.tuned.telling.advice import leading
from semascope.words.numbers import NOTHING, count, fixed, seconds
from semascope.words.texts import capital

if TYPE_CHECKING:
    from semascope.reports.tuned.reading import Reading
    from semascope.studies.tuned.judging.searched import Searched


def worth_part(reading: Reading) -> Part | None:
    """Both tables; None for labels."""
    searched = reading.result.searched
    if searched is None:
        return None
    decimals = reading.decimals(searched)
    return Part(
        id="worth",
        title="What it was worth",
        nav="Worth",
        lead=_lead(searched),
        blocks=[
            _by_part(searched, decimals),
            _by_cell(reading, searched, decimals),
            *without_interval(one for part in searched.parts for one in part.values.values()),
            Paragraph(text=_how(searched, decimals), opening="How it was judged.", small=True),
        ],
    )


def _lead(searched: Searched) -> str:
    seen, unseen = searched.part("seen"), searched.part("unseen")
    asked = f"{count(searched.parts[-1].queries, 'query', 'queries')} that neither taught nor chose, asked of {count(searched.documents, 'document')}"
    if seen is None:
        return f"{capital(asked)}. None of their documents stood in training."
    if unseen is None:
        return (
            f"{capital(asked)}. All their documents stood in training: what was gained on them may be memory."
        )
    return f"{capital(asked)}. Where a document stood in training, a gain may be memory of it: those queries are told apart."


def _by_part(searched: Searched, decimals: int) -> Grid:
    # where one part has all queries, the line of all would say the same twice
    shown = searched.parts if len(searched.parts) > 2 else searched.parts[:1]
    axis = strip_axis(
        ((part.verdict.low, part.verdict.difference, part.verdict.high) for part in shown),
        zero=0.0,
        margin=leading(searched).verdict.margin,
    )
    return Grid(
        caption=f"{searched.tuned} against {searched.base}, by what training has seen",
        first="Queries for",
        noun="part",
        heads=[
            Head(title="Queries"),
            Head(title=searched.base, class_="estimate"),
            Head(title=searched.tuned, class_="estimate"),
            Head(title="Difference", class_="diff"),
            Head(title="95 %", number=False, class_="drawn drawn-diff", ruler=strip_ruler(axis)),
            Head(title="Verdict", number=False, class_="verdict"),
        ],
        lines=[
            Line(
                name=PARTS[part.name],
                sort=place,
                cells=[
                    number(part.queries, f"{part.queries:,}"),
                    estimate_said(part.values[searched.base], decimals),
                    estimate_said(part.values[searched.tuned], decimals),
                    difference_said(part.verdict, decimals),
                    Said(drawing=difference_strip(part.verdict, axis)),
                    verdict_said(part.verdict, units="queries"),
                ],
            )
            for place, part in enumerate(shown)
        ],
        class_="cells cards",
    )


def _by_cell(reading: Reading, searched: Searched, decimals: int) -> Grid:
    """Every way of searching; on unseen and seen documents where there are both."""
    shown = searched.parts if len(searched.parts) > 2 else searched.parts[-1:]
    titles = {"unseen": "Not seen", "seen": "Seen", "all": "All"}
    alone = len(shown) == 1
    return Grid(
        caption=f"Every way of searching, {searched.measure}",
        first="Way",
        noun="way",
        heads=[
            *[
                Head(
                    title=searched.measure if alone else titles[part.name],
                    class_="estimate",
                    help=PARTS[part.name],
                )
                for part in shown
            ],
            Head(title=f"All, against {searched.base}", class_="diff"),
            Head(title="Verdict", number=False, class_="verdict"),
            Head(title="1,000 queries", help="what they take, seconds"),
        ],
        lines=[
            Line(
                name=cell,
                role=_role(reading, searched, cell),
                also="chosen" if cell == searched.base == reading.advice.cell else "",
                cells=[
                    *[estimate_said(part.values[cell], decimals) for part in shown],
                    difference_said(searched.beside[cell], decimals),
                    verdict_said(searched.beside[cell], units="queries"),
                    _cost(searched, cell),
                ],
            )
            for cell in searched.cells
        ],
        class_="cells cards",
    )


def _role(reading: Reading, searched: Searched, cell: str) -> str:
    if cell == searched.base:
        return "baseline"
    return "chosen" if cell == reading.advice.cell else "plain"


def _cost(searched: Searched, cell: str) -> Said:
    taken = searched.costs.get(cell, float("nan"))
    written = seconds(taken)
    return Said() if written == NOTHING else number(taken, written)


def _how(searched: Searched, decimals: int) -> str:
    several = searched.part("unseen") is not None and searched.part("seen") is not None
    lead = leading(searched)
    parts = (
        "Unseen and seen are corrected together by Holm; the line of all queries stands by itself."
        if several
        else "There is one comparison, and no correction."
    )
    return (
        f"p: {searched.test}; 95 % interval by {searched.interval}. {parts} Differences within {fixed(lead.verdict.margin, decimals)}"
        f" count as none. A query counts as seen when training read it, a document that answers it, or a near-copy of either. The"
        f" ways of searching are corrected by Holm against {searched.base}, and not held against each other."
    )
