"""A collection: documents that are searched, queries that are asked, and judgements if there are any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.data.table import Table
from semascope.errors import ConfigError, DataError
from semascope.retrieval.collections.leaks import Leaks
from semascope.studies.retrieval.asking.asked import asked_in, read_given
from semascope.studies.retrieval.asking.settings import RetrievalStudy
from semascope.studies.switching.asking.origin import FromTable
from semascope.studies.switching.asking.texts import FEWEST
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.collections.collection import Collection
    from semascope.retrieval.measuring.hits import AnswerKey
    from semascope.studies.retrieval.asking.asked import Asked
    from semascope.studies.switching.asking.plan import SwitchPlan
    from semascope.types import Ints

_ID = "id"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Searched:
    """n documents and q queries."""

    collection: Collection
    asked: Asked | None  # what is judged; None without judgements
    key: AnswerKey | None  # what queries are measured by
    query_ids: Sequence[
        str
    ]  # (q,) of the queries that are asked: the judged ones, all where nothing was judged
    query_texts: Sequence[str]
    query_copies: Ints  # (q,) queries that say the same share one
    document_copies: Ints  # (n,) likewise
    documents: FromTable
    queries: FromTable

    def __len__(self) -> int:
        return len(self.collection.documents)


def is_collection(plan: SwitchPlan) -> bool:
    """Whether the data is a collection: a table of pairs, or a folder where no column of a text is named.

    Raises
    ------
    ConfigError
        For what only a table of texts has.
    """
    found = plan.is_pairs or (not plan.text and plan.data.is_dir())
    for name, given in (("target", plan.target), ("group", plan.group)):
        if found and given:
            raise ConfigError(
                f"{name} is given, and {plan.data} is a collection of documents and queries; {name} is a column of a table of texts;"
                " leave it out, or name the columns of the texts with --text"
            )
    if not found and plan.qrels:
        raise ConfigError(
            f"qrels is given, and {plan.data} is a table of texts; judgements are of a folder with corpus and queries; leave it out"
        )
    return found


def read_searched(plan: SwitchPlan) -> Searched:
    """The collection of a plan.

    Raises
    ------
    DataError
        For what cannot be read, and where there are fewer documents than neighbours need.
    """
    study = RetrievalStudy(
        data=plan.data,
        query=plan.query,
        document=plan.document,
        grade=plan.grade,
        qrels=plan.qrels,
        limit=plan.limit,
        seed=plan.seed,
    )
    collection = read_given(study, {})
    n, q = len(collection.documents), len(collection.queries)
    if n < FEWEST or not q:
        raise DataError(
            f"{collection.name} has {count(n, 'document')} and {count(q, 'query', 'queries')}; {FEWEST} documents and one query are"
            " needed at least; give more"
        )
    asked = asked_in(collection, study) if len(collection.judgements) else None
    leaks = Leaks.of(collection) if asked is None else asked.leaks
    wanted = set(collection.queries.ids) if asked is None else set(asked.queries)
    places = np.array([place for place, query in enumerate(collection.queries.ids) if query in wanted])
    if asked is None and plan.limit is not None and plan.limit < len(places):
        places = np.sort(np.random.default_rng(plan.seed).choice(places, plan.limit, replace=False))
    whole = Table.from_columns(
        {_ID: list(collection.queries.ids)}, source=f"the queries of {collection.name}"
    )
    copies = dict(zip(leaks.collection.queries.ids, leaks.query_copies.tolist(), strict=True))
    ids = [collection.queries.ids[place] for place in places.tolist()]
    documents = Table.from_columns({_ID: list(collection.documents.ids)}, source=collection.name)
    return Searched(
        collection=collection,
        asked=asked,
        key=None if asked is None else asked.both(),
        query_ids=ids,
        query_texts=[collection.queries.texts[place] for place in places.tolist()],
        query_copies=np.array([copies[query] for query in ids], dtype=np.int64),
        document_copies=leaks.document_copies,
        documents=FromTable(table=documents, file_rows=n),
        queries=FromTable(table=whole.take(places), file_rows=q),
    )
