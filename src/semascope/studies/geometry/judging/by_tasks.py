"""What the tasks of a geometry say: a probe of every space, and every remedy by whatever can judge it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.geometry.asking.plan import NO_REMEDY
from semascope.studies.geometry.judging.copies import probes_of_copies, remedies_of_copies
from semascope.studies.geometry.judging.probe import judge_probes
from semascope.studies.geometry.judging.remedies import judge_remedies
from semascope.studies.geometry.judging.tasks import LabelTask, SearchTask

if TYPE_CHECKING:
    from semascope.studies.geometry.asking.asked import Asked
    from semascope.studies.geometry.asking.plan import GeometryPlan
    from semascope.studies.geometry.judging.probed import Probed
    from semascope.studies.geometry.judging.remedied import Remedied
    from semascope.types import Ints, Progress

REMEDIES = ("centre", "standardise", "all-but-the-top", "whiten")


def probed_of(asked: Asked, together: Ints, plan: GeometryPlan, progress: Progress) -> Probed | None:
    """A logistic probe of every space; None without labels."""
    if asked.labels is None:
        return None
    probed = judge_probes(
        asked.spaces,
        asked.labels.codes,
        asked.labels.names,
        label=asked.labels.name,
        components=together,
        margin=plan.margin,
        seed=plan.seed,
        progress=progress,
    )
    return probed if asked.groups is not None else probes_of_copies(probed)


def remedied_of(asked: Asked, together: Ints, plan: GeometryPlan, progress: Progress) -> Remedied | None:
    """Every remedy in every space, where a task can judge; None where none was asked for."""
    if plan.remedy == [NO_REMEDY]:
        return None
    labels = search = back = None
    if asked.labels is not None:
        labels = LabelTask(
            label=asked.labels.name,
            vectors=asked.spaces,
            codes=asked.labels.codes,
            names=asked.labels.names,
            components=together,
        )
    if asked.searched is not None:
        searched = asked.searched
        search = SearchTask(
            queries=searched.queries,
            documents=searched.documents,
            qrels=searched.grades,
            components=together[asked.paired] if searched.of_pairs else None,
        )
        if searched.of_pairs:  # the others find the texts: that is the way back
            search, back = _turned(search, asked.paired), search
    if labels is None and search is None:
        return None
    remedied = judge_remedies(
        labels=labels,
        search=search,
        back=back,
        remedies=_asked(plan),
        margin=plan.margin,
        seed=plan.seed,
        progress=progress,
    )
    return remedied if asked.groups is not None else remedies_of_copies(remedied)


def _turned(back: SearchTask, paired: Ints) -> SearchTask:
    """The texts that have another one find it, where ``back`` is the other ones finding the texts."""
    assert back.qrels is not None
    query_of = {place: query for query, place in enumerate(paired.tolist())}
    grades: dict[int, dict[int, float]] = {query: {} for query in range(len(paired))}
    for other, found in back.qrels.items():
        for place, grade in found.items():
            if place in query_of:
                grades[query_of[place]][other] = grade
    return SearchTask(
        queries={name: rows[paired] for name, rows in back.documents.items()},
        documents=back.queries,
        qrels=grades,
        components=back.components,
    )


def _asked(plan: GeometryPlan) -> list[str]:
    """The remedies to judge: one that is kept is judged too."""
    asked = list(plan.remedy) or list(REMEDIES)
    return asked if plan.keep is None or plan.keep in asked else [*asked, plan.keep]
