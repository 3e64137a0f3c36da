"""One line of the catalogue: what is known of an encoder without its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stored = Literal["float32", "float16", "bfloat16"]
_BYTES: dict[Stored, int] = {"float32": 4, "float16": 2, "bfloat16": 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One encoder, described without its weights."""

    hub_id: str
    template: str  # template family
    pooling: str
    pooling_chosen: str = ""  # why, where the checkpoint configures no pooling and the choice is ours
    normalised: bool  # its own chain of modules ends in unit length; Semascope brings every row there
    max_tokens: int  # of one prompt, special tokens included
    tokens_from: str  # where the checkpoint says so
    tokens_note: str = ""  # what the authors do with it
    dim: int
    smallest_dim: int | None = None  # narrowest width it was trained to be cut to; None: not trained for cuts
    languages: tuple[str, ...]  # ISO 639-1 codes, 639-3 where there is none; "no" is both Norwegians
    languages_said: str = ""  # what the card says where its list is no full one: then nothing can be checked
    licence: str
    parameters: int
    layers: int
    architecture: str  # model_type of the configuration
    stored: Stored = "float32"  # what the published weights are kept in
    own_code: str = ""  # the class that its config.json names (auto_map) and where it lies; "" for none
    native: str = ""  # class of transformers that is the same network and runs instead; "" for none
    refused: str = ""  # why it is not run, and what to do; "" for what runs
    gated: str = ""  # what the hub asks for before it gives the weights; "" for nothing
    extra: str = ""  # of pip, whose package brings the weights; "" where a hub has them
    notes: tuple[str, ...] = ()  # what is done otherwise than its card does, and what the card warns of
    sources: tuple[str, ...]
    unread: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Last part of the hub id: short enough to type, and unique in the catalogue."""
        return self.hub_id.rpartition("/")[2]

    @property
    def download_bytes(self) -> int:
        """About what must be fetched."""
        return self.parameters * _BYTES[self.stored]

    @property
    def checked_languages(self) -> frozenset[str] | None:
        """Languages that rows can be held against; None where the card gives no full list."""
        return None if self.languages_said or not self.languages else frozenset(self.languages)
