"""How an error falls with the rows that are learnt from: a power law above a floor, and what it says of more rows.

Hestness et al., "Deep learning scaling is predictable, empirically" (2017): error = floor + scale * rows^-power over the range
where learning neither begins nor ends. It describes; beyond twice the largest number of rows it guesses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.types import Array, Floats

_POWERS = np.linspace(0.05, 1.5, 59)
FEWEST = 3
"""Numbers of rows that a law is fitted to, at least: it has three numbers of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PowerLaw:
    """``floor + scale * rows ** -power``; floor and scale are 0 or more."""

    floor: float
    scale: float
    power: float

    def error(self, rows: float) -> float:
        """The error after ``rows``.

        Examples
        --------
        >>> PowerLaw(floor=0.5, scale=3.0, power=0.5).error(100)
        0.8
        """
        return float(self.floor + self.scale * rows**-self.power)

    def rows_for(self, error: float) -> float:
        """Rows after which the error is ``error``; infinite where it never gets there.

        Examples
        --------
        >>> round(PowerLaw(floor=0.5, scale=3.0, power=0.5).rows_for(0.8))
        100
        """
        if error <= self.floor or self.scale <= 0:
            return math.inf
        return float((self.scale / (error - self.floor)) ** (1 / self.power))


def fit_power_law(rows: Array, errors: Array) -> PowerLaw | None:
    """The law of least squares, floor and scale not below 0; None for fewer than three different numbers of rows.

    Parameters
    ----------
    rows, errors
        (k,) positive numbers of rows, and the error after each.
    """
    from scipy.optimize import nnls

    known = np.isfinite(errors)
    counts, values = np.asarray(rows, dtype=np.float64)[known], np.asarray(errors, dtype=np.float64)[known]
    if len(np.unique(counts)) < FEWEST:
        return None
    best, least = None, math.inf
    for power in _POWERS.tolist():
        design: Floats = np.column_stack([np.ones(len(counts)), counts**-power])
        (floor, scale), left = nnls(design, values)
        if left < least:
            least, best = left, PowerLaw(floor=float(floor), scale=float(scale), power=power)
    return best
