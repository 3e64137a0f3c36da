"""Texts that moved most: those whose neighbours in NEW are others, and held-out rows that are answered otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.switching.result import NEW, OLD, Moved, RowChange
from semascope.words.numbers import three_digits
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.studies.switching.asking.targets import Target
    from semascope.studies.switching.evidence.prediction import Prediction
    from semascope.types import Array, Floats, Ints

SHOWN = 6  # texts
LISTED = 3  # of their neighbours
LONGEST = 240  # characters of a text
LONGEST_LISTED = 110
_EACH_WAY = 4  # rows of a target that got better, and that got worse


def moved_most(
    shares: Floats,
    rows: Ints,
    old: Ints,
    new: Ints,
    texts: Sequence[str],
    numbers: Ints,
    *,
    listed: Sequence[str] | None = None,
) -> list[Moved]:
    """The texts that kept the smallest share of their neighbours.

    Parameters
    ----------
    shares
        (m,) of the texts at the places ``rows``.
    old, new
        (m, w) their neighbours in either space, nearest first.
    numbers
        (n,) row of the file of each text.
    listed
        Texts that the neighbours are among, where these are others.
    """
    among = texts if listed is None else listed
    order = np.argsort(shares, kind="stable")[:SHOWN]
    return [
        Moved(
            row=int(numbers[rows[at]]),
            text=shorten(texts[rows[at]], LONGEST),
            kept=float(shares[at]),
            old=[shorten(among[place], LONGEST_LISTED) for place in old[at, :LISTED].tolist()],
            new=[shorten(among[place], LONGEST_LISTED) for place in new[at, :LISTED].tolist()],
        )
        for at in order.tolist()
        if shares[at] < 1
    ]


def answered_otherwise(
    task: Prediction, answers: Mapping[str, Array], texts: Sequence[str], numbers: Ints
) -> list[RowChange]:
    """Held-out texts that the head on NEW answers much better, then much worse, than the head on OLD."""
    target, truth = task.target, task.truth
    off = {side: _off(target, answers[side], truth) for side in (OLD, NEW)}
    gain = off[OLD] - off[NEW]
    order = np.argsort(-gain, kind="stable")
    better = [at for at in order[:_EACH_WAY].tolist() if gain[at] > 0]
    worse = [at for at in order[::-1][:_EACH_WAY].tolist() if gain[at] < 0]
    return [
        RowChange(
            row=int(numbers[task.test[at]]),
            text=shorten(texts[task.test[at]], LONGEST),
            target=target.name,
            truth=target.spoken(float(truth[at])),
            old=_said(target, float(answers[OLD][at])),
            new=_said(target, float(answers[NEW][at])),
            better=at in better,
        )
        for at in (*better, *worse)
    ]


def _off(target: Target, answers: Array, truth: Floats) -> Floats:
    """(m,) how far off each answer is; of a class 0 or 1."""
    if target.classes:
        return np.asarray((answers != truth).astype(np.float64))
    return np.abs(answers - truth)


def _said(target: Target, value: float) -> str:
    return target.spoken(value) if target.classes else three_digits(value)
