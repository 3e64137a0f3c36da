"""Texts of which the vocabulary of an encoder holds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.odd import is_empty
from semascope.embedding.prompts import write_prompts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.protocol import Encoder, Lengths
    from semascope.encoders.templates import Role
    from semascope.types import Ints


def unknown_in(texts: Sequence[str], lengths: Lengths, index: Ints) -> tuple[int, Ints]:
    """Tokens of the texts that the vocabulary lacks, and places of the texts that hold no other and are not empty."""
    if lengths.unknown is None:
        return 0, np.empty(0, dtype=np.int64)
    nothing = np.flatnonzero((lengths.unknown == lengths.encoded)[index])
    places = [place for place in nothing.tolist() if not is_empty(texts[place])]
    return int(lengths.unknown[index].sum()), np.array(places, dtype=np.int64)


def unknown_texts(
    texts: Sequence[str], *, encoder: Encoder, instruction: str = "", role: Role | None = None
) -> list[int]:
    """Places of texts that say something, but nothing that the vocabulary holds: they all have one vector.

    None where the encoder does not tell; no tokenizer is loaded then. ``Account.unknown_rows`` has them as well.
    """
    if encoder.lengths([]).unknown is None:
        return []
    prompts, _ = write_prompts(texts, encoder=encoder, instruction=instruction, role=role)
    places: list[int] = unknown_in(texts, encoder.lengths(prompts), np.arange(len(texts)))[1].tolist()
    return places
