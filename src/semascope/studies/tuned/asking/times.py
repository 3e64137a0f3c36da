"""When queries were asked or their documents written, and where time is cut into oldest, later and newest.

Letters: q queries, u units of queries that may not be parted.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.studies.tuned.asking.units import relevant_places, tables_with

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.table import Table
    from semascope.retrieval.collections.collection import Collection
    from semascope.types import Floats, Ints

_DIGITS = {4: "-01-01", 7: "-01"}  # what a year, and a month, lack to be a day


def query_times(collection: Collection, column: str) -> Floats:
    """(q, 2) the earliest and the latest time that a query has, NaN where it has none.

    Parameters
    ----------
    column
        Of queries, of documents or of both: a query has the time of its own row and those of its relevant documents. Numbers,
        or ISO dates and times; a year or a month counts as its first day, a time without a zone as UTC.

    Raises
    ------
    DataError
        For a column that nobody has, and a cell that is no time.
    """
    of_queries, of_documents = tables_with(collection, column)
    times = np.full((len(collection.queries), 2), np.nan)
    if of_queries is not None:
        times[:] = read_times(of_queries, column)[:, None]
    if of_documents is not None:
        queries, documents = relevant_places(collection)
        found = read_times(of_documents, column)[documents]
        np.fmin.at(times[:, 0], queries, found)
        np.fmax.at(times[:, 1], queries, found)
    return times


def read_times(table: Table, column: str) -> Floats:
    """(n,) cells as numbers that grow with time, NaN where a cell is empty; as in ``query_times``."""
    if table.is_numeric(column):
        return table.numbers(column)
    cells = table.strings(column)
    return np.array([_seconds(cell, table, column, row) for row, cell in enumerate(cells)])


def cut_times(spans: Floats, sizes: Sequence[int], *, estimate: float, choose: float) -> tuple[float, float]:
    """The time from which units choose, and that from which they estimate.

    Parameters
    ----------
    spans
        (u, 2) earliest and latest time of each unit.
    sizes
        (u,) queries of each.
    estimate, choose
        Queries wanted on these sides.

    Returns
    -------
    tuple
        Units that end before the first learn, those from the first on that end before the second choose, those from the second
        on estimate; each side has one at least, and as many queries as times that are never cut allow.

    Raises
    ------
    DataError
        Where no two cuts leave each side something.
    """
    counts = np.asarray(sizes, dtype=np.int64)
    times = np.unique(spans[:, 0])
    order = np.argsort(spans[:, 0], kind="stable")
    from_on = _from_on(spans[order, 0], counts[order], times)
    for place in _nearest(from_on, estimate).tolist():
        before = order[spans[order, 1] < times[place]]
        cuts = np.unique(spans[before, 0])
        chosen = _from_on(spans[before, 0], counts[before], cuts)
        earliest_end = spans[before, 1].min(initial=np.inf)
        able = np.flatnonzero(cuts > earliest_end)  # something ends before, so something learns
        if len(able):
            best = able[_nearest(chosen[able], choose)[0]]
            return float(cuts[best]), float(times[place])
    raise DataError(
        f"{len(np.unique(spans)):,} times are known of {counts.sum():,} queries, and no two of them part the queries into older ones"
        " that learn, later ones that choose and the newest that estimate; three times or more that no unit of queries spans are"
        " needed; divide by query or by document"
    )


def _from_on(starts: Floats, counts: Ints, times: Floats) -> Floats:
    """For each time the queries of units that begin then or later; ``starts`` ascend."""
    after = np.concatenate([np.cumsum(counts[::-1])[::-1], [0]])
    found: Floats = after[np.searchsorted(starts, times)]
    return found


def _nearest(counts: Floats, wanted: float) -> Ints:
    """Places by how near their counts are; of two equally near the smaller first, which leaves more to learn."""
    return np.lexsort((counts, np.abs(counts - wanted)))


def _seconds(cell: str, table: Table, column: str, row: int) -> float:
    written = cell.strip()
    if not written:
        return np.nan
    try:
        whole = written + _DIGITS.get(len(written), "")
        time = datetime.fromisoformat(whole)
    except ValueError as error:
        raise DataError(
            f"{table.source}, column {column!r}, row {table.rows[row]} (counted from 0): {written[:60]!r} is no time; accepted are"
            f" numbers and ISO dates such as 2019, 2019-05-03 and {date(2019, 5, 3)}T12:00; write them so, or name another column"
        ) from error
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
