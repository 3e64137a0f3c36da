"""What one request wants read, and what it gets: texts of a job, one by one, go through batches of many jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from semascope.embedding.steps import Begun
    from semascope.encoders.templates import Role
    from semascope.errors import SemascopeError
    from semascope.types import Array, Ints, Mask, Vectors


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Read:
    """n texts as an encoder reads them."""

    vectors: Vectors  # (n, d) at the encoder's full width
    tokens: Ints  # (n,) of each prompt, before any cut
    truncated: Mask  # (n,) lost tokens
    unknown: Mask  # (n,) the encoder's vocabulary holds nothing of it


class Job:
    """The texts of one request.

    Parameters
    ----------
    texts
        n, one or more.
    instruction, role
        What their prompts are written with; with None as instruction the texts are prompts already.
    future
        Gets a ``Read``, or the error of the first text that has no vector.
    """

    __slots__ = ("_begun", "_rows", "future", "instruction", "left", "role", "tag", "texts")

    def __init__(
        self,
        texts: Sequence[str],
        *,
        instruction: str | None,
        role: Role | None,
        future: asyncio.Future[Read],
    ) -> None:
        self.texts, self.instruction, self.role, self.future = texts, instruction, role, future
        self.left = len(texts)  # without a row
        self.tag = 0.0  # where its next text stands in the queue
        self._rows: list[Array | None] = [None] * len(texts)
        self._begun: list[Begun | None] = [None] * len(texts)

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for it: it was answered, or who asked has gone."""
        return self.future.done()

    def take(self, place: int, begun: Begun, row: Array) -> None:
        """Keep the row of a text; behind the last one the request is answered. On the loop's thread."""
        if self.is_over:
            return
        self._rows[place], self._begun[place] = row, begun
        self.left -= 1
        if not self.left:
            self.future.set_result(self._read())

    def fail(self, error: SemascopeError | Exception) -> None:
        """Answer with an error. On the loop's thread."""
        if not self.is_over:
            self.future.set_exception(error)

    def _read(self) -> Read:
        begun = [each for each in self._begun if each is not None]
        return Read(
            vectors=np.stack([row for row in self._rows if row is not None]),
            tokens=np.array([each.tokens for each in begun], dtype=np.int64),
            truncated=np.array([each.lost > 0 for each in begun], dtype=np.bool_),
            unknown=np.array([each.is_unknown for each in begun], dtype=np.bool_),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One text of a job behind the first step."""

    job: Job
    place: int  # among its texts
    begun: Begun

    @property
    def tokens(self) -> int:
        """What it costs to compute, one at least."""
        return max(1, self.begun.computed)
