"""Single texts, and texts in the order of their scores, from scores of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from semascope.data.text_checks import check_texts
from semascope.types import silent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Floats, Progress


class Ranks(Protocol):
    """What predicts many texts at once, and so one, and their order."""

    def predict_many(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """(n,) scores of n texts."""
        ...

    def predict(self, text: str) -> float:
        """The score of a text, not clipped to any range."""
        return float(self.predict_many([text], progress=silent)[0])

    def rank_texts(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """The texts with their scores, highest first; equal scores keep the order of the texts, copies stay."""
        texts = check_texts(texts)
        scores = self.predict_many(texts)
        order = np.argsort(-scores, kind="stable")
        return [(texts[place], float(scores[place])) for place in order]
