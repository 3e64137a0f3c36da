"""The verbs of the command line: one a task."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from semascope.cli import (
    demo,
    doctor,
    embed,
    encoders,
    explain,
    fetch,
    geometry,
    index,
    learn,
    map,
    report,
    retrieve,
    score,
    search,
    speed,
    store,
    study,
    suggest,
    switch,
)
from semascope.cli.flags import with_flags

app = typer.Typer(
    name="semascope",
    help="Which way of turning your texts into vectors, and those vectors into answers, should you use?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo", cls=with_flags(study.settings, "repeats"))(demo.demo)
app.command("study", cls=with_flags(study.settings))(study.study)
app.command("retrieve", cls=with_flags(retrieve.settings))(retrieve.retrieve)
app.command("index")(index.index)
app.command("search")(search.search)
app.command("score")(score.score)
app.command("rank")(score.rank)
app.command("learn")(learn.learn)
app.command("explain")(explain.explain)
app.command("suggest")(suggest.suggest)
app.command("embed")(embed.embed)
app.command("fetch")(fetch.fetch)
app.command("map", cls=with_flags(map.settings))(map.map_spaces)
app.command("geometry", cls=with_flags(geometry.settings))(geometry.geometry)
app.command("switch", cls=with_flags(switch.settings))(switch.switch)
app.command("report")(report.report)
app.add_typer(store.app, name="store")
app.command("speed")(speed.speed)
app.command("encoders")(encoders.encoders)
app.command("doctor")(doctor.doctor)


def _version(asked: bool) -> None:
    if asked:
        print(f"semascope {installed_version('semascope')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The root of all verbs."""
