"""``semascope study``: from a table of texts to a verdict, a report and a scorer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semascope.cli import options
from semascope.cli.flags import given_settings
from semascope.errors import ConfigError

if TYPE_CHECKING:
    from semascope.studies.heads.asking.settings import Study
    from semascope.words.progress import ProgressDisplay


def settings() -> type[Study]:
    """What the flags of a study are made of."""
    from semascope.studies.heads.asking.settings import Study

    return Study


def study(
    context: typer.Context,
    data: Annotated[Path, typer.Argument(metavar="FILE", help="Table of texts, or a study file (.yaml).")],
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
    only_embed: Annotated[
        bool,
        typer.Option(
            "--only-embed",
            help="Encode all that the study reads into the store, and fit nothing: a machine with a GPU does this part.",
            rich_help_panel=options.COMPUTED,
        ),
    ] = False,
    output: options.Output = None,
    plan: options.Plan = False,
    json: options.Json = False,
    yes: options.Yes = False,
    verbose: options.Verbose = False,
) -> None:
    """Measure encoders, instructions, widths and heads on your table; write a verdict, a report and the winner."""
    asked = settings().from_flags(data, given_settings(context))
    if plan:
        return show_plan(asked, json=json)
    if only_embed:
        if asked.race:
            raise ConfigError(
                "--race decides while it fits what is encoded at all, and --only-embed encodes all and fits nothing; leave one out"
            )
        return embed_and_show(
            asked, output=output, store=store, device=device, trust_remote_code=trust_remote_code, json=json
        )
    return run_and_show(
        asked,
        output=output,
        store=store,
        device=device,
        trust_remote_code=trust_remote_code,
        json=json,
        verbose=verbose,
        yes=yes,
        command=context.obj,
    )


def show_plan(asked: Study, *, json: bool) -> None:
    """Print what a study would compute."""
    from semascope.cli.show import print_json
    from semascope.cli.show_plan import print_plan
    from semascope.studies.heads.asking.outline import outline

    if json:
        print_json(outline(asked))
    else:
        print_plan(asked, outline(asked))


def run_and_show(
    asked: Study,
    *,
    output: Path | None,
    store: Path | None,
    device: str,
    trust_remote_code: bool,
    json: bool,
    verbose: bool,
    command: str,
    yes: bool = True,
) -> None:
    """Run a study with its progress on standard error and its answer on standard output."""
    from semascope.cli.show_study import print_study, print_study_json
    from semascope.reports.run import run_study
    from semascope.store.place import open_store
    from semascope.words.progress import ProgressDisplay

    with ProgressDisplay(sys.stderr) as display:
        result = run_study(
            asked,
            output=output,
            store=open_store(store),
            device=device,
            trust_remote_code=trust_remote_code,
            progress=display.show,
            say=display.line,
            agree=lambda question: yes or _agrees(question, display),
            command=command,
        )
    if json:
        print_study_json(result)
    else:
        print_study(result, verbose=verbose)
    if result.failed:  # each was said when it failed
        raise typer.Exit(1)


def embed_and_show(
    asked: Study, *, output: Path | None, store: Path | None, device: str, trust_remote_code: bool, json: bool
) -> None:
    """Encode what a study reads, and say what is in the store now."""
    from semascope.cli.show_embedded import print_encoded_ahead
    from semascope.store.place import open_store
    from semascope.studies.heads.task import embed_study
    from semascope.words.progress import ProgressDisplay

    kept = open_store(store)
    with ProgressDisplay(sys.stderr) as display:
        encoded = embed_study(
            asked,
            output=output,
            store=kept,
            device=device,
            trust_remote_code=trust_remote_code,
            progress=display.show,
            say=display.line,
        )
    print_encoded_ahead(encoded, kept.root, json=json)


def _agrees(question: str, display: ProgressDisplay) -> bool:
    """What somebody at the terminal says; where nobody is, the work goes on as it was asked for."""
    if not sys.stdin.isatty():
        return True
    with display.paused():
        return typer.confirm(question, err=True)
