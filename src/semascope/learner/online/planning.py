"""What a group of operations comes to before any of it is done: which are good, their numbers, lines and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.learner.examples import check_forgettable
from semascope.learner.online.journal import Entry, to_line
from semascope.learner.online.operations import Applied, Forget, Learn, LearnAll, checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.learner.online.answered import Answers
    from semascope.learner.online.operations import Limits, Operation
    from semascope.learner.online.reached import Reached


class Plan:
    """Operations, each on what those before it leave.

    Parameters
    ----------
    counts
        Examples by text, before.
    answers
        Given before; those of the plan are not among them until it is done.
    reached
        The last operation before.

    Attributes
    ----------
    entries, lines
        What is to be done and written.
    counts
        Examples of the texts that come or go, after.
    """

    def __init__(
        self, counts: Mapping[str, int], examples: int, answers: Answers, reached: Reached, limits: Limits
    ) -> None:
        self.entries: list[Entry] = []
        self.lines: list[bytes] = []
        self.counts: dict[str, int] = {}
        self._before, self._examples, self._limits = counts, examples, limits
        self._answers, self._number, self._mark = answers, reached.through, reached.mark

    def take(self, operation: Operation) -> Applied:
        """The answer to one more operation, once the plan is done.

        Raises
        ------
        ConfigError, DataError
            For one that cannot be done; it is not part of the plan.
        """
        operation = checked(operation, self._limits)
        if (answered := self._answers.to(operation)) is not None:
            return answered
        changed = self._change(operation)
        applied = Applied(number=self._number + 1, examples=self._examples, changed=changed)
        line, mark = to_line(operation, applied, self._mark)
        self.lines.append(line)
        self.entries.append(Entry(operation=operation, applied=applied, mark=mark))
        self._answers.keep(operation, applied)
        self._number, self._mark = applied.number, mark
        return applied

    def _change(self, operation: Operation) -> int:
        """Count the examples as they are after it; how many of them come or go."""
        if isinstance(operation, Learn | LearnAll):
            examples = operation.examples if isinstance(operation, LearnAll) else (operation,)
            for example in examples:
                self.counts[example.text] = self._count(example.text) + 1
            self._examples += len(examples)
            return len(examples)
        if isinstance(operation, Forget):
            found = self._count(operation.text)
            check_forgettable(operation.text, found, among=self._examples)
            self.counts[operation.text] = 0
            self._examples -= found
            return found
        return len(operation.texts)

    def _count(self, text: str) -> int:
        return self.counts.get(text, self._before.get(text, 0))
