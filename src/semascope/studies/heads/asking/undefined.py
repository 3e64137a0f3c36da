"""Refuse a measure that no cell could have on the training rows: nothing could be chosen by it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.studies.heads.computing.fit import measure_targets
from semascope.words.numbers import exact

if TYPE_CHECKING:
    from semascope.stats.measure import RowMeasure
    from semascope.studies.heads.asking.rows import Rows


def check_defined(rows: Rows, measure: RowMeasure, *, headline: str | None) -> None:
    """Make sure that the truth itself, given as an answer, has the measure on the training rows that choose.

    Parameters
    ----------
    headline
        The study's restriction, for the message; None for none.

    Raises
    ------
    DataError
        With the target, and the one value that it has there.
    """
    chosen = rows.split.train[rows.judged[rows.split.train]]
    truth = rows.truth[chosen]
    reached = measure_targets(truth, truth, rows, measure=measure)
    for place, (target, value) in enumerate(reached.items()):
        if not math.isnan(value):
            continue
        where = f" among the training rows{f' with {headline}' if headline else ''}"
        if measure.positive is not None:
            raise DataError(
                f"class {rows.classes[measure.positive]!r} of target {target!r} does not occur{where}, so that its F1 is undefined there;"
                " label rows of it, or take another --positive or --measure"
            )
        (only,) = np.unique(truth[np.isfinite(truth[:, place]), place])
        raise DataError(
            f"target {target!r} is {exact(only)} in every row{where}, where {measure.name!r} is undefined and nothing can be"
            " chosen by it; label more rows, take another --measure, or leave out the target"
        )
