"""The command line: one verb a task."""

from __future__ import annotations

import shlex
import sys
import warnings
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, Annotated

import typer

from semascope.cli import (
    demo,
    doctor,
    embed,
    encoders,
    explain,
    fetch,
    learn,
    map,
    score,
    store,
    study,
    suggest,
)
from semascope.cli.freed_memory import keep_freed_memory
from semascope.cli.processor import choose_kernels
from semascope.errors import SemascopeError

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(
    name="semascope",
    help="Which way of turning your texts into vectors, and those vectors into answers, should you use?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("study")(study.study)
app.command("score")(score.score)
app.command("rank")(score.rank)
app.command("learn")(learn.learn)
app.command("explain")(explain.explain)
app.command("suggest")(suggest.suggest)
app.command("embed")(embed.embed)
app.command("fetch")(fetch.fetch)
app.command("map")(map.map_spaces)
app.add_typer(store.app, name="store")
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


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit status: 0 fine, 2 bad input, 130 interrupted."""
    command = typer.main.get_command(app)
    warnings.showwarning = _warn  # one line, without the path of a source file
    try:
        code = command.main(
            args=list(arguments),
            prog_name="semascope",
            standalone_mode=False,
            obj=shlex.join(["semascope", *arguments]),  # kept with what it makes
        )
    except SemascopeError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        print(
            "\ninterrupted: what was finished is kept; run the same command again to go on", file=sys.stderr
        )
        return 130
    except BrokenPipeError:
        return 0  # the reader closed: nothing more to say
    except Exception as error:
        if type(error).__module__.split(".")[0] in ("click", "typer") and hasattr(error, "format_message"):
            return _complain(error.format_message())
        if type(error).__name__ == "Abort":  # what older typer makes of Ctrl-C, and of a no to a question
            return _interrupted()
        raise
    if code == 130:  # what newer typer makes of Ctrl-C
        return _interrupted()
    return code if isinstance(code, int) else 0


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    print(f"warning: {message}", file=sys.stderr)


def _complain(message: str) -> int:
    if message:  # none where the help was printed in its place
        print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return 2


def _interrupted() -> int:
    print("\nstopped: what was finished is kept; run the same command again to go on", file=sys.stderr)
    return 130


def entry() -> None:
    """Console script."""
    choose_kernels()
    keep_freed_memory()
    sys.exit(main(sys.argv[1:]))
