"""The whole job in one call where few documents are judged or none: somebody is asked, and the page is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from semascope.plain import plain
from semascope.reports.page import write_page
from semascope.reports.retrieval.few_page import render_few
from semascope.studies.retrieval.few.task import few_task
from semascope.studies.run import complete
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.store.vectors import VectorStore
    from semascope.studies.folder import RunFolder
    from semascope.studies.retrieval.asking.settings import RetrievalStudy
    from semascope.studies.retrieval.few.questions import Questions
    from semascope.studies.retrieval.few.result import FewResult
    from semascope.types import Progress


def run_few(
    study: RetrievalStudy,
    *,
    ask: Callable[[Questions], None] = lambda questions: None,
    output: Path | str | None = None,
    store: VectorStore | None = None,
    device: str = "auto",
    trust_remote_code: bool = False,
    progress: Progress = silent,
    say: Callable[[str], None] = lambda line: None,
    command: str = "run_few",
) -> FewResult:
    """The finished study; its folder holds what a study of retrieval does, and answers, judgements and the pool.

    Parameters
    ----------
    study
        What is asked; with ``ask``, or ``judge``, or both.
    ask
        Puts questions to somebody: calls ``questions.next()`` and ``questions.answer()`` until it has enough. Called
        once all cells are computed, if the study asks.
    output, store, device, trust_remote_code, progress, say, command
        As in ``run_retrieval``.

    Raises
    ------
    ConfigError, DataError, EncoderError, MissingExtra
        Before anything is computed wherever that can be known.
    """
    task, folder = few_task(
        study,
        output=Path(output) if output is not None else None,
        store=store,
        device=device,
        trust_remote_code=trust_remote_code,
        say=say,
        ask=ask,
    )
    return complete(
        task,
        folder,
        progress=progress,
        say=say,
        finish=lambda result: _write(result, folder),
        command=command,
    )


def _write(result: FewResult, folder: RunFolder) -> None:
    folder.write(folder.made.name, json.dumps(plain(result.made), ensure_ascii=False, indent=1))
    write_page(render_few(result), folder.report)
