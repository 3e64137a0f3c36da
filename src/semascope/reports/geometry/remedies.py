"""What mending a space changes: each remedy, fitted on training rows, against none, by every task that can judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.reports.model import Paragraph
from semascope.reports.parts import Grid, Head, Line, Part, Said, number
from semascope.reports.verdicts import verdict_notes
from semascope.studies.geometry.judging.remedied import NOTHING
from semascope.studies.geometry.telling.remedies import remedies_sentence
from semascope.words.numbers import between, fixed, signed

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
    blocks: list[Block] = [
        Grid(
            caption="Each remedy against the space as it is, on rows or queries that it was not fitted on",
            first="Remedy",
            noun="line",
            heads=[
                Head(title="Space", number=False),
                Head(title="Task", number=False),
                Head(title="Value"),
                Head(title="Difference"),
                Head(title="Verdict", number=False),
            ],
            lines=[
                line
                for space in remedied.spaces.values()
                for task in space.tasks
                for line in _lines(space, task)
            ],
        )
    ]
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


def _lines(space: RemediedSpace, task: TaskResult) -> list[Line]:
    found = []
    for name, estimate in task.scores.items():
        verdict = task.family.verdicts[name]
        baseline = name == NOTHING
        found.append(
            Line(
                name=name,
                role="baseline" if baseline else "plain",
                cells=[
                    Said(text=space.name),
                    Said(
                        text=f"{task.task}, {task.measure}",
                        note=f"fitted on {task.fitted_on:,}, judged on {task.held_out:,}" if baseline else "",
                    ),
                    number(estimate.value, fixed(estimate.value, 3), between(estimate.low, estimate.high, 3)),
                    Said()
                    if baseline
                    else number(
                        verdict.difference,
                        signed(verdict.difference, 3),
                        between(verdict.low, verdict.high, 3),
                    ),
                    Said(
                        word=verdict.word,
                        note=verdict_notes(verdict, units="queries" if task.task == "retrieval" else "rows"),
                    ),
                ],
            )
        )
    return found
