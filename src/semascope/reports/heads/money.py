"""What scoring and training cost in money: seconds at the price of an hour that the user gave, or what a provider charges.

The price of an hour has no currency of its own: beside charges in one currency it is taken to be in that one, and the page says so.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from semascope.embedding.bill import in_all, read_bill
from semascope.reports.heads import undominated
from semascope.reports.heads.cells import scoring_seconds
from semascope.store.speeds import ELSEWHERE
from semascope.words.money import money
from semascope.words.numbers import exact, fixed
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.embedding.bill import Bill
    from semascope.reports.heads.reading import Reading
    from semascope.studies.heads.result import HeadResult

HOUR = 3600.0


def per_million(reading: Reading, cell: HeadResult) -> float:
    """Money for a million texts; NaN without a price, and where the seconds are unknown or another machine's.

    Of a cell behind an API what its provider charges: the head beside it costs next to nothing.
    """
    if undominated.is_billed(cell):
        return cell.costs.charge_per_million
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


def currency(reading: Reading) -> str:
    """In which all charges are, that of the price of an hour too; "" where there are none, or several."""
    found = undominated.currencies_of(reading.result.cells)
    return found[0] if len(found) == 1 else ""


def comparable(reading: Reading, cell: HeadResult) -> float:
    """Money for a million texts where it stands in the one currency of all charges; NaN elsewhere."""
    return per_million(reading, cell) if currency(reading) else math.nan


def written(reading: Reading, cell: HeadResult) -> str:
    """Money for a million texts in a table, with its currency where there are charges."""
    value = per_million(reading, cell)
    if not undominated.currencies_of(reading.result.cells):
        return amount(value)
    return money(value, cell.costs.currency if undominated.is_billed(cell) else currency(reading))


def missing(reading: Reading) -> str:
    """Why some cells have no place on an axis of money; "" where all have one."""
    charges = undominated.currencies_of(reading.result.cells)
    reasons = []
    if len(charges) > 1:
        named = [one or "a price that is not known" for one in charges]
        reasons.append(f"charges are in {listing(named)}, which no axis holds together")
    elif charges == [""]:
        reasons.append("no price is known (providers.yaml of your own gives one)")
    here = [
        cell
        for cell in reading.result.cells
        if cell.reads in ("vectors", "texts") and not undominated.is_billed(cell)
    ]
    if here and reading.result.price is None:
        reasons.append("what an hour of this machine costs was not given (--price)")
    return " and ".join(reasons)


def billed(reading: Reading) -> str:
    """What was billed for the vectors of this study, in one sentence behind a space; "" where nobody is paid."""
    found: dict[tuple[str, str, str], Bill] = {}
    for cell in reading.result.cells:
        if cell.costs.bill:
            found.setdefault((cell.encoder, cell.sentence, cell.long), read_bill(cell.costs.bill))
    bills = [bill for bill in in_all(found.values()) if bill.requests]
    return "".join(f" {str(bill)[0].upper()}{str(bill)[1:]}." for bill in bills)


def rate(price: float) -> str:
    """The price in words, with the decimals that it was given with and two at least: "0.40 an hour"."""
    return f"{fixed(price, 2) if round(price, 2) == price else exact(price)} an hour"


def sentence(reading: Reading) -> str:
    """What the chosen cell costs in money, behind a space; empty without a price, and where nothing is known."""
    price, cell = reading.result.price, reading.winner
    million, trained = per_million(reading, cell), training(reading, cell)
    if undominated.is_billed(cell):
        charge = (
            f" A million texts like these cost {money(million, cell.costs.currency)}."
            if math.isfinite(million)
            else ""
        )
        return f"{charge}{billed(reading)}"
    parts = [f"a million texts cost {amount(million)}"] if math.isfinite(million) else []
    if cell.reads == "texts" and math.isfinite(trained):
        parts.append(f"its training {amount(trained)}")
    own = f" At {rate(price)} {' and '.join(parts)}." if price is not None and parts else ""
    return f"{own}{billed(reading)}"


def _of_seconds(reading: Reading, cell: HeadResult, seconds: float) -> float:
    price = reading.result.price
    if price is None or cell.costs.encoded_on.endswith(ELSEWHERE):
        return math.nan
    return seconds / HOUR * price
