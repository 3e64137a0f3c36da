"""The threads that search indexes: searches that wait for one are made together where they ask alike."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semascope.serve.refusals import Overloaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.retrieval.indexes.hits import Hit
    from semascope.serve.served.index import ServedIndex
    from semascope.types import Vectors

_TOGETHER = 64  # queries of one pass; more bring little, and whoever comes next waits for all of them
_SECONDS = 1.0  # after which a search that was refused may be sent again: a pass takes milliseconds to tenths of a second


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Search:
    """One request for documents, its queries read."""

    index: ServedIndex
    queries: Sequence[str]
    rows: Sequence[Vectors]  # of each part with vectors (q, d)
    k: int
    where: tuple[str, ...]
    found: asyncio.Future[list[list[Hit]]]

    def asks_like(self, other: Search) -> bool:
        """Whether one pass answers both."""
        return self.index is other.index and self.k == other.k and self.where == other.where


class SearchThreads:
    """A few threads for all indexes of a service; all methods are for the loop's thread.

    Parameters
    ----------
    threads
        That search at once.
    most_waiting
        Queries that are accepted and not answered yet.
    """

    def __init__(self, *, threads: int = 2, most_waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="search-index")
        self._free, self._most = threads, most_waiting
        self._waiting: list[Search] = []
        self._passes: set[asyncio.Task[None]] = set()
        self.held = 0  # queries that are accepted and not answered yet

    async def search(
        self,
        index: ServedIndex,
        queries: Sequence[str],
        rows: Sequence[Vectors],
        *,
        k: int,
        where: Sequence[str],
    ) -> list[list[Hit]]:
        """Documents for q queries; as ``ServedIndex.search``."""
        count = len(queries)
        if self.held and self.held + count > self._most:
            raise Overloaded(self.held, most=self._most, seconds=_SECONDS)
        loop = asyncio.get_running_loop()
        search = Search(
            index=index, queries=queries, rows=rows, k=k, where=tuple(where), found=loop.create_future()
        )
        self.held += count
        try:
            self._waiting.append(search)
            loop.call_soon(self._begin)  # behind those whose queries were read in the same batch
            return await search.found
        finally:
            self.held -= count

    async def stop(self) -> None:
        """Finish what was accepted, and end."""
        while self._passes:
            await asyncio.gather(*self._passes)
        self._pool.shutdown()

    def _begin(self) -> None:
        while self._free and (together := self._take()):
            self._free -= 1
            task = asyncio.get_running_loop().create_task(self._pass(together))
            self._passes.add(task)
            task.add_done_callback(self._passes.discard)

    def _take(self) -> list[Search]:
        """The first search that somebody still waits for, and those that ask alike, up to a number of queries."""
        taken: list[Search] = []
        left: list[Search] = []
        held = 0
        for each in self._waiting:
            if each.found.done():
                continue
            fits = not taken or (each.asks_like(taken[0]) and held + len(each.queries) <= _TOGETHER)
            (taken if fits else left).append(each)
            held += len(each.queries) if fits else 0
        self._waiting = left
        return taken

    async def _pass(self, together: list[Search]) -> None:
        loop = asyncio.get_running_loop()
        index = together[0].index
        try:
            answers = await loop.run_in_executor(self._pool, index.search_together, together)
        finally:
            self._free += 1
        for search, answer in zip(together, answers, strict=True):
            if search.found.done():
                continue
            if isinstance(answer, Exception):
                search.found.set_exception(answer)
            else:
                search.found.set_result(answer)
        self._begin()
