"""A checkpoint whose network is a base with an adapter in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from semascope.encoders.checkpoints.checkpoint import read_checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.encoders.checkpoints.adapter import Adapter
    from semascope.encoders.checkpoints.checkpoint import Checkpoint


def put_into(base: Checkpoint, adapter: Adapter, folder: Path) -> Checkpoint:
    """The base as the adapter in ``folder`` makes it.

    Where the folder has a chain of modules of its own (as sentence-transformers writes one), pooling, limit and tokenizer
    are those of the folder; else they are the base's.
    """
    found = base
    if (folder / "modules.json").is_file():
        found = read_checkpoint(folder, base=base)
    said = f"an adapter (LoRA of rank {adapter.rank}) is merged into {adapter.base} when it is loaded: {folder} holds the adapter alone"
    return replace(found, folder=folder, adapter=adapter, stated=(said, *found.stated))
