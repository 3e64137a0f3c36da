"""Multinomial logistic regression with its penalty chosen by the reported measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from semascope.probes.inner import inner_folds
from semascope.probes.inputs import (
    blocks,
    check_classes,
    check_components,
    check_folds,
    check_grid,
    check_vectors,
)
from semascope.probes.logistic_path import ChoosesStrength
from semascope.probes.softmax_core import (
    Axes,
    Softmax,
    fit_softmax,
    in_vector_coordinates,
    seen_only,
    spread_over,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.types import Array, Floats, Ints, Kind, Vectors

STRENGTHS: tuple[float, ...] = tuple(np.logspace(-3, 4, 15).tolist())
"""C, two a decade. On unit vectors the best ones lie within 1-100 (docs/heads.md)."""


class LogisticHead(ChoosesStrength, BaseEstimator):  # type: ignore[misc]
    """Multinomial logistic regression on vectors as they are, with unpenalised intercepts.

    Parameters
    ----------
    measure
        Measure by which C is chosen; ties go to the lower log loss, then to the smaller C.
    strengths
        C tried, ascending, each > 0, as in scikit-learn.
    folds
        Inner folds; None takes 5 up to 2,000 rows and 3 above.
    n_classes
        c; None takes the largest class index seen in ``fit``.
    positive
        Class index that the measure ``f1`` speaks about.

    Attributes
    ----------
    coef_
        (c, d) float64.
    intercept_
        (c,) float64; -inf for a class that no training row has, so that its probability is 0.
    choices
        ``C``, the ``tried`` ones, and ``edge`` (``low`` or ``high``) where the best lies on the edge of the grid.

    Notes
    -----
    C is chosen on fits in float32 that go up the path, each starting from the one before; the final fit on all rows
    is in float64. It agrees with scikit-learn's ``LogisticRegression`` at the chosen C, for two classes too:
    ``tests/reference/test_probes_logistic.py``.
    """

    kind: Kind = "classification"
    name = "logistic"

    def __init__(
        self,
        *,
        measure: str = "accuracy",
        strengths: tuple[float, ...] = STRENGTHS,
        folds: int | None = None,
        n_classes: int | None = None,
        positive: int | None = None,
    ) -> None:
        self.measure = measure
        self.strengths = strengths
        self.folds = folds
        self.n_classes = n_classes
        self.positive = positive

    def fit(
        self, vectors: Vectors, targets: Array, *, components: Ints | None = None, seed: int = 42
    ) -> Self:
        """The head itself, fitted; see ``Head.fit``."""
        check_grid("strengths", self.strengths)
        check_folds(self.folds)
        vectors = check_vectors(vectors)
        classes, count = check_classes(targets, len(vectors), self.n_classes)
        labels = check_components(components, len(vectors))
        self.choices: dict[str, Any] = {}
        self.notes: list[str] = []
        seen, positions = seen_only(classes)
        if len(seen) == 1:
            self.notes.append("every training row has the same class; it is always predicted")
            fitted = Softmax.flat(vectors.shape[1], 1)
        else:
            strength = self._choose(vectors, classes, labels, count, seed)
            fitted = self._refit(vectors, positions, len(seen), strength)
        self.coef_ = np.ascontiguousarray(spread_over(fitted.slopes, seen, count, empty=0.0).T)
        self.intercept_ = spread_over(fitted.intercepts, seen, count, empty=-np.inf)
        return self

    def predict(self, vectors: Vectors) -> Ints:
        """(n,) the most probable class; ties go to the lower index."""
        best: Ints = self.predict_proba(vectors).argmax(axis=1)
        return best

    def predict_proba(self, vectors: Vectors) -> Floats:
        """(n, c) probabilities, rows sum to 1."""
        vectors = check_vectors(vectors, dim=self.coef_.shape[1])
        model = Softmax(slopes=self.coef_.T, intercepts=self.intercept_, converged=True)
        result = np.empty((len(vectors), len(self.coef_)))
        for block in blocks(len(vectors)):
            result[block] = np.exp(model.log_probabilities(vectors[block].astype(np.float64)))
        return result

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Slopes and intercepts; see ``Head.state``."""
        arrays = {"coef": self.coef_, "intercept": self.intercept_}
        return arrays, {"params": self.get_params(), "choices": self.choices, "notes": self.notes}

    @classmethod
    def from_state(cls, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> Self:
        """See ``Head.from_state``."""
        params = dict(settings["params"]) | {"strengths": tuple(settings["params"]["strengths"])}
        head = cls(**params)
        head.coef_, head.intercept_ = np.asarray(arrays["coef"]), np.asarray(arrays["intercept"])
        head.choices, head.notes = dict(settings["choices"]), list(settings["notes"])
        return head

    def _choose(self, vectors: Vectors, classes: Ints, labels: Ints, count: int, seed: int) -> float:
        """The best C by the out-of-fold predictions of all rows."""
        wanted = self.folds or (5 if len(vectors) <= 2000 else 3)
        folds = inner_folds(labels, strata=classes, folds=wanted, seed=seed, what="logistic")
        if folds.note:
            self.notes.append(folds.note)
        parts = [_Fold.of(vectors, classes, folds.of_row == fold) for fold in np.unique(folds.of_row)]
        return self.choose_strength(parts, classes, count)

    def _refit(self, vectors: Vectors, positions: Ints, classes: int, strength: float) -> Softmax:
        axes = Axes.of(vectors.astype(np.float64))
        start = Softmax.flat(vectors.shape[1], classes)
        fitted = fit_softmax(axes, positions, strength=strength, start=start, tolerance=1e-6)
        if not fitted.converged:
            self.notes.append("the final logistic fit stopped before it converged")
        return in_vector_coordinates(fitted, axes)


@dataclass(kw_only=True, slots=True)
class _Fold:
    """One inner fold on its way up the path."""

    held: Ints  # row numbers of the fold
    axes: Axes  # of all other rows
    positions: Ints  # their classes, as positions in ``seen``
    seen: Ints
    held_rows: Array
    last: Softmax

    @classmethod
    def of(cls, vectors: Vectors, classes: Ints, in_fold: Array) -> Self:
        axes = Axes.of(vectors[~in_fold])
        seen, positions = seen_only(classes[~in_fold])
        return cls(
            held=np.flatnonzero(in_fold),
            axes=axes,
            positions=positions,
            seen=seen,
            held_rows=axes.place(vectors[in_fold]),
            last=Softmax.flat(vectors.shape[1], len(seen)),
        )

    def log_probabilities(self, strength: float, count: int) -> Floats:
        """(m, c) of the fold's rows after fitting the others; -inf for classes that the others lack."""
        if len(self.seen) > 1:
            self.last = fit_softmax(
                self.axes, self.positions, strength=strength, start=self.last, tolerance=1e-3, steps=100
            )
        return spread_over(self.last.log_probabilities(self.held_rows), self.seen, count, empty=-np.inf)
