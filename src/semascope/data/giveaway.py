"""Columns of a table that predict a target without a word of the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from semascope.data.cells import as_text
from semascope.data.shortcut import numbered, share_of_classes, share_of_numbers
from semascope.data.told_in_text import followed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.data.table import Table
    from semascope.types import Floats, Ints

MOST_ROWS, MOST_CELLS, MOST_COLUMNS = 20_000, 4_000_000, 2_000  # that are looked at
FEWEST_ROWS = 20
LONGEST = 60  # mean characters; a column of longer cells is a text
BANDS = 20  # of a column of numbers


@dataclass(frozen=True, kw_only=True, slots=True)
class Giveaway:
    """A column that says something of a target."""

    column: str
    share: float  # of the variance, or of what guessing misses (Goodman and Kruskal's tau)
    numbers: bool  # the column holds numbers
    values: int  # different ones, in the rows that were looked at


def giveaways(
    table: Table,
    columns: Sequence[str],
    target: Floats | Sequence[str],
    *,
    cells: int = MOST_CELLS,
    seed: int = 42,
) -> list[Giveaway]:
    """What each of some columns says of a target, the most telling first; columns of texts and ids are passed over.

    Parameters
    ----------
    table
        n rows.
    columns
        Names of columns that nothing else uses. The first ``MOST_COLUMNS`` are looked at, on at most ``MOST_ROWS`` rows and
        fewer where there are many columns.
    target
        n numbers (NaN is missing) or names of classes ("" is missing).
    cells
        That are looked at, at most; what bounds the time of a wide table.
    seed
        Of the draw of rows.

    Notes
    -----
    A value that many rows share predicts by the other rows that have it (``share_explained``); numbers predict in 20
    bands as well, and by a straight line, on their values or their ranks; and that a cell is filled at all may tell.

    Examples
    --------
    >>> from semascope.data.table import Table
    >>> table = Table.from_columns({"shop": ["north", "south"] * 20, "day": list(range(40))})
    >>> [each.column for each in giveaways(table, ["shop", "day"], np.array([1.0, 5.0] * 20)) if each.share > 0.3]
    ['shop']
    """
    numeric = isinstance(target, np.ndarray)
    known = np.flatnonzero(np.isfinite(target) if numeric else [bool(name) for name in target])
    columns = columns[:MOST_COLUMNS]
    most = min(MOST_ROWS, max(cells // max(len(columns), 1), FEWEST_ROWS))
    if len(known) > most:
        known = np.sort(np.random.default_rng(seed).choice(known, size=most, replace=False))
    if len(known) < FEWEST_ROWS:
        return []
    rows = table.take(known)
    aim = _aim(target, known)
    found = []
    for column in columns:
        told = [_share(groups, aim, numeric=numeric) for groups in _groupings(rows, column)]
        numbers = _numbers(rows, column)
        if numbers is not None:
            there = np.isfinite(numbers)
            told += [_share(_banded(numbers[there]), aim[there], numeric=numeric) * float(there.mean())]
            told += [followed(numbers[there], aim[there]) * float(there.mean())] if numeric else []
        found.append(
            Giveaway(
                column=column,
                share=max(told, default=0.0),
                numbers=numbers is not None,
                values=pc.count_distinct(rows.data.column(column)).as_py() if told else 0,
            )
        )
    return sorted(found, key=lambda each: -each.share)


def _aim(target: Floats | Sequence[str], known: Ints) -> Floats:
    """The target in these rows; a class by its number."""
    if isinstance(target, np.ndarray):
        return np.asarray(target[known], dtype=np.float64)
    return numbered(np.array([target[row] for row in known.tolist()], dtype=object)).astype(np.float64)


def _groupings(rows: Table, column: str) -> Iterator[Ints]:
    """Rows of one value as groups, and rows with and without one; none of a column that is text."""
    cells = rows.data.column(column)
    kind = cells.type
    if (
        pa.types.is_null(kind)
        or pa.types.is_nested(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    ):
        return
    words = pc.fill_null(as_text(cells), "")
    filled = np.asarray(pc.not_equal(pc.utf8_trim_whitespace(words), "").to_numpy(), dtype=np.int64)
    if 0 < filled.sum() < len(filled):
        yield filled
    if (pc.mean(pc.utf8_length(words)).as_py() or 0) > LONGEST:
        return
    groups = np.asarray(pc.dictionary_encode(words).combine_chunks().indices.to_numpy(), dtype=np.int64)
    if 0 < groups.max(initial=0) < len(groups) / 2:
        yield groups


def _numbers(rows: Table, column: str) -> Floats | None:
    kind = rows.data.column(column).type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return None
    return rows.numbers(column) if rows.is_numeric(column) else None


def _banded(numbers: Floats) -> Ints:
    edges = (
        np.unique(np.quantile(numbers, np.linspace(0, 1, BANDS + 1)[1:-1])) if len(numbers) else np.empty(0)
    )
    return np.searchsorted(edges, numbers, side="right").astype(np.int64)


def _share(groups: Ints, aim: Floats, *, numeric: bool) -> float:
    if len(groups) < FEWEST_ROWS:
        return 0.0
    dense = np.unique(groups, return_inverse=True)[1]
    share = share_of_numbers(dense, aim) if numeric else share_of_classes(dense, aim.astype(np.int64))
    return share if np.isfinite(share) else 0.0
