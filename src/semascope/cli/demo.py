"""``semascope demo``: the whole thing on the packaged sample."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from semascope.cli import options


def demo(
    context: typer.Context,
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the run goes.")] = Path("runs/demo"),
    repeats: Annotated[int, typer.Option(metavar="R", help="Repeated splits.")] = 15,
    store: options.Store = None,
    json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Run a study on the packaged sample: about 400 short texts, two scores, four languages."""
    from semascope.cli.study import run_and_show
    from semascope.data.sample_texts import sample_path
    from semascope.studies.settings import Study

    asked = Study(
        data=sample_path(),
        text=["text"],
        target=["satisfaction", "urgency"],
        slice=["lang", "category"],
        headline="lang=en",
        repeats=repeats,
    )
    run_and_show(
        asked,
        output=output,
        store=store,
        device="auto",
        trust_remote_code=False,
        json=json,
        verbose=verbose,
        command=context.obj,
    )
