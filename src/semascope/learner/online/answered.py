"""Answers that were given, by request id, so that a repeated request gets the same one and changes nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from semascope.errors import IdTaken
from semascope.learner.online.operations import Applied, content_digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semascope.learner.online.operations import Operation

KEPT = 10_000  # answers that are remembered, the latest ones


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """One request and its answer."""

    request_id: str
    digest: str  # of what was asked
    applied: Applied


class Answers:
    """The latest answers.

    Parameters
    ----------
    answered
        The first ones, oldest first.
    below
        Others that are known besides, and stay as they are.
    """

    def __init__(self, answered: Iterable[Answered] = (), *, below: Answers | None = None) -> None:
        self._by_id = {each.request_id: each for each in answered}
        self._below = below

    def all(self) -> tuple[Answered, ...]:
        """Oldest first, without those below."""
        return tuple(self._by_id.values())

    def to(self, operation: Operation) -> Applied | None:
        """What was answered to this request; None where it is a new one.

        Raises
        ------
        IdTaken
            When something else was asked under the same id.
        """
        found = self._by_id.get(operation.request_id)
        if found is None:
            return None if self._below is None else self._below.to(operation)
        if found.digest != content_digest(operation):
            raise IdTaken(
                f"request_id {operation.request_id!r:.60} was used for another request; an id names one request; take a new id"
            )
        return replace(found.applied, repeated=True)

    def keep(self, operation: Operation, applied: Applied) -> None:
        """Remember an answer; the oldest goes where there are too many."""
        if operation.request_id:
            self._by_id[operation.request_id] = Answered(
                request_id=operation.request_id, digest=content_digest(operation), applied=applied
            )
            if len(self._by_id) > KEPT:
                del self._by_id[next(iter(self._by_id))]


def to_lines(answered: Iterable[Answered]) -> bytes:
    """JSON lines, one an answer."""
    lines = (
        json.dumps(
            [one.request_id, one.digest, one.applied.number, one.applied.examples, one.applied.changed]
        )
        for one in answered
    )
    return "".join(f"{line}\n" for line in lines).encode()


def from_lines(data: bytes) -> tuple[Answered, ...]:
    """The answers of such lines; a line that is none is a ``ValueError`` or ``TypeError``."""
    found = []
    for line in data.splitlines():
        request_id, digest, number, examples, changed = json.loads(line)
        applied = Applied(number=int(number), examples=int(examples), changed=int(changed))
        found.append(Answered(request_id=str(request_id), digest=str(digest), applied=applied))
    return tuple(found)
