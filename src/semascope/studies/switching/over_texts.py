"""The evidence of a table of texts: neighbours, heads on its targets, forms, costs, thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.studies.result import Note
from semascope.studies.switching.asking.measures import read_measures
from semascope.studies.switching.asking.origin import FromTable
from semascope.studies.switching.evidence import neighborhoods, thresholds
from semascope.studies.switching.evidence.changed import answered_otherwise
from semascope.studies.switching.evidence.cosines import cosines_apart
from semascope.studies.switching.evidence.costs import reencoding
from semascope.studies.switching.evidence.forms import plain_form
from semascope.studies.switching.evidence.gathered import Evidence
from semascope.studies.switching.evidence.judging import judge_tasks
from semascope.studies.switching.evidence.prediction import Prediction
from semascope.studies.switching.evidence.spaces import kinds_of, place_both
from semascope.studies.switching.evidence.storage import Searching, Tried, stored
from semascope.studies.switching.result import NEW, OLD
from semascope.studies.switching.stating import asked_notes, stated, unread_notes
from semascope.types import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.store.vectors import VectorStore
    from semascope.studies.switching.asking.plan import SwitchPlan
    from semascope.studies.switching.asking.side import Side
    from semascope.studies.switching.asking.texts import Texts
    from semascope.studies.switching.evidence.spaces import Placed
    from semascope.types import Array, Progress


def over_texts(
    plan: SwitchPlan,
    sides: tuple[Side, Side],
    asked: Texts,
    *,
    store: VectorStore | None,
    progress: Progress,
) -> Evidence:
    """All evidence of texts, and of what is predicted from them."""
    measures = read_measures(plan.measure)
    rows = FromTable(table=asked.table, file_rows=asked.file_rows)
    old, new = place_both(sides, asked.texts, rows, store=store, progress=progress)
    kinds = kinds_of(old.vectors, new.vectors)
    tasks = [
        Prediction.of(
            target, asked.split, asked.components, measure=measures.of_rows[target.kind], seed=plan.seed
        )
        for target in asked.targets
    ]
    answers = _answers(tasks, old, new, progress)
    floors = [task.floor(plain_form(old.vectors)) for task in tasks]
    tried = Tried.of(tasks, answers, floors, plan, asking=None)
    near = neighborhoods.of_texts(
        old.vectors,
        new.vectors,
        kinds,
        asked.components,
        asked.texts,
        asked.table.rows,
        k=plan.k,
        seed=plan.seed,
        progress=progress,
    )
    searching = Searching.of_texts(new.vectors, kinds, asked.components, k=near.k, seed=plan.seed)
    return Evidence(
        old=old,
        new=new,
        neighborhoods=near,
        cosines=cosines_apart(
            (old.vectors, new.vectors),
            (old.vectors, new.vectors),
            kinds=kinds,
            among=True,
            k=near.k,
            seed=plan.seed,
        ),
        judged=judge_tasks(tasks, answers, floors, tried.learnt, margin=plan.margin),
        rows=[
            change
            for task, own in zip(tasks, answers, strict=True)
            for change in answered_otherwise(task, own, asked.texts, asked.table.rows)
        ],
        storage=stored(searching, asked.split.train, tried, progress=progress),
        reencoding=reencoding(old, new, asked.texts, price=plan.price, seed=plan.seed, progress=progress),
        thresholds=thresholds.of_texts(old.vectors, new.vectors, asked.components, kinds, seed=plan.seed),
        notes=[
            *(_note(text) for text in asked.notes),
            *asked_notes(plan, near.asked, [task.kind for task in tasks]),
            *unread_notes(sides, asked.languages),
            *stated(old, new),
        ],
        counted={"texts": len(asked), "training": len(asked.split.train), "held out": len(asked.split.test)},
    )


def _answers(
    tasks: Sequence[Prediction], old: Placed, new: Placed, progress: Progress
) -> list[dict[str, Array]]:
    """What heads on OLD and on NEW answer on the texts held out, by task."""
    found = []
    for done, task in enumerate(tasks):
        progress(Step(stage="fitting heads", done=done, total=len(tasks), unit="targets"))
        found.append({key: task.answers(plain_form(side.vectors)) for key, side in ((OLD, old), (NEW, new))})
    return found


def _note(text: str) -> Note:
    warning = text.startswith("Warning: ")
    return Note(
        level="warning" if warning else "info", title="Reading the file", text=text.removeprefix("Warning: ")
    )
