"""Held-out texts that are answered otherwise: those that gained and lost most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.switching.result import NEW, OLD, RowChange
from semascope.words.numbers import three_digits
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.studies.switching.asking.targets import Target
    from semascope.studies.switching.evidence.prediction import Prediction
    from semascope.types import Array, Floats, Ints

LONGEST = 240  # characters of a text
_EACH_WAY = 4  # rows of a target that got better, and that got worse


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
