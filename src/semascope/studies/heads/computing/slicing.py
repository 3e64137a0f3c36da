"""Values of the slice columns: which are judged, and what a repeated split gives on each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.studies.heads.computing.fit import measure_targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.data.splits import Split
    from semascope.stats.measure import RowMeasure
    from semascope.studies.heads.asking.rows import Rows
    from semascope.types import Array, Mask

FEWEST_SLICE_ROWS = 5
MOST_SLICES = 24  # values of one column, the most frequent first


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The rows that have one value of a slice column."""

    column: str
    value: str
    rows: Mask  # (n,)


def parts_of(rows: Rows) -> list[Part]:
    """The parts that are judged, by column, the most frequent first.

    A part has ``FEWEST_SLICE_ROWS`` rows or more on the study's own held-out side that did not leak, one of them with a
    target.
    """
    return [part for column in rows.slices for part in _parts(rows, column)]


def _parts(rows: Rows, column: str) -> Iterator[Part]:
    values = np.array(rows.slices[column], dtype=object)
    held_out = rows.split.test[rows.clean[rows.split.test]]
    names, counts = np.unique(values[held_out].astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    for place in [place for place in order if counts[place] >= FEWEST_SLICE_ROWS][:MOST_SLICES]:
        part = Part(column, str(names[place]), values == names[place])
        if np.isfinite(rows.truth[held_out[part.rows[held_out]]]).any():
            yield part


def measure_parts(
    parts: Sequence[Part], predictions: Array, rows: Rows, split: Split, *, measure: RowMeasure
) -> dict[str, dict[str, Any]]:
    """What one split gives on each part, by column and value: rows on both sides, and the measure of each target.

    Parameters
    ----------
    predictions
        (m, t) of the held-out rows, as the measure sees them.

    Returns
    -------
    dict
        Without the parts that have no held-out row with a target; of a part, without the targets that none of its rows
        has.
    """
    found: dict[str, dict[str, Any]] = {}
    for part in parts:
        held_out = part.rows[split.test]
        truth = rows.truth[split.test][held_out]
        labelled = [
            name for name, column in zip(rows.targets, truth.T, strict=True) if np.isfinite(column).any()
        ]
        if not labelled:
            continue
        values = measure_targets(truth, predictions[held_out], rows, measure=measure)
        found.setdefault(part.column, {})[part.value] = {
            "train": int(part.rows[split.train].sum()),
            "test": int(held_out.sum()),
            "values": {name: values[name] for name in labelled},
        }
    return found
