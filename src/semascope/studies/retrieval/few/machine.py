"""Judgements by a machine: read, held against the pool, and how they go with a person's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.retrieval.asking.quality import Quality, quality
from semascope.retrieval.collections.judgement_files import read_judgements
from semascope.retrieval.collections.matching import match_judgements
from semascope.studies.retrieval.few.open_queries import known_grades

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from semascope.retrieval.asking.drawing import Drawing
    from semascope.retrieval.asking.pool import Pool
    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.note import Note


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a machine says of pooled documents."""

    source: str
    grades: Mapping[str, Mapping[str, float]]  # by query and document
    missing: int  # pooled pairs that it says nothing of: they count as not relevant
    pairs: int  # pooled pairs
    notes: Sequence[Note]  # what did not fit the collection

    @classmethod
    def read(cls, path: Path, collection: Collection, pools: Sequence[Pool]) -> Machine:
        """The judgements of a file.

        Raises
        ------
        DataError
            As in ``read_judgements``; none of them is of a pooled pair.
        """
        judgements, notes = match_judgements(
            [read_judgements(path)], collection.queries.ids, collection.documents.ids
        )
        grades = known_grades(judgements)
        pairs = [(pool.query, document) for pool in pools for document in pool.documents]
        missing = sum(document not in grades.get(query, {}) for query, document in pairs)
        if missing == len(pairs):
            raise DataError(
                f"{path.name} judges none of the {len(pairs):,} pairs of query and document in question; pool.tsv in the run folder"
                " lists them; let the machine judge these"
            )
        return cls(source=path.name, grades=grades, missing=missing, pairs=len(pairs), notes=notes)


def compared(
    machine: Mapping[str, Mapping[str, float]],
    human: Mapping[str, Mapping[str, float]],
    *,
    pools: Sequence[Pool],
    drawing: Drawing,
    done: int,
) -> Quality:
    """How good the machine is, on the pairs that a person judged of the queries that are done."""
    chances = drawing.chances(done)
    rows = [
        # what the machine leaves out counts as not relevant, here as in the estimate
        (grade > 0, machine.get(pools[place].query, {}).get(document, 0.0) > 0, 1 / chances[place])
        for place in drawing.order[:done].tolist()
        for document, grade in human.get(pools[place].query, {}).items()
    ]
    person, other, weights = (np.array([row[column] for row in rows]) for column in range(3))
    return quality(person.astype(bool), other.astype(bool), weights.astype(np.float64))
