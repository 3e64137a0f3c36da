"""``semascope fetch``: data of well-known studies as a table."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from semascope.cli import options

SOURCES = ("newsgroups",)


def fetch(
    source: Annotated[str, typer.Argument(metavar="newsgroups", help="What to fetch.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="A table: .jsonl, .csv, .parquet …; newsgroups.jsonl."),
    ] = None,
    copy: Annotated[
        Path | None,
        typer.Option("--from", metavar="PATH", help="A copy on this machine: the archive, or its folder."),
    ] = None,
    category: Annotated[
        list[str] | None,
        typer.Option("--category", metavar="GROUP", help="A group; repeatable; ten by default."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="Posts in all.", min=1)] = 800,
    seed: options.Seed = 42,
) -> None:
    """Write the posts of the newsgroups study: ten groups, about 800 posts, without headers, quotes and signatures."""
    from semascope.data.formats import format_of
    from semascope.data.newsgroups import CATEGORIES, fetch_newsgroups
    from semascope.data.write import write_table
    from semascope.errors import ConfigError

    if source not in SOURCES:
        raise ConfigError(f"source is {source!r}; it must be one of {', '.join(SOURCES)}; choose one of them")
    path = output or Path(f"{source}.jsonl")
    format = format_of(path)
    table = fetch_newsgroups(limit=limit, categories=category or CATEGORIES, copy=copy, seed=seed)
    write_table(table.data, path, format=format)
    short = f"; {limit:,} were asked for, and some groups have fewer than their share" * (len(table) < limit)
    print(f"{len(table):,} posts in {path}{short}", file=sys.stderr)
    print(
        f"semascope map {shlex.quote(str(path))} --text text --label label --instruction default --instruction sentiment"
        " --instruction topic --instruction toxicity"
    )
