"""What remedies change, in one sentence that comes first, and what is said of one that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.studies.geometry.judging.remedied import Remedied


def remedies_sentence(remedied: Remedied) -> str:
    """What comes first: usually that no remedy changes what is needed."""
    raise NotImplementedError


def kept_sentence(remedied: Remedied, space: str, name: str) -> str:
    """Loud where the remedy that is kept is worse or unresolved; "" where it is better, or equivalent at everything."""
    raise NotImplementedError
