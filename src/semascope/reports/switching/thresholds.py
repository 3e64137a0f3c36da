"""Thresholds that move: where a cosine of OLD lies in NEW."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.pages.mapped import mapped_chart
from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Picture, Said, number
from semascope.studies.switching.telling import cosine, told_level
from semascope.words.numbers import NOTHING, fixed, percent, share, signed

if TYPE_CHECKING:
    from semascope.reports.parts import Block
    from semascope.studies.switching.result import Level, SwitchResult, Thresholds


def thresholds(result: SwitchResult) -> Part | None:
    """The map, drawn and in numbers; None where there are too few texts."""
    found = result.thresholds
    if found is None:
        return None
    known = [level for level in found.levels if level.new == level.new]
    words = (
        f"Cosine of NEW over that of OLD, for pairs of {found.between}: "
        + (
            "; ".join(f"{cosine(level.old)} becomes {share(level.new)}" for level in known)
            or "no pair is near enough"
        )
        + "."
    )
    blocks: list[Block] = [
        Picture(
            drawing=mapped_chart(
                found.curve,
                marks=[(level.old, level.new) for level in known],
                names=("cosine in OLD", "cosine in NEW"),
                words=words,
            ),
            caption="The map, and where nine in ten pairs lie",
        ),
        _table(found),
        Paragraph(text=_how(found), small=True),
    ]
    return Part(
        id="thresholds",
        title="Thresholds that move",
        nav="Thresholds",
        lead=_lead(found),
        blocks=blocks,
    )


def _lead(found: Thresholds) -> str:
    level = told_level(found)
    if level is None:
        return "No cosine that a threshold would stand at has pairs enough among these texts."
    moved = f"A cosine of {cosine(level.old)} in OLD is {share(level.new)} in NEW, within {share(level.low)} to {share(level.high)} for nine in ten pairs."
    if level.agree == level.agree:
        moved += (
            f" A threshold of {cosine(level.old)} becomes {share(level.as_many)}: as many pairs pass, and"
            f" {percent(level.agree, space=' ')} of those that either lets pass are let pass by both."
        )
    return moved


def _table(found: Thresholds) -> Grid:
    return Grid(
        caption=f"Cosines of {found.between}",
        first="In OLD",
        noun="cosine",
        heads=[
            Head(title="In NEW", help="mean of pairs with this cosine in OLD, by the map"),
            Head(title="Nine in ten pairs"),
            Head(title="Map is off by", help="from the mean of the other half of the texts"),
            Head(title="Pairs there"),
            Head(title="Threshold of NEW", help="that as many pairs reach"),
            Head(title="Both let pass", help="of the pairs that either lets pass"),
        ],
        lines=[_line(level) for level in found.levels],
    )


def _line(level: Level) -> Line:
    known = level.new == level.new
    between = f"{share(level.low)} to {share(level.high)}" if known else "too few pairs"
    as_many = share(level.as_many) if level.as_many == level.as_many else NOTHING
    agree = percent(level.agree) if level.agree == level.agree else NOTHING
    return Line(
        name=cosine(level.old),
        sort=level.old,
        cells=[
            number(level.new, share(level.new)),
            Said(text=between),
            number(level.off, signed(level.off, 3).replace("0.", ".")),
            number(level.pairs, f"{level.pairs:,}"),
            number(level.as_many, as_many),
            number(level.agree, agree),
        ],
    )


def _how(found: Thresholds) -> str:
    return (
        f"Pairs of {found.between}, random ones and near ones, of one half of the texts fit the map (a rising line of means); those of"
        f" the other half give ranges, and its error: {fixed(found.error, 3)} on average over the cosines {fixed(found.least, 2)} to"
        f" {fixed(found.most, 2)}. The mean of far values is drawn towards the middle, so a threshold is not read off the map: the"
        " column beside it has the one that lets as many pairs pass."
    )
