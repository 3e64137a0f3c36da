"""Prompts of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.data.text_checks import check_texts
from semascope.encoders.protocol import Marks
from semascope.encoders.templates import write_prompt
from semascope.store.keys import prompt_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.encoders.protocol import Encoder
    from semascope.encoders.templates import Role
    from semascope.store.keys import Keys
    from semascope.types import Ints


def write_prompts(
    texts: Sequence[str],
    *,
    encoder: Encoder,
    instruction: str = "",
    role: Role | None = None,
    numbers: Ints | None = None,
) -> tuple[list[str], list[int]]:
    """Prompts of the texts, and rows whose lone surrogates were replaced; ``numbers`` as in ``embed``."""
    check_texts(texts, numbers)
    prompts, repaired = [], []
    family = encoder.space.template
    for row, text in enumerate(texts):
        clean = text
        try:
            text.encode()
        except UnicodeEncodeError:
            clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            repaired.append(row)
        prompts.append(write_prompt(clean, family=family, instruction=instruction, role=role))
    return prompts, repaired


def stored_keys(encoder: Encoder, prompts: Sequence[str]) -> Keys:
    """(n, 16) what the store keeps the row of each prompt under."""
    known = encoder.known_as(prompts) if isinstance(encoder, Marks) else prompts
    return prompt_keys(encoder.fingerprint, known)
