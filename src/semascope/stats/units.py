"""Units of resampling: rows, or whole groups of rows. Letters: m rows, u units, c columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Array, Floats, Ints, Mask


@dataclass(frozen=True, kw_only=True, slots=True)
class Units:
    """Which unit each row belongs to."""

    index: Ints  # (m,) unit of each row, 0 to count - 1
    count: int
    grouped: bool  # False: every row is its own unit
    row: str = "row"  # what a row is called

    @property
    def rows(self) -> int:
        """Rows in all units."""
        return len(self.index)

    @property
    def one(self) -> str:
        """What a unit is called in a sentence."""
        return "group" if self.grouped else self.row

    @property
    def name(self) -> str:
        """What units are called in a sentence."""
        return plural(self.one)

    def sums(self, values: Array) -> Floats:
        """(m, ...) summed within units: (u, ...)."""
        if not self.grouped:
            return np.asarray(values)
        total = np.zeros((self.count, *values.shape[1:]), dtype=np.float64)
        np.add.at(total, self.index, values)
        return total

    def sizes(self) -> Floats:
        """(u,) rows of each unit."""
        return np.bincount(self.index, minlength=self.count).astype(np.float64)

    def of_rows(self, keep: Mask) -> Units:
        """The units of the kept rows alone, numbered anew."""
        left, new = np.unique(self.index[keep], return_inverse=True)
        return replace(self, index=new.astype(np.int64), count=len(left))


def make_units(groups: Sequence[object] | Units | None, rows: int, *, row: str = "row") -> Units:
    """Units of ``rows`` rows.

    Parameters
    ----------
    groups
        (m,) group of each row, any hashable value; None when rows are the unit; units as they are.
    row
        What a row is called.
    """
    if isinstance(groups, Units):
        return groups
    if groups is None:
        return Units(index=np.arange(rows, dtype=np.int64), count=rows, grouped=False, row=row)
    if len(groups) != rows:
        raise DataError(
            f"groups has {len(groups)} entries for {rows} {plural(row)}; it needs one a {row}; give the column as it is"
        )
    numbers: dict[object, int] = {}
    index = np.array([numbers.setdefault(group, len(numbers)) for group in groups], dtype=np.int64)
    return Units(index=index, count=len(numbers), grouped=True, row=row)


def plural(noun: str) -> str:
    """More than one of them.

    Examples
    --------
    >>> plural("row"), plural("query")
    ('rows', 'queries')
    """
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def effective_groups(sizes: Floats) -> Floats:
    """How many equal groups weigh as much as groups of these (u,) or (u, c) sizes: (sum of sizes)^2 / sum of squares.

    Notes
    -----
    Kish, Survey Sampling (1965). The number of rows where every group is one row.

    Examples
    --------
    >>> float(effective_groups(np.array([2.0, 2.0, 4.0])).round(3))  # 8^2 / (4 + 4 + 16)
    2.667
    """
    return np.asarray(sizes.sum(axis=0) ** 2 / (sizes**2).sum(axis=0))


def typical_size(sizes: Floats) -> Floats:
    """Rows of a typical one of (u,) or (u, c) units: the root of the mean square, so that large ones count for more."""
    return np.asarray(np.sqrt((sizes**2).mean(axis=0)))


def outweighed(sizes: Floats) -> Mask:
    """Whether one of the groups of (u,) or (u, c) sizes outweighs the others; one answer a column.

    Its square is more than a tenth of all squares, which is what one of ten equal groups has, the fewest on which a
    claim is made; and it is larger than two average groups, so that a pair of copies among single rows never is one.
    """
    largest, squares = sizes.max(axis=0), (sizes**2).sum(axis=0)
    return np.asarray((largest**2 > squares / 10) & (largest > 2 * sizes.mean(axis=0)))


def trimmed_count(units: int) -> int:
    """How many units are 1 % of them, at least one."""
    return max(1, round(0.01 * units))


def largest_last(sums: Floats) -> Ints:
    """(u, c) order of the units by |sum|, per column.

    Of equal ones those that pull the way of the total come last: dropping from the end is then the stricter
    choice, and the same one for any order of the rows.
    """
    pull = sums * np.sign(sums.sum(axis=0))
    most = np.abs(sums).max(axis=0)
    # rounding must not tell equal ones apart
    size = np.round(np.abs(sums) / np.where(most > 0, most, 1.0), 12)
    return np.stack([np.lexsort((pull[:, c], size[:, c])) for c in range(sums.shape[1])], axis=1)
