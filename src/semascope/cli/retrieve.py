"""``semascope retrieve``: which way of searching finds the right documents of a collection."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semascope.cli import options
from semascope.cli.flags import given_settings

if TYPE_CHECKING:
    from typing import TextIO

    from semascope.studies.retrieval.asking.settings import RetrievalStudy
    from semascope.studies.retrieval.few.questions import Questions
    from semascope.studies.retrieval.few.result import FewResult
    from semascope.words.progress import ProgressDisplay


def settings() -> type[RetrievalStudy]:
    """What the flags of a study of retrieval are made of."""
    from semascope.studies.retrieval.asking.settings import RetrievalStudy

    return RetrievalStudy


def retrieve(
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Argument(
            metavar="COLLECTION",
            help="Folder with corpus, queries and qrels, a table of pairs (--query, --document), or a study file (.yaml).",
        ),
    ],
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
    output: options.Output = None,
    json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Measure encoders, BM25 and hybrids on the queries of a collection; write verdicts, a report and every ranking."""
    from semascope.cli.show_few import print_few
    from semascope.cli.show_retrieval import print_retrieval
    from semascope.cli.show_study import print_study_json
    from semascope.reports.retrieval.run import run_retrieval
    from semascope.store.place import open_store
    from semascope.words.progress import ProgressDisplay

    asked = settings().from_flags(data, given_settings(context))
    with ProgressDisplay(sys.stderr) as display:
        places: Any = {
            "output": output,
            "store": open_store(store),
            "device": device,
            "trust_remote_code": trust_remote_code,
            "progress": display.show,
            "say": display.line,
            "command": context.obj,
        }
        failed = False
        if asked.judged_here:
            few = _ask(asked, places, display, screen=sys.stderr if json else sys.stdout)
        else:
            result = run_retrieval(asked, **places)
            failed = bool(result.failed)
    if json:
        print_study_json(few if asked.judged_here else result)
    elif asked.judged_here:
        print_few(few, verbose=verbose)
    else:
        print_retrieval(result, verbose=verbose)
    if failed:  # each was said when it failed
        raise typer.Exit(1)


def _ask(asked: RetrievalStudy, places: Any, display: ProgressDisplay, *, screen: TextIO) -> FewResult:
    """The study with judgements that somebody gives on the screen, while no progress is drawn."""
    from semascope.cli.ask_judgements import ask_on
    from semascope.reports.retrieval.few_run import run_few

    def ask(questions: Questions) -> None:
        with display.paused():
            ask_on(screen)(questions)

    return run_few(asked, ask=ask, **places)
