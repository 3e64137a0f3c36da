"""Prompts as an encoder's own tokenizer reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.protocol import Encoder


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenPrompt:
    """One prompt as the encoder saw it."""

    prompt: str
    tokens: int  # special ones included, before any cut
    pieces: list[str] | None  # after the cut; None where the encoder has no tokenizer to ask


def seen_prompts(prompts: Sequence[str], encoder: Encoder) -> list[SeenPrompt]:
    """Each prompt with what the encoder makes of it."""
    split = getattr(encoder, "tokens", None)
    pieces = split(prompts) if split else [None] * len(prompts)
    return [
        SeenPrompt(prompt=prompt, tokens=tokens, pieces=found)
        for prompt, tokens, found in zip(prompts, encoder.count_tokens(prompts), pieces, strict=True)
    ]
