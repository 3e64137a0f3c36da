"""Run a study of any kind: every cell once, going on where an earlier run stopped, then verdict, winner and report."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

from semascope.errors import NotServed
from semascope.probes.threads import calm_threads
from semascope.studies.task import Computed
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.studies.folder import RunFolder
    from semascope.studies.task import Records, Task
    from semascope.types import Progress

Cell = TypeVar("Cell")
Finished = TypeVar("Finished")


def complete(
    task: Task[Cell, Finished],
    folder: RunFolder,
    *,
    progress: Progress = silent,
    say: Callable[[str], None] = lambda line: None,
    finish: Callable[[Finished], object] = lambda finished: None,
    command: str = "semascope.run_study",
) -> Finished:
    """The finished study; its folder holds records, predictions and the winner.

    A folder that holds part of this study is completed. ``finish`` is called with the finished study while the folder is
    still ours: what else belongs into it is written there. The rest, and the errors, as in ``run_study``.
    """
    with ExitStack() as held:
        folder.hold(held, task.frozen, what=task.kind, say=say)
        folder.check(task.frozen)
        records = folder.read_records(task.tables)
        task = task.meeting(records)
        folder.open(task.frozen, task.written())
        for line in task.opening(records, progress=progress):
            say(line)
        task = task.narrowed(records, folder, progress=progress, say=say)
        computed = compute_cells(task, folder, records, progress=progress, say=say)
        folder.write_together(computed.tables[task.tables[0]])
        with calm_threads(0):  # verdicts are many small products
            finished = task.conclude(computed, folder=folder.path, command=command)
        task.hand_over(finished, folder.winner, progress=progress)
        finish(finished)
    return finished


def compute_cells(
    task: Task[Cell, Finished],
    folder: RunFolder,
    records: Records,
    *,
    progress: Progress,
    say: Callable[[str], None] = lambda line: None,
) -> Computed:
    """Every cell of the task, computed now or found in the folder; each is on the disk before the next one starts.

    A batch whose encoder behind an API gives no vectors fails, and the others go on. An encoder that gives nothing to
    anybody is not asked again by this run.
    """
    failed: dict[str, str] = {}
    gone: dict[str, str] = {}  # encoders that are asked no more, and why
    records, before = dict(records), len(records)
    batches = task.batches(records)
    total, done = sum(map(len, batches)), 0
    stage = ""

    def starting(label: str) -> None:
        nonlocal stage
        stage = f"fitting {label}"
        progress(Step(stage=stage, done=done, total=total, unit="cells"))

    for batch in batches:
        finished = 0
        try:
            if lost := [gone[name] for name in task.asks(batch) if name in gone]:
                raise NotServed(lost[0])
            for values in task.compute(batch, records, starting=starting, progress=progress):
                folder.keep(values)
                records[values.record["id"]] = values.record
                finished += 1
                done += 1
                progress(Step(stage=stage, done=done, total=total, unit="cells"))
        except NotServed as error:
            left = [str(getattr(cell, "id", cell)) for cell in batch[finished:]]
            failed.update(dict.fromkeys((cell for cell in left if cell not in records), str(error)))
            if not lost:
                say(f"FAILED: {', '.join(left)}: {error}")
            if error.for_all:
                gone.update(dict.fromkeys(task.asks(batch), str(error)))
    tables = {what: folder.read_tables(what, list(records)) for what in task.tables}
    return Computed(records=records, tables=tables, new=len(records) - before, failed=failed)
