"""Units of a verdict by their right name: without a column of groups what counts as one is a set of copies."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.stats.results import Estimate, Family
    from semascope.studies.geometry.judging.probed import Probed
    from semascope.studies.geometry.judging.remedied import Remedied, TaskResult

_GROUP = re.compile(r"\bgroup(s?)\b")


def of_copies(said: str) -> str:
    """What a test says of groups, of sets of copies.

    Examples
    --------
    >>> of_copies("sign flip over 7 groups"), of_copies("1 group")
    ('sign flip over 7 sets of copies', '1 set of copies')
    """
    return _GROUP.sub(r"set\1 of copies", said)


def probes_of_copies(probed: Probed) -> Probed:
    """The same numbers, in words of copies."""
    if probed.family is None:
        return probed
    accuracies = {
        name: replace(each, estimate=_estimate(each.estimate)) for name, each in probed.accuracies.items()
    }
    return replace(probed, accuracies=accuracies, family=_family(probed.family))


def remedies_of_copies(remedied: Remedied) -> Remedied:
    """The same numbers, in words of copies."""
    spaces = {
        name: replace(space, tasks=tuple(_task(task) for task in space.tasks))
        for name, space in remedied.spaces.items()
    }
    return replace(remedied, spaces=spaces)


def _task(task: TaskResult) -> TaskResult:
    scores: Mapping[str, Estimate] = {name: _estimate(each) for name, each in task.scores.items()}
    return replace(task, scores=dict(scores), family=_family(task.family))


def _family(family: Family) -> Family:
    verdicts = {
        name: replace(verdict, reason=of_copies(verdict.reason)) for name, verdict in family.verdicts.items()
    }
    return replace(
        family, test=of_copies(family.test), interval=of_copies(family.interval), verdicts=verdicts
    )


def _estimate(estimate: Estimate) -> Estimate:
    return replace(estimate, method=of_copies(estimate.method), reason=of_copies(estimate.reason))
