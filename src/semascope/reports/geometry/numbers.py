"""The numbers of every space in one table, each beside what data without structure gives, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.markup import element, joined
from semascope.reports.model import Items, Paragraph
from semascope.reports.parts import Apart, Grid, Head, Line, Part, Said
from semascope.studies.geometry.telling.numbers import sentence_of
from semascope.words.numbers import between, decimals_for, fixed
from semascope.words.texts import capital

if TYPE_CHECKING:
    from markupsafe import Markup

    from semascope.geometry.measured import Measured
    from semascope.studies.geometry.result import GeometryResult, OneSpace


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
                caption="Each number with its 95 % interval, and what data without structure gives in its place",
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
    n = result.texts
    return (
        f"From {n:,} texts. None of these numbers is quality: a space can look odd and serve well. What it is good for,"
        " the labels and tasks below say."
    )


def _line(key: str, result: GeometryResult) -> Line:
    found = [space.shape.measured.get(key) for space in result.spaces.values()]
    known = [each for each in found if each is not None]
    cells = [_said(each) for each in found]
    nulls = [each for each in known if each.floor is not None]
    return Line(
        name=capital(known[0].name),
        cells=[*cells, _floor(nulls)],
        note=known[0].note if len({each.note for each in known}) == 1 else "",
    )


def _said(measured: Measured | None) -> Said:
    if measured is None:
        return Said()
    estimate = measured.estimate
    if estimate.value != estimate.value:
        return Said(text="–", note=estimate.reason)
    interval = between(estimate.low, estimate.high, _decimals(measured))
    return Said(
        text=fixed(estimate.value, _decimals(measured)),
        note=interval or estimate.reason,
        sort=estimate.value,
    )


def _decimals(measured: Measured) -> int:
    """Two digits of the interval's half width, or three of the value."""
    low, high = measured.estimate.low, measured.estimate.high
    width = (high - low) / 2
    if width != width or width <= 0:
        return decimals_for(abs(measured.value) / 10)
    return min(max(decimals_for(width), 0), 6)


def _floor(nulls: list[Measured]) -> Said:
    """What the null gives: one number where it is the same for all spaces, else the range over them."""
    floors = [
        each.floor.value for each in nulls if each.floor is not None and each.floor.value == each.floor.value
    ]
    if not floors:
        return Said(text="–")
    decimals = min(max(_decimals(each) for each in nulls), 4)
    low, high = fixed(min(floors), decimals), fixed(max(floors), decimals)
    names = list(dict.fromkeys(each.null for each in nulls))
    return Said(
        text=low if low == high else f"{low} to {high}",
        note=names[0] if len(names) == 1 else "",
        sort=floors[0],
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
