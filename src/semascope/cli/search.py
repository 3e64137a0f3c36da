"""``semascope search``: the documents of an index that answer queries."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semascope.cli import options
from semascope.words.settings import OUTPUT, ROLES, Setting

if TYPE_CHECKING:
    from collections.abc import Sequence

IndexFolder = Annotated[Path, typer.Argument(metavar="INDEX", help="Folder that semascope index wrote.")]
Query = Annotated[
    str | None,
    typer.Argument(
        metavar="[TEXT]", help="What to look for; without it lines on standard input, or --queries."
    ),
]
Queries = Annotated[
    Path | None,
    options.option_of(
        Setting(takes="FILE", says="Table of queries, or a .txt file with one a line", panel=ROLES), "queries"
    ),
]
QueryColumn = Annotated[
    str | None,
    options.option_of(
        Setting(
            takes="COLUMN", says="Its column of the query", panel=ROLES, by_default="text, query or question"
        ),
        "query",
    ),
]
K = Annotated[int, typer.Option("-k", metavar="N", help="Documents a query; 10 by default.")]
Where = Annotated[
    list[str] | None,
    options.option_of(
        Setting(
            takes="COLUMN=VALUE",
            says="Look at documents alone for which this holds; = != < <= > >=, several must all hold",
            panel=ROLES,
        ),
        "where",
        several=True,
    ),
]
OtherEncoder = Annotated[
    str,
    options.option_of(
        Setting(takes="[NAME=]FOLDER", says="Where the same encoder is now", panel=OUTPUT), "encoder"
    ),
]


def search(
    index: IndexFolder,
    text: Query = None,
    k: K = 10,
    where: Where = None,
    queries: Queries = None,
    query: QueryColumn = None,
    encoder: OtherEncoder = "",
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    trust_remote_code: options.TrustRemoteCode = False,
    json: options.Json = False,
) -> None:
    """Print the best documents for each query, with the part that fits it best."""
    from semascope.cli.show_index import print_found
    from semascope.data.odd import is_empty
    from semascope.retrieval.indexes.index import Index
    from semascope.words.progress import ProgressDisplay

    opened = Index.open(
        index,
        encoder=encoder,
        precision=precision,  # type: ignore[arg-type]
        device=device,
        trust_remote_code=trust_remote_code,
    )
    asked = _queries(text, queries, query)
    empty = sum(map(is_empty, asked))
    if empty:
        print(
            f"warning: {empty:,} of {len(asked):,} queries without a letter to read; what is found for them means nothing",
            file=sys.stderr,
        )
    fusion = opened.recipe.fusion
    if fusion is not None and fusion.depth < min(k, len(opened)):
        print(
            f"warning: k is {k:,}, and this hybrid puts together the best {fusion.depth:,} documents of each part; what is in"
            f" none of them is not found; an index of hybrid:...,depth={k} looks as far",
            file=sys.stderr,
        )
    with ProgressDisplay(sys.stderr) as display:
        found = opened.search(asked, k=k, where=where, progress=display.show if len(asked) > 1 else _silent)
    print_found(opened, asked, found, json=json)


def _silent(step: Any) -> None:
    """One query takes less time than a word about it."""


def _queries(text: str | None, file: Path | None, column: str | None) -> Sequence[str]:
    """The queries, from wherever they are given."""
    from semascope.errors import ConfigError

    if text is not None and file is not None:
        raise ConfigError(
            f"both {text!r:.40} and --queries {file} are given; queries come from one place; leave one of them out"
        )
    if column is not None and file is None:
        raise ConfigError(
            f"query is {column!r}, and there is no --queries; it names a column of that file; add --queries FILE"
        )
    if text is not None:
        return [text]
    return _lines() if file is None else _of_file(file, column)


def _lines() -> list[str]:
    from semascope.data.read import read_lines
    from semascope.errors import ConfigError

    if sys.stdin.isatty():
        raise ConfigError(
            "no query is given; one in quotes, --queries FILE or lines on standard input are accepted; write for example"
            ' semascope search INDEX "high tide"'
        )
    return read_lines(sys.stdin.buffer).strings("text")


def _of_file(file: Path, column: str | None) -> list[str]:
    from semascope.data.read import read_lines, table_of
    from semascope.errors import DataError
    from semascope.retrieval.collections.columns import QUERY_TEXT, require_column

    if file.suffix.lower() == ".txt":
        try:
            with file.open("rb") as stream:
                return read_lines(stream).strings("text")
        except OSError as error:
            raise DataError(
                f"{file} cannot be read ({error.strerror}); a file with one query a line is needed; check the path"
            ) from error
    table = table_of(file)
    if column is None:
        column = require_column(table.columns, QUERY_TEXT, what="the query (--query)", source=table.source)
    table.require([column])
    return table.strings(column)
