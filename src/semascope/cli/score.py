"""``semascope score`` and ``semascope rank``: apply a saved scorer to new texts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semascope.cli import options
from semascope.pages.numbers import count

if TYPE_CHECKING:
    import pyarrow as pa

    from semascope.data.table import Table
    from semascope.probes.scorer import Scorer

Artifact = Annotated[Path, typer.Argument(metavar="ARTIFACT", help="A winner folder, or the same zipped.")]
Data = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="Table of texts; lines on standard input when left out or '-'."),
]
Texts = Annotated[
    list[str] | None,
    typer.Option("--text", metavar="COLUMN", help="Column of the text; repeatable, joined by a newline."),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="csv|tsv|json|jsonl|parquet|arrow",
        help="Of standard output; a file's ending decides.",
    ),
]
OtherEncoder = Annotated[
    str, typer.Option("--encoder", metavar="NAME", help="Where the same encoder lies now.")
]


def score(
    artifact: Artifact,
    data: Data = None,
    text: Texts = None,
    encoder: OtherEncoder = "",
    output: options.Output = None,
    format: Format = "csv",
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
) -> None:
    """Write the rows of a file with their scores, in the order of the file."""
    from semascope.cli.scored_rows import with_scores

    scorer = _load(artifact, encoder, precision, device, store, trust_remote_code)
    _check_output(output, format)
    table, texts = _texts(data, text)
    from semascope.pages.progress import ProgressDisplay

    with ProgressDisplay(sys.stderr) as display:
        scores = scorer.score(texts, progress=display.show)
    _write(with_scores(table, scores), output, format)
    _tell_left_out(scores.reasons)


def rank(
    artifact: Artifact,
    data: Data = None,
    text: Texts = None,
    target: Annotated[
        str | None, typer.Option(metavar="NAME", help="Target to rank by, where there are several.")
    ] = None,
    class_name: Annotated[
        str | None, typer.Option("--class", metavar="NAME", help="Class whose probability ranks.")
    ] = None,
    top: Annotated[int | None, typer.Option(metavar="N", help="Only the first N rows.", min=1)] = None,
    encoder: OtherEncoder = "",
    output: options.Output = None,
    format: Format = "csv",
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
) -> None:
    """Write the rows of a file from the highest to the lowest score; rows that cannot be scored come last."""
    from semascope.cli.scored_rows import in_order

    scorer = _load(artifact, encoder, precision, device, store, trust_remote_code)
    _check_output(output, format)
    table, texts = _texts(data, text)
    from semascope.pages.progress import ProgressDisplay

    with ProgressDisplay(sys.stderr) as display:
        ranking = scorer.rank(texts, target=target, class_name=class_name, progress=display.show)
    _write(in_order(table, ranking, top=top), output, format)
    _tell_left_out(ranking.reasons)


def _load(
    artifact: Path, encoder: str, precision: str, device: str, store: Path | None, trust_remote_code: bool
) -> Scorer:
    from semascope.probes.scorer import Scorer
    from semascope.store.place import default_store
    from semascope.store.vectors import VectorStore

    return Scorer.load(
        artifact,
        encoder=encoder or None,
        precision=precision,  # type: ignore[arg-type]
        device=device,
        trust_remote_code=trust_remote_code,
        store=VectorStore(store) if store else default_store(),
    )


def _texts(data: Path | None, text: list[str] | None) -> tuple[Table, list[str]]:
    """The rows to score and their texts."""
    from semascope.data.read import read_lines, read_table
    from semascope.errors import ConfigError

    if data is None or str(data) == "-":
        table = read_lines(sys.stdin.buffer)
        return table, table.texts(["text"])
    table = read_table(data)
    if not text:
        raise ConfigError(
            f"no text column is named; columns are {', '.join(table.columns)}; name one with --text"
        )
    table.require(text)
    return table, table.texts(text)


def _check_output(output: Path | None, format: str) -> None:
    """Refuse a format before anything is computed."""
    from semascope.data.formats import format_of
    from semascope.errors import ConfigError

    known = ("csv", "tsv", "json", "jsonl", "parquet", "arrow")
    if output is not None:
        format_of(output)
    elif format not in known:
        raise ConfigError(f"format is {format!r}; it must be one of {', '.join(known)}; choose one of them")


def _write(rows: pa.Table, output: Path | None, format: str) -> None:
    from semascope.data.formats import format_of
    from semascope.data.write import write_table

    if output is None:
        write_table(rows, sys.stdout.buffer, format=format)  # type: ignore[arg-type]
    else:
        write_table(rows, output, format=format_of(output))
        print(f"{rows.num_rows:,} rows in {output}", file=sys.stderr)


def _tell_left_out(reasons: tuple[str, ...]) -> None:
    missing = [reason for reason in reasons if reason]
    if missing:
        rows = count(len(missing), "row")
        print(f"{rows} could not be scored; the column 'not_scored' says why", file=sys.stderr)
