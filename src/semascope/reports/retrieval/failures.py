"""Why queries of the advised cell fail: reasons with their counts, and examples with texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from semascope.pages.markup import breakable, element
from semascope.pages.switcher import long_text
from semascope.reports.model import Heading, Items, Paragraph
from semascope.reports.parts import Apart, Grid, Head, Line, Part, number
from semascope.reports.retrieval.documents import KEY, marked, sign, standing
from semascope.reports.retrieval.reading import narrow, queries
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.reports.model import Block
    from semascope.reports.parts import Block as PartBlock
    from semascope.reports.retrieval.reading import Reading
    from semascope.retrieval.failures import Reason
    from semascope.studies.retrieval.telling.shown import Example, Excerpt, Span

TITLES: dict[Reason, str] = {
    "nothing": "nothing was found",
    "cut": "the match lies behind the cut",
    "copy": "a near-copy stands above it",
    "topic": "another topic stands above it",
    "words": "more words shared above it",
    "meaning": "no more words shared above it",
}
MEANT: dict[Reason, str] = {
    "nothing": "No document was found at all.",
    "cut": "The encoder did not read the sentence of the right document that shares most with the query.",
    "copy": "A document that says nearly the same as the right one stands above it, and was not judged relevant.",
    "topic": "All that stands above the right document has another topic than it.",
    "words": "What stands above shares more of the query's words, rare ones counting more: a lexical mistake.",
    "meaning": "What stands above does not share more of the query's words: a mistake of meaning.",
}
OTHERS = 4  # other cells whose help is counted in the table
FIRST = 3  # examples shown before the others are unfolded
OPENING = 260  # characters of a query before it is unfolded
RANKS = 8  # cells whose ranks are shown
TOLD = 6  # examples in the forms that are no page


def why(reading: Reading) -> Part:
    """The reasons, or that nothing failed."""
    found = reading.result.details.failures
    blocks: list[PartBlock] = []
    if not found.has_texts:
        blocks = [Paragraph(text="The collection has no texts, so no reason can be given.", small=True)]
    if found.counts:
        blocks = [_table(reading), Paragraph(text=_meaning(reading), small=True)]
    if found.examples:
        blocks.append(Apart(page=_examples(found.examples), told=_told(found.examples)))
        blocks.append(Paragraph(text=f"Marked: words that query and document share. {KEY}", small=True))
    return Part(id="failures", title="Why queries fail", nav="Failures", lead=_lead(reading), blocks=blocks)


def _lead(reading: Reading) -> str:
    found, total = reading.result.details.failures, reading.result.estimating
    missed = f"{found.cell} has no relevant document among the first {found.cutoff} for {found.missed:,} of {queries(total)}"
    if not found.missed:
        missed = f"{found.cell} has a relevant document among the first {found.cutoff} for every query"
    if len(reading.result.cells) == 1:
        return f"{missed}."
    behind = (
        f"on {found.behind:,} others another cell does better"
        if found.behind
        else "on no other does another cell do better"
    )
    helped = {cell: times for cell, times in found.found_by.items() if times}
    if not found.missed or not helped:
        return f"{missed}; {behind}."
    best = max(helped, key=helped.__getitem__)
    return f"{missed}; {behind}. Of those missed {best} answers {helped[best]:,}."


def _table(reading: Reading) -> Grid:
    found = reading.result.details.failures
    others = sorted(found.found_by, key=lambda cell: -found.found_by[cell])[:OTHERS]
    lines = [
        Line(
            name=TITLES[one.reason],
            sort=float(place),
            cells=[
                number(one.missed, f"{one.missed:,}"),
                number(one.behind, f"{one.behind:,}"),
                *[number(one.found_by[cell], f"{one.found_by[cell]:,}") for cell in others],
            ],
        )
        for place, one in enumerate(found.counts)
    ]
    return Grid(
        caption=f"What keeps a relevant document of {found.cell} from where it should stand, the first reason that holds",
        first="Reason",
        noun="reason",
        heads=[
            Head(title="Missed", help=f"no relevant document among the first {found.cutoff}"),
            Head(title="Behind", help="another cell does better"),
            *[Head(title=f"Missed, and found by {narrow(cell, most=30)}") for cell in others],
        ],
        lines=lines,
    )


def _meaning(reading: Reading) -> str:
    found = reading.result.details.failures
    said = " ".join(MEANT[one.reason] for one in found.counts)
    more = ""
    if found.order_only:
        more = (
            f" {queries(found.order_only)} without a reason: nothing irrelevant stands above a relevant document there, and only the"
            " order of the relevant ones differs."
        )
    return f"Reasons are looked for in this order. {said}{more}"


def _examples(examples: Sequence[Example]) -> Markup:
    items = [_example(one) for one in examples]
    more = Markup()
    if len(items) > FIRST:
        summary = element("summary", f"Show {len(items) - FIRST} more")
        rest = element("ol", *items[FIRST:], class_="worst", start=FIRST + 1)
        more = element("details", summary, rest, class_="more")
    return element(
        "div", element("h3", "Examples"), element("ol", *items[:FIRST], class_="worst failures"), more
    )


def _example(one: Example) -> Markup:
    ranks = [
        element("div", element("dt", breakable(narrow(cell, most=40))), element("dd", _rank(rank)))
        for cell, rank in list(one.ranks.items())[:RANKS]
    ]
    if len(one.ranks) > RANKS:
        ranks.append(element("div", element("dt", f"and {len(one.ranks) - RANKS} more cells")))
    side = element(
        "div",
        element("p", TITLES[one.reason], class_="reason"),
        element("p", "missed" if one.missed else "behind another cell", class_="facts"),
        element("p", "Rank of the relevant document", class_="facts"),
        element("dl", *ranks, class_="ranks"),
        class_="miss",
    )
    return element("li", side, element("div", _query(one), _excerpts(one)))


def _rank(rank: int | None) -> str:
    return "–" if rank is None else f"{rank:,}"


def _query(one: Example) -> Markup:
    if len(one.text) <= OPENING * 1.3:
        shown = element("p", marked(one.text, one.marks), class_="text", dir="auto")
    else:
        shown = long_text(one.text, opening=shorten(one.text, OPENING))
    return element(
        "div", shown, element("p", f"query {shorten(one.query, 60)}", class_="facts"), class_="asked"
    )


def _excerpts(one: Example) -> Markup:
    parts = [element("h4", "The relevant document"), element("ul", _excerpt(one.relevant), class_="excerpts")]
    if one.above:
        parts.append(element("h4", "Above it"))
        parts.append(element("ul", *[_excerpt(each) for each in one.above], class_="excerpts"))
    return Markup().join(parts)


def _excerpt(one: Excerpt) -> Markup:
    title = element("b", one.title, dir="auto") if one.title else Markup()
    place = f"rank {one.rank:,}" if one.rank is not None else "not among those kept"
    return element(
        "li",
        sign(one.grade),
        " ",
        title,
        element("p", marked(one.text, one.marks) if one.text else "(empty)", class_="text", dir="auto"),
        element("p", f"{place} · {shorten(one.document, 60)} · {standing(one.grade)}", class_="facts"),
    )


def _told(examples: Sequence[Example]) -> list[Block]:
    """The first examples."""
    blocks: list[Block] = [Heading(text="Examples")]
    for one in examples[:TOLD]:
        ranks = ", ".join(f"{cell} {_rank(rank)}" for cell, rank in list(one.ranks.items())[:RANKS])
        blocks.append(
            Paragraph(
                opening=f"{TITLES[one.reason]}:".capitalize(),
                text=f"{shorten(one.text, 600)} (query {shorten(one.query, 60)})",
            )
        )
        items = [Paragraph(opening="The relevant document:", text=_told_excerpt(one.relevant))]
        items += [Paragraph(opening="Above it:", text=_told_excerpt(each)) for each in one.above]
        items.append(Paragraph(opening="Rank of the relevant document:", text=ranks))
        blocks.append(Items(items=items))
    return blocks


def _told_excerpt(one: Excerpt) -> str:
    words = _shared(one.text, one.marks)
    parts = [one.title, one.text, f"({standing(one.grade)}, {shorten(one.document, 60)})"]
    return " ".join(filter(None, parts)) + (f" Shared: {words}." if words else "")


def _shared(text: str, marks: Sequence[Span]) -> str:
    return ", ".join(dict.fromkeys(text[start:end].casefold() for start, end in marks))
