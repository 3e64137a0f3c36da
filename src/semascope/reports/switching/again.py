"""What is encoded again, and what that takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Said, number
from semascope.store.speeds import OVER_API
from semascope.studies.switching.result import NEW
from semascope.words.numbers import NOTHING, count, fixed, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        told += f", {seconds(found.seconds)} {found.speeds[NEW].where}"
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
    money = speed.money if math.isfinite(speed.money_per_million) else NOTHING
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
    speeds = result.reencoding.speeds.values()
    billed = [speed for speed in speeds if speed.device == OVER_API]
    if billed and len(billed) == len(speeds):
        return _over_api(billed)
    said = (
        f" Money is at {fixed(price, 2)} an hour."
        if price is not None
        else " Name the price of an hour with --price to have it in money."
    )
    return (
        "Seconds are of this machine, while it did whatever else it did, on texts encoded anew: vectors that lay in the store count"
        f" for nothing.{said}{_over_api(billed)}"
    )


def _over_api(billed: Sequence[Speed]) -> str:
    """What the figures of an API are; "" without one."""
    if not billed:
        return ""
    money = (
        ""
        if all(speed.currency for speed in billed)
        else " Where no price is known, a table of providers of your own gives one."
    )
    return (
        " Over an API seconds are those of its answers and rates, and money is what its provider charges for the tokens that it counts; no"
        f" text was sent to time it.{money}"
    )
