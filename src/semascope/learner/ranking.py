"""Texts in the order of their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Floats


def ranked(texts: Sequence[str], scores: Floats) -> list[tuple[str, float]]:
    """Texts with their scores, highest first; equal scores keep the order of the texts."""
    order = np.argsort(-scores, kind="stable")
    return [(texts[place], float(scores[place])) for place in order]
