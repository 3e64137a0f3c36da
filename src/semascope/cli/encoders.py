"""``semascope encoders``: what can be named."""

from __future__ import annotations

from typing import Annotated

import typer

from semascope.cli import options


def encoders(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Explain this one.")] = "",
    precision: options.Precision = "auto",
    device: options.Device = "auto",
    json: options.Json = False,
) -> None:
    """List what --encoder accepts, or explain one encoder."""
    from semascope.cli.show import print_encoder, print_encoders
    from semascope.encoders.catalogue import list_encoders, load_encoder

    if not name:
        print_encoders(list_encoders(), json=json)
        return
    print_encoder(load_encoder(name, precision=precision, device=device), json=json)  # type: ignore[arg-type]
