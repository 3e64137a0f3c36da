"""Flags that mean the same thing in every command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from semascope.words import settings
from semascope.words.settings import COMPUTED, GRID, JUDGED, OUTPUT, ROLES, Setting

__all__ = ["COMPUTED", "GRID", "JUDGED", "OUTPUT", "ROLES"]


def option_of(
    setting: Setting, name: str, *, several: bool = False, choices: str | None = None, default: object = None
) -> Any:
    """The flag of a setting, for ``Annotated``; the parameters are those of ``Setting.sentence``."""
    return typer.Option(
        f"--{name.replace('_', '-')}",
        metavar=setting.takes or choices,
        help=setting.sentence(several=several, default=default),
        rich_help_panel=setting.panel,
    )


_STORE = Setting(takes="FOLDER", says="Vector store", panel=COMPUTED, by_default="the user's own")
_OUTPUT = Setting(takes="PATH", says="Where to write the result", panel=OUTPUT)

Text = Annotated[list[str], option_of(settings.TEXT, "text", several=True)]
Quoting = Annotated[str, option_of(settings.QUOTING, "quoting", choices="auto|standard|none")]
Encoder = Annotated[str, option_of(settings.ENCODER, "encoder")]
Encoders = Annotated[list[str], option_of(settings.ENCODER, "encoder", several=True)]
Instruction = Annotated[str, option_of(settings.INSTRUCTION, "instruction")]
Long = Annotated[str, option_of(settings.LONG, "long")]
Dim = Annotated[int | None, option_of(settings.DIM, "dim")]
Limit = Annotated[int | None, option_of(settings.LIMIT, "limit")]
Seed = Annotated[int, option_of(settings.SEED, "seed")]
Precision = Annotated[str, option_of(settings.PRECISION, "precision", choices="auto|float32|bfloat16")]
Price = Annotated[float | None, option_of(settings.PRICE, "price")]
Device = Annotated[str, option_of(settings.DEVICE, "device")]
TrustRemoteCode = Annotated[bool, option_of(settings.TRUST_REMOTE_CODE, "trust_remote_code")]
Store = Annotated[Path | None, option_of(_STORE, "store")]
Output = Annotated[Path | None, option_of(_OUTPUT, "output")]
Json = Annotated[bool, option_of(Setting(says="Print the full record as JSON", panel=OUTPUT), "json")]
Verbose = Annotated[bool, option_of(Setting(says="Print more detail", panel=OUTPUT), "verbose")]
Plan = Annotated[
    bool,
    option_of(Setting(says="Print what would be computed, read and compute nothing", panel=OUTPUT), "plan"),
]
Yes = Annotated[bool, option_of(Setting(says="Do not ask for confirmation", panel=OUTPUT), "yes")]
