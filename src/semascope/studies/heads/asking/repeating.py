"""How often the split is repeated where a study leaves it open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.stats.guards import FEWEST_GROUPS
from semascope.studies.heads.asking.rows import check_sides
from semascope.words.numbers import count
from semascope.words.texts import listing

if TYPE_CHECKING:
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.asking.settings import Study

FEW_ROWS = 300  # held-out rows below which one split decides too much of what is said
REPEATS = 15


def with_repeats(study: Study, rows: Rows) -> tuple[Study, list[str]]:
    """The study with its number of splits, and what was taken where it left that open, in a sentence.

    15 where fewer than 300 held-out rows would judge, else 1: the interval of one split of few rows is wide, and another
    split gives another answer, while the vectors are the same and cost nothing more. A given split stands alone.
    """
    groups = len(np.unique(rows.components)) if rows.groups is not None else FEWEST_GROUPS
    if study.repeats is not None:
        if study.repeats > 1 and groups < FEWEST_GROUPS:
            raise ConfigError(
                f"repeats is {study.repeats}, and the rows form {count(groups, 'group')} of {study.group!r}; splits of fewer than"
                f" {FEWEST_GROUPS} hold out the same rows again and again; leave out --repeats, or take another --group"
            )
        return study, []
    held_out = int(rows.judged[rows.split.test].sum())
    once = study.model_copy(update={"repeats": 1})
    if rows.given or held_out >= FEW_ROWS:
        return once, []
    if groups < FEWEST_GROUPS:
        return once, [
            f"one split judges: splits of {count(groups, 'group')} would hold out the same rows again and again"
        ]
    if study.tuned:
        names = listing([recipe.label for recipe in study.tuned])
        return once, [
            f"one split judges, and verdicts are about these fitted models: repeated splits would train {names} {REPEATS} times"
            f" more (--repeats {REPEATS} does)"
        ]
    if rows.seen.counts:
        names = listing(list(rows.seen.counts))
        return once, [f"one split judges: another would hold out rows that {names} has seen in training"]
    repeated = study.model_copy(update={"repeats": REPEATS})
    few = f"{count(held_out, 'held-out row')}"
    try:
        check_sides(repeated, rows)
    except DataError as error:
        return once, [f"{few} judge one split alone, as not every repeat could be judged: {error}"]
    return repeated, [
        f"{few} are few, so {REPEATS} repeated splits judge; the vectors are the same (--repeats 1 for one split)"
    ]
