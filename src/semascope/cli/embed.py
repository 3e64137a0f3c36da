"""``semascope embed``: the vectors of a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from semascope.cli import options


def embed(
    data: Annotated[Path, typer.Argument(metavar="FILE", help="Table of texts.")],
    text: options.Text,
    output: Annotated[Path, typer.Option(metavar="PATH", help="Ends in .parquet, .arrow, .npy or .npz.")],
    quoting: options.Quoting = "auto",
    encoder: options.Encoder = "",
    instruction: options.Instruction = "default",
    long: options.Long = "truncate",
    dim: Annotated[int | None, typer.Option(metavar="N", help="Width to keep.")] = None,
    limit: options.Limit = None,
    seed: options.Seed = 42,
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    store: options.Store = None,
    trust_remote_code: options.TrustRemoteCode = False,
    show_prompts: Annotated[
        int, typer.Option(metavar="N", help="Print the first N prompts that the encoder sees, with tokens.")
    ] = 0,
    json: options.Json = False,
) -> None:
    """Write one vector per row."""
    from semascope.cli.reading import read_data
    from semascope.cli.show import print_account
    from semascope.cli.show_encoders import print_prompts, seen_prompts
    from semascope.data.vectors_file import check_vectors_file, replaced_vectors, write_vectors
    from semascope.embedding.path import embed as embed_texts
    from semascope.embedding.width import check_dim
    from semascope.encoders.catalogue import load_encoder
    from semascope.encoders.choices import stated_choices
    from semascope.encoders.instructions import parse_instruction
    from semascope.store.place import default_store
    from semascope.store.vectors import VectorStore
    from semascope.words.progress import ProgressDisplay

    check_vectors_file(output)
    asked = parse_instruction(instruction)
    loaded = load_encoder(
        encoder,
        precision=precision,  # type: ignore[arg-type]
        device=device,
        trust_remote_code=trust_remote_code,
        long=long,
    )
    check_dim(dim, loaded)
    table = read_data(data, quoting=quoting, limit=limit, seed=seed)
    table.require(text)
    for notice in replaced_vectors(table, text, output):
        print(f"warning: {notice}", file=sys.stderr)
    texts = table.texts(text)
    seen = seen_prompts(texts, show_prompts, encoder=loaded, instruction=asked.sentence)
    if not json:
        print_prompts(seen)
    with ProgressDisplay(sys.stderr) as display:
        embedded = embed_texts(
            texts,
            encoder=loaded,
            instruction=asked.sentence,
            dim=dim,
            store=VectorStore(store) if store else default_store(),
            numbers=table.rows,
            progress=display.show,
        )
    write_vectors(table, embedded.vectors, output)
    choices = stated_choices(loaded, instruction=asked.sentence, dims=[dim])
    print_account(embedded, loaded, output=output, choices=choices, prompts=seen, json=json)
