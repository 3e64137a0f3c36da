"""What is encoded again, and what that takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Said, number
from semascope.studies.switching.result import NEW
from semascope.words.numbers import NOTHING, count, fixed, seconds

if TYPE_CHECKING:
    from semascope.reports.parts import Block
    from semascope.studies.switching.result import Speed, SwitchResult


def again(result: SwitchResult) -> Part:
    """The sentence, the speeds, and this file's own share."""
    found = result.reencoding
    blocks: list[Block] = []
    if found.speeds:
        blocks.append(_table(result))
    blocks.append(Paragraph(text=_how(result), small=True))
    return Part(
        id="again",
        title="What must be encoded again",
        nav="Encoding again",
        lead=_lead(result),
        blocks=blocks,
    )


def _lead(result: SwitchResult) -> str:
    found = result.reencoding
    if not found.needed:
        return found.why
    unit = result.neighborhoods.unit
    told = f"{found.why} Of {result.name} that is {count(found.texts, unit)}"
    if found.tokens:
        told += f" of {found.tokens:,} tokens"
    if math.isfinite(found.seconds):
        told += f", {seconds(found.seconds)} on this machine"
    return f"{told}."


def _table(result: SwitchResult) -> Grid:
    speeds = result.reencoding.speeds
    priced = any(math.isfinite(speed.money_per_million) for speed in speeds.values())
    return Grid(
        caption="A million texts like these",
        first="Encoder",
        noun="encoder",
        heads=[
            Head(title="Takes"),
            *([Head(title="Costs")] if priced else []),
            Head(title="Tokens a text"),
            Head(title="On", number=False),
            Head(title="Timed on"),
        ],
        lines=[_line(key, speed, priced=priced) for key, speed in speeds.items()],
    )


def _line(key: str, speed: Speed, *, priced: bool) -> Line:
    money = fixed(speed.money_per_million, 2) if math.isfinite(speed.money_per_million) else NOTHING
    return Line(
        name=speed.side,
        note="NEW" if key == NEW else "OLD",
        cells=[
            number(speed.seconds_per_million, seconds(speed.seconds_per_million)),
            *([number(speed.money_per_million, money)] if priced else []),
            number(speed.tokens, fixed(speed.tokens, 1)),
            Said(text=speed.device),
            number(speed.tried, count(speed.tried, "text")),
        ],
    )


def _how(result: SwitchResult) -> str:
    price = result.settings.get("price")
    said = (
        f" Money is at {fixed(price, 2)} an hour."
        if price is not None
        else " Name the price of an hour with --price to have it in money."
    )
    return (
        "Seconds are of this machine, while it did whatever else it did, on texts encoded anew: vectors that lay in the store count"
        f" for nothing.{said}"
    )
