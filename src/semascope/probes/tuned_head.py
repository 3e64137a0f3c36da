"""The head of a tuned network: linear, trained together with it, and applied to its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.special import softmax

from semascope.errors import ConfigError
from semascope.probes.inputs import blocks, check_vectors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.types import Array, Floats, Kind, Vectors


class TunedHead:
    """Slopes and intercepts on the rows of a network that was tuned with them.

    Parameters
    ----------
    kind
        What it predicts.
    slopes, intercepts
        (t, d) and (t,) in the targets' own units; of a classification (c, d) and (c,), whose sums are logits.
    """

    name = "tuned"

    def __init__(self, kind: Kind, slopes: Floats, intercepts: Floats) -> None:
        self.kind, self.slopes, self.intercepts = kind, slopes, intercepts
        self.choices: dict[str, Any] = {}
        self.notes: list[str] = []

    def fit(self, vectors: Vectors, targets: Array, **given: Any) -> Self:
        """Refused: it is trained with its network."""
        raise ConfigError(
            "a tuned head is trained together with its network; ask a study for it with --tuned"
        )

    def predict(self, vectors: Vectors) -> Array:
        """(n, t) numbers, not clipped to any range, or (n,) class indices."""
        found = self._sums(vectors)
        return found if self.kind == "regression" else found.argmax(axis=1)

    def predict_proba(self, vectors: Vectors) -> Floats:
        """(n, c) probabilities; classification only."""
        found: Floats = softmax(self._sums(vectors), axis=1)
        return found

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Slopes and intercepts; see ``Head.state``."""
        return {"coef": self.slopes, "intercept": self.intercepts}, {"kind": self.kind}

    @classmethod
    def from_state(cls, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> Self:
        """The head that ``state`` was taken from."""
        return cls(settings["kind"], np.asarray(arrays["coef"]), np.asarray(arrays["intercept"]))

    def _sums(self, vectors: Vectors) -> Floats:
        vectors = check_vectors(vectors, dim=self.slopes.shape[1])
        found = np.empty((len(vectors), len(self.slopes)))
        for block in blocks(len(vectors)):
            found[block] = vectors[block].astype(np.float64) @ self.slopes.T + self.intercepts
        return found
