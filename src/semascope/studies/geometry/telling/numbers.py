"""One plain sentence for each number of a space."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.geometry.measured import Measured


def sentence_of(measured: Measured) -> str:
    """The number in words."""
    return f"{measured.name} is {measured.value:.3g}."
