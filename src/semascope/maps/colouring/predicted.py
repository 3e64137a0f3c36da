"""Colours from a head: what ridge predicts for each text when it has not seen it, and how far off that is."""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import find_duplicates
from semascope.errors import DataError
from semascope.maps.colouring.names import predicted_name, residual_name
from semascope.maps.contents import Numbers
from semascope.probes.evaluate import out_of_fold
from semascope.probes.head import make_head
from semascope.probes.magnitude import check_magnitude
from semascope.types import Step, silent
from semascope.words.numbers import fixed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.probes.head import Head
    from semascope.types import Array, Floats, Progress

_FOLDS = 5
_LEAST = 10  # rows with a score, below which folds leave nothing to learn from


def check_scores(target: str, scores: Floats) -> None:
    """Refuse a column with too few scores to learn from."""
    known = int((~np.isnan(scores)).sum())
    if known < _LEAST:
        raise DataError(
            f"target {target!r} has {known} scores; predictions need {_LEAST} or more; score more rows"
        )
    check_magnitude(target, scores)


def predicted_numbers(
    target: str,
    scores: Floats,
    vectors: Array,
    texts: Sequence[str],
    *,
    space: str,
    seed: int,
    progress: Progress = silent,
) -> list[Numbers]:
    """Out-of-fold predictions of a column in one space, and the residuals (score less prediction).

    Parameters
    ----------
    scores
        (n,), NaN where missing: such rows are neither learnt from nor coloured.
    texts
        (n,) copies of one text share a fold.
    progress
        Called after every fold.
    """
    check_scores(target, scores)
    known = np.flatnonzero(~np.isnan(scores))
    components = find_duplicates([texts[row] for row in known.tolist()]).near
    different = len(np.unique(components))
    if different < 2:
        raise DataError(
            f"target {target!r} has scores for copies of one text only; predictions are for texts that were not "
            "learnt from, so they need two or more that differ; score other texts or leave it out"
        )
    folds = min(_FOLDS, different)
    step = partial(Step, stage=f"predicting {target}", total=folds, unit="folds")
    begun = itertools.count()

    def head() -> Head:
        progress(step(done=next(begun)))  # asked for once a fold, after the one before it
        return make_head("ridge", kind="regression", measure="mse", target_names=(target,))

    predicted = np.full(len(scores), np.nan)
    of_known, _, _ = out_of_fold(
        head,
        np.ascontiguousarray(np.asarray(vectors)[known], dtype=np.float32),
        scores[known][:, None],
        components=components,
        strata=None,
        folds=folds,
        seed=seed,
    )
    predicted[known] = of_known[:, 0]
    progress(step(done=folds))
    note = f"ridge on the vectors of {space!r}, fitted on the other folds{_agreement(scores[known], predicted[known])}"
    return [
        Numbers(name=predicted_name(target), values=predicted, note=note),
        Numbers(
            name=residual_name(target),
            values=scores - predicted,
            note=f"score less prediction; {note}",
            diverging=True,
        ),
    ]


def _agreement(scores: Floats, predicted: Floats) -> str:
    """How good the predictions are, since colours alone do not tell; nothing where it is not defined."""
    if np.ptp(scores) == 0 or np.ptp(predicted) == 0:
        return ""
    return f"; correlation with the scores {fixed(np.corrcoef(scores, predicted)[0, 1], 2)} (Pearson)"
