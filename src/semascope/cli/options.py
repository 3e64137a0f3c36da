"""Flags that mean the same thing in every command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

GRID, ROLES, JUDGED, COMPUTED, OUTPUT = (
    "The grid",
    "Columns",
    "How it is judged",
    "How it is computed",
    "Output",
)

Text = Annotated[
    list[str],
    typer.Option(
        "--text",
        metavar="COLUMN",
        help="Column of the text; repeatable, joined by a newline.",
        rich_help_panel=ROLES,
    ),
]
ENCODER_HELP = "minilm, e5-small-q4, a folder, a hub id, hash:16; NAME= before it names it"
Encoder = Annotated[
    str,
    typer.Option("--encoder", metavar="[NAME=]ENCODER", help=f"{ENCODER_HELP}.", rich_help_panel=GRID),
]
QUOTING_HELP = "CSV, TSV: quotation marks enclose cells (standard) or are letters (none)"
Quoting = Annotated[
    str,
    typer.Option(
        "--quoting",
        metavar="auto|standard|none",
        help=f"{QUOTING_HELP}; auto: as the file shows.",
        rich_help_panel=ROLES,
    ),
]
Instruction = Annotated[
    str,
    typer.Option(
        "--instruction",
        metavar="NAME[=SENTENCE]",
        help="A preset or your own sentence.",
        rich_help_panel=GRID,
    ),
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", help="Take a seeded sample of N rows.", rich_help_panel=JUDGED),
]
Seed = Annotated[int, typer.Option("--seed", help="Seed of everything random.", rich_help_panel=JUDGED)]
LONG_HELP = "What happens to a text over the encoder's limit"
Long = Annotated[
    str,
    typer.Option("--long", metavar="truncate|head-tail|chunk", help=f"{LONG_HELP}.", rich_help_panel=GRID),
]
Precision = Annotated[
    str,
    typer.Option(
        "--precision",
        metavar="auto|float32|bfloat16",
        help="auto: bfloat16 only where the processor has it.",
        rich_help_panel=COMPUTED,
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device", metavar="auto|cpu|cuda", help="Processor that encodes.", rich_help_panel=COMPUTED
    ),
]
Store = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="FOLDER",
        help="Vector store; the user's own unless named.",
        rich_help_panel=COMPUTED,
    ),
]
TrustRemoteCode = Annotated[
    bool,
    typer.Option(
        "--trust-remote-code", help="Let code that comes with a checkpoint run.", rich_help_panel=COMPUTED
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", metavar="PATH", help="Where the result goes.", rich_help_panel=OUTPUT),
]
Json = Annotated[bool, typer.Option("--json", help="Print the record itself.", rich_help_panel=OUTPUT)]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Print more of what happens.", rich_help_panel=OUTPUT)
]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing.", rich_help_panel=OUTPUT)]
