"""One piece of a prompt that is sent alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """What is sent, and what it is worth."""

    text: str
    tokens: int  # of the piece as the server reads it, special ones included
    kept: int  # of the prompt's own tokens, special ones included, those that the piece stands for
    text_tokens: (
        float  # of the text alone, without special tokens and prefix: its weight among the prompt's pieces
    )
    as_local: bool = False  # whether a local encoder reads exactly the same ids; False for an estimate
