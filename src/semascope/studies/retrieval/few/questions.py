"""The questions of a study: which document comes next, what an answer changes, and where the cells stand by now.

Letters: q queries, c - 1 candidates beside the baseline, m queries that are done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from semascope.retrieval.asking.estimates import estimate
from semascope.retrieval.asking.worth import differences
from semascope.studies.retrieval.few.answers import Answer
from semascope.studies.retrieval.few.verdicts import Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.retrieval.asking.drawing import Drawing
    from semascope.retrieval.asking.forecast import Forecast
    from semascope.retrieval.asking.pool import Pool
    from semascope.retrieval.measuring.measures import QueryMeasure
    from semascope.stats.always_valid import Bound
    from semascope.studies.retrieval.few.answers import Answers
    from semascope.types import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One document, asked about for one query."""

    query: str
    document: str
    number: int  # of the query among those that were begun, from 1
    place: int  # of the document among those of this query, from 1
    documents: int  # that this query takes as it looks now
    judgements: int  # that a person gave so far


@dataclass(kw_only=True, eq=False)
class Questions:
    """A session: the questions of one study in their order, with what is known of them."""

    cells: Sequence[str]  # the baseline first
    pools: Sequence[Pool]  # (q,)
    drawing: Drawing
    forecast: Forecast
    measure: QueryMeasure
    bound: Bound
    margin: float
    known: Mapping[str, Mapping[str, float]]  # what the collection said before anybody was asked
    machine: Floats | None  # (c - 1, q) differences by a machine's judgements
    answers: Answers
    query_texts: Mapping[str, str]
    document_texts: Mapping[str, tuple[str, str]]  # title and body
    _done: list[Floats] = field(default_factory=list)  # (c - 1,) differences of each query that is done
    _grades: dict[str, dict[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._gather()
        self._moved()

    def next(self) -> Question | None:
        """What is asked now; None when nothing is left that could change a difference."""
        if len(self._done) == len(self.drawing.order):
            return None
        pool = self._pool
        left = pool.open(self._of(pool))
        place = len(self.answers.grades.get(pool.query, {})) + 1
        return Question(
            query=pool.query,
            document=pool.documents[left[0]],
            number=len(self._done) + 1,
            place=place,
            documents=place - 1 + len(left),
            judgements=len(self.answers.given),
        )

    def answer(self, question: Question, grade: float | None) -> bool:
        """Keep an answer; whether it was the last one that its query needed. None: skipped, which counts as not relevant."""
        self.answers.give(Answer(query=question.query, document=question.document, grade=grade))
        self._grades.setdefault(question.query, {})[question.document] = grade or 0.0
        before = len(self._done)
        self._moved()
        return len(self._done) > before

    def undo(self) -> Answer | None:
        """Take the last answer back; its question is the next one again. None where there is none."""
        last = self.answers.undo()
        if last is None:
            return None
        self._gather()
        for place, number in enumerate(self.drawing.order[: len(self._done)].tolist()):
            if self.pools[number].query == last.query:
                del self._done[
                    place:
                ]  # answers on queries behind it are kept, and count again when it is done
                break
        self._moved()
        return last

    @property
    def done(self) -> int:
        """Queries that nothing can change any more, those alone that the drawing brought up."""
        return len(self._done)

    @cached_property
    def standing(self) -> Standing:
        """Where every candidate stands."""
        human = np.array(self._done).T if self._done else np.zeros((len(self.cells) - 1, 0))
        return Standing.of(
            estimate(self.drawing, human, self.machine),
            done=len(self._done),
            bound=self.bound,
            margin=self.margin,
            askable=len(self.drawing.order),
            alike=[not any(pool.differs[c].any() for pool in self.pools) for c in range(len(self.cells) - 1)],
        )

    @property
    def _pool(self) -> Pool:
        return self.pools[int(self.drawing.order[len(self._done)])]

    def _of(self, pool: Pool) -> Mapping[str, float]:
        return self._grades.get(pool.query, {})

    def _gather(self) -> None:
        """What is known of each pair: what the collection says, and before it what the person says."""
        self._grades = {query: dict(grades) for query, grades in self.known.items()}
        for query, grades in self.answers.grades.items():
            self._grades.setdefault(query, {}).update(grades)

    def _moved(self) -> None:
        """Go on behind every query that is done, those too that were judged before anybody was asked."""
        self.__dict__.pop("standing", None)
        while len(self._done) < len(self.drawing.order) and not self._pool.open(self._of(self._pool)):
            self._done.append(differences([self._pool], self._grades, self.measure)[:, 0])
