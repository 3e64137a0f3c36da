"""How large and how small numbers may be that something is learnt from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.words.numbers import significant

if TYPE_CHECKING:
    from semascope.types import Floats, Ints

LARGEST, SMALLEST = 1e30, 1e-12
"""Of the largest magnitude of a column: LightGBM computes in float32, which ends at 3e38 and loses digits far below 1;
between these all heads, intervals and tests give what they give for the same numbers near 1."""


def check_magnitude(name: str, values: Floats, rows: Ints | None = None) -> None:
    """Refuse numbers in a unit in which they cannot be computed with.

    Parameters
    ----------
    name
        Of the column, for the message.
    values
        (n,) with NaN where missing.
    rows
        (n,) numbers of the rows in their file, from 0; None where there is no file.

    Raises
    ------
    DataError
        When the largest magnitude lies outside [1e-12, 1e30]; zeros alone are no matter of the unit.

    Examples
    --------
    >>> check_magnitude("mass", np.array([2e30, 6e24]))
    Traceback (most recent call last):
    semascope.errors.DataError: target 'mass' goes up to 2e30; its largest may lie between 1e−12 and 1e30; write it in \
another unit
    """
    known = np.abs(values[np.isfinite(values)])
    largest = float(known.max(initial=0.0))
    if largest == 0 or SMALLEST <= largest <= LARGEST:
        return
    place = int(np.flatnonzero(np.abs(np.nan_to_num(values)) == largest)[0])
    where = "" if rows is None else f" (row {rows[place]}, counted from 0)"
    raise DataError(
        f"target {name!r} goes up to {significant(largest, 3)}{where}; its largest may lie between"
        f" {significant(SMALLEST, 3)} and {significant(LARGEST, 3)}; write it in another unit"
    )
