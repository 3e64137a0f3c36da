"""Which row of a file of vectors belongs to which row of a table, and those rows at unit length."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.read_vectors import ID
from semascope.errors import DataError
from semascope.words.numbers import count, some_rows
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.read_vectors import VectorsFile
    from semascope.data.table import Table
    from semascope.types import Array, Ints, Vectors

_UNIT = 1e-6  # rows whose length is 1 but for rounding stay as they are, to the bit
_SHOWN = 5  # ids that an error names


def match_vectors(found: VectorsFile, table: Table, *, file_rows: int) -> tuple[Ints, str]:
    """(n,) which row of a file of vectors each row of a table has, and how that was found.

    Parameters
    ----------
    file_rows
        Of the table's whole file: without ids or row numbers, vectors are matched by position, one for each of them.

    Raises
    ------
    DataError
        When a row has no vector, or an id or row number stands twice.
    """
    if found.ids is not None:
        return _by_ids(found, table), "by id"
    if found.rows is not None:
        return _by_numbers(found, table), "by row number"
    if len(found.vectors) != file_rows:
        raise DataError(
            f"{found.name} has {count(len(found.vectors), 'vector')}, and {table.source} has"
            f" {count(file_rows, 'row')}; without ids they are matched by position, and there is one for each row of the"
            f" file; give it ids, or one vector a row"
        )
    return table.rows, "by position"


def _by_ids(found: VectorsFile, table: Table) -> Ints:
    assert found.ids is not None
    if ID not in table.columns:
        raise DataError(
            f"{found.name} has ids, and {table.source} has no column {ID!r}; they are matched by it; name the column so,"
            " or leave the ids out: the vectors then are in the order of the file"
        )
    wanted = table.strings(ID)
    _refuse_repeated(found.ids, found.name)
    _refuse_repeated(wanted, f"{table.source}, column {ID!r},")
    where = {one: place for place, one in enumerate(found.ids)}
    lacking = [one for one in wanted if one not in where or not one]
    if lacking:
        raise DataError(
            f"{found.name} has no vector for {count(len(lacking), 'row')} of {table.source}, with the"
            f" {'id' if len(lacking) == 1 else 'ids'} {_some(lacking)} (its own are {_some(found.ids)}); each row needs one;"
            " add them, or leave the rows out"
        )
    return np.array([where[one] for one in wanted], dtype=np.int64)


def _by_numbers(found: VectorsFile, table: Table) -> Ints:
    assert found.rows is not None
    _refuse_repeated([str(row) for row in found.rows.tolist()], found.name, what="row number")
    where = {row: place for place, row in enumerate(found.rows.tolist())}
    wanted = table.rows.tolist()
    lacking = [row for row in wanted if row not in where]
    if lacking:
        raise DataError(
            f"{found.name} has no vector for {count(len(lacking), 'row')} of {table.source}: {some_rows(lacking)} (counted"
            " from 0); each row needs one; add them, or leave the rows out"
        )
    return np.array([where[row] for row in wanted], dtype=np.int64)


def _refuse_repeated(ids: Sequence[str], source: str, *, what: str = "id") -> None:
    twice = [one for one, times in Counter(ids).items() if times > 1 and one]
    if twice:
        raise DataError(
            f"{source} has {count(len(twice), what)} more than once: {_some(twice)}; vectors are matched by them; each stands for"
            " one row"
        )


def _some(ids: Sequence[str]) -> str:
    return listing([repr(one) for one in ids[:_SHOWN]] + (["..."] if len(ids) > _SHOWN else []))


def unit_vectors(vectors: Array, found: VectorsFile, places: Ints) -> tuple[Vectors, int]:
    """(n, d) float32 rows of unit length, and how many were of another.

    Parameters
    ----------
    places
        (n,) of these rows in the file, for messages.

    Raises
    ------
    DataError
        For a row that is not finite or is zero.
    """
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    for bad, what in (
        (~np.isfinite(lengths), ("is not finite", "are not finite")),
        (lengths == 0, ("is zero", "are zero")),
    ):
        if bad.any():
            numbers = places[bad]
            raise DataError(
                f"{found.name}: {some_rows(numbers)} (counted from 0), which is needed, {what[len(numbers) > 1]}; a row has"
                " finite numbers, and one at least that is not 0; compute it again, or leave the text out"
            )
    unit = vectors.astype(np.float32)
    other = np.abs(lengths - 1) > _UNIT
    unit[other] = (vectors[other] / lengths[other, None]).astype(np.float32)
    return unit, int(other.sum())
