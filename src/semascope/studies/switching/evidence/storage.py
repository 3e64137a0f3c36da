"""What NEW is worth in every smaller way of keeping its vectors.

Letters: n vectors, m texts or queries that ask, k neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.halves import draw_halves
from semascope.stats.family import one_family
from semascope.studies.switching.evidence.forms import plain_form, search, smaller_forms
from semascope.studies.switching.evidence.judging import learns, standing
from semascope.studies.switching.evidence.kept import shares_kept
from semascope.studies.switching.evidence.neighborhoods import drawn
from semascope.studies.switching.result import OLD, StoredAs
from semascope.types import Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from semascope.geometry.halves import Halves
    from semascope.stats.results import Estimate
    from semascope.studies.switching.asking.plan import SwitchPlan
    from semascope.studies.switching.evidence.forms import Form
    from semascope.studies.switching.evidence.task import Task
    from semascope.types import Array, Ints, Progress, Vectors

ASKED = 2_000  # texts, or queries, whose neighbours are searched in every form


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Searching:
    """Who asks whom for neighbours."""

    items: Vectors  # (n, d) of unit length
    asking: Vectors  # (m, d)
    own: Ints | None  # (m,) places of those who ask among the items; None where queries ask
    kinds: Ints  # (n,) numbers from 0, equal where items have equal vectors
    k: int
    halves: Halves  # of those who ask

    @classmethod
    def of_texts(cls, vectors: Vectors, kinds: Ints, components: Ints, *, k: int, seed: int) -> Searching:
        """Texts that ask for each other; those that belong together are in the same halves."""
        rows = drawn(len(vectors), ASKED, seed)
        return cls(
            items=vectors,
            asking=vectors[rows],
            own=rows,
            kinds=kinds,
            k=k,
            halves=draw_halves(len(rows), groups=components[rows], seed=seed),
        )

    @classmethod
    def of_queries(
        cls, vectors: Vectors, queries: Vectors, kinds: Ints, copies: Ints, *, k: int, seed: int
    ) -> Searching:
        """Queries that ask for documents."""
        rows = drawn(len(queries), ASKED, seed)
        return cls(
            items=vectors,
            asking=queries[rows],
            own=None,
            kinds=kinds,
            k=k,
            halves=draw_halves(len(rows), groups=copies[rows], seed=seed),
        )

    def found(self, form: Form) -> Ints:
        """(m, k) what a search in a form finds, nearest first."""
        if self.own is None:
            return search(form, self.asking, self.k)[0]
        return without_self(search(form, self.asking, self.k + 1)[0], self.own)

    def overlap(self, found: Ints, reference: Ints) -> Estimate:
        """Share of what the reference found that was found too."""
        shares = shares_kept(reference, found, self.kinds, self.k)
        spread = np.array([shares[mask].mean() for mask in self.halves.masks()])
        return self.halves.estimate(float(shares.mean()), spread, least=0.0, most=1.0)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tried:
    """The tasks, and what is known of them from OLD."""

    tasks: Sequence[Task]
    answers: Sequence[Mapping[str, Array]]  # with those of ``OLD``
    learnt: Sequence[bool]  # whether OLD's are better than answers without a text
    asking: Vectors | None  # (q, d) of all queries in NEW; None without any
    margin: float | None
    overlap_margin: float

    @classmethod
    def of(
        cls,
        tasks: Sequence[Task],
        answers: Sequence[Mapping[str, Array]],
        floors: Sequence[Array],
        plan: SwitchPlan,
        *,
        asking: Vectors | None,
    ) -> Tried:
        """The tasks, with whether OLD has learnt each: its answers are held against ``floors``, which look at no text."""
        return cls(
            tasks=tasks,
            answers=answers,
            learnt=[
                learns(task, own[OLD], floor) for task, own, floor in zip(tasks, answers, floors, strict=True)
            ],
            asking=asking,
            margin=plan.margin,
            overlap_margin=plan.overlap_margin,
        )


def stored(searching: Searching, train: Ints, tried: Tried, *, progress: Progress) -> list[StoredAs]:
    """Every form: its size, what a search in it finds of what float32 finds, and what the tasks say of it against OLD.

    Parameters
    ----------
    train
        Places of items that ranges are fitted on.
    """
    reference: Ints | None = None
    answers = [{OLD: each[OLD]} for each in tried.answers]
    made: list[_Made] = []
    for form in _forms(searching.items, train):
        progress(Step(stage="trying smaller forms", done=len(made), total=6, unit="forms"))
        found = searching.found(form)
        reference = found if reference is None else reference
        made.append(
            _Made(
                name=form.name,
                dims=form.dims,
                searched=form.bytes_searched,
                kept=form.bytes_kept,
                overlap=searching.overlap(found, reference),
            )
        )
        for task, own in zip(tried.tasks, answers, strict=True):
            own[form.name] = task.answers(form, tried.asking)
    return [_stored(one, tried, answers) for one in made]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    name: str
    dims: int
    searched: float
    kept: float
    overlap: Estimate


def _forms(vectors: Vectors, train: Ints) -> Iterator[Form]:
    yield plain_form(vectors)
    yield from smaller_forms(vectors, train)


def _stored(one: _Made, tried: Tried, answers: Sequence[Mapping[str, Array]]) -> StoredAs:
    """Each way is a question of its own: Holm goes over its tasks alone, as for NEW as it comes."""
    families = [
        task.family({OLD: own[OLD], one.name: own[one.name]}, baseline=OLD, margin=tried.margin)
        for task, own in zip(tried.tasks, answers, strict=True)
    ]
    corrected = [found[one.name] for found in one_family(families)]
    words = [
        standing(verdict, task.measure, learnt=learnt)[0]
        for verdict, task, learnt in zip(corrected, tried.tasks, tried.learnt, strict=True)
    ]
    if not words:
        words = [True if one.overlap.low >= 1 - tried.overlap_margin else None]
    return StoredAs(
        name=one.name,
        dims=one.dims,
        bytes_searched=one.searched,
        bytes_kept=one.kept,
        overlap=one.overlap,
        verdicts={task.name: verdict for task, verdict in zip(tried.tasks, corrected, strict=True)},
        values={
            task.name: task.estimate(own[one.name]).value
            for task, own in zip(tried.tasks, answers, strict=True)
        },
        stands=False if False in words else None if None in words else True,
    )


def without_self(found: Ints, rows: Ints) -> Ints:
    """(m, k) of (m, k + 1) lists, each without its own text, or without its last one where it is not among them.

    Examples
    --------
    >>> without_self(np.array([[0, 1], [1, 2]]), np.array([0, 5])).tolist()
    [[1], [1]]
    """
    own = found == rows[:, None]
    own[~own.any(axis=1), -1] = True
    kept: Ints = found[~own].reshape(len(found), found.shape[1] - 1)
    return kept
