"""The texts of a table, what is predicted from them, and which of them train and judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import find_duplicates
from semascope.data.odd import is_empty
from semascope.data.read import table_of
from semascope.data.splits import Split, group_labels, join_components, make_split
from semascope.errors import ConfigError, DataError
from semascope.studies.switching.asking.targets import check_sides, read_target
from semascope.studies.unread import table_languages
from semascope.words.numbers import count, some_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.language import LanguageProfile
    from semascope.data.table import Table
    from semascope.studies.switching.asking.plan import SwitchPlan
    from semascope.studies.switching.asking.targets import Target
    from semascope.types import Ints

FEWEST = 3  # texts of which each has neighbours to choose from


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Texts:
    """n texts of a table."""

    table: Table
    texts: Sequence[str]  # (n,)
    file_rows: int  # of the whole file, before any was left out
    copies: Ints  # (n,) texts that say the same, or nearly
    components: Ints  # (n,) texts that belong together: copies, near copies, those of one group
    targets: tuple[Target, ...]
    split: Split  # whole components on one side
    languages: LanguageProfile
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)


def read_texts(plan: SwitchPlan, table: Table | None = None) -> Texts:
    """The texts of a plan, with all that can be wrong about them found.

    Parameters
    ----------
    table
        Rows to take in place of those of ``plan.data``, which then only names them.

    Raises
    ------
    ConfigError, DataError
        For a file, a column or a target that cannot be used.
    """
    whole = table_of(plan.data, quoting=plan.quoting) if table is None else table
    if not plan.text:
        raise ConfigError(
            f"no text column is named; columns are {', '.join(whole.columns)}; name one with --text, or, in a table of pairs of a"
            " query and a document, with --query and --document"
        )
    whole.require([*plan.text, *plan.target, *filter(None, [plan.group])])
    table = whole if plan.limit is None else whole.sample(plan.limit, seed=plan.seed)
    texts = table.texts(plan.text)
    said = np.array([not is_empty(text) for text in texts], dtype=np.bool_)
    notes = _notes(table, table.rows[~said])
    table = table.take(np.flatnonzero(said))
    texts = table.texts(plan.text)
    if len(texts) < FEWEST:
        raise DataError(
            f"{plan.data} has {count(len(texts), 'row')} with a text; neighbours need {FEWEST} or more; give more rows"
        )
    targets = tuple(read_target(plan, name, table) for name in dict.fromkeys(plan.target))
    copies = components = find_duplicates(texts).near
    if plan.group is not None:
        components = join_components(components, group_labels(table.strings(plan.group)))
    split = _split(plan, components, targets)
    check_sides(targets, split)
    return Texts(
        table=table,
        texts=texts,
        file_rows=len(whole),
        copies=copies,
        components=components,
        targets=targets,
        split=split,
        languages=table_languages(table, texts, seed=plan.seed),
        notes=notes,
    )


def _split(plan: SwitchPlan, components: Ints, targets: Sequence[Target]) -> Split:
    """One split for all targets, so that they are about the same texts; of a single classification by its classes."""
    if len(np.unique(components)) < 2 and not targets:
        everything = np.arange(len(components))
        return Split(train=everything, test=everything)
    strata = None
    if len(targets) == 1 and targets[0].classes:
        strata = np.nan_to_num(targets[0].truth, nan=len(targets[0].classes)).astype(np.int64)
    return make_split(components, strata=strata, test_size=plan.test_size, seed=plan.seed)


def _notes(table: Table, empty: Ints) -> tuple[str, ...]:
    notes = [f"{'Warning: ' if each.warning else ''}{each.text}" for each in table.remarks]
    if len(empty):
        are = "holds" if len(empty) == 1 else "hold"
        notes.append(
            f"{count(len(empty), 'row')} {are} no text and are left out ({some_rows(empty, limit=5)})"
        )
    if len(table.repaired):
        rows = table.repaired.tolist()
        notes.append(
            f"{count(len(rows), 'text')} had broken characters, read as U+FFFD ({some_rows(rows, limit=5)})"
        )
    return tuple(notes)
