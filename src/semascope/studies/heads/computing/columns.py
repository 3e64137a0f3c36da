"""One cell that is a column of the file: nothing is learnt, and what it answers does not depend on the split."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.heads.computing.compute import NOTHING_READ, measure_repeats, values_of
from semascope.studies.heads.computing.fit import Fitted, Folded, comparable, selection_folds

if TYPE_CHECKING:
    from semascope.data.splits import Split
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.studies.task import CellValues
    from semascope.types import Array

UNKNOWN = {
    "dim": 0,
    "fit_seconds": math.nan,
    "predict_seconds_per_1000": math.nan,
    "encode_seconds_per_1000": math.nan,
    "memory_bytes": math.nan,
    **NOTHING_READ,
}
"""What a column costs: whoever made it knows."""


def compute_column(prepared: Prepared, cell: Cell) -> CellValues:
    """Its answers on the held-out rows of every split. None on the training rows: it takes no part in the choice."""
    began = time.perf_counter()
    rows, measure = prepared.rows, prepared.measure
    answers = rows.answers[cell.head]

    def predict(split: Split, repeat: int) -> Array:
        found = answers.values[split.test]
        return comparable(found, found, rows.truth[split.train], measure)

    return values_of(
        prepared,
        cell,
        _given(prepared, answers.values),
        made={
            "source": "",
            "fingerprint": "",
            "repeats": measure_repeats(prepared, predict),
            "costs": UNKNOWN,
            "column": {"columns": list(answers.columns), "digest": answers.digest},
        },
        tokens=None,
        began=began,
    )


def _given(prepared: Prepared, values: Array) -> Fitted:
    rows = prepared.rows
    held_out = values[rows.split.test]
    unanswered = np.full((len(rows.split.train), len(rows.targets)), np.nan)
    nothing = dict.fromkeys(rows.targets, math.nan)
    return Fitted(
        predictions=held_out,
        unmapped=held_out,
        probabilities=None,
        folded=Folded(
            predictions=unanswered, unmapped=unanswered, fold=selection_folds(rows, seed=prepared.study.seed)
        ),
        selection=nothing,
        ranking=nothing if rows.kind == "regression" else {},
        fit_seconds=math.nan,
        predict_seconds=math.nan,
        choices={},
        notes=(),
    )
