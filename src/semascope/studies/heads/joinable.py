"""Whether studies can be compared cell by cell: the same question, the same rows, the same split."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.errors import ConfigError
from semascope.studies.heads.tables import HELD_OUT, OUT_OF_FOLD
from semascope.words.numbers import count, some_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from semascope.studies.heads.reopening import Reopened

ASKED = ("text", "target", "kind", "measure", "positive", "headline", "group")
"""Settings that say what a figure is of: studies in which they differ have no common table."""

REPEATED = ("repeats", "seed", "test_size", "slice", "split_column")
"""Settings that say how splits are repeated."""

DEALT = ("seed", "test_size", "limit", "split_column", "group", "data")
"""Settings that say which rows are on which side."""

Lines = dict[tuple[int, str], Any]  # by row number and target


def check_joinable(runs: Mapping[str, Reopened]) -> None:
    """Refuse studies that do not predict the same values of the same held-out rows.

    Raises
    ------
    ConfigError
        With the two runs, and with what differs.
    """
    (first, led), *others = runs.items()
    for name, run in others:
        if differing := _differing(led, run, ASKED):
            raise _apart(first, name, f"they ask different things: {differing}")
        _check_rows(first, led, name, run)


def same_repeats(runs: Mapping[str, Reopened]) -> bool:
    """Whether the splits of all runs were repeated alike, so that repeats can be compared as well."""
    sizes = [
        [(repeat["train"], repeat["test"]) for repeat in record["repeats"]]
        for run in runs.values()
        for record in run.computed.records.values()
    ]
    settings = [run.prepared.study.model_dump(mode="json", include=set(REPEATED)) for run in runs.values()]
    return all(one == other for one, other in pairwise(sizes)) and all(
        one == other for one, other in pairwise(settings)
    )


def _differing(one: Reopened, other: Reopened, names: Iterable[str]) -> str:
    """Settings that differ, in words: "text is ['title'] and ['title', 'body']"."""
    values = [run.prepared.study.model_dump(mode="json", include=set(names)) for run in (one, other)]
    return "; ".join(
        f"{name} is {values[0][name]!r} and {values[1][name]!r}"
        for name in names
        if values[0][name] != values[1][name]
    )


def _check_rows(first: str, led: Reopened, name: str, run: Reopened) -> None:
    """The rows on both sides by their numbers, with what is true of them and their texts."""
    for what, side in ((HELD_OUT, "held-out"), (OUT_OF_FOLD, "training")):
        one, other = _truth(led, what), _truth(run, what)
        if one.keys() != other.keys():
            apart = sorted({row for row, _ in one.keys() ^ other.keys()})
            why = _differing(led, run, DEALT) or "their files differ"
            raise _apart(
                first,
                name,
                f"their {side} rows differ in {count(len(apart), 'row')} ({some_rows(apart)}); {why}",
            )
        if wrong := sorted({row for row, target in one if one[row, target] != other[row, target]}):
            raise _apart(first, name, f"the targets of {side} rows differ ({some_rows(wrong)})")
    ours, theirs = _texts(led), _texts(run)
    if wrong := sorted(row for row, text in ours.items() if theirs.get(row, text) != text):
        raise _apart(first, name, f"texts differ ({some_rows(wrong)})")
    ours_dealt, theirs_dealt = _folds(led), _folds(run)
    if any(theirs_dealt.get(line, fold) != fold for line, fold in ours_dealt.items()):
        raise _apart(
            first,
            name,
            f"their training rows are dealt into other folds, on which cells are chosen; {_differing(led, run, DEALT)}",
        )


def _apart(first: str, name: str, why: str) -> ConfigError:
    return ConfigError(
        f"runs {first!r} and {name!r} cannot be compared: {why}; runs of the same target and text columns on the same split are"
        " accepted; run one of them again with the settings of the other"
    )


def _truth(run: Reopened, what: str) -> Lines:
    """What is true of the rows that all cells together predicted."""
    found: Lines = {}
    for table in run.computed.tables[what].values():
        lines = zip(*(table[name].to_pylist() for name in ("row", "target", "truth")), strict=True)
        found |= {(row, target): truth for row, target, truth in lines}
    return found


def _folds(run: Reopened) -> Lines:
    found: Lines = {}
    for table in run.computed.tables[OUT_OF_FOLD].values():
        lines = zip(*(table[name].to_pylist() for name in ("row", "target", "fold")), strict=True)
        found |= {(row, target): fold for row, target, fold in lines}
    return found


def _texts(run: Reopened) -> dict[int, str]:
    rows = run.prepared.rows
    return dict(zip(np.asarray(rows.table.rows).tolist(), rows.texts, strict=True))
