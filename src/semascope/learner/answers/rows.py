"""Answers for the texts of a table: the ends of their intervals, explanations of the highest scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.odd import is_empty
from semascope.probes.scored_rows import Ends
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.learner.answers.explanation import Explanation
    from semascope.learner.learner import ValueLearner
    from semascope.types import Floats, Progress


def interval_ends(learner: ValueLearner, texts: Sequence[str], coverage: float) -> tuple[Ends, list[str]]:
    """Ends for each text, NaN where it is empty or there is none; and what is to be said about them."""
    places = [place for place, text in enumerate(texts) if not is_empty(text)]
    found = learner.predict_intervals([texts[place] for place in places], coverage, progress=silent)

    def column(ends: list[float]) -> Floats:
        column = np.full(len(texts), np.nan)
        column[places] = ends
        column[np.isinf(column)] = np.nan  # files of tables have no common word for infinity
        return column

    ends = Ends(low=column([each.low for each in found]), high=column([each.high for each in found]))
    return ends, list(dict.fromkeys(each.note for each in found if each.note))


def explain_rows(
    learner: ValueLearner,
    texts: Sequence[str],
    coverage: float,
    *,
    top: int | None,
    examples: int,
    progress: Progress,
) -> tuple[list[int], list[Explanation]]:
    """Places of the texts that are not empty, in their order, with explanations.

    Parameters
    ----------
    top
        Only so many, the highest scores first; None for all.
    examples
        How many neighbours and pulls are named.
    """
    places = [place for place, text in enumerate(texts) if not is_empty(text)]
    scores = learner.predict_many([texts[place] for place in places], progress=progress)
    if top is not None:
        places = [places[number] for number in (-scores).argsort(kind="stable")[:top]]
    explained = [
        learner.explain(texts[place], coverage, neighbours=examples, pulls=examples) for place in places
    ]
    return places, explained
