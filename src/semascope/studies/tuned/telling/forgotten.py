"""What was forgotten, in words: a loss first, then what cannot be told, then what stayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.errors import ConfigError
from semascope.retrieval.measuring.naming import query_measure
from semascope.stats.measures import get_measure
from semascope.words.numbers import between, fixed, measure_decimals, p_value, roughly, signed
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.tuned.judging.forgetting import Forgot

_NAMED = 2  # sets that a sentence gives figures of


def short_of(one: Forgot) -> str:
    """What the measure of a set is called in tables."""
    try:
        if one.kind == "retrieval":
            return query_measure(one.measure).short
        return get_measure(one.measure, "classification" if one.kind == "logistic" else "regression").short
    except ConfigError:
        return one.measure


def decimals_of(one: Forgot) -> int:
    """Of the measure of a set."""
    return measure_decimals((one.base, one.tuned), ((one.high - one.low) / 2,))


def lost_words(forgot: Sequence[Forgot], base: str) -> str:
    """The sets on which the tuned encoder is worse, with figures; "" where there is none."""
    lost = [one for one in forgot if one.word == "worse"]
    if not lost:
        return ""
    told = "; ".join(f"on {one.name} {_figures(one, several=len(forgot) > 1)}" for one in lost[:_NAMED])
    more = f"; on {len(lost) - _NAMED:,} more too" if len(lost) > _NAMED else ""
    return f"Something was forgotten: it is worse than {base} {told}{more}."


def kept_words(forgot: Sequence[Forgot], base: str) -> list[str]:
    """Of the sets on which nothing is shown to be lost: what cannot be told first."""
    by_word = {word: [one.name for one in forgot if one.word == word] for word in ("better", "equivalent")}
    found = [_open_words(one) for one in forgot if one.word == "unresolved"]
    if len(found) > _NAMED:
        found = [
            f"On {listing([one.name for one in forgot if one.word == 'unresolved'])} it cannot be told whether something was forgotten."
        ]
    same = by_word["equivalent"]
    if same:
        found.append(f"On {listing(same)} nothing was forgotten: no better and no worse than {base}.")
    if by_word["better"]:
        found.append(f"On {listing(by_word['better'])} it is even better than {base}.")
    return found


def _open_words(one: Forgot) -> str:
    if one.reason:
        return f"Whether {one.name} was forgotten cannot be told: {one.reason}."
    rows = (
        f"; about {roughly(one.needed)} {one.unit if one.needed == 1 else _plural(one.unit)} would tell"
        if one.needed
        else ""
    )
    return f"Whether {one.name} was forgotten cannot be told ({_values(one)}){rows}."


def _plural(unit: str) -> str:
    return "queries" if unit == "query" else f"{unit}s"


def _values(one: Forgot) -> str:
    decimals = decimals_of(one)
    return f"{short_of(one)} {fixed(one.tuned, decimals)} against {fixed(one.base, decimals)}"


def _figures(one: Forgot, *, several: bool) -> str:
    decimals = decimals_of(one)
    interval = between(one.low, one.high, decimals, sign=True)
    p = f", p {p_value(one.p_holm)}{' after Holm' if several else ''}" if one.p_holm == one.p_holm else ""
    return (
        f"({_values(one)}: {signed(one.difference, decimals)}{f', 95 % {interval}' if interval else ''}{p})"
    )
