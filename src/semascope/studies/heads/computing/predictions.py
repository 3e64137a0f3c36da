"""Held-out predictions as a table: row, cell, target, truth, prediction, tokens; what ranks, or probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.computing.fit import Fitted
    from semascope.types import Array, Floats, Ints

ORDER = ("row", "cell", "target", "truth", "prediction", "tokens", "unmapped", "probability", "probabilities")


def to_table(fitted: Fitted, rows: Rows, *, cell: str, tokens: Ints | None) -> pa.Table:
    """One line per held-out row and target that has a truth; ``row`` counts the file's rows from 0.

    Predictions are unclipped numbers for a regression, with what ranks as ``unmapped`` (the same numbers where a head has
    no map that makes ties), class names for a classification, with the probability of the
    predicted class and those of all classes in their order. ``tokens`` are those of all n rows as the cell's encoder
    counts them, before any cut; None, and null in the table, for a head that looks at no vector.
    """
    test = rows.split.test
    parts = []
    for place, target in enumerate(rows.targets):
        known = np.flatnonzero(np.isfinite(rows.truth[test, place]))
        columns = {
            "row": pa.array(rows.table.rows[test[known]], pa.int64()),
            "cell": pa.array([cell] * len(known), pa.string()),
            "target": pa.array([target] * len(known), pa.string()),
            "tokens": pa.nulls(len(known), pa.int64())
            if tokens is None
            else pa.array(tokens[test[known]], pa.int64()),
        }
        truth, predicted = rows.truth[test[known], place], fitted.predictions[known, place]
        if rows.kind == "classification":
            columns["truth"] = pa.array([rows.classes[int(index)] for index in truth], pa.string())
            columns["prediction"] = pa.array([rows.classes[int(index)] for index in predicted], pa.string())
            if fitted.probabilities is not None:
                shares = np.asarray(fitted.probabilities[known], dtype=np.float64)
                columns["probability"] = pa.array(shares[np.arange(len(known)), predicted.astype(np.int64)])
                columns["probabilities"] = pa.FixedSizeListArray.from_arrays(
                    pa.array(shares.ravel()), shares.shape[1]
                )
        else:
            columns["truth"] = pa.array(truth, pa.float64())
            columns["prediction"] = pa.array(predicted, pa.float64())
            columns["unmapped"] = pa.array(fitted.unmapped[known, place], pa.float64())
        parts.append(pa.table({name: columns[name] for name in ORDER if name in columns}))
    return pa.concat_tables(parts)


def tokens_of(table: pa.Table, rows: Rows) -> Ints:
    """(m,) tokens of the held-out rows as the encoder of the cell counts them, before any cut."""
    known = dict(zip(table["row"].to_pylist(), pc.fill_null(table["tokens"], 0).to_pylist(), strict=True))
    return np.array([known.get(row, 0) for row in rows.table.rows[rows.split.test].tolist()], dtype=np.int64)


def from_table(table: pa.Table, rows: Rows, *, column: str = "prediction") -> Array:
    """(m, t) predictions of a cell on the held-out rows, or another ``column``, NaN where a target has no truth."""
    test = rows.split.test
    found = np.full((len(test), len(rows.targets)), np.nan)
    index = {name: number for number, name in enumerate(rows.classes)}
    for place, target in enumerate(rows.targets):
        lines = table.filter(pc.equal(table["target"], target))
        values = lines[column].to_pylist()
        found[_places(lines, rows), place] = [index[value] for value in values] if rows.classes else values
    return found


def ranking_column(rows: Rows) -> str:
    """The column that ranks."""
    return "unmapped" if rows.kind == "regression" else "prediction"


def probabilities_from_table(table: pa.Table, rows: Rows) -> Floats:
    """(m, c) probabilities of a cell on the held-out rows of a classification, classes in their order."""
    found = np.full((len(rows.split.test), len(rows.classes)), np.nan)
    shares = table["probabilities"].combine_chunks().flatten().to_numpy()
    found[_places(table, rows)] = shares.reshape(-1, len(rows.classes))
    return found


def _places(lines: pa.Table, rows: Rows) -> list[int]:
    """Where each line's row stands among the held-out rows."""
    place_of = {int(row): place for place, row in enumerate(rows.table.rows[rows.split.test])}
    return [place_of[row] for row in lines["row"].to_pylist()]
