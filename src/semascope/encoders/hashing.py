"""A fake encoder that keeps every promise of the protocol and knows nothing."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.encoders.long import check_long
from semascope.encoders.protocol import Lengths, Space
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Vectors


class HashEncoder:
    """Unit vectors drawn from a hash of the prompt: no weights, no meaning.

    For tests and for trying out a pipeline; a score on it is the score of chance.

    Examples
    --------
    >>> rows = HashEncoder(16).encode(["tide tables", "tide tables", "Gezeiten"])
    >>> rows.shape, bool((rows[0] == rows[1]).all()), bool((rows[0] == rows[2]).any())
    ((3, 16), True, False)
    """

    tolerance = 0.0
    languages = None
    stated = ("hash encoder: no weights, no meaning; scores on it are chance",)

    def __init__(self, dim: int = 16, *, name: str = "") -> None:
        if dim < 1:
            raise ConfigError(
                f"dim of the hash encoder is {dim}; it must be 1 or more; use for example hash:16"
            )
        self.source = f"hash:{dim}"
        self.name = name or self.source
        self.dim = dim
        self.max_tokens = 1_000_000
        self.space = Space(
            weights=f"hash:{dim}",
            tokenizer="split",
            pooling="none",
            normalised=True,
            max_tokens=self.max_tokens,
            template="plain",
        )
        self.fingerprint = f"{self.space.digest}-float32"

    def load(self) -> None:
        """Do nothing: there are no weights."""

    def count_tokens(self, prompts: Sequence[str]) -> list[int]:
        """Words of each prompt."""
        return [len(prompt.split()) for prompt in prompts]

    def lengths(self, prompts: Sequence[str]) -> Lengths:
        """Words of each prompt; those over the limit count as lost."""
        counts = np.array(self.count_tokens(prompts), dtype=np.int64)
        seen = np.minimum(counts, self.max_tokens)
        return Lengths(tokens=counts, lost=counts - seen, encoded=seen, windows=np.ones_like(counts))

    def in_way(self, long: str) -> Self:
        """Itself: the whole text is hashed, so there is nothing to choose."""
        if check_long(long) != "truncate":
            raise ConfigError(
                f"long is {long!r}; encoder {self.name!r} makes its vector of the whole text and takes truncate only;"
                " leave out long, or take an encoder with weights"
            )
        return self

    def encode(self, prompts: Sequence[str]) -> Vectors:
        """(n, dim) rows of unit length, the same on every machine."""
        rows = np.empty((len(prompts), self.dim), dtype=np.float32)
        for row, prompt in zip(rows, prompts, strict=True):
            seed = int.from_bytes(blake2b(prompt.encode("utf-8", "surrogatepass"), digest_size=16).digest())
            row[:] = np.random.default_rng(seed).standard_normal(self.dim)
            row /= np.linalg.norm(row)
        return rows
