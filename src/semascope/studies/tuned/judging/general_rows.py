"""The rows of a general set that is a table: those asked for, with a text, that no encoder was tuned on.

Letters: n rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import find_duplicates
from semascope.data.odd import is_empty
from semascope.data.read import table_of
from semascope.data.splits import join_components
from semascope.errors import DataError
from semascope.studies.tuned.judging.general_task import FEWEST
from semascope.studies.tuned.judging.unseen import read_texts, seen_texts
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.data.table import Table
    from semascope.encoders.protocol import Encoder
    from semascope.studies.tuned.judging.general import GeneralSet
    from semascope.types import Ints, Mask


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SetRows:
    """n rows with one text or two."""

    table: Table
    texts: tuple[Sequence[str], ...]  # (n,) of each side
    units: Ints  # (n,) labels: rows that share a text, near copies included, are one unit of a test
    left_out: int  # rows that would be here, had no encoder been tuned on them

    def __len__(self) -> int:
        return len(self.units)

    @property
    def groups(self) -> list[int] | None:
        """The units as tests take them; None where every row is one."""
        found: list[int] = self.units.tolist()
        return found if len(set(found)) < len(found) else None

    def take(self, keep: Mask) -> SetRows:
        """Those that are kept."""
        places = np.flatnonzero(keep)
        return SetRows(
            table=self.table.take(places),
            texts=tuple([side[place] for place in places.tolist()] for side in self.texts),
            units=self.units[places],
            left_out=self.left_out,
        )

    @property
    def why_not(self) -> str:
        """Why so few rows cannot judge; "" where they can."""
        if len(self) >= FEWEST:
            return ""
        tuned_on = f", {count(self.left_out, 'other was', 'others were')} tuned on" if self.left_out else ""
        return f"{count(len(self), 'row is', 'rows are')} left{tuned_on}; {FEWEST} are needed"


def where_holds(asked: GeneralSet) -> Table:
    """The rows of the table for which every condition holds.

    Raises
    ------
    DataError
        For a file or a column that cannot be read, and where no row is left.
    """
    table = table_of(asked.path)
    keep = np.ones(len(table), dtype=np.bool_)
    for condition in asked.where:
        column, _, value = condition.partition("=")
        table.require([column.strip()])
        keep &= np.array(
            [cell.strip() == value.strip() for cell in table.strings(column.strip())], dtype=np.bool_
        )
    if not keep.any():
        raise DataError(
            f"general set {asked.label!r} has no row where {' and '.join(asked.where) or 'anything stands'}; some are needed; check"
            " the file and its conditions"
        )
    return table if keep.all() else table.take(np.flatnonzero(keep))


def read_rows(
    asked: GeneralSet,
    sides: Sequence[Sequence[str]],
    numbers: Sequence[str],
    encoders: Iterable[Encoder],
    *,
    read: Sequence[str] = (),
    seed: int,
) -> SetRows:
    """The rows whose every side has a text, without those that an encoder was tuned on.

    Parameters
    ----------
    sides
        Columns of the one text, or of each of two.
    numbers
        Other columns that must be there.
    read
        What a training has just read: near copies of it are left out too.

    Raises
    ------
    DataError
        As ``where_holds``, and for a column that is not there.
    """
    table = where_holds(asked)
    table.require([*(column for side in sides for column in side), *numbers])
    if asked.limit is not None:
        table = table.sample(asked.limit, seed=seed)
    texts = [table.texts(list(side)) for side in sides]
    said = np.array([not any(map(is_empty, row)) for row in zip(*texts, strict=True)], dtype=np.bool_)
    kept = np.flatnonzero(said)
    texts = [[side[place] for place in kept.tolist()] for side in texts]
    every = [text for side in texts for text in side]
    copies = find_duplicates(every).near
    # side by side: row i of every side is one row
    together = join_components(copies, np.tile(np.arange(len(kept)), len(texts)))[: len(kept)]
    known = seen_texts(every, copies, encoders) | read_texts(every, read)
    seen: Mask = np.any(known.reshape(len(texts), -1), axis=0)
    rows = SetRows(table=table.take(kept), texts=tuple(texts), units=together, left_out=int(seen.sum()))
    return rows.take(~seen) if seen.any() else rows
