"""Columns of the file that answer as cells do, read as the target is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.spellings import is_same_label, join_spellings
from semascope.errors import ConfigError, DataError
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.table import Table
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.asking.settings import Study
    from semascope.types import Floats, Ints, Mask

SHOWN = 10  # rows that a message names


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What some columns answer for the n rows of a study."""

    columns: Sequence[str]  # one a target
    values: Floats  # (n, t) numbers, or class indices; NaN where nothing stands
    digest: str  # of the whole columns: others under the same name are another cell


def answer_columns(study: Study) -> list[str]:
    """All columns of answers that a study names.

    Raises
    ------
    ConfigError
        For one that is a target or a text of the study, or when a target has none.
    """
    found: dict[str, None] = {}
    for given in study.predictions:
        for column in given.of(len(study.target)):
            used = "a target" if column in study.target else "a text" if column in study.text else ""
            if used:
                raise ConfigError(
                    f"predictions {given.name!r} is column {column!r}, which is {used} of the study; it must be another column,"
                    " which answers without being the answer or the question; name that one"
                )
            found[column] = None
    return list(found)


def read_answers(study: Study, whole: Table, rows: Rows) -> dict[str, Answers]:
    """What the columns answer for the rows of a study, by the name of their cell.

    Every row that may be held out and has a target needs an answer: those of a given split, else all, as splits may be
    repeated.

    Parameters
    ----------
    whole
        The table of the file, with all its columns.

    Raises
    ------
    ConfigError, DataError
        For a column that is not there or cannot be one, a class that the target does not have, or a row without an answer.
    """
    whole.require(answer_columns(study))
    table = whole.take(np.searchsorted(whole.rows, rows.table.rows))
    needed = np.full(len(rows), not rows.given)
    needed[rows.split.test] = True
    found = {}
    for given in study.predictions:
        columns = given.of(len(study.target))
        read = []
        for place, column in enumerate(columns):
            known = np.isfinite(rows.truth[:, place]) & needed
            values = (
                _classes(given.name, table, column, rows.classes, known=known)
                if rows.classes
                else table.numbers(column)
            )
            holes = np.flatnonzero(np.isnan(values) & known)
            if len(holes):
                raise DataError(_of_holes(given.name, column, study.target[place], table, holes))
            read.append(values)
        found[given.name] = Answers(columns, np.column_stack(read), whole.digest(columns))
    return found


def _classes(name: str, table: Table, column: str, classes: Sequence[str], *, known: Mask) -> Floats:
    """(n,) class indices of the cells of a column, NaN where nothing stands."""
    values = join_spellings(table.strings(column)).values
    index = {"": np.nan}
    for value in dict.fromkeys(values):
        same = (number for number, label in enumerate(classes) if is_same_label(value, label))
        index.setdefault(value, next(same, -1))
    codes = np.array([index[value] for value in values], dtype=np.float64)
    strange = np.flatnonzero((codes == -1) & known)
    if len(strange):
        raise DataError(
            f"predictions {name!r}: column {column!r} holds {values[strange[0]]!r} in {_rows(table, strange)}; accepted are the"
            f" target's classes among the rows of the study: {', '.join(map(repr, classes[:SHOWN]))}{', ...' if len(classes) > SHOWN else ''};"
            " write one of these, or leave the rows out"
        )
    return np.where(codes == -1, np.nan, codes)


def _of_holes(name: str, column: str, target: str, table: Table, holes: Ints) -> str:
    return (
        f"predictions {name!r}: column {column!r} is empty in {_rows(table, holes)}, which {'has' if len(holes) == 1 else 'have'} the"
        f" target {target!r}; every row that may be held out needs an answer, or cells would be judged on different rows; fill"
        " them in, leave these rows out, or hold out those alone that have one (--split-column)"
    )


def _rows(table: Table, places: Ints) -> str:
    """How many rows, and which: "2 rows (7 and 12 of the file, counted from 0)"."""
    numbers = [str(row) for row in table.rows[places[:SHOWN]].tolist()]
    more = f" and {len(places) - SHOWN:,} more" if len(places) > SHOWN else ""
    return f"{count(len(places), 'row')} ({', '.join(numbers)}{more}, counted from 0)"
