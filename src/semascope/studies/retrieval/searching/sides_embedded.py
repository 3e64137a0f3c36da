"""Vectors of the documents and of the queries of a study, in every way that its cells read them."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semascope.embedding.bills import Bills
from semascope.embedding.path import embed
from semascope.encoders.protocol import stored_as
from semascope.retrieval.cutting.passages import cut_documents
from semascope.retrieval.indexes.encoding import prompt_counter
from semascope.store.speeds import Speeds, device_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.embedding.account import Account, Embedded
    from semascope.embedding.bills import Read
    from semascope.encoders.protocol import Encoder
    from semascope.encoders.templates import Role
    from semascope.retrieval.cutting.passages import Passages
    from semascope.studies.retrieval.asking.plan import Dense
    from semascope.studies.retrieval.asking.prepare import Prepared
    from semascope.types import Progress


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentSide:
    """Documents, or their passages, embedded."""

    embedded: Embedded
    passages: Passages | None  # None: documents are whole


@dataclass(frozen=True, slots=True)
class EmbeddedSides:
    """What an encoder makes of the texts; documents are kept for the last way of reading alone, for they are large."""

    prepared: Prepared
    starts: dict[str, float] = field(default_factory=dict)  # seconds until each encoder was loaded
    bills: Bills = field(default_factory=Bills)  # of this run
    _documents: dict[tuple[str, str, str], DocumentSide] = field(default_factory=dict)

    def documents(self, cell: Dense, *, progress: Progress) -> DocumentSide:
        """The documents as a cell reads them."""
        key = (cell.encoder, cell.long, cell.passage.label if cell.passage else "")
        if key not in self._documents:
            self._documents.clear()
            self._start(cell.encoder)
            self._documents[key] = self._embed_documents(cell, progress)
        return self._documents[key]

    def queries(self, cell: Dense, texts: Sequence[str], *, progress: Progress) -> Embedded:
        """Queries as a cell reads them, under its instruction."""
        embedded = embed(
            texts,
            encoder=self.encoder(cell),
            instruction=cell.instruction.sentence,
            role="query",
            store=self.prepared.store,
            progress=progress,
        )
        self.bills.add(self.read_by(cell, "query"), embedded.account)
        return embedded

    def read_by(self, cell: Dense, role: Role) -> Read:
        """What is billed together."""
        return cell.encoder, cell.instruction.sentence if role == "query" else role, cell.long

    def encoder(self, cell: Dense) -> Encoder:
        """The encoder of a cell, reading long texts in its way."""
        return self.prepared.encoders[cell.encoder].in_way(cell.long)

    def passages(self, cell: Dense, *, progress: Progress) -> Passages:
        """The documents cut as a cell reads them, which cuts them."""
        assert cell.passage is not None
        documents, count = self.prepared.asked.collection.documents.texts, prompt_counter(self.encoder(cell))
        return cut_documents(documents, cell.passage, count=count, progress=progress)

    def _start(self, name: str) -> None:
        """Load an encoder before its first text, to know how long that takes; queries are encoded alone later in any case."""
        if name not in self.starts:
            started = time.perf_counter()
            self.prepared.encoders[name].load()
            self.starts[name] = time.perf_counter() - started

    def seconds(self, cell: Dense, account: Account) -> float:
        """Seconds to encode 1,000 such texts, by the speed that was noted; NaN where none was."""
        encoder = self.encoder(cell)
        speed = Speeds(self.prepared.store.root).of(stored_as(encoder).fingerprint, device=device_of(encoder))
        if speed is None or not account.rows:
            return math.nan
        return account.read_tokens / account.rows * 1_000 / speed

    def _embed_documents(self, cell: Dense, progress: Progress) -> DocumentSide:
        encoder, store = self.encoder(cell), self.prepared.store
        documents = self.prepared.asked.collection.documents.texts
        passages = None
        texts: Sequence[str] = documents
        if cell.passage is not None:
            passages = self.passages(cell, progress=progress)
            texts = passages.texts(documents)
        embedded = embed(texts, encoder=encoder, role="document", store=store, progress=progress)
        self.bills.add(self.read_by(cell, "document"), embedded.account)
        Speeds(store.root).note(
            stored_as(encoder).fingerprint,
            tokens=embedded.account.encoded_tokens,
            seconds=embedded.account.encode_seconds,
            device=device_of(encoder),
        )
        return DocumentSide(embedded=embedded, passages=passages)
