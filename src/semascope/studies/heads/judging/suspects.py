"""Rows whose label no good cell agrees with: a list to check by hand, which a wrong label, a wrong text or a hard row puts a row on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.heads.computing.folded import from_table as folded_from
from semascope.studies.heads.computing.predictions import from_table as held_out_from
from semascope.studies.heads.computing.predictions import ranking_column
from semascope.studies.heads.result import Suspect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    import pyarrow as pa

    from semascope.stats.measure import Measure
    from semascope.studies.choice import Choice
    from semascope.studies.heads.asking.rows import Rows
    from semascope.types import Array, Floats

FAR = 3.0
"""Mean errors of a cell that a label must be away from what it predicts, for every good cell: of normal errors one row in 60, and
fewer for all cells at once. Not median ones: where most rows have one value, they are next to nothing."""
SHOWN = 40
FEWEST = 2
"""Good cells that must agree: one alone says more about itself."""


def find_suspects(
    rows: Rows,
    records: Mapping[str, Mapping[str, Any]],
    choice: Choice,
    measure: Measure,
    *,
    folded: Mapping[str, pa.Table],
    held_out: Mapping[str, pa.Table],
) -> list[Suspect]:
    """Rows that all good cells miss by far in the same direction, or call by the same other class; the clearest first.

    Every row is looked at as cells predict it that did not learn from it: training rows out of fold, held-out rows as they
    are judged. Good is a cell that reads the texts and does better on the training rows than every constant.

    Parameters
    ----------
    folded, held_out
        Predictions of every cell.
    """
    good = _good_cells(records, choice, measure)
    if len(good) < FEWEST:
        return []
    predicted = np.stack([_everywhere(rows, folded[name], held_out[name]) for name in good])  # (cells, n, t)
    found = _classes(rows, predicted) if rows.classes else _numbers(rows, predicted)
    found.sort(key=lambda each: (-each[2], each[0]))
    return [_suspect(rows, good, predicted, row, target, how_far) for row, target, how_far in found[:SHOWN]]


def _good_cells(records: Mapping[str, Mapping[str, Any]], choice: Choice, measure: Measure) -> list[str]:
    value = {one.cell: one.value for one in choice.standings}
    constants = [value[name] for name, record in records.items() if record["cell"]["reads"] == "nothing"]
    known = [each for each in constants if math.isfinite(each)]
    reading = [
        name
        for name, record in records.items()
        if record["cell"]["reads"] not in ("nothing", "column") and math.isfinite(value[name])
    ]
    return [name for name in reading if all(measure.loss(value[name]) < measure.loss(each) for each in known)]


def _everywhere(rows: Rows, folded: pa.Table, held_out: pa.Table) -> Array:
    """(n, t) predictions of all rows by heads that did not learn from them, before a map that makes ties; NaN where there is none."""
    found = np.full((len(rows), len(rows.targets)), np.nan)
    found[rows.split.train] = folded_from(folded, rows).unmapped
    found[rows.split.test] = held_out_from(held_out, rows, column=ranking_column(rows))
    return found


def _numbers(rows: Rows, predicted: Array) -> list[tuple[int, int, float]]:
    """(row, target, mean errors that the nearest good cell is away) of the rows that are far for all."""
    away = rows.truth - predicted  # (cells, n, t)
    error = np.nanmean(np.abs(away), axis=1, keepdims=True)
    scaled = np.divide(away, error, out=np.full_like(away, np.nan), where=error > 0)
    count = np.isfinite(scaled).sum(axis=0)
    low, high = (_over_cells(scaled, function) for function in (np.nanmin, np.nanmax))
    far = np.where(low > 0, low, np.where(high < 0, -high, 0.0))  # on one side of all
    return [
        (int(row), int(target), float(far[row, target]))
        for row, target in np.argwhere((far >= FAR) & (count >= FEWEST))
    ]


def _over_cells(scaled: Array, function: Any) -> Floats:
    found = np.zeros(scaled.shape[1:])
    known = np.isfinite(scaled).any(axis=0)
    found[known] = function(scaled[:, known], axis=0)
    return found


def _classes(rows: Rows, predicted: Array) -> list[tuple[int, int, float]]:
    """(row, 0, number of cells) of the rows that all good cells call by the same other class."""
    found = []
    for row, (truth, called) in enumerate(zip(rows.truth[:, 0], predicted[:, :, 0].T, strict=True)):
        known = called[np.isfinite(called)]
        if (
            len(known) >= FEWEST
            and np.isfinite(truth)
            and len(set(known.tolist())) == 1
            and known[0] != truth
        ):
            found.append((row, 0, float(len(known))))
    return found


def _suspect(
    rows: Rows, good: Sequence[str], predicted: Array, row: int, target: int, how_far: float
) -> Suspect:
    values = {name: float(each[row, target]) for name, each in zip(good, predicted, strict=True)}
    return Suspect(
        row=int(rows.table.rows[row]),
        text=rows.texts[row],
        target=rows.targets[target],
        truth=float(rows.truth[row, target]),
        predictions={name: value for name, value in values.items() if math.isfinite(value)},
        how_far=how_far,
        held_out=row in set(rows.split.test.tolist()),
    )
