"""``semascope geometry``: what spaces of the same texts are like, how they differ, and what mending changes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semascope.cli import options
from semascope.cli.flags import given_settings

if TYPE_CHECKING:
    from semascope.studies.geometry.asking.plan import GeometryPlan


def settings() -> type[GeometryPlan]:
    """What the flags of a geometry are made of."""
    from semascope.studies.geometry.asking.plan import GeometryPlan

    return GeometryPlan


def geometry(
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Table of texts, folder or archive of texts, a collection with queries and qrels, or a YAML file of settings.",
        ),
    ],
    store: options.Store = None,
    output: options.Output = None,
    json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Say what spaces of the same texts are like, how well labels separate in them, how they differ, and whether mending one changes anything that you need."""
    from semascope.cli.show_geometry import print_geometry
    from semascope.reports.geometry.record import record_of
    from semascope.reports.geometry.run import complete_geometry
    from semascope.store.place import open_store
    from semascope.words.progress import ProgressDisplay

    plan = settings().from_flags(data, given_settings(context))
    folder = output or plan.results or Path("runs") / f"geometry-{plan.data.stem}"
    with ProgressDisplay(sys.stderr) as display:
        found = complete_geometry(
            plan,
            output=folder,
            store=open_store(store),
            progress=display.show,
            say=display.line,
            command=str(context.obj or ""),
        )
    if json:
        from semascope.cli.show import print_json

        print_json(record_of(found))
    else:
        print_geometry(found, verbose=verbose)
