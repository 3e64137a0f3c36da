"""Pairs of a query and a document: a query shall find its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.extras import require
from semascope.retrieval.measuring.naming import query_measure
from semascope.studies.result import Note
from semascope.studies.tuned.asking.given_negatives import negatives_in
from semascope.studies.tuned.asking.learnt import learnt_pairs
from semascope.studies.tuned.asking.mining import mined_for
from semascope.studies.tuned.asking.pair_places import learning_pairs
from semascope.studies.tuned.asking.pairs import read_pair_table
from semascope.studies.tuned.asking.seen import seen_of
from semascope.studies.tuned.judging.answered import answered_notes
from semascope.studies.tuned.judging.searched import judge_search
from semascope.studies.tuned.kinds.kind import Judged
from semascope.studies.tuned.result import MinedTold, SidesTold
from semascope.studies.tuned.training.looking import choosing_queries
from semascope.studies.tuned.training.material import of_pairs
from semascope.words.texts import capital

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Self

    from semascope.encoders.protocol import Encoder
    from semascope.retrieval.collections.note import Note as Counted
    from semascope.store.vectors import VectorStore
    from semascope.studies.tuned.asking.pairs import PairTable
    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.studies.tuned.training.looking import ChoosingQueries
    from semascope.studies.tuned.training.material import Material
    from semascope.tuning.start import Start
    from semascope.types import Ints, Progress


@dataclass(frozen=True, kw_only=True)
class ByPairs:
    """The collection of a plan."""

    plan: TunePlan
    table: PairTable
    _told: dict[str, MinedTold] = field(default_factory=dict)
    _notes: list[Counted] = field(default_factory=list)

    @classmethod
    def read(cls, plan: TunePlan) -> Self:
        """That of a plan; errors as ``read_pair_table``."""
        require("bm25s", purpose="words beside a tuned encoder")
        return cls(plan=plan, table=read_pair_table(plan))

    @property
    def name(self) -> str:
        """Of the data."""
        return self.table.collection.name

    @property
    def digest(self) -> str:
        """Of all that is learnt, and of the sides."""
        return self.table.digest

    def whole(self) -> ByPairs:
        """Every query that is judged, and was drawn, learns."""
        collection = self.table.collection
        judgements = self.table.drawn.merged()
        judged = judgements.relevant_queries()
        divided = replace(
            self.table.divided,
            learning=tuple(query for query in collection.queries.ids if query in judged),
            choosing=(),
            estimating=(),
            left_out={},
            judgements=judgements,
        )
        return ByPairs(plan=self.plan, table=replace(self.table, divided=divided))

    def known_pairs(self, most: int) -> tuple[list[str], list[str], Ints]:
        """The first learning pairs."""
        pairs = learning_pairs(self.table.collection, self.table.divided)
        asked, queries = np.unique(pairs.queries[:most], return_inverse=True)
        read, documents = np.unique(pairs.documents[:most], return_inverse=True)
        return (
            [self.table.collection.queries.texts[place] for place in asked],
            [self.table.collection.documents.texts[place] for place in read],
            np.stack([queries, documents], axis=1),
        )

    def material(self, start: Start, *, store: VectorStore, progress: Progress) -> Material:
        """The learning pairs, with hard negatives where they are asked for."""
        plan, table = self.plan, self.table
        mined = None
        if (settings := plan.mined_by()) is not None:
            mined = mined_for(
                table.collection,
                table.divided,
                table.leaks,
                encoder=start.encoder,
                instruction=plan.sentence,
                settings=settings,
                words=True,
                store=store,
                seed=plan.seed,
                progress=progress,
            )
            self._told["mined"] = MinedTold(
                pairs=len(mined.counts),
                found=int(mined.counts.sum()),
                empty=int((mined.counts == 0).sum()),
                answering=int(mined.answering.sum()),
                too_near=int(mined.too_near.sum()),
            )
        given = None
        if plan.negative and table.table is not None and plan.query is not None:
            given = negatives_in(table.table, table.collection, query=plan.query, columns=plan.negative)
        learnt = learnt_pairs(
            table.collection,
            table.divided,
            table.leaks,
            roles=table.roles(plan),
            negatives=mined,
            given_negatives=given,
        )
        self._notes[:] = learnt.notes
        return of_pairs(learnt, start, plan)

    def choosing(self, start: Start, *, store: VectorStore, progress: Progress) -> ChoosingQueries:
        """The choosing queries, with documents to find theirs among."""
        plan, table = self.plan, self.table
        return choosing_queries(
            table.collection,
            table.divided,
            start,
            instruction=plan.sentence,
            measure=query_measure(plan.measure),
            documents=plan.look_documents,
            seed=plan.seed,
        )

    def judged(
        self,
        start: Start,
        place: Path,
        tuned: Encoder,
        *,
        read: Sequence[str],
        store: VectorStore,
        progress: Progress,
    ) -> Judged:
        """The estimating queries before and after, beside words."""
        return Judged(
            searched=judge_search(
                self.plan,
                start,
                place,
                self.table.collection,
                self.table.divided,
                self.table.leaks,
                seen=self._seen(start, read),
                store=store,
                progress=progress,
            )
        )

    def sides(self, start: Start, read: Sequence[str]) -> SidesTold:
        """Queries of each side."""
        divided = self.table.divided
        seen = self._seen(start, read)
        return SidesTold(
            how=divided.how,
            learning=len(divided.learning),
            choosing=len(divided.choosing),
            estimating=len(divided.estimating),
            seen=len(seen),
            seen_by_base=len(seen & self._seen(start, ())),
            left_out=Counter(divided.left_out.values()),
        )

    def _seen(self, start: Start, read: Sequence[str]) -> frozenset[str]:
        table = self.table
        return frozenset(
            seen_of(table.divided, table.collection, table.leaks, texts_read=read, before=start.encoder.seen)
        )

    def columns(self) -> Mapping[str, Sequence[str]]:
        """Queries and documents."""
        collection = self.table.collection
        return {"query": collection.queries.texts, "document": collection.documents.texts}

    def mined(self) -> MinedTold | None:
        """What mining came to, where it was asked for."""
        return self._told.get("mined")

    def notes(self) -> list[Note]:
        """What was merged, left out or gives answers away."""
        table = self.table
        counted = [
            *table.collection.notes,
            *table.leaks.notes(),
            *table.divided.notes,
            *answered_notes(table.collection, table.divided),
            *self._notes,
        ]
        return [
            Note(
                level="warning" if note.warning else "info",
                title=capital(note.kind),
                text=f"{note.text}.",
                count=note.count,
            )
            for note in counted
        ]
