"""What is wrong with scored texts in a way that a fit does not show, in one sentence each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.identity import why_an_id
from semascope.data.length_rule import TELLS, lengths_of, numbers_by_length, told_by_length
from semascope.data.told_in_text import Places
from semascope.data.wild import wild_values
from semascope.words.numbers import count, exact, fixed, from_to, some_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Floats

FEWEST = 20  # scored texts


def flaws_of(
    texts: Sequence[str], scores: Sequence[float], rows: Sequence[int], *, r2: float = math.nan
) -> list[str]:
    """Sentences about the n scored texts of a file and their row numbers; none when all is well, or n is below 20.

    ``r2`` is what the model reaches on rows that it has not seen, NaN where that is not known.
    """
    values = np.asarray(scores, dtype=np.float64)
    if len(values) < FEWEST:
        return []
    return [
        *_two_valued(values),
        *_told(texts, values, rows),
        *_wild(values, rows),
        *_id(values),
        *_length(texts, values, r2),
    ]


def _two_valued(values: Floats) -> list[str]:
    different = np.unique(values)
    if len(different) != 2:
        return []
    low, high = (exact(value) for value in different.tolist())
    return [
        f"all scores are {low} or {high}: the learner treats them as numbers, so its predictions lie between the two or slightly"
        " outside; semascope study treats such a column as two classes"
    ]


def _told(texts: Sequence[str], values: Floats, rows: Sequence[int]) -> list[str]:
    told = Places(texts).told(values)
    if told is None:
        return []
    return [
        f"the texts contain their scores: in {100 * told.share:.0f} % of them {told.place} alone explains"
        f" {100 * told.explained:.0f} % of the variance there, as in row {rows[told.row]} (“{told.example}”); remove it"
        " from the texts, or the errors only measure copying"
    ]


def _wild(values: Floats, rows: Sequence[int]) -> list[str]:
    wild = wild_values(values)
    if not len(wild):
        return []
    others = np.delete(values, wild)
    lie = "lies" if len(wild) == 1 else "lie"
    return [
        f"{count(len(wild), 'score')} {lie} far from all others, which are {from_to(float(others.min()), float(others.max()))}"
        f" ({some_rows([rows[place] for place in wild.tolist()])}): they dominate the fit and its errors; empty these cells"
        " if they are mistakes or stand for a missing value, or learn a logarithm"
    ]


def _id(values: Floats) -> list[str]:
    why = why_an_id(values)
    return [f"the scores look like an id or a rank ({why}); did you mean another column?"] if why else []


def _length(texts: Sequence[str], values: Floats, r2: float) -> list[str]:
    """By turns the even rows teach the odd ones and the other way round."""
    lengths, predicted, guess = lengths_of(texts), np.empty(len(values)), np.empty(len(values))
    for first in (0, 1):
        learnt, asked = slice(first, None, 2), slice(1 - first, None, 2)
        predicted[asked] = numbers_by_length(lengths[learnt], values[learnt], lengths[asked])
        guess[asked] = values[learnt].mean()
    share = told_by_length(values, predicted, guess)
    if share < TELLS:
        return []
    return [
        f"the length of the text alone predicts the scores: a one-line rule on the number of characters reaches an R2 of"
        f" {fixed(share, 2)} on rows that it has not seen{_standing(r2, share)}"
    ]


def _standing(r2: float, share: float) -> str:
    """How the model stands to the rule, as both are written."""
    if math.isnan(r2):
        return ""
    ahead = round(r2, 2) > round(share, 2)
    said = "so only the difference comes from the words" if ahead else "which is no better"
    return f"; the model reaches {fixed(r2, 2)}, {said}"
