"""The encoder that lies inside a scorer, because it was tuned for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path

OWN = "encoder"
"""What the card of such a scorer names, and the folder inside it."""


def own_encoder(artifact: Path) -> str:
    """What loads the encoder of a scorer that brings its own: the whole path of a folder.

    Raises
    ------
    ArtifactError
        When the folder is not there, or the scorer is zipped.
    """
    if artifact.is_file():
        raise ArtifactError(
            f"{artifact} is zipped and brings an encoder of its own; its weights are read from a folder; unzip it and give the"
            " folder"
        )
    folder = artifact / OWN
    if not folder.is_dir():
        raise ArtifactError(
            f"artifact {artifact} lacks the folder {OWN}/ with its encoder; copy the whole folder again"
        )
    return str(folder.absolute())
