"""``semascope switch``: may vectors in production be replaced by others?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semascope.cli import options
from semascope.cli.flags import given_settings

if TYPE_CHECKING:
    from semascope.studies.switching.asking.plan import SwitchPlan


def settings() -> type[SwitchPlan]:
    """What the flags of a switch are made of."""
    from semascope.studies.switching.asking.plan import SwitchPlan

    return SwitchPlan


def switch(
    context: typer.Context,
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD", help="Encoder in use: minilm, a folder, a hub id; or a file of the vectors in use."
        ),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Encoder, or file of vectors, to replace it by.")],
    data: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Table of texts (--text), folder with corpus, queries and qrels, or table of pairs (--query, --document).",
        ),
    ],
    store: options.Store = None,
    output: options.Output = None,
    json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Say whether vectors may be replaced by others: exit status 0 equivalent or better, 1 worse, 3 cannot be told."""
    from semascope.cli.show import print_json
    from semascope.cli.show_switch import print_switch
    from semascope.reports.switching.record import record_of
    from semascope.reports.switching.run import write_switch
    from semascope.store.place import open_store
    from semascope.words.progress import ProgressDisplay

    plan = settings().from_mapping({"old": old, "new": new, "data": data, **given_settings(context)})
    with ProgressDisplay(sys.stderr) as display:
        result = write_switch(
            plan,
            output=output or Path("runs") / f"switch-{plan.data.stem}",
            store=open_store(store),
            progress=display.show,
            say=display.line,
            command=str(context.obj or ""),
        )
    if json:
        print_json(record_of(result))
    else:
        print_switch(result, verbose=verbose)
    if result.exit_code:
        raise typer.Exit(result.exit_code)
