"""Out-of-fold predictions of the training rows as a table: what chose the cells, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from semascope.studies.heads.computing.fit import Folded

if TYPE_CHECKING:
    from semascope.studies.heads.asking.rows import Rows
    from semascope.types import Array, Ints


def to_table(folded: Folded, rows: Rows, *, cell: str) -> pa.Table:
    """One line per training row and target that has a truth and was predicted; ``row`` counts the file's rows from 0.

    Columns are ``row``, ``cell``, ``target``, ``fold``, ``truth``, ``prediction`` (a class name for a classification,
    unclipped otherwise), and ``unmapped``, what ranks, for a regression.
    """
    train = rows.split.train
    parts = []
    for place, target in enumerate(rows.targets):
        known = np.flatnonzero(
            np.isfinite(rows.truth[train, place]) & np.isfinite(folded.predictions[:, place])
        )
        columns = {
            "row": pa.array(rows.table.rows[train[known]], pa.int64()),
            "cell": _same(cell, len(known)),
            "target": _same(target, len(known)),
            "fold": pa.array(folded.fold[known], pa.int8()),
            "truth": _values(rows.truth[train[known], place], rows),
            "prediction": _values(folded.predictions[known, place], rows),
        }
        if rows.kind == "regression":
            columns["unmapped"] = pa.array(folded.unmapped[known, place], pa.float64())
        parts.append(pa.table(columns))
    return pa.concat_tables(parts).unify_dictionaries()


def from_table(table: pa.Table, rows: Rows) -> Folded:
    """Of a cell's table, what ``to_table`` was given, NaN where a target has no truth (fold 0, where a row has none that is known)."""
    train = rows.split.train
    shape = len(train), len(rows.targets)
    predictions, unmapped = np.full(shape, np.nan), np.full(shape, np.nan)
    fold = np.zeros(len(train), dtype=np.int64)
    index = {name: number for number, name in enumerate(rows.classes)}
    for place, target in enumerate(rows.targets):
        lines = table.filter(pc.equal(table["target"], target))
        at = _places(lines, rows)
        fold[at] = lines["fold"].to_numpy()
        values = lines["prediction"].to_pylist()
        predictions[at, place] = [index[value] for value in values] if rows.classes else values
        unmapped[at, place] = predictions[at, place] if rows.classes else lines["unmapped"].to_numpy()
    return Folded(predictions=predictions, unmapped=unmapped, fold=fold)


def _same(word: str, times: int) -> pa.Array:
    """One word many times over, kept once."""
    return pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(times, dtype=np.int32)), pa.array([word], pa.string())
    )


def _values(values: Array, rows: Rows) -> pa.Array:
    if rows.kind == "regression":
        return pa.array(values, pa.float64())
    names = pa.array(list(rows.classes), pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int32)), names)


def _places(lines: pa.Table, rows: Rows) -> Ints:
    """Where each line's row stands among the training rows."""
    numbers = rows.table.rows[rows.split.train]
    order = np.argsort(numbers, kind="stable")
    return np.asarray(order[np.searchsorted(numbers, lines["row"].to_numpy(), sorter=order)], dtype=np.int64)
