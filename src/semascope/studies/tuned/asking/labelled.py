"""A table of labelled texts, divided: who learns, who chooses, who is judged."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.read import table_of
from semascope.data.spellings import join_spellings
from semascope.errors import DataError
from semascope.studies.tuned.asking.dividing_texts import divide_texts
from semascope.studies.tuned.asking.members import joined_members, members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.studies.tuned.asking.dividing_texts import DividedTexts
    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.types import Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LabelledTexts:
    """Some texts of a table."""

    texts: Sequence[str]
    labels: Sequence[str]
    groups: Ints  # near-copies, and what belongs together, have one number


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledTable:
    """n texts with labels, and the side of each."""

    name: str
    texts: Sequence[str]
    labels: Sequence[str]  # in one spelling; "" for none
    group: Sequence[str] | None  # one name for all rows that share a member of their lists
    divided: DividedTexts

    def of(self, rows: Ints) -> LabelledTexts:
        """Those of a side."""
        return LabelledTexts(
            texts=[self.texts[row] for row in rows.tolist()],
            labels=[self.labels[row] for row in rows.tolist()],
            groups=self.divided.units[rows],
        )

    @cached_property
    def digest(self) -> str:
        """Of texts, labels and sides."""
        divided = self.divided
        sides = [part.tolist() for part in (divided.learning, divided.choosing, divided.estimating)]
        values = [list(self.texts), list(self.labels), sides]
        return hashlib.blake2b(
            json.dumps(values).encode("utf-8", "surrogatepass"), digest_size=16
        ).hexdigest()


def read_labelled(plan: TunePlan) -> LabelledTable:
    """The table of a plan, its texts divided.

    Raises
    ------
    DataError
        For columns that are not there, one label only, and too few texts for three sides.
    """
    assert plan.label is not None
    table = table_of(plan.data)
    table.require([*plan.text, plan.label, *([plan.group] if plan.group else [])])
    if plan.limit is not None and plan.limit < len(table):
        chosen = np.random.default_rng(plan.seed).permutation(len(table))[: plan.limit]
        table = table.take(np.sort(chosen))
    columns = [table.strings(name) for name in plan.text]
    texts = ["\n".join(parts) for parts in zip(*columns, strict=True)]
    labels = join_spellings(table.strings(plan.label)).values
    names = sorted({label for label in labels if label})
    if len(names) < 2:
        raise DataError(
            f"{table.source} has {'no label' if not names else f'one label, {names[0]!r},'} in column {plan.label!r}; texts of one label are"
            " told from those of others, so two are needed; name another column"
        )
    group = joined_members(members(table, plan.group)) if plan.group else None
    divided = divide_texts(
        texts, labels, group=group, test_size=plan.test_size, choosing=plan.choosing, seed=plan.seed
    )
    return LabelledTable(name=plan.data.name, texts=texts, labels=labels, group=group, divided=divided)
