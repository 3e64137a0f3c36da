"""Remedies fitted on rows: what is taken off, and what the rest is multiplied by. Letters: n rows, d dim."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.encoders.remedied.remedy import Remedy
    from semascope.types import Array

REMEDIES = ("centre", "standardise", "all-but-the-top", "whiten")
"""In the order in which they are tried; all-but-the-top may name its directions, ``all-but-the-top:3``."""


def fit_remedy(name: str, rows: Array) -> Remedy:
    """The remedy of that name, fitted on (n, d) rows."""
    raise NotImplementedError
