"""What mending a space changes: each remedy, fitted on training rows, against none, by every task that can judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.geometry.judged import change_said, estimate_said
from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Said
from semascope.studies.geometry.judging.remedied import NOTHING
from semascope.studies.geometry.telling.remedies import remedies_sentence
from semascope.words.texts import spoken

if TYPE_CHECKING:
    from semascope.reports.parts import Block
    from semascope.studies.geometry.judging.remedied import RemediedSpace, TaskResult
    from semascope.studies.geometry.result import GeometryResult


def remedies_part(result: GeometryResult) -> Part | None:
    """Every remedy by every task; None where none was judged."""
    remedied = result.remedied
    if remedied is None:
        return None
    if remedied.reason:
        return Part(
            id="remedies",
            title="What mending changes",
            nav="Remedies",
            lead=f"Not judged: {remedied.reason}.",
            blocks=[],
        )
    blocks: list[Block] = [_grid(space) for space in remedied.spaces.values()]
    blocks += [Paragraph(text=note, small=True) for note in remedied.notes]
    blocks += [
        Paragraph(text=f"{name} in {space.name}: {why}.", small=True)
        for space in remedied.spaces.values()
        for name, why in space.unfitted.items()
    ]
    return Part(
        id="remedies",
        title="What mending changes",
        nav="Remedies",
        lead=remedies_sentence(remedied),
        blocks=blocks,
    )


def _grid(space: RemediedSpace) -> Grid:
    """One line a remedy, with what every task says of it."""
    heads = []
    for task in space.tasks:
        title = f"{task.task}, {task.measure}" if _units(task) == "queries" else f"{task.task} {task.measure}"
        heads += [Head(title=spoken(title, "kNN")), Head(title="Change", number=False)]
    names = list(dict.fromkeys(name for task in space.tasks for name in task.scores))
    fitted = "; ".join(
        f"{task.task}: fitted on {task.fitted_on:,}, judged on {task.held_out:,} {_units(task)}"
        for task in space.tasks
    )
    return Grid(
        caption=f"{space.name}: each remedy against the space as it is ({fitted})",
        first="Remedy",
        noun="remedy",
        heads=heads,
        lines=[
            Line(
                name=name,
                role="baseline" if name == NOTHING else "plain",
                cells=[cell for task in space.tasks for cell in _cells(task, name)],
            )
            for name in names
        ],
    )


def _cells(task: TaskResult, name: str) -> list[Said]:
    if name not in task.scores:
        return [Said(text="–"), Said()]
    return [
        estimate_said(task.scores[name]),
        change_said(task.family.verdicts[name], units=_units(task)),
    ]


def _units(task: TaskResult) -> str:
    return "queries" if task.task.startswith("retrieval") else "rows"
