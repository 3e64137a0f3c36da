"""Queries that one cell answers better than another, and worse, with what both found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.retrieval.telling.shown import Change, Pair
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.studies.retrieval.telling.standing import Lists
    from semascope.types import Floats, Ints

CHANGED = 8  # queries shown of a pair that got better, and that got worse
LISTED = 5  # documents of a list
LONGEST = 300  # characters of a query
SAME = 1e-9


def pair_of(lists: Lists, scores: Mapping[str, Floats], cells: tuple[str, str], *, most: int) -> Pair:
    """Two cells, query by query, with the ``most`` queries that changed most in either direction.

    Parameters
    ----------
    scores
        (m,) by cell, of the queries of ``lists``.
    """
    gains = scores[cells[1]] - scores[cells[0]]
    better, worse = int((gains > SAME).sum()), int((gains < -SAME).sum())
    order: Ints = np.argsort(-gains, kind="stable")
    return Pair(
        cells=cells,
        counts=(better, worse, len(gains) - better - worse),
        better=[_change(lists, scores, cells, at) for at in order[: min(better, most)].tolist()],
        worse=[_change(lists, scores, cells, at) for at in order[::-1][: min(worse, most)].tolist()],
    )


def _change(lists: Lists, scores: Mapping[str, Floats], cells: tuple[str, str], at: int) -> Change:
    query = lists.queries[at]
    one, other = cells
    return Change(
        query=query,
        text=shorten(lists.text_of(query), LONGEST),
        scores=(float(scores[one][at]), float(scores[other][at])),
        lists=(lists.first(one, query, LISTED), lists.first(other, query, LISTED)),
        first=(lists.first_relevant(one, query), lists.first_relevant(other, query)),
    )
