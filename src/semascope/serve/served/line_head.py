"""The head of a model that goes on learning: it predicts with the line that the model has at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semascope.learner.answers.at_vectors import predict_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.learner.model import Model
    from semascope.types import Floats, Vectors


class LineHead:
    """Predicts, and does nothing else that a head does.

    Parameters
    ----------
    model
        Gives the model as it is now.
    """

    def __init__(self, model: Callable[[], Model]) -> None:
        self._model = model

    def predict(self, vectors: Vectors) -> Floats:
        """(n, 1) predictions of (n, d) vectors, all by one line, not clipped."""
        return predict_at(self._model(), vectors)[:, None]
