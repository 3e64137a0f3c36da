"""Remedies judged by tasks: each is fitted on training rows, and held-out rows say what it changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from semascope.errors import ConfigError
from semascope.geometry.remedies.fitting import fit_remedy
from semascope.geometry.remedies.naming import REMEDIES, parse_remedy
from semascope.stats.family import one_family
from semascope.studies.geometry.judging.by_labels import judged_by_labels
from semascope.studies.geometry.judging.by_search import judged_by_search
from semascope.studies.geometry.judging.remedied import Remedied, RemediedSpace
from semascope.studies.geometry.judging.searching import split_search
from semascope.studies.geometry.judging.sides import check_rows, split_labels
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.encoders.remedied.remedy import Remedy
    from semascope.studies.geometry.judging.remedied import Task, TaskResult
    from semascope.studies.geometry.judging.searching import SearchSides
    from semascope.studies.geometry.judging.sides import LabelSides
    from semascope.studies.geometry.judging.tasks import LabelTask, SearchTask
    from semascope.types import Array, Progress


def judge_remedies(
    *,
    labels: LabelTask | None = None,
    search: SearchTask | None = None,
    back: SearchTask | None = None,
    remedies: Sequence[str] = REMEDIES,
    test_size: float = 0.3,
    margin: float | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> Remedied:
    """No remedy against each, in every space: probe and neighbours where there are labels, nDCG@10 where there are answers.

    Parameters
    ----------
    labels
        Judged by a logistic probe and by the vote of the 10 nearest training rows, both on held-out rows.
    search
        Judged by nDCG@10 of held-out queries over all documents. The remedy is fitted on the other queries and on the
        documents that answer no held-out one, and mends both sides.
    back
        Of pairs: the same with queries and documents exchanged.
    remedies
        As ``fit_remedy`` takes them, each once.
    test_size
        Share of the labelled rows that is held out.
    margin
        What counts as equal, a difference of accuracies or of nDCG; None: 0.02, less near 0 and 1.

    Returns
    -------
    Remedied
        With verdicts after Holm over all comparisons of a space. A task that cannot be judged and a remedy that cannot be
        fitted are left out, and it is said why.

    Raises
    ------
    ConfigError
        An unknown remedy, or one twice.
    DataError
        Spaces, labels or judgements that are not of the same rows.
    """
    _check_names(remedies)
    if labels is not None:
        check_rows(labels.codes, labels.vectors)
    told = None if labels is None else _label_sides(labels, test_size, seed)
    searches: dict[Task, SearchTask] = {}
    if search is not None:
        searches["retrieval"] = search
    if back is not None:
        searches["retrieval back"] = back
    asked = {task: split_search(each, seed=seed) for task, each in searches.items()}
    sides: list[LabelSides | SearchSides] = [*([] if told is None else [told]), *asked.values()]
    notes = tuple(dict.fromkeys(note for each in sides for note in each.notes))
    reasons = [each.reason for each in sides if each.reason]
    if len(reasons) == len(sides):
        reason = "; ".join(reasons) or "neither labels, pairs nor judgements were given"
        return Remedied(remedies=tuple(remedies), spaces={}, notes=notes, reason=reason)
    names = dict.fromkeys(
        [
            *(labels.vectors if labels is not None else ()),
            *(name for each in searches.values() for name in each.queries),
        ]
    )
    tick = _ticks(progress, len(names) * (len(sides) - len(reasons)) * (1 + len(remedies)))
    spaces = {}
    for name in names:
        unfitted: dict[str, str] = {}
        tasks: list[TaskResult] = []
        if labels is not None and told is not None and not told.reason and name in labels.vectors:
            tasks += judged_by_labels(
                labels.vectors[name],
                labels.codes,
                told,
                remedies,
                margin=margin,
                seed=seed,
                unfitted=unfitted,
                tick=tick,
            )
        for task, each in searches.items():
            if asked[task].reason or name not in each.queries:
                continue
            tasks.append(
                judged_by_search(
                    each.queries[name],
                    each.documents[name],
                    asked[task],
                    remedies,
                    task=task,
                    margin=margin,
                    seed=seed,
                    unfitted=unfitted,
                    tick=tick,
                )
            )
        spaces[name] = RemediedSpace(name=name, tasks=_corrected(tasks), unfitted=unfitted)
    return Remedied(
        remedies=tuple(remedies),
        spaces=spaces,
        notes=(*notes, *(f"Not judged by one task: {reason}." for reason in reasons)),
    )


def best_remedy(space: RemediedSpace) -> str | None:
    """The remedy that is better at something and worse at nothing, with the largest gain; None where there is none."""
    gains = {}
    for remedy in dict.fromkeys(name for task in space.tasks for name in task.scores):
        verdicts = list(space.verdicts(remedy).values())
        better = [verdict.gain for verdict in verdicts if verdict.word == "better"]
        if better and not any(verdict.word == "worse" for verdict in verdicts):
            gains[remedy] = max(better)
    return max(gains, key=gains.__getitem__) if gains else None


def refit(name: str, rows: Array) -> Remedy:
    """The remedy that is kept: fitted on all rows, those that judged it included; ``fitted_on`` says how many.

    Parameters
    ----------
    rows
        (n, d) rows as the encoder gives them and as the remedy will mend them; of a search queries and documents.
    """
    return fit_remedy(name, rows)


def _label_sides(labels: LabelTask, test_size: float, seed: int) -> LabelSides:
    found = split_labels(
        labels.codes, labels.names, labels.components, label=labels.label, test_size=test_size, seed=seed
    )
    note = found.trained_note()
    return replace(found, notes=(*found.notes, note)) if note else found


def _corrected(tasks: Sequence[TaskResult]) -> tuple[TaskResult, ...]:
    """The tasks of a space with Holm's correction over all their comparisons together."""
    verdicts = one_family([task.family for task in tasks])
    return tuple(
        replace(task, family=replace(task.family, verdicts=corrected))
        for task, corrected in zip(tasks, verdicts, strict=True)
    )


def _check_names(remedies: Sequence[str]) -> None:
    for name in remedies:
        parse_remedy(name)
        if list(remedies).count(name) > 1:
            raise ConfigError(f"remedy {name!r} is named twice; each is judged once; leave one out")


def _ticks(progress: Progress, total: int) -> Callable[[], None]:
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(Step(stage="judging remedies", done=done, total=total, unit="spaces"))

    return tick
