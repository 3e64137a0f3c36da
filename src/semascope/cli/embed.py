"""``semascope embed``: the vectors of a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semascope.cli import options

if TYPE_CHECKING:
    from semascope.embedding.account import Embedded
    from semascope.encoders.describing import SeenPrompt
    from semascope.encoders.protocol import Encoder
    from semascope.types import Ints


VectorsFile = Annotated[
    Path, typer.Option(metavar="PATH", help="File to write; it ends in .parquet, .arrow, .npy or .npz.")
]
ShowPrompts = Annotated[
    int,
    typer.Option(metavar="N", help="Print the first N prompts as the encoder sees them, with their tokens."),
]


def embed(
    data: Annotated[Path, typer.Argument(metavar="FILE", help="Table of texts.")],
    text: options.Text,
    output: VectorsFile,
    quoting: options.Quoting = "auto",
    encoder: options.Encoder = "",
    instruction: options.Instruction = "default",
    long: options.Long = "truncate",
    dim: options.Dim = None,
    limit: options.Limit = None,
    seed: options.Seed = 42,
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
    show_prompts: ShowPrompts = 0,
    json: options.Json = False,
) -> None:
    """Write one vector per row."""
    from semascope.cli.reading import read_data
    from semascope.cli.show_embedded import print_account, print_prompts
    from semascope.data.vectors_file import check_vectors_file, replaced_vectors, write_vectors
    from semascope.encoders.choices import stated_choices
    from semascope.encoders.instructions import parse_instruction

    check_vectors_file(output)
    sentence = parse_instruction(instruction).sentence
    loaded = _load(encoder, precision, device, trust_remote_code, long, dim)
    table = read_data(data, quoting=quoting, limit=limit, seed=seed)
    table.require(text)
    for notice in replaced_vectors(table, text, output):
        print(f"warning: {notice}", file=sys.stderr)
    texts = table.texts(text)
    seen = _seen(texts, show_prompts, loaded, sentence)
    if not json:
        print_prompts(seen)
    embedded = _embed(texts, loaded, sentence, dim, store, table.rows)
    write_vectors(table, embedded.vectors, output)
    choices = stated_choices(loaded, instruction=sentence, dims=[dim])
    print_account(embedded, loaded, output=output, choices=choices, prompts=seen, json=json)


def _load(
    name: str, precision: Any, device: str, trust_remote_code: bool, long: str, dim: int | None
) -> Encoder:
    """The encoder, which can be cut to this width."""
    from semascope.embedding.width import check_dim
    from semascope.encoders.loading import load_encoder

    found = load_encoder(
        name, precision=precision, device=device, trust_remote_code=trust_remote_code, long=long
    )
    check_dim(dim, found)
    return found


def _seen(texts: list[str], number: int, encoder: Encoder, instruction: str) -> list[SeenPrompt]:
    """The prompts of the first texts."""
    from semascope.embedding.prompts import write_prompts
    from semascope.encoders.describing import seen_prompts
    from semascope.errors import ConfigError

    if number < 0:
        raise ConfigError(f"--show-prompts is {number}; it must be 0 or more; 3 shows the first three")
    return seen_prompts(write_prompts(texts[:number], encoder=encoder, instruction=instruction)[0], encoder)


def _embed(
    texts: list[str], encoder: Encoder, instruction: str, dim: int | None, store: Path | None, rows: Ints
) -> Embedded:
    """The vectors, with progress on standard error."""
    from semascope.embedding.path import embed as embed_texts
    from semascope.store.place import open_store
    from semascope.words.progress import ProgressDisplay

    with ProgressDisplay(sys.stderr) as display:
        return embed_texts(
            texts,
            encoder=encoder,
            instruction=instruction,
            dim=dim,
            store=open_store(store),
            numbers=rows,
            progress=display.show,
        )
