"""Names of spaces: what tells one from the others on a map."""

from __future__ import annotations


def space_name(
    encoder: str, instruction: str, dim: int | None, *, encoders: int, instructions: int, dims: int
) -> str:
    """What tells a space from the others: its encoder, instruction and width, each where there are several.

    Examples
    --------
    >>> space_name("minilm", "topic", 64, encoders=1, instructions=2, dims=2)
    'topic, 64 dims'
    """
    parts = [
        encoder if encoders > 1 else "",
        instruction if instructions > 1 or encoders * dims == 1 else "",
        f"{dim} dims" if dims > 1 else "",
    ]
    return ", ".join(filter(None, parts))
