"""Operations of a journal done to a model that was read from its file; no encoder is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ArtifactError
from semascope.learner.example import RankingExample
from semascope.learner.online.answered import Answers
from semascope.learner.online.operations import Forget, Learn, LearnAll, Suggested
from semascope.learner.online.reached import Reached
from semascope.learner.ridge.fit import Fit
from semascope.learner.suggested import noted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semascope.learner.model_file import SavedLearner
    from semascope.learner.online.journal import Entry, Journal
    from semascope.learner.online.operations import Operation
    from semascope.types import Array


def replayed(saved: SavedLearner, journal: Journal, path: Path) -> SavedLearner:
    """The model with the operations of its journal that it does not hold, fitted on all examples that have vectors.

    Raises
    ------
    ArtifactError
        When the journal does not go on from this model.
    """
    entries = journal.since(saved.start, path)
    if not entries:
        return saved
    changed = _Changed(saved)
    for entry in entries:
        changed.take(entry.operation)
    try:
        fitted = changed.saved()
    except (
        ValueError
    ) as error:  # no example is left, or vectors of several widths: the file was learnt into otherwise
        raise ArtifactError(
            f"what semascope serve has learnt does not fit {path} any more ({error}); put the model back that {journal.place} belongs"
            f" to, or move {journal.place} away to go on without it"
        ) from error
    return replace(fitted, reached=_further(saved.start, entries), unfolded=len(entries))


def _further(reached: Reached, entries: Sequence[Entry]) -> Reached:
    answers = Answers(reached.answered)
    for entry in entries:
        answers.keep(entry.operation, entry.applied)
    last = entries[-1]
    return Reached(through=last.applied.number, mark=last.mark, answered=answers.all())


class _Changed:
    """The examples of a saved model, with vectors and without, while they change."""

    def __init__(self, saved: SavedLearner) -> None:
        self._saved = saved
        fitted, self._pending = saved.examples[: saved.fitted], list(saved.examples[saved.fitted :])
        self._fitted: list[tuple[RankingExample, Array]] = list(zip(fitted, saved.vectors, strict=True))
        self._suggested = set(saved.suggested)

    def take(self, operation: Operation) -> None:
        """Do one operation."""
        if isinstance(operation, Learn):
            self._learn(operation)
        elif isinstance(operation, LearnAll):
            for example in operation.examples:
                self._learn(example)
        elif isinstance(operation, Forget):
            self._fitted = [pair for pair in self._fitted if pair[0].text != operation.text]
            self._pending = [example for example in self._pending if example.text != operation.text]
        elif isinstance(operation, Suggested):
            self._suggested = noted(self._suggested, operation.texts)

    def _learn(self, learnt: Learn) -> None:
        example = RankingExample(learnt.text, learnt.score, learnt.metadata)
        self._fitted.append((example, learnt.vector))

    def saved(self) -> SavedLearner:
        """The model as it is now; what cannot be fitted is a ``ValueError``."""
        examples = [example for example, _ in self._fitted]
        vectors = np.stack([vector for _, vector in self._fitted]).astype(self._saved.vectors.dtype)
        texts, scores = [each.text for each in examples], [each.score for each in examples]
        fit = Fit(texts, scores, vectors, alpha=self._saved.ridge.alpha)
        return replace(
            self._saved,
            ridge=fit.line,
            examples=(*examples, *self._pending),
            fitted=len(examples),
            vectors=vectors,
            suggested=tuple(sorted(self._suggested)),
        )
