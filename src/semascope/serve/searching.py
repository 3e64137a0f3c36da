"""The threads that search indexes: searches that wait for one are made together where they ask alike.

What a search costs is its hits, for each of which a snippet is cut: half a millisecond and more. A pass cannot be stopped, so it is
short: a request for many documents takes several, one after the other, and never all threads.
"""

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
_HITS = 1_000  # of one pass: half a second
_FEW = 100  # hits of a search that does not wait for those of more
_SECONDS = 1.0  # after which a search that was refused may be sent again: a pass takes milliseconds to tenths of a second


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Search:
    """A request for documents, its queries read, or a part of one that is for too many."""

    index: ServedIndex
    queries: Sequence[str]
    rows: Sequence[Vectors]  # of each part with vectors (q, d)
    k: int
    where: tuple[str, ...]
    found: asyncio.Future[list[list[Hit]]]

    @property
    def hits(self) -> int:
        """That it finds at most."""
        return len(self.queries) * self.k

    def asks_like(self, other: Search) -> bool:
        """Whether one pass answers both."""
        return self.index is other.index and self.k == other.k and self.where == other.where


class SearchThreads:
    """A few threads for all indexes of a service; all methods are for the loop's thread.

    Parameters
    ----------
    threads
        That search at once, 2 or more: one of them for searches of many documents, which no others wait for.
    most_waiting
        Queries that are accepted and not answered yet.
    """

    def __init__(self, *, threads: int = 2, most_waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="search-index")
        self._free, self._most = threads, most_waiting
        self._waiting: list[Search] = []
        self._passes: set[asyncio.Task[None]] = set()
        self._has_long = False  # whether a pass for many documents runs
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
        self.held += count
        try:
            found: list[list[Hit]] = []
            for part in _parts(count, k):
                found += await self._found(index, queries[part], [each[part] for each in rows], k, where)
            return found
        finally:
            self.held -= count

    async def _found(
        self,
        index: ServedIndex,
        queries: Sequence[str],
        rows: Sequence[Vectors],
        k: int,
        where: Sequence[str],
    ) -> list[list[Hit]]:
        """What one pass finds. Whoever stops waiting before it begins is left out of it."""
        loop = asyncio.get_running_loop()
        search = Search(
            index=index, queries=queries, rows=rows, k=k, where=tuple(where), found=loop.create_future()
        )
        self._waiting.append(search)
        loop.call_soon(self._begin)  # behind those whose queries were read in the same batch
        return await search.found

    async def stop(self) -> None:
        """Finish what was accepted, and end."""
        while self.held or self._passes:
            await asyncio.gather(*self._passes)
            await asyncio.sleep(0)  # a request between two of its passes
        self._pool.shutdown()

    def _begin(self) -> None:
        while self._free and (together := self._next()):
            self._free -= 1
            task = asyncio.get_running_loop().create_task(self._pass(together))
            self._passes.add(task)
            task.add_done_callback(self._passes.discard)

    def _next(self) -> list[Search]:
        """What the next pass is for: one of many documents where none runs, then those of few."""
        long = [] if self._has_long else self._take(is_long=True)
        self._has_long = self._has_long or bool(long)
        return long or self._take(is_long=False)

    def _take(self, *, is_long: bool) -> list[Search]:
        """The first search of this kind that somebody still waits for, and those that ask alike, up to what a pass may hold."""
        taken: list[Search] = []
        left: list[Search] = []
        queries = hits = 0
        for each in self._waiting:
            if each.found.done():
                continue
            fits = (each.hits > _FEW) == is_long and (
                not taken
                or (
                    each.asks_like(taken[0])
                    and queries + len(each.queries) <= _TOGETHER
                    and hits + each.hits <= _HITS
                )
            )
            (taken if fits else left).append(each)
            if fits:
                queries, hits = queries + len(each.queries), hits + each.hits
        self._waiting = left
        return taken

    async def _pass(self, together: list[Search]) -> None:
        loop = asyncio.get_running_loop()
        index = together[0].index
        try:
            answers = await loop.run_in_executor(self._pool, index.search_together, together)
        finally:
            self._free += 1
            if together[0].hits > _FEW:
                self._has_long = False
        for search, answer in zip(together, answers, strict=True):
            if search.found.done():
                continue
            if isinstance(answer, Exception):
                search.found.set_exception(answer)
            else:
                search.found.set_result(answer)
        self._begin()


def _parts(queries: int, k: int) -> list[slice]:
    """The queries of a request in parts that a pass may hold."""
    size = min(_TOGETHER, max(_HITS // k, 1))
    return [slice(start, start + size) for start in range(0, queries, size)]
