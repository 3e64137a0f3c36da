"""How one cell searches: words, vectors, or the rankings of other cells put together."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from semascope.embedding.path import embed
from semascope.embedding.width import cut
from semascope.retrieval.bm25 import Bm25Index
from semascope.retrieval.dense import DenseDocuments
from semascope.retrieval.hybrid import choose_weight, fuse_ranks, fuse_scores
from semascope.store.speeds import Speeds, device_of
from semascope.studies.retrieval.plan import Dense, Mixed, Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.embedding.account import Account, Embedded
    from semascope.retrieval.rankings import Rankings
    from semascope.studies.retrieval.plan import Cell
    from semascope.studies.retrieval.prepare import Prepared
    from semascope.types import Floats, Progress


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a cell found for every query that is asked."""

    rankings: Rankings  # as deep as any cell reads them
    seconds_per_1000: float  # to search for 1,000 queries, encoding them too; NaN where nothing tells
    choices: Mapping[str, Any]  # what was chosen on the choosing queries
    account: Mapping[str, Any]  # of the texts; {} where no encoder read them
    n_bytes: int  # memory of what is searched: postings, vectors


@dataclass(frozen=True, slots=True)
class Searches:
    """Each cell searches once; a hybrid takes what its parts found. Vectors are kept for one encoder at a time."""

    prepared: Prepared
    _found: dict[str, Found] = field(default_factory=dict)
    _vectors: dict[str, tuple[Embedded, Embedded]] = field(default_factory=dict)

    def of(self, cell: Cell, *, progress: Progress) -> Found:
        """What a cell finds.

        Raises
        ------
        EncoderError
            When an encoder fails.
        """
        if cell.id not in self._found:
            match cell:
                case Words():
                    self._found[cell.id] = self._by_words(cell, progress)
                case Dense():
                    self._found[cell.id] = self._by_vectors(cell, progress)
                case Mixed():
                    self._found[cell.id] = self._by_both(cell, progress)
        return self._found[cell.id]

    def _by_words(self, cell: Words, progress: Progress) -> Found:
        documents, queries = self.prepared.asked.collection.documents, self.prepared.asked.queries
        index = Bm25Index.read(documents.texts, documents.ids, cell.settings, progress=progress)
        started = time.perf_counter()
        rankings = index.rank(list(queries.values()), list(queries), k=self.prepared.depth)
        seconds = (time.perf_counter() - started) / len(queries) * 1_000
        return Found(
            rankings=rankings, seconds_per_1000=seconds, choices={}, account={}, n_bytes=index.n_bytes
        )

    def _by_vectors(self, cell: Dense, progress: Progress) -> Found:
        asked = self.prepared.asked
        documents, queries = self._embedded(cell.encoder, progress)
        index = DenseDocuments.read(cut(documents.vectors, cell.dim), asked.collection.documents.ids)
        started = time.perf_counter()
        rankings = index.rank(
            cut(queries.vectors, cell.dim), list(asked.queries), k=self.prepared.depth, progress=progress
        )
        seconds = (time.perf_counter() - started) / len(asked.queries) * 1_000
        return Found(
            rankings=rankings,
            seconds_per_1000=seconds + self._encoding(cell.encoder, queries.account),
            choices={},
            account={"documents": _told(documents.account), "queries": _told(queries.account)},
            n_bytes=index.n_bytes,
        )

    def _embedded(self, name: str, progress: Progress) -> tuple[Embedded, Embedded]:
        """Documents and queries, each in its own role."""
        if name not in self._vectors:
            self._vectors.clear()
            encoder, store, asked = self.prepared.encoders[name], self.prepared.store, self.prepared.asked
            documents = embed(
                asked.collection.documents.texts,
                encoder=encoder,
                role="document",
                store=store,
                progress=progress,
            )
            Speeds(store.root).note(
                encoder.fingerprint,
                tokens=documents.account.encoded_tokens,
                seconds=documents.account.encode_seconds,
                device=device_of(encoder),
            )
            queries = embed(
                list(asked.queries.values()), encoder=encoder, role="query", store=store, progress=progress
            )
            self._vectors[name] = (documents, queries)
        return self._vectors[name]

    def _encoding(self, name: str, account: Account) -> float:
        """Seconds to encode 1,000 such queries, by the speed that was noted; NaN where none was."""
        encoder = self.prepared.encoders[name]
        speed = Speeds(self.prepared.store.root).of(encoder.fingerprint, device=device_of(encoder))
        return math.nan if speed is None else account.read_tokens / account.rows * 1_000 / speed

    def _by_both(self, cell: Mixed, progress: Progress) -> Found:
        by_id = {one.id: one for one in self.prepared.cells}
        found = [self.of(by_id[part], progress=progress) for part in cell.parts]
        parts = [one.rankings.cut(cell.settings.depth) for one in found]
        started = time.perf_counter()
        choices: dict[str, Any] = {}
        if cell.settings.way == "rrf":
            rankings = fuse_ranks(parts, k=self.prepared.kept, damping=cell.settings.damping)
        else:
            weight = cell.settings.weight
            if weight is None:
                weight = self._weight(parts[0], parts[1])
                choices = {"weight": weight}
            rankings = fuse_scores(parts[0], parts[1], weight=weight, k=self.prepared.kept)
        own = (time.perf_counter() - started) / len(rankings.query_ids) * 1_000
        return Found(
            rankings=rankings,
            seconds_per_1000=own + sum(one.seconds_per_1000 for one in found),
            choices=choices,
            account={},
            n_bytes=sum(one.n_bytes for one in found),
        )

    def _weight(self, first: Rankings, second: Rankings) -> float:
        """The first part's weight, chosen on the choosing queries alone."""
        asked, measure = self.prepared.asked, self.prepared.measure
        rows = asked.rows(asked.choosing)

        def scores(rankings: Rankings) -> Floats:
            return measure.scores(asked.choosing.look_up(rankings))

        return choose_weight(first.only(rows), second.only(rows), measure=scores, k=self.prepared.kept).weight


def _told(account: Account) -> dict[str, Any]:
    return {
        "texts": account.rows,
        "tokens": account.tokens,
        "cut": account.truncated_rows,
        "tokens_lost_share": account.tokens_lost_share,
        "encoded_now": account.encoded,
    }
