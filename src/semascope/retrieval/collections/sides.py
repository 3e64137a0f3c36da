"""Which queries choose (the winner, a weight, a passage length) and which estimate, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from semascope.data.spellings import plain_spelling
from semascope.data.splits import HELD_OUT, TRAINING, by_appearance, make_split
from semascope.errors import DataError
from semascope.retrieval.collections.note import counted, named

if TYPE_CHECKING:
    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.judgements import Judgements
    from semascope.types import Ints

ESTIMATING = 0.7  # share of the queries, where the collection has no split of its own


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sides:
    """Ids of the queries of each side that have a relevant document there, as they stand in the collection."""

    how: Literal["given", "drawn"]
    choosing: tuple[str, ...]
    estimating: tuple[str, ...]
    left_out: tuple[str, ...]  # given to choose, but a copy of one that estimates
    judgements: Judgements  # each pair once: an estimating query has those of its own side alone


def split_queries(collection: Collection, copies: Ints, *, seed: int = 42) -> Sides:
    """The side of each query: by the splits of the judgements, or drawn where these name one side alone, or none.

    Parameters
    ----------
    copies
        (q,) labels: queries that say the same share one (``Leaks.query_copies``), and are on one side.
    seed
        Of the draw: 30 % choose and 70 % estimate, in every class of numbers of judgements (1, 2 to 3, 4 to 7, ...).

    Raises
    ------
    DataError
        Some judgements name a side and others do not; fewer than two queries that differ.
    """
    names = {name: plain_spelling(name).casefold() for name in dict.fromkeys(collection.judgements.splits)}
    choosing = [name for name, plain in names.items() if plain in TRAINING]
    estimating = [name for name, plain in names.items() if plain in HELD_OUT]
    odd = [name for name in names if name not in choosing and name not in estimating]
    if (choosing or estimating) and odd:
        raise DataError(
            f"{collection.name} has judgements of {named(odd)} beside {' and '.join(named(side) for side in (choosing, estimating) if side)}; accepted splits "
            f"are {', '.join(TRAINING + HELD_OUT)}; rename or remove the others"
        )
    if not choosing or not estimating:
        return _drawn(collection, copies, seed=seed)
    return _given(collection, copies, choosing, estimating)


def _given(collection: Collection, copies: Ints, choosing: list[str], estimating: list[str]) -> Sides:
    chooses, estimates = (collection.judgements.of_splits(names).merged() for names in (choosing, estimating))
    to_estimate = set(estimates.relevant_queries())
    label_of = dict(zip(collection.queries.ids, copies.tolist(), strict=True))
    taken = {label_of[query] for query in to_estimate}
    asked = set(chooses.relevant_queries())
    left = {query for query in asked if label_of[query] in taken}
    to_choose = asked - left
    for what, ids in (("choosing", to_choose), ("estimating", to_estimate)):
        if not ids:
            raise DataError(
                f"{collection.name} has no {what} query with a relevant document that is no copy of one of the other side; both sides "
                "need some; give other judgements, or name all of them test and let the queries be split"
            )
    kept = chooses.take(np.array([query in to_choose for query in chooses.queries], dtype=bool))
    order = collection.queries.ids
    return Sides(
        how="given",
        choosing=tuple(query for query in order if query in to_choose),
        estimating=tuple(query for query in order if query in to_estimate),
        left_out=tuple(query for query in order if query in left),
        judgements=kept.joined(
            estimates.take(np.array([query in to_estimate for query in estimates.queries], dtype=bool))
        ),
    )


def _drawn(collection: Collection, copies: Ints, *, seed: int) -> Sides:
    judgements = collection.judgements.merged()
    counts = judgements.relevant_queries()
    places = np.array(
        [i for i, query in enumerate(collection.queries.ids) if query in counts], dtype=np.int64
    )
    if len(np.unique(copies[places])) < 2:
        raise DataError(
            f"{collection.name} has {counted(len(places), 'query')} with a relevant document, and no two that differ; choosing and "
            "estimating need two that differ; give more queries or judgements"
            if len(places)
            else f"{collection.name} has no query with a relevant document; choosing and estimating need two; give judgements"
        )
    order = [collection.queries.ids[place] for place in places]
    strata = np.floor(np.log2([counts[query] for query in order])).astype(np.int64)
    split = make_split(by_appearance(copies[places]), strata=strata, test_size=ESTIMATING, seed=seed)
    return Sides(
        how="drawn",
        choosing=tuple(order[i] for i in split.train),
        estimating=tuple(order[i] for i in split.test),
        left_out=(),
        judgements=judgements,
    )
