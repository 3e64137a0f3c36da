"""The rows of a file of scored texts, and what becomes of them in a learner that has examples already."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.duplicates import normalise
from semascope.data.odd import is_empty
from semascope.errors import DataError
from semascope.learner.example import RankingExample
from semascope.probes.magnitude import check_magnitude
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.data.table import Table
    from semascope.learner.learner import ValueLearner

HELD_OUT = "held out to measure the error"  # why a row is left out


@dataclass(frozen=True, kw_only=True, slots=True)
class FileRows:
    """The rows of a file, by what can be done with them; row numbers count from 0."""

    source: str
    count: int
    examples: tuple[RankingExample, ...]
    example_rows: tuple[int, ...]
    unscored: tuple[str, ...]  # texts without a score
    unscored_rows: tuple[int, ...]
    empty_rows: tuple[int, ...]  # without a text


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """What became of the rows that were given to a model with examples."""

    new: int
    known: tuple[int, ...] = ()  # rows that the model has with the same score
    differing: tuple[int, ...] = ()  # rows whose text it has with another score
    replaced: bool = False  # whether their earlier scores were taken out


def read_rows(
    table: Table, *, text: Sequence[str], target: str | None, metadata: Sequence[str] = ()
) -> FileRows:
    """The rows of a table as examples.

    Raises
    ------
    DataError
        For a missing column, or a cell of ``target`` that is neither a number nor empty; the first such row is named.
    """
    table.require([*text, *([target] if target else []), *metadata])
    texts, numbers = table.texts(text), table.rows.tolist()
    scores = table.numbers(target) if target else np.full(len(texts), np.nan)
    if target:
        check_magnitude(target, scores, table.rows)
    kept = {name: table.strings(name) for name in metadata}
    examples, example_rows, unscored, unscored_rows, empty = [], [], [], [], []
    for place, (row, one) in enumerate(zip(numbers, texts, strict=True)):
        if is_empty(one):
            empty.append(row)
        elif math.isnan(scores[place]):
            unscored.append(one)
            unscored_rows.append(row)
        else:
            about = {name: cells[place] for name, cells in kept.items()} or None
            examples.append(RankingExample(one, float(scores[place]), about))
            example_rows.append(row)
    return FileRows(
        source=table.source,
        count=len(texts),
        examples=tuple(examples),
        example_rows=tuple(example_rows),
        unscored=tuple(unscored),
        unscored_rows=tuple(unscored_rows),
        empty_rows=tuple(empty),
    )


def check_enough(rows: FileRows) -> None:
    """Refuse a file that nothing can be learnt from."""
    if len(rows.examples) < 2:
        raise DataError(
            f"{rows.source} has {count(len(rows.examples), 'row')} with a text and a score among {rows.count:,}; learning"
            " needs 2 or more; score more of them, or let --ask ask for scores"
        )


def worth_scoring(learner: ValueLearner, texts: Sequence[str]) -> list[int]:
    """Places of the texts without a score: not empty, no copy of an earlier one or of an example."""
    seen = {normalise(text) for text in learner.training_texts}
    seen |= {normalise(example.text) for example in learner.held_out}
    places = []
    for place, text in enumerate(texts):
        if not is_empty(text) and (key := normalise(text)) not in seen:
            seen.add(key)
            places.append(place)
    return places


def add_rows(
    learner: ValueLearner, rows: FileRows, *, replace: bool
) -> tuple[Added, dict[str, tuple[int, ...]]]:
    """Give a learner the examples of a file that it does not have, and which rows were left out for being held out."""
    if not learner.training_texts and not learner.held_out:
        learner.add_training_examples(rows.examples)  # copies in one file count as often as they stand there
        return Added(new=len(rows.examples)), {}
    known: dict[str, set[float]] = {}
    for text, score in zip(learner.training_texts, learner.training_scores, strict=True):
        known.setdefault(text, set()).add(score)
    held = {normalise(example.text) for example in learner.held_out}
    fresh, same, differing, kept_out = [], [], [], []
    for row, example in zip(rows.example_rows, rows.examples, strict=True):
        scores = known.get(example.text, set())
        if normalise(example.text) in held:
            kept_out.append(row)
        elif example.score in scores:
            same.append(row)
        else:
            if scores:
                differing.append(row)
            fresh.append(example)
            # With --replace the last score of a text stands, so an earlier row of this file is no reason to skip it.
            known[example.text] = {example.score} if replace else scores | {example.score}
    if replace:
        fresh = list({example.text: example for example in fresh}.values())
        again = {example.text for example in fresh} & set(learner.training_texts)
        learner.add_training_examples(fresh)
        _drop_earlier(learner, again, keep=len(fresh))
    else:
        learner.add_training_examples(fresh)
    added = Added(new=len(fresh), known=tuple(same), differing=tuple(differing), replaced=replace)
    return added, {HELD_OUT: tuple(kept_out)} if kept_out else {}


def _drop_earlier(learner: ValueLearner, texts: set[str], *, keep: int) -> None:
    """Take earlier examples with these texts out; the last ``keep`` examples stay."""
    first = len(learner.training_texts) - keep
    for row in reversed(range(first)):
        if learner.training_texts[row] in texts:
            del learner.training_texts[row], learner.training_scores[row], learner.training_metadata[row]
