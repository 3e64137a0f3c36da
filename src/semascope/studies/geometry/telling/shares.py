"""Shares and intervals as the sentences about spaces write them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.studies.geometry.asking.asked import LENGTH
from semascope.words.numbers import percent
from semascope.words.numbers import share as short_share
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.stats.results import Estimate

SPELLED_OUT = 3
"""Spaces that a sentence of the opening spells out; the rest are counted."""


def quoted(names: Sequence[str]) -> str:
    """Names in quotation marks, joined.

    Examples
    --------
    >>> quoted(["a", "b"])
    "'a' and 'b'"
    """
    return listing([repr(name) for name in names])


def plain_name(space: str) -> str:
    """The name of a space in a list: in quotation marks where it holds a comma of its own.

    Examples
    --------
    >>> plain_name("minilm"), plain_name("minilm, 64 dims")
    ('minilm', "'minilm, 64 dims'")
    """
    return repr(space) if "," in space else space


def named_column(column: str) -> str:
    """A column in quotation marks, as it is written in its file; the length of the texts is no column of any.

    Examples
    --------
    >>> named_column("lang"), named_column("text length")
    ("'lang'", 'text length')
    """
    return column if column == LENGTH else repr(column)


def counted(names: Sequence[str]) -> str:
    """As ``quoted``, three at most; the rest are counted.

    Examples
    --------
    >>> counted(["a", "b"]), counted(["a", "b", "c", "d", "e"])
    ("'a' and 'b'", "'a', 'b', 'c' and 2 more")
    """
    return listing([repr(name) for name in names], limit=SPELLED_OUT)


def told_share(value: float) -> str:
    """A share in a sentence; never 0 or 1 unless it is.

    Examples
    --------
    >>> [told_share(value) for value in (0.999, 0.5, 0.001, 0.0)]
    ['over 99 %', '50 %', 'under 1 %', '0 %']
    """
    if 0.995 <= value < 1:
        return "over 99 %"
    return "under 1 %" if 0 < value < 0.005 else percent(value, space=" ")


def told_short(value: float) -> str:
    """The same behind a point, also below 0.

    Examples
    --------
    >>> [told_short(value) for value in (0.999, 1.0, 0.5, -0.123)]
    ['>.99', '1.00', '.50', '−.12']
    """
    return ">.99" if 0.995 <= value < 1 - 1e-9 else short_share(value)


def range_of_shares(values: Mapping[str, float]) -> str:
    """From the lowest to the highest.

    Examples
    --------
    >>> range_of_shares({"a": 0.5, "b": 0.62}), range_of_shares({"a": 0.5, "b": 0.5})
    ('50 to 62 %', '50 %')
    """
    low, high = told_share(min(values.values())), told_share(max(values.values()))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def between_shares(found: Estimate, *, short: bool = False) -> str:
    """The interval; "" where there is none."""
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        return ""
    write = told_short if short else told_share
    low, high = write(found.low), write(found.high)
    plain = low[0].isdigit()
    return f"95 % {low.removesuffix(' %') if plain else low} to {high}"
