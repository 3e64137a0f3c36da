"""``semascope tune``: an encoder tuned on pairs or labels, and what that was worth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semascope.cli import options
from semascope.cli.flags import given_settings

if TYPE_CHECKING:
    from semascope.studies.tuned.asking.plan import TunePlan
    from semascope.words.progress import ProgressDisplay


def settings() -> type[TunePlan]:
    """What the flags of a tuning are made of."""
    from semascope.studies.tuned.asking.plan import TunePlan

    return TunePlan


def tune(
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS",
            help="Table of pairs (--query, --document) or of labelled texts (--text, --label), folder with queries and qrels, or a"
            " file of settings (.yaml).",
        ),
    ],
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
    output: options.Output = None,
    json: options.Json = False,
    verbose: options.Verbose = False,
    yes: options.Yes = False,
) -> None:
    """Tune an encoder so that queries find their documents, or texts of one label lie together; say what is gain, what is memory and what was forgotten."""
    from semascope.cli.show_tune import print_tune
    from semascope.reports.tuned.run import complete_tuning
    from semascope.store.place import open_store
    from semascope.words.progress import ProgressDisplay

    plan = settings().from_flags(data, given_settings(context))
    folder = output or Path("runs") / f"{plan.data.resolve().stem}-{plan.name}"
    with ProgressDisplay(sys.stderr) as display:
        found = complete_tuning(
            plan,
            output=folder,
            store=open_store(store),
            device=device,
            trust_remote_code=trust_remote_code,
            progress=display.show,
            say=display.line,
            agrees=lambda question: yes or _agrees(question, display),
            command=str(context.obj or ""),
        )
    if json:
        from semascope.cli.show import print_json
        from semascope.reports.tuned.record import record_of

        print_json(record_of(found))
    else:
        print_tune(found, verbose=verbose)


def _agrees(question: str, display: ProgressDisplay) -> bool:
    """What somebody at the terminal says; where nobody is, the work goes on as it was asked for."""
    if not sys.stdin.isatty():
        return True
    with display.paused():
        return typer.confirm(question, err=True)
