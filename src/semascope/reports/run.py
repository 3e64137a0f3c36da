"""The whole job in one call: run a study and write its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.plain import plain
from semascope.reports.heads.study import render_report
from semascope.reports.page import write_page
from semascope.studies.heads.task import heads_task
from semascope.studies.run import complete
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.store.vectors import VectorStore
    from semascope.studies.folder import RunFolder
    from semascope.studies.heads.asking.settings import Study
    from semascope.studies.heads.result import HeadsResult
    from semascope.types import Progress


def run_study(
    study: Study,
    *,
    output: Path | str | None = None,
    store: VectorStore | None = None,
    device: str = "auto",
    trust_remote_code: bool = False,
    progress: Progress = silent,
    say: Callable[[str], None] = lambda line: None,
    agree: Callable[[str], bool] = lambda question: True,
    command: str = "semascope.run_study",
) -> HeadsResult:
    """The finished study; its folder holds records, predictions, the winner and ``report.html``.

    Parameters
    ----------
    study
        What is asked.
    output
        Run folder; None takes ``runs/<file>-<digest>``. A folder that holds part of this study is completed.
    store
        Vectors are looked up and kept there; None takes the store of this user.
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    trust_remote_code
        Whether code that comes with a checkpoint may run.
    progress
        Called after every batch and around every cell.
    say
        Gets lines worth reading before and during the run: what was taken, what it will cost, warnings.
    agree
        Asked, with a question, before networks are trained for long or with most of the memory; False computes nothing.
    command
        How it was called, for the record.

    Raises
    ------
    ConfigError, DataError, EncoderError, MissingExtra
        Before anything is computed wherever that can be known.
    """
    task, folder = heads_task(
        study,
        output=Path(output) if output is not None else None,
        store=store,
        device=device,
        trust_remote_code=trust_remote_code,
        agree=agree,
    )
    return complete(
        task,
        folder,
        progress=progress,
        say=say,
        finish=lambda result: _write(result, folder),
        command=command,
    )


def _write(result: HeadsResult, folder: RunFolder) -> None:
    """The page, and how the study was made, which a report that is made later says too."""
    folder.write(folder.made.name, json.dumps(plain(result.made), ensure_ascii=False, indent=1))
    write_page(render_report(result), folder.report)
