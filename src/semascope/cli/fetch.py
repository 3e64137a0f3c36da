"""``semascope fetch``: data of well-known studies as a table."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from semascope.cli import options

app = typer.Typer(help="Fetch the data of well-known studies as a table.", no_args_is_help=True)

NewTable = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="A table: .jsonl, .csv, .parquet …; named after the source by default.",
    ),
]


@app.command()
def newsgroups(
    output: NewTable = None,
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

    path = output or Path("newsgroups.jsonl")
    format = format_of(path)
    table = fetch_newsgroups(limit=limit, categories=category or CATEGORIES, copy=copy, seed=seed)
    write_table(table.data, path, format=format)
    short = f"; {limit:,} were asked for, and some groups have fewer than their share" * (len(table) < limit)
    print(f"{len(table):,} posts in {path}{short}", file=sys.stderr)
    print(
        f"semascope map {shlex.quote(str(path))} --text text --label label --instruction default --instruction sentiment"
        " --instruction topic --instruction toxicity"
    )


@app.command()
def arxiv(
    category: Annotated[
        list[str],
        typer.Option("--category", metavar="CATEGORY", help="Such as gr-qc or q-bio.*; repeatable."),
    ],
    output: NewTable = None,
    role: Annotated[
        list[str] | None,
        typer.Option(
            "--role",
            metavar="ROLE=CATEGORY,…",
            help="Categories of main, soft, hard, cross or other, in place of the study's; repeatable.",
        ),
    ] = None,
    begin: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day of submission, as 2020-01-31.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day of submission.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", metavar="N", help="Papers in all, shared by the categories; all by default.", min=1
        ),
    ] = None,
    wait: Annotated[
        float,
        typer.Option(
            "--wait", metavar="SECONDS", help="Between two requests; arXiv asks for 3 or more.", min=3
        ),
    ] = 3.0,
    lengths: Annotated[
        str | None,
        typer.Option(
            "--lengths",
            metavar="ENCODER",
            help="Print how long titles and abstracts are in the tokens of an encoder.",
        ),
    ] = None,
) -> None:
    """Write titles and abstracts of arXiv by category, with the role of each for tuning; newest first, each paper once.

    Pages are recorded as they come, in a folder beside the table: a second run reads those and asks for the rest.
    """
    from semascope.data.arxiv.fetching import fetch_arxiv
    from semascope.data.arxiv.query import parse_date
    from semascope.data.arxiv.roles import Roles
    from semascope.data.arxiv.telling import summary
    from semascope.data.formats import format_of
    from semascope.data.pair_checks import check_pairs
    from semascope.data.token_lengths import length_stats
    from semascope.data.write import write_table
    from semascope.encoders.loading import load_encoder
    from semascope.words.progress import ProgressDisplay

    path = output or Path("arxiv.jsonl")
    format = format_of(path)
    encoder = (
        load_encoder(lengths) if lengths else None
    )  # a name that is none is said before anything is asked
    with ProgressDisplay(sys.stderr) as display:
        fetched = fetch_arxiv(
            category,
            folder=path.with_name(f"{path.name}.pages"),
            roles=Roles.parsed(role or []),
            begin=parse_date(begin, flag="--from") if begin else None,
            end=parse_date(end, flag="--to") if end else None,
            limit=limit,
            wait=wait,
            progress=display.show,
        )
    write_table(fetched.table.data, path, format=format)
    texts = {name: fetched.table.strings(name) for name in ("title", "abstract")}
    checks = check_pairs(texts["title"], texts["abstract"])
    print(f"{path}:", *summary(fetched), *checks.lines(), sep="\n", file=sys.stderr)
    if encoder is not None:
        for column in length_stats(texts, count=lambda prompts: encoder.lengths(prompts).tokens):
            print(*column.lines(), sep="\n", file=sys.stderr)
    print(f"semascope retrieve {shlex.quote(str(path))} --query title --document abstract")
