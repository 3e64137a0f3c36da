"""Where no claim is made: the limits below which the methods do not hold, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.units import plural
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.stats.heldout import Rows
    from semascope.stats.measure import RowMeasure
    from semascope.stats.units import Units

FEWEST_ROWS = 5
FEWEST_GROUPS = 10
FEWEST_OF_A_CLASS = 10


def why_no_claim(rows: Rows, measure: RowMeasure) -> str:
    """Why neither an interval nor a word can be given on these rows; empty when they can."""
    return why_too_few(rows.units) or (_rare_class(rows, measure) if measure.by_class else "")


def why_too_few(units: Units) -> str:
    """Why so few units bear no claim; empty when they do."""
    in_groups = units.count < units.rows  # groups of one row each are rows
    if in_groups and units.count < FEWEST_GROUPS:
        return f"only {count(units.count, 'held-out group')}; a claim needs {FEWEST_GROUPS}"
    if units.rows < FEWEST_ROWS:
        rows = count(units.rows, f"held-out {units.row}", f"held-out {plural(units.row)}")
        return f"only {rows}; a claim needs {FEWEST_ROWS}"
    return ""


def why_lopsided(skewness: float, units: int, name: str) -> str:
    """Why so few units cannot bear a claim on differences as skewed as these; empty when they can.

    Notes
    -----
    Cochran, Sampling Techniques, section 2.15: intervals of a mean hold from 25 g^2 units of skewness g. A skewness
    within three standard errors of 0, as symmetric differences have it by chance, is none.
    """
    enough = 25 * skewness**2
    if units >= enough or abs(skewness) <= 3 * np.sqrt(6 / units):
        return ""
    written = f"{skewness:.1f}".replace("-", "−")
    return f"the differences are lopsided (skewness {written}); a claim needs about {np.ceil(enough):,.0f} {name}"


def _rare_class(rows: Rows, measure: RowMeasure) -> str:
    truth = rows.truth[:, 0].astype(np.int64)
    if measure.positive is not None:
        counts = np.array([(truth != measure.positive).sum(), (truth == measure.positive).sum()])
    else:
        classes = int(max(truth.max(), rows.predictions.max())) + 1
        counts = np.bincount(truth, minlength=classes)
        counts = counts[[bool(((rows.predictions == c).any()) or counts[c]) for c in range(classes)]]
    rare = int((counts < FEWEST_OF_A_CLASS).sum())
    if rare == 0:
        return ""
    classes_have = "1 class has" if rare == 1 else f"{rare} classes have"
    return f"{classes_have} fewer than {FEWEST_OF_A_CLASS} held-out rows, the smallest {int(counts.min())}"
