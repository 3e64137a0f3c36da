"""Remedies judged by labels: a probe and neighbours that vote, fitted on training rows. n rows, d dim, k neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.geometry.labels.separating import vote
from semascope.neighbors import top_k
from semascope.stats.intervals import estimate
from semascope.stats.measures import get_measure
from semascope.stats.verdict import judge
from semascope.studies.geometry.judging.mending import each_remedy
from semascope.studies.geometry.judging.probe import probe_predictions
from semascope.studies.geometry.judging.remedied import NOTHING, TaskResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from semascope.studies.geometry.judging.remedied import Task
    from semascope.studies.geometry.judging.sides import LabelSides
    from semascope.types import Ints, Vectors

K = 10


def judged_by_labels(
    vectors: Vectors,
    codes: Ints,
    sides: LabelSides,
    remedies: Sequence[str],
    *,
    margin: float | None,
    seed: int,
    unfitted: dict[str, str],
    tick: Callable[[], None],
) -> list[TaskResult]:
    """The probe and the neighbours' vote on the held-out rows of one space.

    Parameters
    ----------
    unfitted
        Takes the remedies that cannot be fitted, and why.
    tick
        Called after every remedy.
    """
    probes: dict[str, Ints] = {}
    votes: dict[str, Ints] = {}
    for name, mend in each_remedy(vectors[sides.train], remedies, unfitted):
        mended = mend(vectors)
        probes[name] = probe_predictions(mended, codes, sides, seed=seed)
        votes[name] = vote_predictions(mended, codes, sides)
        tick()
    return [
        _result("probe", probes, codes, sides, margin=margin, seed=seed),
        _result("kNN", votes, codes, sides, margin=margin, seed=seed),
    ]


def vote_predictions(vectors: Vectors, codes: Ints, sides: LabelSides) -> Ints:
    """(k,) labels that the nearest training rows of each held-out row vote for."""
    k = min(K, max(len(sides.train) // 2, 1))
    nearest = top_k(vectors[sides.test], vectors[sides.train], k).indices
    return vote(nearest, codes[sides.train])


def _result(
    task: Task,
    predictions: Mapping[str, Ints],
    codes: Ints,
    sides: LabelSides,
    *,
    margin: float | None,
    seed: int,
) -> TaskResult:
    truth, accuracy = codes[sides.test], get_measure("accuracy", "classification")
    return TaskResult(
        task=task,
        measure=accuracy.name,
        scores={
            name: estimate(truth, predicted, measure=accuracy, groups=sides.units)
            for name, predicted in predictions.items()
        },
        family=judge(
            truth,
            predictions,
            baseline=NOTHING,
            measure=accuracy,
            margin=margin,
            groups=sides.units,
            seed=seed,
        ),
        fitted_on=len(sides.train),
        held_out=len(sides.test),
    )
