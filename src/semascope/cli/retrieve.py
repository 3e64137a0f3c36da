"""``semascope retrieve``: which way of searching finds the right documents of a collection."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semascope.cli import options
from semascope.cli.flags import given_settings

if TYPE_CHECKING:
    from semascope.studies.retrieval.settings import RetrievalStudy


def settings() -> type[RetrievalStudy]:
    """What the flags of a study of retrieval are made of."""
    from semascope.studies.retrieval.settings import RetrievalStudy

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
    from semascope.cli.show_retrieval import print_retrieval
    from semascope.cli.show_study import print_study_json
    from semascope.reports.retrieval.run import run_retrieval
    from semascope.store.place import open_store
    from semascope.words.progress import ProgressDisplay

    asked = settings().from_flags(data, given_settings(context))
    with ProgressDisplay(sys.stderr) as display:
        result = run_retrieval(
            asked,
            output=output,
            store=open_store(store),
            device=device,
            trust_remote_code=trust_remote_code,
            progress=display.show,
            say=display.line,
            command=context.obj,
        )
    if json:
        print_study_json(result)
    else:
        print_retrieval(result, verbose=verbose)
