"""``semascope mine``: wrong answers that look right, for whoever trains an encoder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semascope.cli import options
from semascope.cli.flags import given_settings

if TYPE_CHECKING:
    from semascope.studies.tuned.asking.mine_plan import MinePlan


def settings() -> type[MinePlan]:
    """What the flags of a mining are made of."""
    from semascope.studies.tuned.asking.mine_plan import MinePlan

    return MinePlan


def mine(
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Argument(
            metavar="COLLECTION",
            help="Folder with corpus, queries and qrels, table of pairs (--query, --document), or a YAML file of settings.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            metavar="PATH",
            help="File to write, a row a pair; its ending says the format, .jsonl for example.",
        ),
    ],
    store: options.Store = None,
    json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Write each query with its answer and with hard negatives: documents that look like answers by words or vectors, and are none."""
    from semascope.cli.show import print_json
    from semascope.cli.show_mine import print_mined
    from semascope.data.formats import format_of
    from semascope.data.write import write_table
    from semascope.store.place import open_store
    from semascope.studies.tuned.mining_pairs import mine_pairs
    from semascope.words.progress import ProgressDisplay

    plan = settings().from_flags(data, given_settings(context))
    _check_output(output, [plan.data, *plan.qrels])
    with ProgressDisplay(sys.stderr) as display:
        found = mine_pairs(plan, store=open_store(store), progress=display.show)
    write_table(found.table(), output, format=format_of(output))
    if json:
        print_json(found.record() | {"output": str(output)})
    else:
        print_mined(found, output=output, verbose=verbose)


def _check_output(output: Path, read: list[Path]) -> None:
    """Refuse a file that cannot be written, or is read, before anything is computed."""
    from semascope.data.formats import format_of
    from semascope.errors import ConfigError

    format_of(output)
    if output.suffix.lower() == ".gz":
        raise ConfigError(f"output is {output}; packed files are read but not written; leave out .gz")
    if not output.parent.is_dir():
        raise ConfigError(
            f"output is {output}, and there is no folder {output.parent}; one is needed; make it"
        )
    if output.resolve() in {path.resolve() for path in read}:
        raise ConfigError(f"output is {output}, which is read; another file is needed; choose another name")
