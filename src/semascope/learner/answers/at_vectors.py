"""What a model answers for texts whose vectors are given: it calls no encoder, and remembers none of them.

Letters: m texts, d dims.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.learner.answers.fitted import Moment
from semascope.learner.labelling.suggestion import suggest_rows

if TYPE_CHECKING:
    from semascope.learner.answers.explanation import Explanation
    from semascope.learner.answers.intervals import Interval, MethodChoice
    from semascope.learner.model import Model
    from semascope.types import Array, Floats


def predict_at(model: Model, vectors: Array) -> Floats:
    """(m,) scores of (m, d) vectors, not clipped to any range; needs no lock while the model changes."""
    return model.fitted().predict(vectors)


def intervals_at(
    model: Model, vectors: Array, coverage: float = 0.9, method: MethodChoice = "auto"
) -> tuple[Interval, ...]:
    """One interval for each of (m, d) vectors; see ``ValueLearner.predict_intervals``."""
    with model.lock:  # let go before anything takes long: others learn meanwhile
        moment = Moment.of(model.fitted(), vectors, method=method, guided=model.was_guided())
    return moment.intervals(vectors, coverage=coverage)


def explain_at(
    model: Model, text: str, vector: Array, coverage: float = 0.9, *, neighbours: int = 5, pulls: int = 5
) -> Explanation:
    """Why a text with this (d,) vector gets its score; see ``ValueLearner.explain``."""
    row = np.asarray(vector)[None]
    with model.lock:
        moment = Moment.of(model.fitted(), row, method="auto", guided=model.was_guided(), weighed=True)
    return moment.explanation(text, row, coverage=coverage, neighbours=neighbours, pulls=pulls)


def suggest_at(model: Model, vectors: Array, n: int = 10) -> list[int]:
    """Places of the (m, d) vectors, one or more, whose scores would tell most about the others, the most useful first.

    Whoever names them to somebody notes it (``Model.note_suggested``).
    """
    with model.lock:
        known = model.taught(least=0)[0] if len(model.examples) else vectors[:0]
    rows: list[int] = suggest_rows(vectors, known, n).rows.tolist()
    return rows
