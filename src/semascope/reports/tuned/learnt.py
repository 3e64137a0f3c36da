"""What it learnt from: who learnt, chose and judged, how long the texts are, and what mining came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.markup import element
from semascope.reports.model import Code, Heading, Paragraph
from semascope.reports.parts import Apart, Grid, Head, Line, Part, Said, number
from semascope.words.numbers import count
from semascope.words.texts import capital

if TYPE_CHECKING:
    from semascope.reports.parts import Block
    from semascope.reports.tuned.reading import Reading
    from semascope.studies.tuned.result import MinedTold, SidesTold

_HOW = {
    "given": "Sides as the data gives them.",
    "query": "Divided by query: near-copies of a query stay on one side; a document may stand on several.",
    "document": "Divided by document: a query, all documents that answer it and all their other queries stay on one side.",
    "time": "Divided by time: the newest judge.",
    "label": "Divided by text: near-copies stay on one side, and every label is on each where it has texts enough.",
}


def learnt_part(reading: Reading) -> Part:
    """Sides, lengths, mining."""
    result = reading.result
    what = ("query", "queries") if result.flavour == "pairs" else ("text", "texts")
    blocks: list[Block] = [_sides(result.sides, what)]
    blocks += _left_out(result.sides, what)
    if result.mined is not None:
        blocks += [Heading(text="Hard negatives"), Paragraph(text=_mined(result.mined))]
    if result.lengths:
        lines = "\n".join(result.lengths)
        blocks += [
            Heading(text=f"Lengths in tokens of {result.base}"),
            Apart(page=element("pre", element("code", lines)), told=[Code(text=lines)]),
        ]
    return Part(
        id="learnt",
        title="What it learnt from",
        nav="Data",
        lead=f"{count(result.trained.rows, 'pair' if result.flavour == 'pairs' else 'text')} to learn from. {_HOW.get(result.sides.how, '')}".strip(),
        blocks=blocks,
    )


def _sides(sides: SidesTold, what: tuple[str, str]) -> Grid:
    lines = [
        ("learn", sides.learning, "the network reads them"),
        ("choose", sides.choosing, "say when to stop, and which look is kept"),
        ("judge", sides.estimating, "once, when all is done"),
    ]
    seen = f"{sides.seen:,} of them seen in training, or a document that answers them"
    if sides.seen_by_base:
        seen += f"; {sides.seen_by_base:,} when the base itself was tuned"
    return Grid(
        caption="Sides",
        first="Side",
        noun="side",
        heads=[Head(title=capital(what[1])), Head(title="What for", number=False)],
        lines=[
            Line(
                name=name,
                sort=place,
                cells=[
                    number(each, f"{each:,}"),
                    Said(text=role, note=seen if name == "judge" and sides.seen else ""),
                ],
            )
            for place, (name, each, role) in enumerate(lines)
        ],
    )


def _left_out(sides: SidesTold, what: tuple[str, str]) -> list[Paragraph]:
    return [
        Paragraph(text=f"{why}.", opening=f"{count(number, *what)} left out:", small=True)
        for why, number in sides.left_out.items()
    ]


def _mined(mined: MinedTold) -> str:
    return (
        f"{count(mined.found, 'hard negative')} for {count(mined.pairs, 'pair')}, {mined.empty:,} of which got none. Left out:"
        f" {count(mined.answering, 'candidate')} that answer the query or nearly repeat what does, {mined.too_near:,} by a margin."
    )
