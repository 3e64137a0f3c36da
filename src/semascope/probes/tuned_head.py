"""The head of a tuned network: linear, trained together with it, and applied to its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.special import softmax

from semascope.errors import ConfigError
from semascope.probes.inputs import blocks, check_vectors
from semascope.probes.median_map import apply_maps, maps_from_arrays, maps_to_arrays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.probes.median_map import MedianMap
    from semascope.types import Array, Floats, Kind, Vectors


class TunedHead:
    """Slopes and intercepts on the rows of a network that was tuned with them.

    Parameters
    ----------
    kind
        What it predicts.
    slopes, intercepts
        (t, d) and (t,) in the targets' own units; of a classification (c, d) and (c,), whose sums are logits.
    maps
        One a target: to medians, or None; see ``median_map.py``. Empty for a classification.
    """

    name = "tuned"

    def __init__(
        self, kind: Kind, slopes: Floats, intercepts: Floats, maps: Sequence[MedianMap | None] = ()
    ) -> None:
        self.kind, self.slopes, self.intercepts = kind, slopes, intercepts
        self.maps = list(maps) or [None] * len(slopes)
        self.choices: dict[str, Any] = {}
        self.notes: list[str] = []

    def fit(self, vectors: Vectors, targets: Array, **given: Any) -> Self:
        """Refused: it is trained with its network."""
        raise ConfigError(
            "a tuned head is trained together with its network; ask a study for it with --tuned"
        )

    def predict(self, vectors: Vectors) -> Array:
        """(n, t) numbers, not clipped to any range, or (n,) class indices."""
        if self.kind == "regression":
            return apply_maps(self.maps, self._sums(vectors))
        return np.asarray(self._sums(vectors).argmax(axis=1))

    def predict_unmapped(self, vectors: Vectors) -> Array:
        """(n, t) what ranks, because a map makes ties; as ``predict`` for a classification."""
        return self._sums(vectors) if self.kind == "regression" else self.predict(vectors)

    def predict_proba(self, vectors: Vectors) -> Floats:
        """(n, c) probabilities; classification only."""
        found: Floats = softmax(self._sums(vectors), axis=1)
        return found

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Slopes and intercepts; see ``Head.state``."""
        arrays = {"coef": self.slopes, "intercept": self.intercepts, **maps_to_arrays(self.maps)}
        return arrays, {"kind": self.kind}

    @classmethod
    def from_state(cls, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> Self:
        """The head that ``state`` was taken from."""
        slopes = np.asarray(arrays["coef"])
        maps = maps_from_arrays(arrays, len(slopes))
        return cls(settings["kind"], slopes, np.asarray(arrays["intercept"]), maps)

    def _sums(self, vectors: Vectors) -> Floats:
        vectors = check_vectors(vectors, dim=self.slopes.shape[1])
        found = np.empty((len(vectors), len(self.slopes)))
        for block in blocks(len(vectors)):
            found[block] = vectors[block].astype(np.float64) @ self.slopes.T + self.intercepts
        return found
