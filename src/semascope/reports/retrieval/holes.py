"""What nobody judged: how much of what each cell found, and both cells on judged documents alone where that matters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Part, Said, number
from semascope.words.numbers import percent, signed
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.reports.retrieval.reading import Reading
    from semascope.studies.result import CellResult
    from semascope.studies.retrieval.result import Condensed


def unjudged(reading: Reading) -> Part:
    """Holes of every cell."""
    condensed = {one.cell: one for one in reading.result.condensed}
    heads = [
        Head(title="Never judged", help="of the first ten documents"),
        Head(title="Points from the baseline", help="how much more was never judged, in points of a hundred"),
    ]
    if condensed:
        heads += [
            Head(title="Judged alone", help="the measure on judged documents only"),
            Head(title="The baseline's", help="the same of the baseline"),
            Head(title="Difference"),
        ]
    lines = [
        reading.line(
            cell.id,
            [
                *_holes(reading, cell),
                *(_condensed(reading, condensed.get(cell.id)) if condensed else []),
            ],
        )
        for cell in reading.ordered
    ]
    table = Grid(
        caption="Share of the first ten documents that nobody judged, over queries for which something was found",
        heads=heads,
        lines=lines,
    )
    said = (
        "What nobody judged counts as wrong, whatever it says. Where a cell and the baseline differ by more in what was never judged than"
        " in the measure, both are also measured on judged documents alone: the others are left out of their lists, and those behind"
        " them move up."
    )
    return Part(
        id="holes",
        title="What nobody judged",
        nav="Holes",
        lead=_lead(reading),
        blocks=[table, Paragraph(text=said, small=True)],
    )


def _lead(reading: Reading) -> str:
    share = reading.result.holes[reading.winner.id]
    if not math.isfinite(share):
        return f"{reading.winner.label} found nothing."
    if not reading.result.condensed:
        return (
            f"Of the first ten documents of {reading.winner.label} {percent(share)} were never judged; no cell differs from the"
            f" baseline by more in that than in {reading.measure.short}."
        )
    cells = [one.cell for one in reading.result.condensed]
    return (
        f"Of the first ten documents of {reading.winner.label} {percent(share)} were never judged. {listing(cells, limit=4)}"
        f" {'differs' if len(cells) == 1 else 'differ'} from the baseline by more in that than in {reading.measure.short}: read the"
        " columns on judged documents alone."
    )


def _holes(reading: Reading, cell: CellResult) -> list[Said]:
    share = reading.result.holes[cell.id]
    more = share - reading.result.holes[reading.baseline.id]
    apart = Said() if cell.id == reading.baseline.id else number(more, _points(more))
    return [number(share, percent(share)), apart]


def _points(value: float) -> str:
    """A difference of two shares, in points."""
    return signed(100 * value, 1)


def _condensed(reading: Reading, one: Condensed | None) -> list[Said]:
    if one is None:
        return [Said(sort=math.nan)] * 3
    return [
        number(one.value, reading.value(one.value)),
        number(one.baseline, reading.value(one.baseline)),
        number(one.value - one.baseline, reading.difference(one.value - one.baseline)),
    ]
