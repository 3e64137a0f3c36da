"""``semascope encoders``: the catalogue."""

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
    """List the catalogue of encoders and the providers of APIs, or explain one encoder; nothing is fetched or asked for it."""
    from semascope.cli.show_encoders import print_encoder, print_encoders, print_entry
    from semascope.encoders.api.describing import known_providers
    from semascope.encoders.catalogue import ask, find_entry, list_encoders, place_of
    from semascope.encoders.loading import load_encoder
    from semascope.extras import is_installed

    if not name:
        print_encoders(list_encoders(), known_providers(), json=json)
        return
    asked = ask(name)
    entry = None if asked.is_folder else find_entry(asked.source)
    if entry and (place_of(entry) in ("remote", "absent") or not is_installed("torch")):
        print_entry(entry, place=place_of(entry), json=json)
        return
    print_encoder(load_encoder(name, precision=precision, device=device), json=json)  # type: ignore[arg-type]
