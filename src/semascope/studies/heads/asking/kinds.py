"""Whether a study's targets are numbers or classes, where the study does not say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.number_rule import not_all_numbers, stray_cell
from semascope.probes.head import HEADS
from semascope.stats.measures import all_measures
from semascope.words.numbers import exact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.table import Table
    from semascope.studies.heads.asking.settings import Study
    from semascope.types import Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A kind, and the targets that hold two numbers only and could have been of the other kind."""

    kind: Kind = "regression"
    two_valued: Sequence[str] = ()  # empty where the study says its kind
    numbers: tuple[str, str] = ("", "")  # of the first of them
    why: str = ""  # what made them numbers: "head 'ridge'"; empty for several targets, and for classes


def kind_of(study: Study, table: Table) -> Taken:
    """What the targets are taken for: strings are classes, numbers a regression, one target of two numbers two classes.

    A target of two numbers stays a regression where the study asks for what only a regression has (a measure, a head), and
    where it stands beside other targets, since a classification has one.
    """
    if study.kind:
        return Taken(kind=study.kind)
    for name in study.target:
        table.refuse_unclear(name)
    if not all(table.is_numeric(name) for name in study.target):
        return Taken(kind="classification")
    columns = {name: table.numbers(name) for name in study.target}
    two = [name for name, values in columns.items() if len(np.unique(values[np.isfinite(values)])) == 2]
    if not two:
        return Taken(kind="regression")
    found = columns[two[0]]
    low, high = (exact(value) for value in np.unique(found[np.isfinite(found)]))
    why = _asks_for_numbers(study)
    alone = len(study.target) == 1
    return Taken(
        kind="classification" if alone and not why else "regression",
        two_valued=two,
        numbers=(low, high),
        why=why,
    )


def why_classes(study: Study, table: Table) -> str:
    """What made classes of a target that is numbers but for a few cells, with the first such cell's row; "" for nothing.

    Nothing too where the study says its kind: then the cells did not decide.
    """
    if study.kind is not None or len(study.target) != 1:
        return ""
    cells = [cell.strip() for cell in table.strings(study.target[0])]
    hint = not_all_numbers(filter(None, cells))
    if not hint:
        return ""
    row = table.rows[cells.index(stray_cell(filter(None, cells)))]
    return f"{hint}, first in row {row} (counted from 0)"


def _asks_for_numbers(study: Study) -> str:
    """What the study asks for that a classification does not have, in words; "" for nothing."""
    if study.positive:
        return ""
    if study.measure in {measure.name for measure in all_measures("regression")}:
        return f"measure {study.measure!r}"
    only = HEADS["regression"].keys() - HEADS["classification"].keys()
    named = [*study.head, (study.baseline or "").split()[-1] if study.baseline else ""]
    return next((f"head {head!r}" for head in named if head in only), "")
