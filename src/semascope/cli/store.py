"""``semascope store``: look after the vectors that are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from semascope.cli import options
from semascope.cli.api_flags import AsksApis

app = typer.Typer(help="Look after the stored vectors.", no_args_is_help=True)

Fingerprint = Annotated[str | None, typer.Option("--fingerprint", help="Only the vectors of this encoder.")]


@app.command()
def info(store: options.Store = None, json: options.Json = False) -> None:
    """Say what is stored, and where."""
    from semascope.cli.show_store import print_store
    from semascope.store.place import open_store

    kept = open_store(store)
    print_store(kept.root, kept.info(), json=json)


FilesOnly = Annotated[bool, typer.Option("--files-only", help="Check the files; load no encoder.")]


AskApis = Annotated[
    bool,
    typer.Option(
        "--ask-apis", help="Ask encoders behind an API too: one short text each, which is paid for."
    ),
]


@app.command(cls=AsksApis)
def verify(
    store: options.Store = None,
    files_only: FilesOnly = False,
    ask_apis: AskApis = False,
    json: options.Json = False,
) -> None:
    """Check every byte, and that each encoder, loaded anew, gives its stored canary row again.

    Damaged segments are set aside and named. Encoders that are not on this machine are not tried, and are named.
    """
    from semascope.cli.show_store import print_checks
    from semascope.store.canary_checks import check_canaries
    from semascope.store.place import open_store

    kept = open_store(store)
    segments = kept.verify()
    canaries = [] if files_only else check_canaries(kept, ask_apis=ask_apis)
    print_checks(kept.root, segments, canaries, json=json)
    if any(check.problem for check in segments) or any(
        check.state in ("different", "damaged") for check in canaries
    ):
        raise typer.Exit(1)


@app.command()
def merge(
    other: Annotated[Path, typer.Argument(metavar="FROM", help="Folder of another store.")],
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Take in the vectors of another store, say of a machine with a GPU.

    Rows that both stores have are compared; where one differs by more than rounding, nothing is taken in.
    """
    from semascope.cli.show_store import print_joined
    from semascope.store.joining import join
    from semascope.store.place import open_store
    from semascope.store.vectors import VectorStore

    kept = open_store(store)
    print_joined(kept.root, other, join(kept, VectorStore(other)), json=json)


@app.command()
def compact(store: options.Store = None) -> None:
    """Join small segments into large ones."""
    from semascope.store.place import open_store

    kept = open_store(store)
    before = sum(entry.segments for entry in kept.info())
    kept.compact()
    print(f"{before} segments became {sum(entry.segments for entry in kept.info())} in {kept.root}")


@app.command()
def clear(store: options.Store = None, fingerprint: Fingerprint = None, yes: options.Yes = False) -> None:
    """Delete stored vectors."""
    from semascope.store.place import open_store

    kept = open_store(store)
    entries = [entry for entry in kept.info() if fingerprint in (None, entry.fingerprint)]
    rows = sum(entry.rows for entry in entries)
    if not rows:
        if fingerprint is not None:
            kept.clear(fingerprint)  # a canary that no row was stored for, and what was set aside
        print(f"no vectors to delete in {kept.root}")
        return
    if not yes and not typer.confirm(f"Delete {rows:,} vectors in {kept.root}?"):
        print("nothing was deleted")
        return
    kept.clear(fingerprint)
    print(f"{rows:,} vectors deleted from {kept.root}")
