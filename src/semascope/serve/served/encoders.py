"""The encoders of a service: one of each space and precision, however many artifacts stand on it."""

from __future__ import annotations

import asyncio
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.steps import PathInSteps
from semascope.encoders.protocol import Billed, stored_as
from semascope.probes.card import precision_of
from semascope.serve.batching.alone import Alone
from semascope.serve.batching.batches import Batches
from semascope.serve.batching.job import Read
from semascope.serve.served.networks import on_same_network
from semascope.serve.served.paid import Paid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.encoders.templates import Role
    from semascope.serve.metrics import Metrics
    from semascope.store.vectors import VectorStore


_TOLD = ("float32", "bfloat16", "head-tail", "chunk")


class SharedEncoder:
    """An encoder that any number of artifacts and requests read with; it ends when none of them holds it any more.

    Parameters
    ----------
    encoder
        What makes the rows.
    store
        Asked for rows first. Only rows that somebody was paid for are put there: texts of a service leave no other trace.
    most_waiting
        Texts that are accepted and have no row yet.
    alone
        Computes a text that comes alone, of this encoder or of another one.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        store: VectorStore | None,
        most_waiting: int,
        alone: Alone,
        watcher: Metrics | None = None,
    ) -> None:
        self.encoder, self.store, self._watcher = encoder, store, watcher
        self.is_billed = isinstance(stored_as(encoder), Billed)
        self.paid = Paid(encoder, store, most_texts=most_waiting)
        self.batches = Batches(
            PathInSteps(encoder, store), most_texts=most_waiting, watcher=watcher, alone=alone
        )
        self.is_started = False
        # A request holds what it asks: so an encoder whose artifact was taken anew ends behind the last request, not before.
        weakref.finalize(self, self.batches.close).atexit = False

    def load(self) -> None:
        """Make it ready to encode."""
        if not self.is_billed:
            # In a thread that ends: how many cores compute is set for each thread, and this one has other work.
            with ThreadPoolExecutor(1) as loading:
                loading.submit(self.batches.path.load).result()

    def start(self) -> None:
        """Begin on the running loop, unless that was done before."""
        if self.is_started or self.is_billed:
            return
        self.batches.start()
        self.is_started = True
        if self._watcher is not None:
            self._watcher.watch_queue(self._called, self.batches)

    async def stop(self) -> None:
        """Finish what was accepted, and end."""
        if not self.is_started:
            return
        await self.batches.stop()
        if self._watcher is not None:
            self._watcher.unwatch_queue(self.batches)

    @property
    def _called(self) -> str:
        """What its queue is called in the numbers; others of its name compute otherwise, or read long texts in another way."""
        name, long = self.encoder.name, self.encoder.space.long
        precision = precision_of(self.encoder)
        said = [each for each in (precision, long) if each in _TOLD]
        return f"{name} ({', '.join(said)})" if said else name

    async def read(
        self, texts: Sequence[str], *, instruction: str | None = "", role: Role | None = None
    ) -> Read:
        """The rows of n texts; see ``Batches.read``. Prompts, which have no instruction, are for encoders that compute here."""
        if not len(texts):
            nothing = np.zeros(0, dtype=np.int64)
            rows = np.zeros((0, self.encoder.dim), dtype=np.float32)
            return Read(
                vectors=rows, tokens=nothing, truncated=nothing.astype(bool), unknown=nothing.astype(bool)
            )
        if self.is_billed:
            assert instruction is not None
            return await self.paid.read(texts, instruction=instruction, role=role)
        return await self.batches.read(texts, instruction=instruction, role=role)


class SharedEncoders:
    """All encoders of a service, by fingerprint, each for as long as somebody holds it; any thread may ask.

    Parameters
    ----------
    store
        As of ``SharedEncoder``.
    """

    def __init__(
        self, *, store: VectorStore | None, most_waiting: int, watcher: Metrics | None = None
    ) -> None:
        self.store, self._most, self._watcher, self._alone = store, most_waiting, watcher, Alone()
        self._by_fingerprint: weakref.WeakValueDictionary[str, SharedEncoder] = weakref.WeakValueDictionary()
        self._in_turn = threading.RLock()

    def share(self, encoder: Encoder) -> SharedEncoder:
        """The one that is there already, or this one, which is there from now on.

        It stands on the network of another one where they differ only in what is done before and behind it.
        """
        fingerprint = encoder.fingerprint  # it may take seconds to find: weights are digested
        with self._in_turn:
            shared = self._by_fingerprint.get(fingerprint)
            if shared is None:
                shared = SharedEncoder(
                    on_same_network(encoder, [each.encoder for each in self]),
                    store=self.store,
                    most_waiting=self._most,
                    alone=self._alone,
                    watcher=self._watcher,
                )
                self._by_fingerprint[fingerprint] = shared
            return shared

    async def stop(self) -> None:
        """Finish what was accepted, and end."""
        for shared in self:
            await shared.stop()
        await asyncio.to_thread(self._alone.close)

    def __iter__(self) -> Iterator[SharedEncoder]:
        with self._in_turn:
            return iter(list(self._by_fingerprint.values()))
