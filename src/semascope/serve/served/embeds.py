"""How an artifact makes the vectors of texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.encoders.templates import Role
    from semascope.serve.served.encoders import SharedEncoder


@dataclass(frozen=True, kw_only=True, slots=True)
class Embeds:
    """What whoever asks an artifact for vectors gets.

    An encoder writes prompts as it is asked to. A model on top of one embeds in its own way alone: other rows would be
    none that it knows.
    """

    shared: SharedEncoder
    is_settled: bool = False  # instruction, role and width are those of a model, and no others
    instruction: str = ""
    role: Role | None = None
    dim: int | None = None  # None: full width
