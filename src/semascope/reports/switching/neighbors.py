"""What is near in either space, and the texts whose neighbours changed most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.markup import element
from semascope.reports.model import Items, Paragraph
from semascope.reports.parts import Apart, Grid, Head, Line, Part, Said, number
from semascope.words.numbers import NOTHING, between, fixed, percent, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.reports.parts import Block
    from semascope.studies.switching.result import Moved, Neighborhoods, SwitchResult

FIRST = 3  # texts shown before the others are unfolded


def neighbors(result: SwitchResult) -> Part:
    """How much stays, of texts and of what queries find."""
    sorts = [result.neighborhoods, *([result.found] if result.found is not None else [])]
    blocks: list[Block] = [_table(sorts)]
    for near in sorts:
        if near.moved:
            blocks.append(_moved(result, near))
    blocks.append(
        Paragraph(
            text="Exact, by cosine at the full width that is kept; copies of a text stand for each other. The interval is the spread"
            " over halves of the texts. Less near: by OLD's own cosine, how much nearer its own neighbours are than those"
            f" that NEW has in their place, on average.{_tied(result)}",
            small=True,
        )
    )
    return Part(
        id="neighbours",
        title="What stays near",
        nav="Neighbours",
        lead=_lead(sorts[-1]),
        blocks=blocks,
    )


def _tied(result: SwitchResult) -> str:
    """What stays where ties count as staying; "" where that is not known."""
    tied = result.cosines.tied
    if math.isnan(tied):
        return ""
    return (
        " Where two that change places count as tied, if their cosines differ by less than a quarter of how far those of"
        f" a text's near ones spread, {percent(tied, 1, space=' ')} stay."
    )


def _lead(near: Neighborhoods) -> str:
    estimate = near.overlap.estimate
    what = "first documents of a query" if near.unit == "query" else f"nearest {near.unit}s of a {near.unit}"
    return f"{percent(estimate.value, space=' ')} of the {near.k} {what} are the same in both spaces."


def _table(sorts: Sequence[Neighborhoods]) -> Grid:
    return Grid(
        caption="Share of neighbours that both spaces have in common",
        first="Whose",
        noun="sort",
        heads=[
            Head(title="Compared"),
            Head(title="Kept"),
            Head(title="By chance"),
            Head(title="Less near"),
            Head(title="Asked"),
        ],
        lines=[_line(near) for near in sorts],
    )


def _line(near: Neighborhoods) -> Line:
    estimate, floor = near.overlap.estimate, near.overlap.floor
    what = {"query": "documents that queries find"}.get(near.unit, f"neighbours of a {near.unit}")
    return Line(
        name=what,
        note=near.note,
        cells=[
            Said(text=f"first {near.k}"),
            number(
                estimate.value,
                share(estimate.value),
                between(estimate.low, estimate.high, 2).replace("0.", ".") or estimate.reason,
            ),
            Said(text=NOTHING if floor is None else fixed(floor.value, 3).replace("0.", ".")),
            Said(text=fixed(near.given_up, 3).replace("0.", ".")),
            Said(text=f"{near.asked:,}"),
        ],
    )


def _moved(result: SwitchResult, near: Neighborhoods) -> Apart:
    what = {"query": "Queries that find other documents now"}.get(
        near.unit, f"{near.unit.capitalize()}s that moved most"
    )
    items = [_item(result, moved) for moved in near.moved]
    rest = Markup()
    if len(items) > FIRST:
        summary = element("summary", f"Show {len(items) - FIRST} more")
        rest = element(
            "details",
            summary,
            element("ol", *items[FIRST:], class_="changes", start=FIRST + 1),
            class_="more",
        )
    page = element("div", element("h3", what), element("ol", *items[:FIRST], class_="changes"), rest)
    told = [
        Paragraph(text=f"{moved.text} ({percent(moved.kept, space=' ')} kept)", opening=f"Row {moved.row}:")
        for moved in near.moved
    ]
    return Apart(page=page, told=[Items(items=told)])


def _item(result: SwitchResult, moved: Moved) -> Markup:
    sides = [
        element(
            "div",
            element("h4", name),
            element("ol", *[element("li", text, dir="auto") for text in texts], class_="found"),
        )
        for name, texts in (
            (f"Near in OLD, {result.old.name}", moved.old),
            (f"Near in NEW, {result.new.name}", moved.new),
        )
    ]
    return element(
        "li",
        element("p", moved.text, class_="text", dir="auto"),
        element(
            "p", f"row {moved.row}; {percent(moved.kept, space=' ')} of its neighbours stay", class_="facts"
        ),
        element("div", *sides, class_="sides"),
    )
