"""What is predicted from the texts, and which rows train and which judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.spellings import join_spellings
from semascope.errors import DataError
from semascope.probes.magnitude import check_magnitude
from semascope.studies.heads.asking.kinds import kind_of
from semascope.studies.heads.asking.rows import FEWEST_HELD_OUT, FEWEST_TO_LEARN
from semascope.studies.heads.asking.settings import Study
from semascope.words.numbers import count, exact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.splits import Split
    from semascope.data.table import Table
    from semascope.studies.switching.asking.plan import SwitchPlan
    from semascope.types import Floats, Ints, Kind


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Target:
    """A column to predict, of n texts."""

    name: str
    kind: Kind
    classes: tuple[str, ...]  # of a classification, in the order of their numbers
    truth: Floats  # (n,) numbers or class numbers; NaN where a text has none

    def known(self, rows: Ints) -> Ints:
        """Those of the rows that have it."""
        return rows[np.isfinite(self.truth[rows])]

    def spoken(self, value: float) -> str:
        """A value of it, as the file writes it."""
        return self.classes[int(value)] if self.classes else exact(value)


def read_target(plan: SwitchPlan, name: str, table: Table) -> Target:
    """A column of a plan; see ``target_in``."""
    return target_in(table, Study(data=plan.data, text=plan.text, target=[name]))


def target_in(table: Table, asked: Study) -> Target:
    """The one target that is asked; strings are classes, numbers a regression, as in a study.

    Raises
    ------
    DataError
        For cells of which nobody can say what they hold, and a target that is the same in every row.
    """
    (name,) = asked.target
    taken = kind_of(asked, table)
    classes: tuple[str, ...] = ()
    if taken.kind == "regression":
        truth = table.numbers(name)
        check_magnitude(name, truth, table.rows)
    else:
        values = join_spellings(table.strings(name)).values
        classes = tuple(sorted(set(values) - {""}))
        index = {value: number for number, value in enumerate(classes)}
        truth = np.array([index.get(value, np.nan) for value in values], dtype=np.float64)
    found = Target(name=name, kind=taken.kind, classes=classes, truth=truth)
    known = np.unique(truth[np.isfinite(truth)])
    if len(known) < 2:
        what = f"is {found.spoken(known[0])} in every row" if len(known) else "is empty in every row"
        raise DataError(f"target {name!r} {what}; it must vary, or there is nothing to learn; leave it out")
    if len(classes) > len(table) / 2:
        raise DataError(
            f"target {name!r} has {len(classes):,} classes in {len(table):,} rows; a class needs several rows; is it a text or"
            " an id? name another column"
        )
    return found


def check_sides(targets: Sequence[Target], split: Split) -> None:
    """Every target needs rows to learn from and rows to be judged on.

    Raises
    ------
    DataError
        With the target and the side.
    """
    for target in targets:
        for rows, side, fewest in (
            (split.train, "training", FEWEST_TO_LEARN),
            (split.test, "held-out", FEWEST_HELD_OUT),
        ):
            values = len(target.known(rows))
            if values < fewest:
                raise DataError(
                    f"target {target.name!r} has {count(values, 'value')} among the {side} rows; it needs at least {fewest}; label"
                    " more rows, or leave it out"
                )
        _check_classes(target, split)


def _check_classes(target: Target, split: Split) -> None:
    """A head can name no class that it never saw: one at least of those that are held out has to stand in training."""
    if not target.classes:
        return
    learnt, asked = (np.unique(target.truth[target.known(rows)]) for rows in (split.train, split.test))
    if not np.isin(asked, learnt).any():
        raise DataError(
            f"target {target.name!r} has no class that stands among the training and the held-out rows; copies and groups stay on one"
            " side, and each class is in few of them; take another group column, or leave it out"
        )
