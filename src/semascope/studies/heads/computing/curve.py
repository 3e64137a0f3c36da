"""What a cell reaches when it learns from fewer rows: several draws of each number of training rows, judged as the cell itself is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import DataError
from semascope.stats.intervals import estimate_scores
from semascope.stats.measures import get_measure
from semascope.studies.heads.computing.fit import measure_targets
from semascope.studies.heads.computing.nested import first_of, order_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.data.splits import Split
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.types import Array, Floats, Ints

DRAWS = 5
"""Draws of each number of rows: one alone says as much about which rows it took as about how many."""


def learning_curve(prepared: Prepared, predict: Callable[[Split, int], Array]) -> list[dict[str, Any]]:
    """One entry a number of rows: each draw's measure per target, the mean over draws with its interval.

    Draws take whole components, each number of rows within the next larger one. The interval is over the held-out rows, of each
    row's mean loss over the draws; null where the measure is no mean over rows, or there are several targets.

    Parameters
    ----------
    predict
        Gives (m, t) predictions of a split's held-out rows, as the measure sees them, learnt from its training rows; the
        number of the draw is its second argument.
    """

    def predict_or_not(split: Split, draw: int) -> Array | None:
        try:
            return predict(split, draw)
        except DataError:
            return None  # rows without a value of some target, or of one class alone

    return [point_of(prepared, with_rows(prepared, size), predict_or_not) for size in sizes(prepared)]


def with_rows(prepared: Prepared, size: int) -> list[Ints]:
    """The training rows of every draw of so many."""
    rows, seed = prepared.rows, prepared.study.seed
    return [first_of(rows, order_of(rows, seed=seed + draw), size) for draw in range(DRAWS)]


def sizes(prepared: Prepared) -> list[int]:
    """The numbers of training rows that are asked for and that there are, ascending."""
    return [size for size in sorted(set(prepared.study.curve)) if size < len(prepared.rows.split.train)]


def point_of(
    prepared: Prepared, drawn: list[Ints], predict: Callable[[Split, int], Array | None]
) -> dict[str, Any]:
    """The entry of one number of rows.

    Parameters
    ----------
    drawn
        The training rows of each draw.
    predict
        As in ``learning_curve``; None of a draw that nothing can be learnt from.
    """
    rows, measure = prepared.rows, prepared.measure
    test = rows.split.test
    judged = rows.judged[test]
    truth = rows.truth[test][judged]
    draws, losses = [], []
    for number, learns in enumerate(drawn):
        predicted = predict(replace(rows.split, train=learns), number)
        if predicted is None:  # it keeps its place
            draws.append(dict.fromkeys(rows.targets, float("nan")))
            continue
        draws.append(measure_targets(truth, predicted[judged], rows, measure=measure))
        if measure.is_mean and len(rows.targets) == 1:
            losses.append(measure.losses(truth[:, 0], predicted[judged][:, 0]))
    low, high = _interval(prepared, losses, np.flatnonzero(judged))
    return {
        "rows": round(float(np.mean([len(learns) for learns in drawn]))),
        "draws": draws,
        "low": low,
        "high": high,
    }


def _interval(prepared: Prepared, losses: list[Floats], chosen: Ints) -> tuple[float, float]:
    if not losses:
        return float("nan"), float("nan")
    found = estimate_scores(
        np.mean(losses, axis=0),
        measure=get_measure(
            "mae", "regression"
        ),  # a mean of any numbers: hits, too, are shares over the draws
        groups=prepared.rows.units(prepared.rows.split.test[chosen]),
        seed=prepared.study.seed,
    )
    low, high = prepared.measure.cut(found.low, found.high)
    return low, high
