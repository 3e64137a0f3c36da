"""The verbs of the command line: one a task."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version as installed_version
from typing import Annotated, Any

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
    mine,
    report,
    retrieve,
    score,
    search,
    serve,
    speed,
    store,
    study,
    suggest,
    switch,
    tune,
)
from semascope.cli.api_flags import AsksApis
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
app.command("study", cls=with_flags(study.settings, over=AsksApis))(study.study)
app.command("retrieve", cls=with_flags(retrieve.settings, over=AsksApis))(retrieve.retrieve)
app.command("mine", cls=with_flags(mine.settings, over=AsksApis))(mine.mine)
app.command("index", cls=AsksApis)(index.index)
app.command("search", cls=AsksApis)(search.search)
app.command("score", cls=AsksApis)(score.score)
app.command("rank", cls=AsksApis)(score.rank)
app.command("learn", cls=AsksApis)(learn.learn)
app.command("explain", cls=AsksApis)(explain.explain)
app.command("suggest", cls=AsksApis)(suggest.suggest)
app.command("embed", cls=AsksApis)(embed.embed)
app.add_typer(fetch.app, name="fetch")
app.command("map", cls=with_flags(map.settings, over=AsksApis))(map.map_spaces)
app.command("geometry", cls=with_flags(geometry.settings, over=AsksApis))(geometry.geometry)
app.command("switch", cls=with_flags(switch.settings, over=AsksApis))(switch.switch)
app.command("tune", cls=with_flags(tune.settings))(tune.tune)
app.command("serve", cls=AsksApis)(serve.serve)
app.command("report")(report.report)
app.add_typer(store.app, name="store")
app.command("speed", cls=AsksApis)(speed.speed)
app.command("encoders", cls=AsksApis)(encoders.encoders)
app.command("doctor", cls=AsksApis)(doctor.doctor)


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


@cache
def command() -> Any:
    """What runs the verbs, made once: a process may run many commands, and making all of them takes 25 ms."""
    return typer.main.get_command(app)
