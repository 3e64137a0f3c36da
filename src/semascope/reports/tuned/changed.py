"""Queries that got better and worse, each with where its document stood before and after, and what stood above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.markup import breakable, element
from semascope.reports.model import Heading, Items, Paragraph
from semascope.reports.parts import Apart, Part
from semascope.words.numbers import count, fixed
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.reports.model import Block
    from semascope.reports.tuned.reading import Reading
    from semascope.studies.tuned.judging.changed import Changed, Listed
    from semascope.studies.tuned.judging.searched import Searched

FIRST = 3  # queries shown before the others are unfolded
_LONG, _TITLE = 300, 110  # characters of a query, and of a document in a list
_DECIMALS = 2
_SIGNS = {True: "●", False: "○"}
SEEN = {True: "its document stood in training", False: "its document was not seen in training"}


def changed_part(reading: Reading) -> Part | None:
    """What changed; None for labels."""
    searched = reading.result.searched
    if searched is None:
        return None
    better, worse, same = searched.changed
    lead = f"By {searched.measure}, {count(better, 'query', 'queries')} got better and {worse:,} worse; {same:,} stayed as they were."
    page = element(
        "div",
        _list("What got better", searched.better, searched, better),
        _list("What got worse", searched.worse, searched, worse),
    )
    blocks: list[Apart | Paragraph] = []
    if searched.better or searched.worse:
        blocks = [
            Apart(
                page=page,
                told=[*_told("What got better", searched.better), *_told("What got worse", searched.worse)],
            ),
            Paragraph(
                text="● answers the query, ○ was not judged to. Of each list the first documents are shown.",
                small=True,
            ),
        ]
    return Part(
        id="queries", title="What got better and what got worse", nav="Queries", lead=lead, blocks=blocks
    )


def rank_words(rank: int | None) -> str:
    """Where the first document that answers stands."""
    return "not found" if rank is None else f"rank {rank:,}"


def _list(title: str, found: Sequence[Changed], searched: Searched, total: int) -> Markup:
    if not found:
        return Markup()
    more = f" ({len(found)} of {total:,})" if total > len(found) else ""
    items = [_one(each, searched) for each in found]
    rest = Markup()
    if len(items) > FIRST:
        rest = element(
            "details",
            element("summary", f"Show {len(items) - FIRST} more"),
            element("ol", *items[FIRST:], class_="changes", start=FIRST + 1),
            class_="more",
        )
    return element(
        "div", element("h3", f"{title}{more}"), element("ol", *items[:FIRST], class_="changes"), rest
    )


def _one(change: Changed, searched: Searched) -> Markup:
    sides = [
        element(
            "div",
            element("h4", breakable(name), " ", element("span", fixed(score, _DECIMALS), class_="score")),
            element("p", f"answer at {rank_words(rank)}" if rank else "answer not found", class_="facts"),
            _found(listed),
        )
        for name, score, rank, listed in (
            (searched.base, change.base, change.base_rank, change.base_found),
            (searched.tuned, change.tuned, change.tuned_rank, change.tuned_found),
        )
    ]
    return element(
        "li",
        element("p", shorten(change.text, _LONG), class_="text", dir="auto"),
        element(
            "p",
            f"{rank_words(change.base_rank)} → {rank_words(change.tuned_rank)}; {SEEN[change.seen]}; query {shorten(change.query, 60)}",
            class_="facts",
        ),
        element("p", "Answer: ", element("span", _title(change.answer), dir="auto"), class_="facts"),
        element("div", *sides, class_="sides"),
    )


def _found(listed: Sequence[Listed]) -> Markup:
    if not listed:
        return element("p", "nothing was found", class_="none")
    return element("ol", *[_document(one) for one in listed], class_="found")


def _document(one: Listed) -> Markup:
    word = "relevant" if one.relevant else "unjudged"
    sign = element(
        "span", _SIGNS[one.relevant], class_=f"standing {word}", role="img", aria_label="answers" if one.relevant else "not judged to answer"
    )  # fmt: skip
    return element(
        "li", sign, " ", element("span", _title(one), class_="title", title=one.id, dir="auto"), class_=word
    )


def _title(one: Listed) -> str:
    return shorten(" ".join(one.text.split()), _TITLE) or one.id


def _told(title: str, found: Sequence[Changed]) -> list[Block]:
    if not found:
        return []
    return [
        Heading(text=title),
        Items(
            items=[
                Paragraph(
                    opening=f"{shorten(' '.join(each.text.split()), _LONG)}:",
                    text=f"{rank_words(each.base_rank)} to {rank_words(each.tuned_rank)} ({SEEN[each.seen]}). Answer: {_title(each.answer)}",
                )
                for each in found
            ]
        ),
    ]
