"""What is said of texts that an encoder did not read to their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.encoders.choices import lost_part

if TYPE_CHECKING:
    from semascope.encoders.protocol import Encoder
    from semascope.types import Mask


def said_of_truncated(truncated: Mask, encoder: Encoder | None) -> list[str]:
    """A sentence on how many of n texts are longer than the encoder reads; none where all were read whole.

    Parameters
    ----------
    truncated
        (n,) texts that lost tokens.
    encoder
        That read them; None for none, which loses nothing.
    """
    lost = int(truncated.sum())
    if not lost or encoder is None:
        return []
    part = lost_part(encoder, encoder.space.long)
    missing = f"its {part} was" if lost == 1 else f"their {part}s were"
    if len(truncated) == 1:
        given = "the text is"
    else:
        given = f"{lost:,} of {len(truncated):,} texts {'is' if lost == 1 else 'are'}"
    return [f"{given} longer than {encoder.name} reads ({encoder.max_tokens:,} tokens): {missing} not read"]
