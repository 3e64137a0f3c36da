"""Whether what the advised cell and the baseline say on the rows that judge can be taken at its word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.stats.calibration import (
    FEWEST,
    calibration_line,
    confidence_bands,
    prediction_bands,
    stated_probabilities,
)
from semascope.studies.heads.result import Calibration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.studies.heads.result import HeldOut
    from semascope.types import Floats, Kind, Mask


def judge_calibration(
    held_out: HeldOut,
    cells: Iterable[str],
    *,
    kind: Kind,
    targets: Sequence[str],
    judged: Mask | None = None,
) -> list[Calibration]:
    """What was predicted against what was so, cell by cell and target by target; a cell without probabilities has none.

    Parameters
    ----------
    judged
        (m,) held-out rows that the answer speaks about; None: all.
    """
    rows = np.arange(len(held_out.rows)) if judged is None else np.flatnonzero(judged)
    truth = np.asarray(held_out.truth, dtype=np.float64)[rows]
    found: list[Calibration] = []
    for cell in dict.fromkeys(cells):
        if kind == "regression":
            predicted = np.asarray(held_out.predictions[cell], dtype=np.float64)[rows]
            found += [
                _of_numbers(cell, target, predicted[:, place], truth[:, place])
                for place, target in enumerate(targets)
            ]
        elif len(held_out.probabilities.get(cell, ())):
            stated = np.asarray(held_out.probabilities[cell])[rows]
            found.append(_of_classes(cell, targets[0], stated, truth[:, 0]))
    return found


def _of_numbers(cell: str, target: str, predicted: Floats, truth: Floats) -> Calibration:
    known = np.isfinite(predicted) & np.isfinite(truth)
    n = int(known.sum())
    if n < FEWEST:
        return Calibration(cell=cell, target=target, n=n)
    return Calibration(
        cell=cell,
        target=target,
        n=n,
        bands=prediction_bands(predicted[known], truth[known]),
        line=calibration_line(predicted[known], truth[known]),
    )


def _of_classes(cell: str, target: str, probabilities: Floats, truth: Floats) -> Calibration:
    known = np.isfinite(truth) & np.isfinite(probabilities).all(axis=1)
    n = int(known.sum())
    if n < FEWEST:
        return Calibration(cell=cell, target=target, n=n)
    confidence = probabilities[known].max(axis=1).astype(np.float64)
    right = probabilities[known].argmax(axis=1) == truth[known].astype(np.int64)
    return Calibration(
        cell=cell,
        target=target,
        n=n,
        bands=confidence_bands(confidence, right),
        stated=stated_probabilities(confidence, right),
    )
