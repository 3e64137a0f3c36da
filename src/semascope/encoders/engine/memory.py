"""Going on when memory runs out: smaller groups, and a clear word when a single sequence does not fit."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import PromptTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.types import Vectors

_log = logging.getLogger(__name__)
# What torch says when the system gives it no memory; on a GPU it has an exception of its own, which derives from this.
_SIGNS = ("can't allocate memory", "out of memory", "not enough memory", "could not create a memory object")


class Memory:
    """How many tokens go through a network at once before memory runs out, as far as it was found out."""

    def __init__(self) -> None:
        self.tokens = sys.maxsize

    def halve(
        self, compute: Callable[[list[list[int]]], Vectors], sequences: list[list[int]], *, name: str
    ) -> Vectors:
        """(n, d): ``compute`` over the sequences, in halves of halves where memory runs out.

        Raises
        ------
        PromptTooLarge
            When one sequence alone does not fit; ``place`` is its place among ``sequences``.
        """
        try:
            return compute(sequences)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
        # Outside of the except clause: the traceback holds on to what did not fit.
        tokens = sum(map(len, sequences))
        if len(sequences) == 1:
            raise PromptTooLarge(
                f"encoder {name!r} runs out of memory on one prompt of {tokens:,} tokens; shorter prompts fit;"
                " take a smaller encoder or --long chunk, or leave this text out",
                place=0,
            )
        self.tokens = min(self.tokens, max(1, tokens // 2))
        _log.warning(
            "encoder %r ran out of memory on %d prompts of %d tokens together; going on with at most %d tokens",
            name, len(sequences), tokens, self.tokens,
        )  # fmt: skip
        half = len(sequences) // 2
        first = self.halve(compute, sequences[:half], name=name)
        try:
            second = self.halve(compute, sequences[half:], name=name)
        except PromptTooLarge as error:
            error.place += half
            raise
        return np.concatenate([first, second])


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the system, or a GPU, gave no memory: torch says so on a processor in a plain ``RuntimeError``."""
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in _SIGNS)
