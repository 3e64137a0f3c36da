"""How one cell searches: words, vectors, what others found, or the rankings of other cells put together."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.embedding.bill import in_all
from semascope.embedding.estimate import ToEmbed
from semascope.embedding.prompts import write_prompts
from semascope.embedding.width import cut
from semascope.encoders.protocol import Billed, stored_as
from semascope.retrieval.cutting.pooling import best_documents
from semascope.retrieval.dense import DenseDocuments
from semascope.retrieval.hybrid import choose_weight, fuse_ranks, fuse_scores
from semascope.retrieval.words.bm25 import Bm25Index
from semascope.studies.retrieval.asking.given import ranked_run
from semascope.studies.retrieval.asking.plan import Dense, Given, Mixed, Words
from semascope.studies.retrieval.searching.charges import added_charges, charges_of
from semascope.studies.retrieval.searching.sides_embedded import EmbeddedSides
from semascope.studies.retrieval.searching.waiting import quantile, sampled, waits
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from semascope.embedding.account import Account
    from semascope.retrieval.cutting.passages import Passages
    from semascope.retrieval.rankings import Rankings
    from semascope.studies.retrieval.asking.plan import Cell
    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.studies.retrieval.searching.sides_embedded import DocumentSide
    from semascope.types import Floats, Ints, Progress, Vectors

NAN = float("nan")
MEDIAN, LONG = 0.5, 0.95
AS_ASKED = ""
"""Of the queries as they stand in the collection, beside the ways of disturbing them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Costs:
    """What searching in a way costs; NaN where nothing tells."""

    seconds_per_1000: float  # to search for 1,000 queries, encoding them too
    seconds_per_1000_documents: float  # to make 1,000 documents ready
    bytes_per_document: float  # that are searched
    median_wait: float  # seconds of one query asked alone, encoding it too
    long_wait: float  # the same, of the slowest twentieth
    start: float  # seconds until the encoder is loaded; 0 for words
    is_billed: bool = False  # whether a provider is paid for the vectors, or for those of a part
    charge_per_million: float = 0.0  # of a provider, for a million queries; NaN where no price is known
    charge_per_million_documents: float = 0.0  # likewise, to make them ready
    currency: str = ""  # of the charges; "" where there is none, or several


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a cell found for every query that is asked."""

    rankings: Rankings  # as deep as any cell reads them
    disturbed: Mapping[str, Rankings]  # the same for disturbed queries, by the way; those that there are
    costs: Costs
    waits: Floats  # (s,) seconds of each sampled query asked alone; NaN where it was not asked
    choices: Mapping[str, Any]  # what was chosen on the choosing queries
    account: Mapping[str, Any]  # of the texts; {} where no encoder read them


@dataclass(frozen=True, kw_only=True, slots=True)
class _Index:
    """Documents as a cell of vectors searches them, whole or by their passages."""

    rows: DenseDocuments
    passages: Passages | None
    doc_ids: Sequence[str]

    @classmethod
    def of(cls, cell: Dense, side: DocumentSide, doc_ids: Sequence[str]) -> _Index:
        ids = doc_ids if side.passages is None else side.passages.ids(doc_ids)
        rows = DenseDocuments.read(cut(side.embedded.vectors, cell.dim), ids)
        return cls(rows=rows, passages=side.passages, doc_ids=doc_ids)

    def rank(self, vectors: Vectors, ids: Sequence[str], *, k: int, progress: Progress) -> Rankings:
        """The best documents of each query; one cut into passages counts as its best."""
        if self.passages is None:
            return self.rows.rank(vectors, ids, k=k, progress=progress)

        def rank(places: Ints, number: int) -> Rankings:
            some = [ids[place] for place in places.tolist()]
            return self.rows.rank(vectors[places], some, k=number, progress=progress)

        pooled = best_documents(rank, query_ids=ids, owners=self.passages.owners, doc_ids=self.doc_ids, k=k)
        return pooled.rankings


@dataclass(frozen=True)
class Searches:
    """Each cell searches once; a hybrid takes what its parts found."""

    prepared: Prepared
    _found: dict[str, Found] = field(default_factory=dict)

    @cached_property
    def _sides(self) -> EmbeddedSides:
        return EmbeddedSides(self.prepared)

    @cached_property
    def _sample(self) -> Ints:
        return sampled(len(self.prepared.asked.queries))

    @cached_property
    def _asked(self) -> dict[str, dict[str, str]]:
        """Texts of the queries by id, as they stand there and in each way of disturbing them."""
        asked, study = self.prepared.asked, self.prepared.study
        found = {AS_ASKED: asked.queries}
        for way in study.perturb:
            said = zip(asked.queries, asked.disturbed(way, seed=study.seed), strict=True)
            found[way] = {query: text for query, text in said if text is not None}
        return found

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
                case Given():
                    self._found[cell.id] = self._by_others(cell)
                case Mixed():
                    self._found[cell.id] = self._by_several(cell, progress)
        return self._found[cell.id]

    def to_embed(self, cells: Sequence[Cell], *, progress: Progress) -> list[ToEmbed]:
        """All that these cells will embed with encoders that bill it; nothing of it is embedded here."""
        found: dict[tuple[str, ...], ToEmbed] = {}
        for cell in cells:
            if not isinstance(cell, Dense) or not isinstance(stored_as(self._sides.encoder(cell)), Billed):
                continue
            encoder = self._sides.encoder(cell)
            texts: Sequence[str] = self.prepared.asked.collection.documents.texts
            read = cell.encoder, cell.long
            passage = cell.passage.label if cell.passage else ""
            if (*read, passage) not in found:
                if cell.passage is not None:
                    texts = self._sides.passages(cell, progress=progress).texts(texts)
                found[*read, passage] = ToEmbed(texts=texts, encoder=encoder, role="document")
            for way, asked in self._asked.items():
                sentence = cell.instruction.sentence
                found[*read, "queries", way, sentence] = ToEmbed(
                    texts=list(asked.values()), encoder=encoder, instruction=sentence, role="query"
                )
        return list(found.values())

    def _by_words(self, cell: Words, progress: Progress) -> Found:
        documents = self.prepared.asked.collection.documents
        # the package is loaded once in a process, which is no cost of a document
        Bm25Index.read(documents.texts[:1], documents.ids[:1], cell.settings)
        started = time.perf_counter()
        index = Bm25Index.read(documents.texts, documents.ids, cell.settings, progress=progress)
        reading = time.perf_counter() - started
        rankings, seconds = self._each(
            lambda asked, _: index.rank(list(asked.values()), list(asked), k=self.prepared.depth)
        )
        asked = list(self.prepared.asked.queries.items())
        alone = waits(
            lambda row: index.rank([asked[row][1]], [asked[row][0]], k=self.prepared.depth), self._sample
        )
        return _found(
            rankings,
            costs=Costs(
                seconds_per_1000=seconds,
                seconds_per_1000_documents=reading / len(documents) * 1_000,
                bytes_per_document=index.n_bytes / len(documents),
                median_wait=quantile(alone, MEDIAN),
                long_wait=quantile(alone, LONG),
                start=0.0,
            ),
            waits=alone,
        )

    def _by_vectors(self, cell: Dense, progress: Progress) -> Found:
        documents = self.prepared.asked.collection.documents
        side = self._sides.documents(cell, progress=progress)
        index = _Index.of(cell, side, documents.ids)
        queries = {
            way: self._sides.queries(cell, list(asked.values()), progress=progress)
            for way, asked in self._asked.items()
        }
        vectors = {way: cut(embedded.vectors, cell.dim) for way, embedded in queries.items()}
        rankings, seconds = self._each(
            lambda asked, way: index.rank(vectors[way], list(asked), k=self.prepared.depth, progress=progress)
        )
        alone = self._alone(cell, index)
        account, rows = queries[AS_ASKED].account, len(side.embedded.vectors)
        encoding = self._sides.seconds(cell, side.embedded.account)
        return _found(
            rankings,
            costs=Costs(
                seconds_per_1000=seconds + self._sides.seconds(cell, account),
                seconds_per_1000_documents=encoding * rows / len(documents),
                bytes_per_document=index.rows.n_bytes / len(documents),
                median_wait=quantile(alone, MEDIAN),
                long_wait=quantile(alone, LONG),
                start=self._sides.starts[cell.encoder],
                **charges_of(
                    cell,
                    self._sides,
                    queries=account,
                    documents=side.embedded.account,
                    count=len(documents),
                ),
            ),
            waits=alone,
            account={
                "documents": _told(side.embedded.account, [side.embedded.account]),
                "queries": _told(account, [each.account for each in queries.values()]),
                **({} if side.passages is None else {"passages": rows}),
            },
        )

    def _by_others(self, cell: Given) -> Found:
        """A run says nothing of queries that are disturbed."""
        asked = self.prepared.asked
        rankings = ranked_run(
            cell.id,
            self.prepared.runs[cell.id],
            query_ids=list(asked.queries),
            doc_ids=asked.collection.documents.ids,
            k=self.prepared.depth,
        )
        unknown = Costs(
            seconds_per_1000=NAN,
            seconds_per_1000_documents=NAN,
            bytes_per_document=NAN,
            median_wait=NAN,
            long_wait=NAN,
            start=NAN,
        )
        return _found({AS_ASKED: rankings}, costs=unknown, waits=np.full(len(self._sample), NAN))

    def _by_several(self, cell: Mixed, progress: Progress) -> Found:
        by_id = {one.id: one for one in self.prepared.cells}
        choices: dict[str, Any] = {}
        taken = []
        for written, candidates in zip(cell.settings.parts, cell.parts, strict=True):
            found = [self.of(by_id[part], progress=progress) for part in candidates]
            best = self._best(found)
            if len(candidates) > 1:
                choices[written] = candidates[best]
            taken.append(found[best])
        ways = [way for way in taken[0].disturbed if all(way in one.disturbed for one in taken)]
        parts = {
            way: [(one.disturbed[way] if way else one.rankings).cut(cell.settings.depth) for one in taken]
            for way in (AS_ASKED, *ways)
        }
        if cell.settings.way == "sum" and cell.settings.weight is None:
            choices["weight"] = self._weight(*parts[AS_ASKED])
        fuse = _fuser(cell, choices.get("weight", cell.settings.weight), k=self.prepared.kept)
        started = time.perf_counter()
        rankings = {AS_ASKED: fuse(parts[AS_ASKED])}
        own = (time.perf_counter() - started) / len(self.prepared.asked.queries) * 1_000
        rankings |= {way: fuse(parts[way]) for way in ways}
        costs = [one.costs for one in taken]
        alone = np.sum([one.waits for one in taken], axis=0) + own / 1_000
        return _found(
            rankings,
            costs=Costs(
                seconds_per_1000=own + sum(one.seconds_per_1000 for one in costs),
                seconds_per_1000_documents=sum(one.seconds_per_1000_documents for one in costs),
                bytes_per_document=sum(one.bytes_per_document for one in costs),
                median_wait=quantile(alone, MEDIAN),
                long_wait=quantile(alone, LONG),
                start=sum(one.start for one in costs),
                **added_charges(costs),
            ),
            waits=alone,
            choices=choices,
        )

    def _alone(self, cell: Dense, index: _Index) -> Floats:
        """(s,) seconds that sampled queries wait when each is encoded and asked by itself, whatever the store has.

        NaN of an encoder that bills each query: they were paid for once.
        """
        if isinstance(stored_as(self._sides.encoder(cell)), Billed):
            return np.full(len(self._sample), NAN)
        encoder = self._sides.encoder(cell)
        asked = list(self.prepared.asked.queries.items())

        def answer(row: int) -> Rankings:
            query, text = asked[row]
            prompts, _ = write_prompts(
                [text], encoder=encoder, instruction=cell.instruction.sentence, role="query"
            )
            return index.rank(
                cut(encoder.encode(prompts), cell.dim), [query], k=self.prepared.depth, progress=silent
            )

        return waits(answer, self._sample)

    def _each(self, rank: Callable[[Mapping[str, str], str], Rankings]) -> tuple[dict[str, Rankings], float]:
        """What is found for the queries as asked and disturbed, and the seconds that 1,000 take as asked."""
        rankings: dict[str, Rankings] = {}
        seconds = NAN
        for way, asked in self._asked.items():
            started = time.perf_counter()
            rankings[way] = rank(asked, way)
            if way == AS_ASKED:
                seconds = (time.perf_counter() - started) / len(asked) * 1_000
        return rankings, seconds

    def _best(self, found: Sequence[Found]) -> int:
        """Which of some cells did best on the choosing queries, the first of equal ones."""
        if len(found) == 1:
            return 0
        measure, key = self.prepared.measure, self.prepared.choosing
        return int(np.argmax([measure.scores(key.look_up(one.rankings)).mean() for one in found]))

    def _weight(self, first: Rankings, second: Rankings) -> float:
        """The first part's weight, chosen on the choosing queries alone."""
        key, measure = self.prepared.choosing, self.prepared.measure
        rows = self.prepared.asked.rows(key)

        def scores(rankings: Rankings) -> Floats:
            return measure.scores(key.look_up(rankings))

        return choose_weight(first.only(rows), second.only(rows), measure=scores, k=self.prepared.kept).weight


