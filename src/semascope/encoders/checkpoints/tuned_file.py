"""``tuned.json``: what a folder says about itself that was made by tuning another checkpoint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from semascope.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path

TUNED = "tuned.json"
VERSION = 1


def read_tuned(folder: Path) -> dict[str, Any] | None:
    """What the file says; None where there is none.

    Raises
    ------
    EncoderError
        When it is damaged or of a later version: the template that the network was trained with would be unknown.
    """
    file = folder / TUNED
    if not file.is_file():
        return None
    try:
        found: Any = json.loads(file.read_text(encoding="utf8"))
        version = int(found["version"])
        str(found["template"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(
            f"{file} is damaged ({error}); it says with which template the model was tuned; make the folder again"
        ) from error
    if version > VERSION:
        raise EncoderError(
            f"{file} has version {version}; this semascope reads versions up to {VERSION}; upgrade semascope"
        )
    described: dict[str, Any] = found
    return described
