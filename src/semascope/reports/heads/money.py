"""What scoring and training cost in money: seconds at the price of an hour that the user gave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.reports.heads.cells import scoring_seconds
from semascope.store.speeds import ELSEWHERE
from semascope.words.numbers import exact, fixed

if TYPE_CHECKING:
    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult

HOUR = 3600.0


def per_million(reading: Reading, cell: HeadResult) -> float:
    """Money for a million texts; NaN without a price, and where the seconds are unknown or another machine's."""
    return _of_seconds(reading, cell, 1000 * scoring_seconds(cell))


def training(reading: Reading, cell: HeadResult) -> float:
    """Money for fitting the cell's head, or for the whole training of a tuned model; NaN without a price.

    Heads are fitted where the study runs, which the price is of, also where their vectors were encoded on another machine.
    """
    price = reading.result.price
    return math.nan if price is None else cell.costs.fit_seconds / HOUR * price


def amount(value: float) -> str:
    """Money as it is written, in whatever currency the price is in: two decimals; a dash for NaN.

    Examples
    --------
    >>> amount(4.6366), amount(0.0004), amount(1234.5), amount(math.nan)
    ('4.64', '<0.01', '1,235', '–')
    """
    if 0 < value < 0.01:
        return "<0.01"
    return fixed(value, 0 if value >= 1000 else 2)


def rate(price: float) -> str:
    """The price in words, with the decimals that it was given with and two at least: "0.40 an hour"."""
    return f"{fixed(price, 2) if round(price, 2) == price else exact(price)} an hour"


def sentence(reading: Reading) -> str:
    """What the chosen cell costs in money, behind a space; empty without a price, and where nothing is known."""
    price, cell = reading.result.price, reading.winner
    million, trained = per_million(reading, cell), training(reading, cell)
    parts = [f"a million texts cost {amount(million)}"] if math.isfinite(million) else []
    if cell.reads == "texts" and math.isfinite(trained):
        parts.append(f"its training {amount(trained)}")
    return f" At {rate(price)} {' and '.join(parts)}." if price is not None and parts else ""


def _of_seconds(reading: Reading, cell: HeadResult, seconds: float) -> float:
    price = reading.result.price
    if price is None or cell.costs.encoded_on.endswith(ELSEWHERE):
        return math.nan
    return seconds / HOUR * price