def _found(
    rankings: Mapping[str, Rankings],
    *,
    costs: Costs,
    waits: Floats,
    choices: Mapping[str, Any] | None = None,
    account: Mapping[str, Any] | None = None,
) -> Found:
    return Found(
        rankings=rankings[AS_ASKED],
        disturbed={way: each for way, each in rankings.items() if way != AS_ASKED},
        costs=costs,
        waits=waits,
        choices=choices or {},
        account=account or {},
    )


def _fuser(cell: Mixed, weight: float | None, *, k: int) -> Callable[[Sequence[Rankings]], Rankings]:
    if cell.settings.way == "rrf" or weight is None:
        return lambda parts: fuse_ranks(parts, k=k, damping=cell.settings.damping)
    return lambda parts: fuse_scores(parts[0], parts[1], weight=weight, k=k)


def _told(account: Account, billed: Sequence[Account]) -> dict[str, Any]:
    """What a record says of texts; ``billed`` are those of one encoder that were sent for it."""
    bills = in_all(bill for one in billed for bill in one.bills)
    return {
        "texts": account.rows,
        "tokens": account.tokens,
        "cut": account.truncated_rows,
        "tokens_lost_share": account.tokens_lost_share,
        "encoded_now": account.encoded,
        **({"bill": asdict(bills[0])} if bills else {}),
    }
