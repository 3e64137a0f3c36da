"""How much of a space is explained by a column: text length, language, source. Letters: n texts, d dim, q components."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.geometry.columns.by_groups import floor_of_shares, quantile_of_shares, shuffled_among_groups
from semascope.geometry.columns.column import read_column
from semascope.geometry.columns.regression import fit
from semascope.geometry.columns.shuffled import floor_of_component, floor_of_share, highest_of_components
from semascope.geometry.measured import Measured
from semascope.geometry.shape.alignment import moments_of
from semascope.geometry.shape.components import along, principal_axes
from semascope.geometry.shape.floors import SHUFFLED_COLUMN
from semascope.geometry.shape.rows import checked_rows
from semascope.geometry.shape.undefined import ALL_EQUAL, EQUAL, too_few, undefined
from semascope.stats.results import Estimate
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.geometry.columns.column import Column, ColumnKind
    from semascope.geometry.columns.regression import Fitted
    from semascope.geometry.halves import Halves
    from semascope.geometry.shape.sums import Moments
    from semascope.types import Array, Floats, Ints, Progress, Vectors

COMPONENTS = 10
SHARE = "share explained"
ADJUSTED = "share explained beyond chance"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Explained:
    """What one column explains of a space."""

    column: str
    kind: ColumnKind
    texts: int  # that have a value
    values: int  # different ones
    share: Measured  # of the total variance, by a regression on the column; floor: the column shuffled
    adjusted: Measured  # the same less what the shuffled column explains, brought back to at most 1; about 0 by chance
    # R2 of each of the first q components on the column; floor: the column shuffled
    of_components: tuple[Measured, ...]
    component_shares: Floats  # (q,) of the variance, of each component
    component_floors: Floats  # (q,) what all q of them stay below in 95 % of orders of the shuffled column

    @property
    def components(self) -> Floats:
        """(q,) R2 of each of the first components on the column."""
        return np.array([each.value for each in self.of_components])


def explained_by(
    vectors: Array,
    columns: Mapping[str, Sequence[object] | Array],
    *,
    halves: Halves,
    groups: Sequence[object] | Array | None = None,
    progress: Progress = silent,
) -> dict[str, Explained]:
    """What each column explains of the space, by the column's name.

    Parameters
    ----------
    vectors
        (n, d) of unit length.
    columns
        Values by name, one a text: numbers (take the log of a length) or labels. ``None``, NaN and "" are missing: such texts
        are left out of that column's numbers.
    halves
        Of the n texts; drawn with the same groups where there are some.
    groups
        (n,) group of each text, such as its document: columns are then shuffled among whole groups. None: among texts.

    Returns
    -------
    dict
        Shares in [0, 1]; undefined, with a reason, where fewer than two values differ, all vectors are equal, or every text
        has a value of its own.

    Notes
    -----
    The share is R2 of a regression of all dims at once: the explained squared distance from the mean by the whole of it
    (redundancy analysis; for labels it is the ratio behind PERMANOVA: Anderson, Austral Ecology 26, 2001). Labels with c
    values explain (c - 1) / (n - 1) by chance, a number 1 / (n - 1): the floor is that of the shuffled column in closed form, and
    ``adjusted`` (Ezekiel 1930) takes it off: (R2 - e) / (1 - e). Texts of a group are alike, and so are their values: what a
    column explains by chance is then more, and is drawn (``shuffled_among_groups``). A share is no cause: length and topic may go together.
    """
    rows = checked_rows(vectors)
    n = len(rows)
    read = [read_column(name, values, n) for name, values in columns.items()]
    if not read:
        return {}
    whole = moments_of(rows, np.arange(n))
    axes, shares = _axes(whole)
    scores = along(rows, axes, whole.sum / max(n, 1))
    of_groups = None if groups is None else _groups(groups, n)
    found = {}
    for done, column in enumerate(read, start=1):
        found[column.name] = _explained(rows, scores, shares, column, whole, halves, of_groups)
        progress(Step(stage="explaining the space", done=done, total=len(read), unit="columns"))
    return found


def _groups(groups: Sequence[object] | Array, n: int) -> Ints:
    if len(groups) != n:
        raise DataError(f"there are {len(groups)} groups for {n} texts; each text needs one; pass one a text")
    known: dict[object, int] = {}
    return np.array([known.setdefault(group, len(known)) for group in groups], dtype=np.int64)


def _axes(whole: Moments) -> tuple[Floats, Floats]:
    """(q, d) first components and (q,) their shares of the variance; none where all vectors are equal."""
    total = float(np.trace(whole.scatter)) / max(whole.count, 1.0)
    if not total > EQUAL:
        return np.zeros((0, len(whole.sum))), np.zeros(0)
    axes, variances = principal_axes(whole, COMPONENTS)
    there = variances > EQUAL * variances[0]
    return axes[there], variances[there] / total


def _explained(
    rows: Vectors,
    scores: Floats,
    shares: Floats,
    column: Column,
    whole: Moments,
    halves: Halves,
    groups: Ints | None,
) -> Explained:
    known = len(column.known)
    moments = whole if known == len(rows) else moments_of(rows, column.known)
    why = _undefined(column, moments) or _one_group(column, groups)
    if why:
        nothing = [undefined(name, why, n=known, null=SHUFFLED_COLUMN) for name in (SHARE, ADJUSTED)]
        return Explained(
            column=column.name,
            kind=column.kind,
            texts=known,
            values=column.values,
            share=nothing[0],
            adjusted=nothing[1],
            of_components=(),
            component_shares=np.zeros(0),
            component_floors=np.zeros(0),
        )
    fitted = fit(rows, column, halves)
    of_components = fit(scores, column, halves)
    if groups is None or len(np.unique(groups[column.known])) == known:
        floor = floor_of_share(column, moments)
        floors = [floor_of_component(known, int(of_components.values[0]))] * len(shares)
        highest = np.full(len(shares), highest_of_components(known, _levels(column), len(shares)))
    else:
        floor = floor_of_shares(shuffled_among_groups(rows, column, groups).of_all, n=known)
        each = shuffled_among_groups(scores, column, groups).of_each.T
        floors = [floor_of_shares(drawn, n=known) for drawn in each]
        level = 1 - 0.05 / max(len(shares), 1)
        highest = np.array([quantile_of_shares(drawn, level) for drawn in each])
    return Explained(
        column=column.name,
        kind=column.kind,
        texts=known,
        values=column.values,
        share=_measured(SHARE, fitted.shares, floor, halves, known),
        adjusted=_adjusted(fitted, floor, halves, known),
        of_components=_components(of_components, floors, halves, known),
        component_shares=shares,
        component_floors=highest,
    )


def _undefined(column: Column, moments: Moments) -> str:
    known = len(column.known)
    if known < 3:
        return f"{too_few(known)} with a value"
    if column.values < 2:
        return "all texts have the same value"
    if column.kind == "labels" and column.values == known:
        return "every text has a value of its own"
    return "" if float(np.trace(moments.scatter)) / known > EQUAL else ALL_EQUAL


def _one_group(column: Column, groups: Ints | None) -> str:
    if groups is None or len(np.unique(groups[column.known])) > 1:
        return ""
    return "all texts with a value are of one group"


def _measured(
    name: str, shares: Floats, floor: Estimate, halves: Halves, texts: int, *, least: float = 0.0
) -> Measured:
    """From the share of all texts and of each half."""
    value = float(np.clip(shares[0], least, 1.0))
    found = halves.estimate(value, shares[1:], least=least, most=1.0)
    return Measured(name=name, estimate=replace(found, n=texts), floor=floor, null=SHUFFLED_COLUMN)


def _adjusted(fitted: Fitted, floor: Estimate, halves: Halves, texts: int) -> Measured:
    # Groups make chance larger by as much in each half as in all.
    chance = fitted.by_chance * (floor.value / fitted.by_chance[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(chance < 1, (fitted.shares - chance) / (1 - chance), np.nan)
    e = float(chance[0])
    moved = Estimate(
        value=0.0,
        low=(floor.low - e) / (1 - e),
        high=(floor.high - e) / (1 - e),
        n=texts,
        method=floor.method,
    )
    return _measured(ADJUSTED, shares, moved, halves, texts, least=-np.inf)


def _levels(column: Column) -> int:
    """Labels; 2 of numbers, which have a mean and a slope."""
    return column.values if column.kind == "labels" else 2


def _components(
    fitted: Fitted, floors: Sequence[Estimate], halves: Halves, texts: int
) -> tuple[Measured, ...]:
    return tuple(
        _measured(
            f"share of component {place + 1} explained", fitted.each[:, place], floors[place], halves, texts
        )
        for place in range(fitted.total.shape[1])
    )
