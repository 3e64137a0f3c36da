"""A scorer behind a service."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semascope.embedding.width import cut
from semascope.learner.learnt_range import said_outside
from semascope.probes.scorer import ReadTexts
from semascope.serve.refusals import FieldRefused, blaming
from semascope.serve.served.embeds import Embeds
from semascope.serve.served.not_read import said_of_truncated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.learner.answers.intervals import Interval
    from semascope.probes.scorer import Ranking, Scorer, Scores
    from semascope.serve.served.encoders import SharedEncoder
    from semascope.types import Floats

_AT_ONCE = 32  # texts whose scores take less time than handing them to another thread


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scored:
    """Answers for n texts."""

    scores: Scores
    intervals: tuple[
        Interval | None, ...
    ]  # (n,) None where none was asked for, and where a text has no score
    tokens: int  # that were read


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ranked:
    """n texts in order, of which m have a score."""

    ranking: Ranking  # by scores that are neither cut nor mapped to medians, which both make ties
    shown: Floats  # (m,) the score of each as it is given to whoever asks for scores
    scores: Scores


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

    async def read(self, texts: Sequence[str]) -> tuple[ReadTexts, int]:
        """What the head sees of those of n texts that hold something, and the tokens that were read for it."""
        places = self.scorer.readable(texts)
        readable = [texts[place] for place in places]
        if self.shared is None:
            return self.scorer.unread(readable, places), 0
        card = self.scorer.card
        found = await self.shared.read(readable, instruction=card.sentence, role=card.role)
        read = ReadTexts(
            rows=cut(found.vectors, card.dim),
            truncated=found.truncated,
            unknown_rows=tuple(places[found.unknown].tolist()),
        )
        return read, int(found.tokens.sum())

    async def score(self, texts: Sequence[str], *, coverage: float | None = None) -> Scored:
        """Scores of n texts, with intervals where a coverage is given.

        Raises
        ------
        FieldRefused
            For a coverage that cannot be used, or of a scorer that has no intervals.
        """
        if coverage is not None:
            raise FieldRefused(
                f"coverage is {coverage:g}, but {self.name!r} is a scorer ({self.scorer.card.head}) without examples; intervals need"
                " a model of semascope learn; leave coverage out",
                param="coverage",
            )
        read, tokens = await self.read(texts)
        scores = await answered(self.scorer.answer, texts, read)
        return Scored(scores=scores, intervals=(None,) * len(texts), tokens=tokens)

    async def rank(self, texts: Sequence[str], *, target: str | None, class_name: str | None) -> Ranked:
        """The texts from the highest to the lowest score."""
        with blaming(self._ranks_by(target, class_name)):  # refused before anything is computed
            column = self.scorer.column(target, class_name)
        scores = (await self.score(texts)).scores
        ranking = self.scorer.in_order(scores, target=target, class_name=class_name)
        shown = scores.probabilities if scores.classes else scores.values
        return Ranked(ranking=ranking, shown=shown[ranking.rows, column], scores=scores)

    def _ranks_by(self, target: str | None, class_name: str | None) -> str:
        """The field that says what to rank by, or must; of both the one that this scorer has no use for."""
        needed, other = ("class", target) if self.scorer.card.classes else ("target", class_name)
        unused = "target" if needed == "class" else "class"
        return needed if other is None else unused

    def said_of_scores(self, scores: Scores, *, target: str | None = None) -> list[str]:
        """What whoever reads them should know: scores outside of what was learnt from, and what was not read.

        ``target``: the only one whose scores are shown; None for all.
        """
        said = [] if scores.classes else self._said_outside(scores, target)
        return said + self.said_of_reading(scores)

    def said_of_reading(self, read: Scores | ReadTexts) -> list[str]:
        """Texts that were not read to their end, and texts of unknown words."""
        said = said_of_truncated(read.truncated, self.scorer.encoder)
        return said + self.scorer.said_of_unknown(read.unknown_rows)

    def learnt_range(self) -> tuple[float, float] | None:
        """Lowest and highest score that was learnt from, where the card of a target does not say."""
        return None

    def _said_outside(self, scores: Scores, target: str | None) -> list[str]:
        cards = self.scorer.card.targets
        columns = [place for place, each in enumerate(cards) if target in (None, each.name)]
        return said_outside(
            [cards[place] for place in columns],
            scores.unclipped[:, columns],
            written=scores.values[:, columns],
            learnt=self.learnt_range,
        )

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
            "ranges": {
                target.name: [target.low, target.high] for target in card.targets if target.low is not None
            },
            "classes": list(card.classes),
            "head": card.head,
            "learn": False,
        }


async def answered(
    answer: Callable[[Sequence[str], ReadTexts], Scores], texts: Sequence[str], read: ReadTexts
) -> Scores:
    """The scores of texts that were read: at once where they are few, in a thread where they would keep others waiting."""
    if len(texts) <= _AT_ONCE:
        return answer(texts, read)
    return await asyncio.to_thread(answer, texts, read)
