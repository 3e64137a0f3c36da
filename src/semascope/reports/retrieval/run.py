"""The whole job in one call: which way of searching finds the right documents, and its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semascope.data.settings_file import as_list
from semascope.errors import ConfigError
from semascope.plain import plain
from semascope.reports.page import write_page
from semascope.reports.retrieval.page import render_retrieval
from semascope.store.vectors import VectorStore
from semascope.studies.retrieval.asking.settings import RetrievalStudy
from semascope.studies.retrieval.task import retrieval_task
from semascope.studies.run import complete
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semascope.studies.folder import RunFolder
    from semascope.studies.retrieval.result import RetrievalResult
    from semascope.types import Progress


def run_retrieval(
    study: RetrievalStudy,
    *,
    output: Path | str | None = None,
    store: VectorStore | None = None,
    device: str = "auto",
    trust_remote_code: bool = False,
    progress: Progress = silent,
    say: Callable[[str], None] = lambda line: None,
    command: str = "run_retrieval",
) -> RetrievalResult:
    """The finished study; its folder holds records, ``runs.parquet`` and ``report.html``.

    Parameters
    ----------
    study
        What is asked.
    output
        Run folder; None takes ``runs/<collection>-<digest>``. A folder that holds part of this study is completed.
    store
        Vectors are looked up and kept there; None takes the store of this user.
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    trust_remote_code
        Whether code that comes with a checkpoint may run.
    progress
        Called after every batch and around every cell.
    say
        Gets lines worth reading before and during the run.
    command
        How it was called, for the record.

    Raises
    ------
    ConfigError, DataError, EncoderError, MissingExtra
        Before anything is computed wherever that can be known.
    """
    task, folder = retrieval_task(
        study,
        output=Path(output) if output is not None else None,
        store=store,
        device=device,
        trust_remote_code=trust_remote_code,
    )
    return complete(
        task,
        folder,
        progress=progress,
        say=say,
        finish=lambda result: _write(result, folder),
        command=command,
    )


def evaluate_retrieval(
    data: Path | str,
    *,
    encoder: Sequence[str] = (),
    output: Path | str | None = None,
    store: VectorStore | Path | str | None = None,
    device: str = "auto",
    trust_remote_code: bool = False,
    progress: Progress = silent,
    say: Callable[[str], None] = lambda line: None,
    **settings: Any,
) -> RetrievalResult:
    """Which way of searching finds the right documents: ``semascope retrieve`` as one call.

    Parameters
    ----------
    data
        A folder with corpus, queries and judgements, a table of pairs, or judgements alone.
    encoder
        Ways of searching: ``minilm``, ``bm25``, ``hybrid:minilm+bm25``; none: all packaged encoders and BM25.
    store
        Also as the folder of one.
    output, device, trust_remote_code, progress, say
        As in ``run_retrieval``.
    **settings
        The flags of ``semascope retrieve`` by their names, with ``_`` for ``-``: ``query``, ``document``, ``instruction``,
        ``dim``, ``long``, ``passage``, ``measure``, ``perturb``, ``no_bm25`` and the rest of ``RetrievalStudy``.

    Raises
    ------
    ConfigError, DataError, EncoderError, MissingExtra
        As in ``run_retrieval``; for a setting that there is not, with those that there are.
    """
    if not isinstance(data, str | Path):
        raise ConfigError(
            f"data is {type(data).__name__}; it must be the path of a folder, or of a table of pairs; write it to a file first"
        )
    study = RetrievalStudy.from_mapping({"data": data, "encoder": list(as_list(encoder)), **settings})
    return run_retrieval(
        study,
        output=output,
        store=VectorStore(store) if isinstance(store, str | Path) else store,
        device=device,
        trust_remote_code=trust_remote_code,
        progress=progress,
        say=say,
        command="evaluate_retrieval",
    )


def _write(result: RetrievalResult, folder: RunFolder) -> None:
    folder.write(folder.made.name, json.dumps(plain(result.made), ensure_ascii=False, indent=1))
    write_page(render_retrieval(result), folder.report)
