"""Rows that somebody is paid for: asked of an API, which makes batches of its own of all that is asked at once."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from semascope.embedding.path import embed
from semascope.serve.batching.job import Read
from semascope.serve.refusals import Overloaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.encoders.templates import Role
    from semascope.store.vectors import VectorStore

_AT_ONCE = 32  # requests that wait for an API; more wait for one of these
_AGAIN = 5.0  # seconds after which a refused request may find room: how fast an API is, nobody knows


class Paid:
    """Reads texts through an encoder behind an API; for the loop's thread.

    Parameters
    ----------
    encoder
        That somebody is paid for.
    store
        Asked first, and given every row that was paid for; None pays again.
    most_texts
        That are accepted and have no row yet.
    """

    def __init__(self, encoder: Encoder, store: VectorStore | None, *, most_texts: int) -> None:
        self._encoder, self._store, self._most = encoder, store, most_texts
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="ask-api")
        self.held = 0  # texts that are accepted and have no row yet

    async def read(self, texts: Sequence[str], *, instruction: str, role: Role | None) -> Read:
        """The rows of n texts. What was begun goes on where a client goes away: it is paid for, and kept.

        Raises
        ------
        Overloaded
            When there is no room for them.
        """
        count = len(texts)
        if self.held and self.held + count > self._most:
            raise Overloaded(self.held, most=self._most, seconds=_AGAIN)
        self.held += count
        asked = asyncio.get_running_loop().run_in_executor(
            self._threads, self._read, texts, instruction, role
        )
        asked.add_done_callback(lambda _: self._let_go(count))
        return await asyncio.shield(asked)

    def _let_go(self, count: int) -> None:
        self.held -= count

    def _read(self, texts: Sequence[str], instruction: str, role: Role | None) -> Read:
        found = embed(texts, encoder=self._encoder, instruction=instruction, role=role, store=self._store)
        unknown = np.zeros(len(texts), dtype=np.bool_)
        return Read(vectors=found.vectors, tokens=found.tokens, truncated=found.truncated, unknown=unknown)
