"""Ridge regression with its penalty chosen per target by the reported measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from semascope.probes.alpha_choice import ChoosesAlpha
from semascope.probes.inner import inner_folds
from semascope.probes.inputs import (
    blocks,
    check_components,
    check_folds,
    check_grid,
    check_targets,
    check_vectors,
    names_of,
    present_rows,
)
from semascope.probes.median_map import apply_maps, maps_from_arrays, maps_to_arrays
from semascope.probes.ridge_core import fold_predictions, ridge_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.probes.median_map import MedianMap
    from semascope.types import Array, Floats, Ints, Kind, Vectors

ALPHAS: tuple[float, ...] = tuple(np.logspace(-4, 4, 25).tolist())
"""Three a decade. On unit vectors as they are the best ones lie within 0.01-100 (docs/heads.md)."""


class RidgeHead(ChoosesAlpha, BaseEstimator):  # type: ignore[misc]
    """Ridge regression on vectors as they are (no scaling of dims), with an unpenalised intercept.

    Parameters
    ----------
    measure
        Measure by which alpha is chosen, for each target on its own. Under ``mae`` the predictions of a target also pass
        through a rising map to medians (``median_map.py``) where that lowers the out-of-fold error.
    alphas
        Penalties tried, ascending, each > 0.
    folds
        Inner folds, 2 or more; fewer are made, with a note, where there are fewer components.
    target_names
        Names of the t targets, for notes; empty numbers them.
    median_map
        Whether the map is tried at all; without it the head is a line.

    Attributes
    ----------
    coef_
        (t, d) float64 slopes.
    intercept_
        (t,) float64.
    maps_
        t maps, None for a target whose predictions are used as they are.
    choices
        ``alpha``; where it lies on the edge of the grid, ``edge`` (``low`` or ``high``); under ``mae``, where a map is kept,
        ``median_map``: the out-of-fold error ``with`` it and ``without``. By target name.

    Notes
    -----
    The measure is taken once over the out-of-fold predictions of all rows, not averaged over folds, so it also
    means something when folds are small. Ties go to the larger alpha. Afterwards all rows are fitted with the
    chosen alphas. A map is fitted to the out-of-fold predictions of the alpha with the least squared error, judged on
    folds that it was not fitted on, against the alpha with the least absolute error and no map, and kept where it is
    better by more than a standard error of the paired difference; its alpha is then the target's. Coefficients agree with scikit-learn's ``Ridge``: ``tests/reference/test_probes_ridge.py``.
    """

    kind: Kind = "regression"
    name = "ridge"

    def __init__(
        self,
        *,
        measure: str = "mae",
        alphas: tuple[float, ...] = ALPHAS,
        folds: int = 5,
        target_names: tuple[str, ...] = (),
        median_map: bool = True,
    ) -> None:
        self.measure = measure
        self.alphas = alphas
        self.folds = folds
        self.target_names = target_names
        self.median_map = median_map

    def fit(
        self, vectors: Vectors, targets: Array, *, components: Ints | None = None, seed: int = 42
    ) -> Self:
        """The head itself, fitted; see ``Head.fit``."""
        check_grid("alphas", self.alphas)
        check_folds(self.folds)
        vectors = check_vectors(vectors)
        values = check_targets(targets, len(vectors))
        labels = check_components(components, len(vectors))
        names = names_of(values.shape[1], self.target_names)
        self.coef_ = np.empty((values.shape[1], vectors.shape[1]))
        self.intercept_ = np.empty(values.shape[1])
        self.maps_: list[MedianMap | None] = [None] * values.shape[1]
        self.choices: dict[str, Any] = {"alpha": {}, "edge": {}, "median_map": {}}
        self.notes: list[str] = []
        for rows, group in present_rows(values, names, self.name):
            self._fit_pattern(vectors[rows], values[np.ix_(rows, group)], labels[rows], group, names, seed)
        return self

    def predict(self, vectors: Vectors) -> Floats:
        """(n, t) predictions, not clipped to any range."""
        return apply_maps(self.maps_, self.predict_unmapped(vectors))

    def predict_unmapped(self, vectors: Vectors) -> Floats:
        """(n, t) what the lines give: what ranks, because a map makes ties."""
        vectors = check_vectors(vectors, dim=self.coef_.shape[1])
        result = np.empty((len(vectors), len(self.coef_)))
        for block in blocks(len(vectors)):
            result[block] = vectors[block].astype(np.float64) @ self.coef_.T + self.intercept_
        return result

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Slopes, intercepts and maps; see ``Head.state``."""
        arrays = {"coef": self.coef_, "intercept": self.intercept_, **maps_to_arrays(self.maps_)}
        return arrays, {"params": self.get_params(), "choices": self.choices, "notes": self.notes}

    @classmethod
    def from_state(cls, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> Self:
        """See ``Head.from_state``."""
        params = dict(settings["params"])
        params |= {name: tuple(params[name]) for name in ("alphas", "target_names")}  # JSON has lists only
        head = cls(**params)
        head.coef_, head.intercept_ = np.asarray(arrays["coef"]), np.asarray(arrays["intercept"])
        head.maps_ = maps_from_arrays(arrays, len(head.coef_))
        head.choices, head.notes = dict(settings["choices"]), list(settings["notes"])
        return head

    def _fit_pattern(
        self, x32: Vectors, y: Floats, labels: Ints, group: Ints, names: tuple[str, ...], seed: int
    ) -> None:
        """Choose and fit the targets ``group``, which the rows given all have."""
        called = " and ".join(repr(names[number]) for number in group)
        folds = inner_folds(labels, strata=None, folds=self.folds, seed=seed, what=f"ridge of {called}")
        if folds.note:
            self.notes.append(folds.note)
        x = x32.astype(np.float64)
        x_origin, y_origin = x.mean(axis=0), y.mean(axis=0)
        x -= x_origin
        predicted = fold_predictions(x, y - y_origin, folds.of_row, np.asarray(self.alphas)) + y_origin
        alphas = np.empty(len(group))
        for j, number in enumerate(group):
            found = y[:, j], predicted[:, :, j], folds.of_row, labels
            alphas[j] = self.alphas[
                self.choose_alpha(*found, int(number), names[number], mapped=self.median_map)
            ]
        lines = ridge_at(x, y, alphas)
        self.coef_[group] = lines.slopes.T
        self.intercept_[group] = lines.intercepts - x_origin @ lines.slopes
