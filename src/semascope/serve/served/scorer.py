"""A scorer behind a service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from semascope.embedding.width import cut
from semascope.probes.scorer import ReadTexts
from semascope.serve.served.embeds import Embeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.probes.scorer import Ranking, Scorer, Scores
    from semascope.serve.served.encoders import SharedEncoder

_AT_ONCE = 32  # texts whose scores take less time than handing them to another thread


class ServedScorer:
    """Scores and ranks texts.

    Parameters
    ----------
    name
        What it is called in requests.
    scorer
        Opened.
    shared
        What makes its vectors; None for a head that looks at none.
    """

    kind = "scorer"

    def __init__(self, name: str, scorer: Scorer, shared: SharedEncoder | None) -> None:
        self.name, self.scorer, self.shared = name, scorer, shared

    async def score(self, texts: Sequence[str]) -> tuple[Scores, int]:
        """Scores of n texts, and the tokens that were read for them."""
        places = self.scorer.readable(texts)
        readable = [texts[place] for place in places]
        tokens = 0
        if self.shared is None:
            read = self.scorer.unread(readable)
        else:
            card = self.scorer.card
            found = await self.shared.read(readable, instruction=card.sentence, role=card.role)
            tokens = int(found.tokens.sum())
            read = ReadTexts(
                rows=cut(found.vectors, card.dim),
                truncated=found.truncated,
                unknown_rows=tuple(places[found.unknown].tolist()),
            )
        if len(texts) <= _AT_ONCE:
            return self.scorer.answer(texts, read), tokens
        return await asyncio.to_thread(self.scorer.answer, texts, read), tokens

    async def rank(
        self, texts: Sequence[str], *, target: str | None, class_name: str | None
    ) -> tuple[Ranking, int]:
        """The texts from the highest to the lowest score."""
        scores, tokens = await self.score(texts)
        return self.scorer.in_order(scores, target=target, class_name=class_name), tokens

    @property
    def embeds(self) -> Embeds | None:
        """As its head has learnt to read vectors; None where it reads none."""
        if self.shared is None:
            return None
        card = self.scorer.card
        return Embeds(
            shared=self.shared,
            is_settled=True,
            instruction=card.sentence,
            role=card.role,
            dim=card.dim,
        )

    @property
    def about(self) -> dict[str, Any]:
        """What ``/v1/models`` says of it besides how it embeds."""
        card = self.scorer.card
        return {
            "targets": [target.name for target in card.targets],
            "ranges": {target.name: [target.low, target.high] for target in card.targets},
            "classes": list(card.classes),
            "head": card.head,
        }
