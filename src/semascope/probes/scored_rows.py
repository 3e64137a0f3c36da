"""A table's rows with their scores beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from semascope.data.added_columns import REASON, put

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.table import Table
    from semascope.probes.card import Card
    from semascope.probes.scorer import Ranking, Scores
    from semascope.types import Floats


def scored_names(card: Card, *, interval: bool) -> list[str]:
    """Columns that ``score`` writes, in their order."""
    targets = [f"predicted_{target.name}" for target in card.targets]
    classes = [f"probability_{name}" for name in card.classes]
    return [*targets, *classes, *(("low", "high") if interval else ()), REASON]


def ranked_names(card: Card, *, interval: bool) -> list[str]:
    """Columns that ``rank`` writes; a target called ``score`` keeps its name to itself."""
    return ["rank", ranking_name(card), *(("low", "high") if interval else ()), REASON]


def ranking_name(card: Card) -> str:
    """What ``rank`` calls what it ranked by."""
    return "predicted_score" if any(target.name == "score" for target in card.targets) else "score"


def read_otherwise(card: Card, columns: Sequence[str], text: Sequence[str]) -> str:
    """That the texts are put together otherwise than those that were learnt from, in a sentence; "" where they are not.

    Other names alone are no sign: another file may call the same columns otherwise.

    Parameters
    ----------
    columns, text
        Columns of the file, and those of the text; none where it has no columns.
    """
    given, learnt = list(dict.fromkeys(text)), list(dict.fromkeys(card.texts))
    if not given or not learnt or not (card.encoder or card.reads_texts) or given == learnt:
        return ""
    if len(given) == len(learnt) and not set(learnt).issubset(columns):
        return ""
    return (
        f"the scorer learnt from {' and '.join(map(repr, learnt))} in this order and now reads {' and '.join(map(repr, given))}:"
        " its measured errors do not hold for such texts"
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ends:
    """Where the score of each of n rows is expected to lie."""

    low: Floats  # (n,) NaN where there is no interval
    high: Floats


def with_scores(table: Table, scores: Scores, ends: Ends | None = None) -> pa.Table:
    """The table's columns, then one column a target (clipped to its range), or the class and its probabilities.

    ``low`` and ``high`` stand beside them where intervals are given. ``not_scored`` is empty where a row was scored. A column
    of such a name is replaced; see ``check_added``.
    """
    rows = table.data
    if scores.classes:
        rows = put(
            rows,
            f"predicted_{scores.targets[0]}",
            pa.array([label or None for label in scores.labels], pa.string()),
        )
        for column, name in enumerate(scores.classes):
            rows = put(rows, f"probability_{name}", _numbers(scores.probabilities[:, column]))
    else:
        for column, name in enumerate(scores.targets):
            rows = put(rows, f"predicted_{name}", _numbers(scores.values[:, column]))
    rows = _add_ends(rows, ends)
    return put(rows, REASON, pa.array(list(scores.reasons), pa.string()))


def in_order(
    table: Table, ranking: Ranking, *, top: int | None, ends: Ends | None = None, name: str = "score"
) -> pa.Table:
    """The table's columns with ``rank`` from 1 and the score under ``name``, best first; rows that were not scored come last."""
    order = np.concatenate([ranking.rows, ranking.left_out])
    missing = len(ranking.left_out)
    rows = table.data.take(pa.array(order))
    places = [*range(1, len(ranking.rows) + 1), *[None] * missing]
    rows = put(rows, "rank", pa.array(places, pa.int64()))
    rows = put(rows, name, _numbers(np.concatenate([ranking.scores, np.full(missing, np.nan)])))
    if ends is not None:
        rows = _add_ends(rows, Ends(low=ends.low[order], high=ends.high[order]))
    rows = put(rows, REASON, pa.array([*[""] * len(ranking.rows), *ranking.reasons], pa.string()))
    return rows if top is None else rows.slice(0, top)


def as_suggested(table: Table, places: Sequence[int]) -> pa.Table:
    """The table's columns for these places, with ``suggested`` from 1."""
    rows = table.data.take(pa.array(places, pa.int64()))
    return put(rows, "suggested", pa.array(range(1, len(places) + 1), pa.int64()))


def _add_ends(rows: pa.Table, ends: Ends | None) -> pa.Table:
    if ends is None:
        return rows
    return put(put(rows, "low", _numbers(ends.low)), "high", _numbers(ends.high))


def _numbers(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))
