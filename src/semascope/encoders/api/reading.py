"""What an API is sent of each prompt: whole, cut, or in windows, as texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.protocol import Lengths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Floats, Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pieces:
    """Texts of n prompts as they are sent."""

    texts: list[str]  # m, one or more a prompt
    owners: Ints  # (m,) place of the prompt
    weights: Floats  # (m,) of a piece among those of its prompt; they sum to 1
    tokens: Floats  # (m,) expected


class Reading:
    def lengths(self, prompts: Sequence[str]) -> Lengths:
        tokens = np.array([len(prompt) // 4 + 2 for prompt in prompts], dtype=np.int64)
        return Lengths(
            tokens=tokens, lost=np.zeros_like(tokens), encoded=tokens, windows=np.ones_like(tokens)
        )

    def pieces(self, prompts: Sequence[str]) -> Pieces:
        return Pieces(
            texts=list(prompts),
            owners=np.arange(len(prompts)),
            weights=np.ones(len(prompts)),
            tokens=np.array([len(prompt) / 4 + 2 for prompt in prompts]),
        )
