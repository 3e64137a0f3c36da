"""What an API is sent of each prompt: whole, cut, or in windows, as texts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from semascope.encoders.api.windows import cut_prompts
from semascope.encoders.long import check_long

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.api.counting import TokenCounter
    from semascope.encoders.api.windows import Pieces
    from semascope.encoders.long import LongWay
    from semascope.encoders.protocol import Lengths


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How a model's prompts are counted, and cut where they are over its limit."""

    counter: TokenCounter
    limit: int | None  # tokens of a piece, special ones included; None: nothing is cut
    family: str = "plain"  # template family: what it writes before a text stands before every piece
    long: LongWay = "truncate"
    # Of an estimate: whether a prompt that may be too long is cut, or sent whole unless it is expected to be.
    cautious: bool = False

    @property
    def stated(self) -> tuple[str, ...]:
        """What is counted by, and what that means for prompts near the limit; one sentence each."""
        if self.counter.exact or self.limit is None:
            return (self.counter.stated,)
        taken = (
            f"a text is cut where it may have more than {self.limit:,} tokens, which leaves many pieces at half of that"
            if self.cautious
            else f"a text is sent whole unless it is expected to have more than {self.limit:,} tokens: the server may refuse or cut"
            " it"
        )
        return (self.counter.stated, f"{taken}; with the model's own tokenizer it is cut at the limit itself")

    def pieces(self, prompts: Sequence[str]) -> Pieces:
        """What is sent for each prompt."""
        return cut_prompts(
            prompts,
            limit=self.limit,
            long=self.long,
            family=self.family,
            counter=self.counter,
            cautious=self.cautious,
        )

    def lengths(self, prompts: Sequence[str]) -> Lengths:
        """Tokens of each prompt before the cut, those that are lost, and those that are sent."""
        return self.pieces(prompts).lengths

    def in_way(self, long: str) -> Self:
        """The same with long prompts read in another way."""
        return replace(self, long=check_long(long))

    def known_as(self, prompts: Sequence[str]) -> list[str]:
        """The prompts as the store knows them: one that may be over the limit with what cuts it and how.

        Its row is another one where its pieces are; a prompt that fits has the same row whatever counts its tokens, so a
        tokenizer that comes to this machine later makes no other row be paid for again.
        """
        if self.limit is None:
            return list(prompts)
        over = np.flatnonzero(self.counter.most(prompts) > self.limit)
        known = list(prompts)
        for place in over.tolist():
            known[place] = f"{known[place]}\x00{self.counter.identity} {self.limit}"
        return known

    def cautiously(self) -> Self:
        """The same for prompts that a server refused as too long: cut wherever they may be."""
        return replace(self, cautious=True)
