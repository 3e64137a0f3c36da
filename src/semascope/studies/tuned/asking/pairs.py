"""A collection of pairs, divided: who learns, who chooses, who is judged."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.read import table_of
from semascope.errors import DataError
from semascope.retrieval.collections.leaks import Leaks
from semascope.retrieval.collections.read_beir import read_collection
from semascope.retrieval.collections.read_pairs import PairColumns, read_pairs
from semascope.studies.tuned.asking.dividing import divide
from semascope.studies.tuned.asking.given_roles import roles_in, roles_of
from semascope.studies.tuned.asking.units import tables_with
from semascope.studies.tuned.asking.with_texts import with_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.data.table import Table
    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.collections.judgements import Judgements
    from semascope.studies.tuned.asking.dividing import Divided
    from semascope.studies.tuned.asking.plan import TunePlan


@dataclass(frozen=True, kw_only=True, eq=False)
class PairTable:
    """A collection with the side of every query."""

    collection: Collection  # with every judgement: what answers a query that was not drawn is no wrong answer to its copy
    drawn: Judgements  # of the queries that were divided: all, or a sample
    leaks: Leaks
    divided: Divided
    table: Table | None  # where it was one; None of a folder
    beside: Sequence[Sequence[str]] = ()  # columns that say what else is learnt: wrong answers, roles

    @cached_property
    def digest(self) -> str:
        """Of documents, queries, judgements, sides, and of what else is learnt: given wrong answers and roles."""
        known, judged = self.collection.judgements, self.divided.judgements
        found = hashlib.blake2b(digest_size=16)
        for part in (
            self.collection.documents.ids,
            self.collection.documents.texts,
            self.collection.queries.ids,
            self.collection.queries.texts,
            list(zip(judged.queries, judged.documents, judged.grades.tolist(), strict=True)),
            [self.divided.learning, self.divided.choosing, self.divided.estimating],
            list(zip(known.queries, known.documents, known.grades.tolist(), strict=True)),
            [list(cells) for cells in self.beside],
        ):
            found.update(json.dumps(part).encode())
        return found.hexdigest()

    def roles(self, plan: TunePlan) -> Mapping[tuple[str, str], str] | None:
        """What each pair is to the study, by the ids of its query and its document; None where nothing says so.

        Raises
        ------
        DataError
            For a column that is not there.
        """
        if plan.role is None:
            return None
        if self.table is None or plan.query is None or plan.document is None:
            return roles_of(self.collection, plan.role)
        return roles_in(
            self.table, self.collection, query=plan.query, document=plan.document, column=plan.role
        )


def read_pair_table(plan: TunePlan) -> PairTable:
    """The collection of a plan, its queries divided; documents and queries without a text are left out.

    Raises
    ------
    DataError
        As in ``read_pairs``, ``read_collection`` and ``divide``; where nothing was judged.
    """
    table: Table | None = None
    if plan.query is not None and plan.document is not None:
        table = table_of(plan.data)
        columns = PairColumns(query=plan.query, document=plan.document, grade=plan.grade)
        collection = read_pairs(table, columns)
    else:
        collection = read_collection(plan.data, judgements=plan.qrels)
    collection = with_texts(collection)
    if not len(collection.judgements):
        raise DataError(
            f"{collection.name} has no judgements, and nothing can be learnt without any; add qrels/train.tsv to the folder, or name"
            " --query and --document of a table of pairs"
        )
    sample = replace(collection, judgements=_drawn(collection.judgements, plan))
    leaks = Leaks.of(sample)
    divided = divide(
        sample,
        leaks,
        by=plan.divide,
        group=plan.group,
        time=plan.time,
        test_size=plan.test_size,
        choosing=plan.choosing,
        seed=plan.seed,
    )
    return PairTable(
        collection=collection,
        drawn=sample.judgements,
        leaks=leaks,
        divided=divided,
        table=table,
        beside=_beside(plan, collection, table),
    )


def _beside(plan: TunePlan, collection: Collection, table: Table | None) -> list[Sequence[str]]:
    """What rows say of wrong answers and roles, with the texts that they say it of."""
    role = [] if plan.role is None else [plan.role]
    if table is None:
        tables = tables_with(collection, plan.role) if plan.role is not None else ()
        return [each.strings(name) for each in tables if each is not None for name in role]
    named = [*plan.negative, *role]
    texts = [name for name in (plan.query, plan.document) if named and name is not None]
    table.require([*texts, *named])
    return [table.strings(name) for name in (*texts, *named)]


def _drawn(judgements: Judgements, plan: TunePlan) -> Judgements:
    """Those of a random sample of judged queries."""
    judged = list(judgements.relevant_queries())
    if plan.limit is None or plan.limit >= len(judged):
        return judgements
    chosen = np.random.default_rng(plan.seed).permutation(len(judged))[: plan.limit]
    kept = {judged[place] for place in chosen.tolist()}
    return judgements.take(np.array([query in kept for query in judgements.queries], dtype=bool))
