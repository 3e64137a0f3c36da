"""The numbers of every space in one table, each beside what data without structure gives, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.markup import element, joined
from semascope.reports.model import Items, Paragraph
from semascope.reports.parts import Apart, Grid, Head, Line, Part, Said, number
from semascope.studies.geometry.telling.numbers import sentence_of
from semascope.words.numbers import apart_decimals, between, decimals_for, fixed
from semascope.words.texts import capital

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from semascope.geometry.measured import Measured
    from semascope.studies.geometry.result import GeometryResult, OneSpace


_NOISE = 0.0005  # what three decimals show as 0
ISOTROPIC = "isotropic data of the same n and d"


def numbers_part(result: GeometryResult) -> Part:
    """What each space is like."""
    keys = dict.fromkeys(key for space in result.spaces.values() for key in space.shape.measured)
    return Part(
        id="numbers",
        title="What each space is like",
        nav="Each space",
        lead=_lead(result),
        blocks=[
            Grid(
                caption="Each number with its 95 % interval, and what isotropic data of as many rows and dims gives in its place",
                first="Number",
                noun="number",
                heads=[*[Head(title=name) for name in result.spaces], Head(title="No structure")],
                lines=[_line(key, result) for key in keys],
                class_="cards numbers",
            ),
            Apart(
                page=joined([_details(space) for space in result.spaces.values()]),
                told=[block for space in result.spaces.values() for block in _told(space)],
            ),
        ],
    )


def _lead(result: GeometryResult) -> str:
    tasks = (
        "the tasks above say"
        if result.labelled or result.remedied
        else "only a task can say: name labels or pairs"
    )
    return (
        f"From {result.texts:,} texts. None of these numbers is quality: a space can look odd and serve well. What it is good"
        f" for, {tasks}."
    )


def _line(key: str, result: GeometryResult) -> Line:
    found = [space.shape.measured.get(key) for space in result.spaces.values()]
    known = [each for each in found if each is not None]
    decimals = _decimals(known)
    return Line(
        name=capital(known[0].name),
        cells=[*[_said(each, decimals) for each in found], _floor(known, decimals)],
        note=known[0].note if len({each.note for each in known}) == 1 else "",
    )


def _decimals(known: Sequence[Measured]) -> int:
    """Of a line: two digits of the widest interval's half, or three of the largest value; three where all are 0 but for noise."""
    if all(not abs(each.value) >= _NOISE for each in known):
        return 3
    halves = [(each.estimate.high - each.estimate.low) / 2 for each in known]
    wide = max(
        (half for half in halves if half > 0),
        default=max((abs(each.value) for each in known), default=1.0) / 10,
    )
    return min(max(decimals_for(wide), 0), 6)


def _said(measured: Measured | None, decimals: int) -> Said:
    if measured is None:
        return Said()
    estimate = measured.estimate
    if estimate.value != estimate.value:
        return Said(text="–", note=estimate.reason)
    decimals = apart_decimals(estimate.low, estimate.high, least=decimals)
    interval = between(estimate.low, estimate.high, decimals)
    return number(estimate.value, fixed(estimate.value, decimals), interval or estimate.reason)


def _floor(known: Sequence[Measured], decimals: int) -> Said:
    """What the null gives: one number where it is the same for all spaces, else the range over them."""
    nulls = [each for each in known if each.floor is not None and each.floor.value == each.floor.value]
    if not nulls:
        return Said(text="–")
    floors = [each.floor.value for each in nulls if each.floor is not None]
    low, high = fixed(min(floors), decimals), fixed(max(floors), decimals)
    named = [each.null for each in nulls if each.null != ISOTROPIC]
    return Said(
        text=low if low == high else f"{low} to {high}", note=named[0] if named else "", sort=floors[0]
    )


def _details(space: OneSpace) -> Markup:
    sentences = [sentence_of(measured) for measured in space.shape.measured.values()]
    return element(
        "details",
        element("summary", f"What the numbers of {space.name} say"),
        element("ul", *[element("li", sentence) for sentence in sentences]),
        class_="more sentences",
    )


def _told(space: OneSpace) -> list[Items | Paragraph]:
    sentences = [sentence_of(measured) for measured in space.shape.measured.values()]
    return [
        Paragraph(text="", opening=f"{space.name}."),
        Items(items=[Paragraph(text=sentence) for sentence in sentences]),
    ]
