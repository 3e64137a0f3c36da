"""The collection of a study that asks for judgements: every query may be drawn, and what is judged already is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError
from semascope.retrieval.collections.collection import Queries
from semascope.retrieval.collections.leaks import Leaks
from semascope.retrieval.collections.note import counted, note_of
from semascope.retrieval.collections.sides import Sides
from semascope.studies.retrieval.asking.asked import Asked, read_given, spoken_in
from semascope.studies.retrieval.asking.plan import Mixed
from semascope.studies.retrieval.asking.prepare import is_ids_alone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.judgements import Judgements
    from semascope.retrieval.measuring.run import Run
    from semascope.studies.retrieval.asking.plan import Cell
    from semascope.studies.retrieval.asking.settings import RetrievalStudy

LACKING = ("unjudged query", "query without relevant")
"""Notes on queries without judgements, which here is as it should be."""


def read_open(study: RetrievalStudy, runs: Mapping[str, Run]) -> Asked:
    """What a study asks about, judged or not. None of its queries chooses, and of copies the first one stands for all.

    Raises
    ------
    DataError
        As in ``read_collection`` and ``read_pairs``; fewer than two queries that differ.
    """
    collection = _sampled(read_given(study, runs), study)
    leaks = Leaks.of(collection)
    ids = collection.queries.ids
    first = np.sort(np.unique(leaks.query_copies, return_index=True)[1]).tolist()
    if len(first) < 2:
        raise DataError(
            f"{collection.name} has {counted(len(first), 'query')} that differ; a study needs two at least; give more queries"
        )
    again = [ids[row] for row in sorted(set(range(len(ids))) - set(first))]
    said = f"{counted(len(again), 'query')} say what an earlier one does, which stands for them"
    kept = [note for note in collection.notes if note.kind not in LACKING]
    language, profile = spoken_in(collection)
    return Asked(
        collection=replace(collection, notes=(*kept, *note_of("repeated query", again, said))),
        leaks=leaks,
        sides=Sides(
            how="drawn",
            choosing=(),
            estimating=tuple(ids[row] for row in first),
            left_out=(),
            judgements=collection.judgements,
        ),
        language=language,
        languages=profile,
    )


def known_grades(judgements: Judgements) -> dict[str, dict[str, float]]:
    """What was judged before, by query and document; of several splits the highest grade."""
    found: dict[str, dict[str, float]] = {}
    rows = zip(judgements.queries, judgements.documents, judgements.grades.tolist(), strict=True)
    for query, document, grade in rows:
        of_query = found.setdefault(query, {})
        of_query[document] = max(grade, of_query.get(document, 0.0))
    return found


def refuse_what_needs_judgements(study: RetrievalStudy) -> None:
    """Parts of a study that are about judged queries, or texts that nobody could be shown.

    Raises
    ------
    ConfigError
        For one of them.
    """
    for name, given in (("perturb", study.perturb), ("slice", study.slice)):
        if given:
            raise ConfigError(
                f"{name} is given with {'ask' if study.ask else 'judge'}; it is about queries that are judged, all of them; leave it out"
            )
    if is_ids_alone(study):
        raise ConfigError(
            f"{study.data} holds judgements without texts, and nobody can judge what is not shown; give the folder of the collection,"
            " with its texts"
        )


def refuse_chosen_weights(cells: Sequence[Cell]) -> None:
    """A weight, and one of several cells of an encoder, is chosen on judged queries, and here are none.

    Raises
    ------
    ConfigError
        For a hybrid whose weight or part is open.
    """
    for cell in cells:
        several = (
            next((part for part in cell.parts if len(part) > 1), None) if isinstance(cell, Mixed) else None
        )
        if several is not None:
            raise ConfigError(
                f"{cell.id} stands for {len(several)} cells ({', '.join(several)}), of which judged queries would choose one, and --ask"
                f" and --judge leave none to choose on; name the one that is meant, or leave out what makes several"
            )
        if isinstance(cell, Mixed) and cell.settings.way == "sum" and cell.settings.weight is None:
            raise ConfigError(
                f"{cell.id} has no weight; it would be chosen on judged queries, and --ask and --judge leave none to choose on; give"
                f" {cell.id},weight=0.5, or fuse by ranks"
            )


def _sampled(collection: Collection, study: RetrievalStudy) -> Collection:
    """With a random sample of all queries, where one is asked for."""
    ids = collection.queries.ids
    if study.limit is None or study.limit >= len(ids):
        return collection
    rows = np.sort(np.random.default_rng(study.seed).choice(len(ids), study.limit, replace=False))
    queries = Queries(
        ids=tuple(ids[row] for row in rows), texts=tuple(collection.queries.texts[row] for row in rows)
    )
    kept, judged = set(queries.ids), collection.judgements
    return replace(
        collection,
        queries=queries,
        judgements=judged.take(np.array([query in kept for query in judged.queries], dtype=bool)),
    )
