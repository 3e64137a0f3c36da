"""An encoder for code that runs in a thread of its own: what it asks for goes into the batches of everybody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.protocol import Encoder, Lengths, Space
    from semascope.serve.served.encoders import SharedEncoder
    from semascope.types import Vectors


class Through:
    """Gives the rows of a shared encoder, in any thread but the loop's, which it waits for.

    Parameters
    ----------
    shared
        Of an encoder that computes here; somebody who is paid for rows is asked by that encoder itself.
    """

    def __init__(self, shared: SharedEncoder) -> None:
        self.shared = shared
        self.loop: asyncio.AbstractEventLoop | None = None  # that the batches belong to; known when it runs
        encoder = shared.encoder
        self.name, self.dim, self.max_tokens = encoder.name, encoder.dim, encoder.max_tokens
        self.languages, self.stated = encoder.languages, encoder.stated

    @property
    def _encoder(self) -> Encoder:
        return self.shared.encoder

    @property
    def space(self) -> Space:
        """That of the shared encoder."""
        return self._encoder.space

    @property
    def fingerprint(self) -> str:
        """That of the shared encoder."""
        return self._encoder.fingerprint

    @property
    def tolerance(self) -> float:
        """That of the shared encoder."""
        return self._encoder.tolerance

    def load(self) -> None:
        """Do nothing: the shared encoder is loaded before it is asked."""

    def in_way(self, long: str) -> Self:
        """Itself, in the way that it reads; another way would be another shared encoder."""
        assert long == self.space.long
        return self

    def count_tokens(self, prompts: Sequence[str]) -> list[int]:
        """As the shared encoder counts them."""
        return self._encoder.count_tokens(prompts)

    def lengths(self, prompts: Sequence[str]) -> Lengths:
        """As the shared encoder reads them."""
        return self._encoder.lengths(prompts)

    def encode(self, prompts: Sequence[str]) -> Vectors:
        """(n, d) rows of prompts as they are; waits for the batches that they are computed in.

        Raises
        ------
        Overloaded
            When there is no room for them.
        """
        assert self.loop is not None
        read = self.shared.read(prompts, instruction=None)
        return asyncio.run_coroutine_threadsafe(read, self.loop).result().vectors
