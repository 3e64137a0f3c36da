"""A learner behind a service: it scores as a scorer does, gives intervals and reasons, and may go on learning.

The service makes all vectors, through the batches of the encoder that it shares: the model embeds nothing, and remembers no text
but its examples.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from semascope.data.odd import is_empty
from semascope.learner.answers.at_vectors import explain_at, intervals_at, suggest_at
from semascope.learner.answers.intervals import check_coverage
from semascope.learner.online.operations import Forget, Learn, LearnAll, Suggested, check_id
from semascope.learner.suggested import MANY
from semascope.probes.scorer import Scorer
from semascope.serve.refusals import FieldRefused, NotAllowed, NotScored, blaming
from semascope.serve.served.learnt_notes import may_be_known, said_of_far, said_of_known
from semascope.serve.served.line_head import LineHead
from semascope.serve.served.scorer import Scored, ServedScorer
from semascope.serve.served.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from semascope.learner.answers.explanation import Explanation
    from semascope.learner.answers.intervals import Interval
    from semascope.learner.example import RankingExample
    from semascope.learner.model import Model
    from semascope.learner.online.operations import Applied
    from semascope.probes.card import Card
    from semascope.probes.head import Head
    from semascope.probes.scorer import ReadTexts, Scores
    from semascope.serve.learning.writer import Writer
    from semascope.serve.served.encoders import SharedEncoder


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Learnt:
    """What became of examples, and what is to be said of them."""

    applied: Applied
    notes: tuple[str, ...]


class ServedLearner(ServedScorer):
    """Scores, explains, and learns where it has a writer.

    Parameters
    ----------
    name
        What it is called in requests.
    card
        Of the model.
    model
        Gives the model as it is now.
    shared
        What makes its vectors.
    writer
        Learns into the model; None where the service may not.
    """

    kind = "learner"

    def __init__(
        self,
        name: str,
        card: Card,
        model: Callable[[], Model],
        shared: SharedEncoder,
        writer: Writer | None,
    ) -> None:
        head = cast("Head", LineHead(model))  # it predicts, which is all that a service asks of a head
        super().__init__(name, Scorer(card, head, encoder=shared.encoder), shared)
        self._model, self._writer = model, writer
        self._turns = Turns()
        self._range: tuple[object, tuple[float, float]] | None = None

    def start(self) -> None:
        """Begin on the running loop."""
        if self._writer:
            self._writer.start()

    async def stop(self) -> None:
        """Learn what was accepted, and write the model file."""
        if self._writer:
            await self._writer.stop()

    # --- scores and reasons ---

    async def score(self, texts: Sequence[str], *, coverage: float | None = None) -> Scored:
        """Scores of n texts, never clipped, with intervals where a coverage is given."""
        if coverage is None:
            return await super().score(texts)
        with blaming("coverage"):
            coverage = check_coverage(coverage)
        read, tokens = await self.read(texts)
        scores, found = await self._turns.take(lambda: self._with_intervals(texts, read, coverage))
        intervals: list[Interval | None] = [None] * len(texts)
        for place, interval in zip(self.scorer.readable(texts).tolist(), found, strict=True):
            intervals[place] = interval
        return Scored(scores=scores, intervals=tuple(intervals), tokens=tokens)

    async def explain(
        self, text: str, coverage: float, *, neighbours: int, pulls: int
    ) -> tuple[Explanation, tuple[str, ...]]:
        """Why a text gets its score, and what is to be said of it."""
        with blaming("coverage"):
            check_coverage(coverage)
        read = await self._read_one(text)

        def explain() -> Explanation:
            return explain_at(self._model(), text, read.rows[0], coverage, neighbours=neighbours, pulls=pulls)

        return await self._turns.take(explain), tuple(self.said_of_reading(read))

    def learnt_range(self) -> tuple[float, float]:
        """Lowest and highest score of the examples that the model is fitted on."""
        fit = self._model().fitted()
        if self._range is None or self._range[0] is not fit.line:  # each change brings another line
            scores = fit.scores
            self._range = fit.line, (float(scores.min()), float(scores.max()))
        return self._range[1]

    def _with_intervals(
        self, texts: Sequence[str], read: ReadTexts, coverage: float
    ) -> tuple[Scores, tuple[Interval, ...]]:
        if not len(read.rows):
            return self.scorer.answer(texts, read), ()
        found = intervals_at(self._model(), read.rows, coverage)
        scores = np.array([[each.score] for each in found])  # of the same line as the ends
        return self.scorer.answer(texts, read, predicted=scores), found

    # --- learning ---

    async def learn(self, examples: Sequence[RankingExample], request_id: str) -> Learnt:
        """Learn one example or more, all of them or none; answers when they are on the disk."""
        writer = self._may_learn(request_id)
        texts = [each.text for each in examples]
        _check_not_empty(texts)
        read, _ = await self.read(texts)
        rows = [
            Learn(text=each.text, score=each.score, metadata=each.metadata, vector=vector)
            for each, vector in zip(examples, read.rows, strict=True)
        ]
        operation = (
            replace(rows[0], request_id=request_id)
            if len(rows) == 1
            else LearnAll(examples=tuple(rows), request_id=request_id)
        )
        said = [*await self._said_beside(examples), *self.said_of_reading(read)]  # of the model before it
        applied = await writer.apply(operation)
        return Learnt(applied=applied, notes=() if applied.repeated else tuple(said))

    async def _said_beside(self, examples: Sequence[RankingExample]) -> list[str]:
        """How examples stand to those that the model has."""
        said, model = said_of_far(examples, self.learnt_range()), self._model()
        if may_be_known(examples, model):
            said += await asyncio.to_thread(said_of_known, examples, model)
        return said

    async def forget(self, text: str, request_id: str) -> Applied:
        """Take every example with this text out of the model."""
        writer = self._may_learn(request_id)
        with blaming("text"):
            return await writer.apply(Forget(text=text, request_id=request_id))

    async def suggest(self, texts: Sequence[str], n: int) -> list[int]:
        """Places of the texts whose scores would tell most, the most useful first; it is written down that they were named."""
        writer = self._may_learn("")
        places = self.scorer.readable(texts).tolist()
        if not places:
            return []
        read, _ = await self.read(texts)
        rows = await self._turns.take(lambda: suggest_at(self._model(), read.rows, n))
        named = [places[row] for row in rows]
        new = self._unnoted(texts[place] for place in named)
        if new:
            await writer.apply(Suggested(texts=new))
        return named

    def _unnoted(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Those of texts that the model does not remember as suggested."""
        known = self._model().suggested
        return () if MANY in known else tuple(dict.fromkeys(text for text in texts if text not in known))

    def _may_learn(self, request_id: str) -> Writer:
        if self._writer is None:
            raise NotAllowed(
                "learning is off in this service; it answers from the model as it is; whoever runs it can start it with --learn"
            )
        with blaming("request_id"):
            check_id(request_id)
        return self._writer

    async def _read_one(self, text: str) -> ReadTexts:
        read, _ = await self.read([text])
        if not len(read.rows):
            raise NotScored(
                "the text is empty; only one with something to read has a score; send one", param="text"
            )
        return read

    @property
    def about(self) -> dict[str, Any]:
        """What ``/v1/models`` says of it."""
        model = self._model()
        low, high = self.learnt_range()
        about = super().about
        del about["ranges"]  # no score is cut to them; what was learnt from is said instead
        return about | {
            "learn": self._writer is not None,
            "examples": len(model.fitted().texts),
            "learnt_range": [low, high],
        }


def _check_not_empty(texts: Sequence[str]) -> None:
    for place, text in enumerate(texts):
        if is_empty(text):
            raise FieldRefused(
                f"text {place} is empty; an example needs something to read; leave it out, and send the others again",
                param="examples" if len(texts) > 1 else "text",
            )
