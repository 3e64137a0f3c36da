"""How labels lie before and after: votes of neighbours, silhouettes, cosines; labels that training has not met apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.geometry.judged import DECIMALS
from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Said, number
from semascope.reports.tuned.reading import difference_said, estimate_said, verdict_said, without_interval
from semascope.words.numbers import NOTHING, apart_decimals, count, fixed, percent
from semascope.words.texts import capital

if TYPE_CHECKING:
    from semascope.reports.parts import Block
    from semascope.reports.tuned.reading import Reading
    from semascope.stats.results import Estimate
    from semascope.studies.tuned.judging.separation import BeforeAfter
    from semascope.studies.tuned.judging.separation import Part as OfLabels

_WHICH = {
    "all": "All judging texts",
    "trained": "Labels that were trained on",
    "unseen": "Labels that training has not met",
}


def separated_part(reading: Reading) -> Part | None:
    """One table a part; None for pairs."""
    separation = reading.result.separation
    if separation is None:
        return None
    blocks: list[Block] = []
    for part in separation.parts:
        if part.numbers:
            blocks.append(_table(reading, part))
        if part.reason:
            blocks.append(Paragraph(text=f"{capital(part.reason)}.", opening=f"{_WHICH[part.which]}:"))
    numbers = [one for part in separation.parts for one in part.numbers.values()]
    blocks += without_interval(each for one in numbers for each in _estimates(one))
    whole = separation.part("all")
    if whole is not None and whole.numbers:
        blocks.append(Paragraph(text=_how(whole), opening="How it was judged.", small=True))
    for note in dict.fromkeys(note for part in separation.parts for note in part.notes):
        blocks.append(Paragraph(text=f"{capital(note.rstrip('.'))}.", small=True))
    left = (
        f" {count(separation.left_out, 'text')} that an encoder was tuned on {'is' if separation.left_out == 1 else 'are'} left out."
        if separation.left_out
        else ""
    )
    return Part(
        id="separated",
        title=f"What separates {separation.label}",
        nav="Labels",
        lead=f"{count(len(separation.rows), 'text')} that were not trained on, before and after.{left}",
        blocks=blocks,
    )


def _table(reading: Reading, part: OfLabels) -> Grid:
    return Grid(
        caption=f"{_WHICH[part.which]}: {count(part.texts, 'text')} of {count(part.labels, 'label')}",
        first="Number",
        noun="number",
        heads=[
            Head(title=reading.result.base, class_="estimate"),
            Head(title=reading.result.tuned, class_="estimate"),
            Head(title="Shuffled labels", help="what the tuned encoder gives to labels dealt anew"),
            Head(title="Difference", class_="diff"),
            Head(title="Verdict", number=False, class_="verdict"),
        ],
        lines=[
            Line(name=capital_name(one.name), sort=place, cells=_cells(one))
            for place, one in enumerate(part.numbers.values())
        ],
        class_="cells cards",
    )


def capital_name(name: str) -> str:
    """A number's name at the beginning of a line; kNN stays as it is written."""
    return name if name[1:2].isupper() else capital(name)


def _cells(one: BeforeAfter) -> list[Said]:
    floor = one.after.floor
    return [
        *(
            estimate_said(each, apart_decimals(each.low, each.high, least=DECIMALS))
            for each in _estimates(one)
        ),
        number(floor.value, fixed(floor.value, 3)) if floor is not None else Said(text=NOTHING),
        Said() if one.verdict is None else difference_said(one.verdict, DECIMALS),
        Said(text="no verdict", note="more is not better by itself")
        if one.verdict is None
        else verdict_said(one.verdict, units="texts"),
    ]


def _estimates(one: BeforeAfter) -> tuple[Estimate, Estimate]:
    return one.before.estimate, one.after.estimate


def _how(part: OfLabels) -> str:
    test = f"p of the vote: {part.test}. " if part.test else ""
    return (
        f"{count(part.k, 'nearest neighbour')} vote for each text, which is left out of its own vote; always naming the most frequent"
        f" label would be right for {percent(part.largest)}. {test}Cosines within and across labels have no verdict: where all rise, no"
        " label is told better."
    )
