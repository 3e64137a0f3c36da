"""Figures beside the answer: what the length of a text alone reaches, and what is left without wild values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.length_rule import (
    TELLS,
    classes_by_length,
    lengths_of,
    numbers_by_length,
    told_by_length,
)
from semascope.studies.heads.flaws.targets import wild_note
from semascope.studies.result import Note
from semascope.words.numbers import percent, three_digits
from semascope.words.texts import listing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.stats.measure import RowMeasure
    from semascope.studies.heads.asking.rows import Rows
    from semascope.studies.heads.flaws.found import Flaws
    from semascope.types import Array, Floats, Ints

FEWEST = 10  # rows to fit a rule on, and to judge it by


def with_figures(
    flaws: Flaws, rows: Rows, measure: RowMeasure, predictions: Mapping[str, Array], cells: Mapping[str, str]
) -> None:
    """Put into the notes what needs predictions.

    Parameters
    ----------
    predictions
        (m, t) by cell id, of the held-out rows, as ``measure`` sees them.
    cells
        Ids of the cells whose figures stand beside, with their labels: the chosen one and the constant.
    """
    for target, found in flaws.wild.items():
        quiet = wild_note(rows, target, found)
        told = wild_note(
            rows, target, found, beside=_without(rows, target, found, measure, predictions, cells)
        )
        flaws.loud[:] = [told if note.title == quiet.title else note for note in flaws.loud]
    flaws.keep(_lengths(rows, measure, predictions, cells), "a target that the length of the text tells")


def _without(
    rows: Rows,
    target: str,
    found: Ints,
    measure: RowMeasure,
    predictions: Mapping[str, Array],
    cells: Mapping[str, str],
) -> str:
    """The measure without the held-out rows of wild values, and the median absolute error with them."""
    place, test = list(rows.targets).index(target), rows.split.test
    truth = rows.truth[test, place]
    judged = np.isfinite(truth) & rows.judged[test]
    kept = judged & ~np.isin(test, found)
    if kept.sum() < 2 or not np.isin(test[judged], found).any():
        return ""
    without, medians = [], []
    for cell, label in cells.items():
        predicted = predictions[cell][:, place]
        without.append(f"{three_digits(measure.of(truth[kept], predicted[kept]))} for {label}")
        medians.append(three_digits(float(np.median(np.abs(truth - predicted)[judged]))))
    few = "median absolute error with them" if len(medians) == 1 else "median absolute errors with them"
    return f"Without them the {measure.long} on the held-out rows is {listing(without)} ({few} {listing(medians)})."


def _lengths(
    rows: Rows, measure: RowMeasure, predictions: Mapping[str, Array], cells: Mapping[str, str]
) -> list[Note]:
    """Targets that the length of a text tells, with what one line of a rule reaches."""
    notes, lengths = [], lengths_of(rows.texts)
    train, test = rows.split.train, rows.split.test
    chosen, label = next(iter(cells.items()))
    for place, target in enumerate(rows.targets):
        truth = rows.truth[:, place]
        learnt = train[np.isfinite(truth[train])]
        asked = test[np.isfinite(truth[test]) & rows.judged[test]]
        if len(asked) < FEWEST or len(learnt) < FEWEST:
            continue
        rule, share = _rule(lengths, truth, learnt, asked, classes=bool(rows.classes))
        if share < TELLS:
            continue
        reached = measure.of(truth[asked], rule)
        if abs(reached) < 1e-9 * np.ptp(truth[asked]):  # rounding of a rule that is always right
            reached = 0.0
        its = measure.of(truth[asked], predictions[chosen][np.isin(test, asked), place])
        notes.append(
            Note(
                level="warning",
                title=f"The length of the text alone predicts “{target}”",
                text=(
                    "A one-line rule of the number of characters takes away"
                    f" {percent(share, space=' ')} of {'the misses of the commonest class' if rows.classes else 'the variance'} of"
                    f" the held-out rows; its {measure.long} is {three_digits(reached)}, that of {label}"
                    f" {three_digits(its)}{_standing(its, reached, measure)}."
                ),
            )
        )
    return notes


def _rule(lengths: Ints, truth: Floats, learnt: Ints, asked: Ints, *, classes: bool) -> tuple[Array, float]:
    """What the rule answers, and the share of a constant's error that it takes away."""
    if not classes:
        found = numbers_by_length(lengths[learnt], truth[learnt], lengths[asked])
        return found, told_by_length(truth[asked], found, np.full(len(asked), truth[learnt].mean()))
    known = truth[learnt].astype(np.int64)
    named = classes_by_length(lengths[learnt], known, lengths[asked])
    commonest = int(np.bincount(known).argmax())
    hits = np.zeros(len(asked))
    return named, told_by_length(
        hits, (named != truth[asked]).astype(np.float64), (truth[asked] != commonest).astype(np.float64)
    )


def _standing(its: float, reached: float, measure: RowMeasure) -> str:
    ahead = measure.better(its, reached)
    return ", and only the difference was read in the words" if ahead else ", no better than that"
