"""The encoders of a service: one of each space and precision, however many artifacts stand on it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.path import embed
from semascope.embedding.steps import PathInSteps
from semascope.encoders.protocol import Billed, stored_as
from semascope.serve.batching.batches import Batches
from semascope.serve.batching.job import Read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.encoders.templates import Role
    from semascope.serve.metrics import Metrics
    from semascope.store.vectors import VectorStore


class SharedEncoder:
    """An encoder that any number of artifacts and requests read with.

    Parameters
    ----------
    encoder
        What makes the rows.
    store
        Asked for rows first. Only rows that somebody was paid for are put there: texts of a service leave no other trace.
    most_waiting
        Texts that are accepted and have no row yet.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        store: VectorStore | None,
        most_waiting: int,
        watcher: Metrics | None = None,
    ) -> None:
        self.encoder, self._store, self._watcher = encoder, store, watcher
        self.uses = 0  # artifacts that stand on it
        self.is_billed = isinstance(stored_as(encoder), Billed)
        self.batches = Batches(PathInSteps(encoder, store), most_texts=most_waiting, watcher=watcher)

    def load(self) -> None:
        """Make it ready to encode."""
        if not self.is_billed:
            self.encoder.load()

    def start(self) -> None:
        """Begin on the running loop."""
        if self.is_billed:
            return
        self.batches.start()
        if self._watcher is not None:
            self._watcher.watch_queue(
                self.encoder.name,
                texts=lambda: self.batches.held,
                tokens=lambda: self.batches.waiting_tokens,
            )

    async def stop(self) -> None:
        """Finish what was accepted, and end."""
        if self.is_billed:
            return
        await self.batches.stop()
        if self._watcher is not None:
            self._watcher.unwatch_queue(self.encoder.name)

    async def read(self, texts: Sequence[str], *, instruction: str = "", role: Role | None = None) -> Read:
        """The rows of n texts; see ``Batches.read``."""
        if not len(texts):
            nothing = np.zeros(0, dtype=np.int64)
            rows = np.zeros((0, self.encoder.dim), dtype=np.float32)
            return Read(
                vectors=rows, tokens=nothing, truncated=nothing.astype(bool), unknown=nothing.astype(bool)
            )
        if self.is_billed:
            return await asyncio.to_thread(self._asked, texts, instruction, role)
        return await self.batches.read(texts, instruction=instruction, role=role)

    def _asked(self, texts: Sequence[str], instruction: str, role: Role | None) -> Read:
        """Rows from an API, which makes batches of its own of all that is asked at once."""
        found = embed(texts, encoder=self.encoder, instruction=instruction, role=role, store=self._store)
        unknown = np.zeros(len(texts), dtype=np.bool_)
        return Read(vectors=found.vectors, tokens=found.tokens, truncated=found.truncated, unknown=unknown)


class SharedEncoders:
    """All encoders of a service, by fingerprint.

    Parameters
    ----------
    store
        As of ``SharedEncoder``.
    """

    def __init__(
        self, *, store: VectorStore | None, most_waiting: int, watcher: Metrics | None = None
    ) -> None:
        self._store, self._most, self._watcher = store, most_waiting, watcher
        self._by_fingerprint: dict[str, SharedEncoder] = {}

    def share(self, encoder: Encoder) -> SharedEncoder:
        """The one that is there already, or this one, which is there from now on; ``give_back`` ends the use."""
        shared = self._by_fingerprint.get(encoder.fingerprint)
        if shared is None:
            shared = SharedEncoder(encoder, store=self._store, most_waiting=self._most, watcher=self._watcher)
            self._by_fingerprint[encoder.fingerprint] = shared
        shared.uses += 1
        return shared

    async def give_back(self, shared: SharedEncoder) -> None:
        """An artifact no longer stands on it; behind the last one it ends."""
        shared.uses -= 1
        if not shared.uses:
            del self._by_fingerprint[shared.encoder.fingerprint]
            await shared.stop()

    def __iter__(self) -> Iterator[SharedEncoder]:
        return iter(list(self._by_fingerprint.values()))
