"""Heads that look at no vector. They are always in the table: a head that does not beat them has learned nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from semascope.probes.inputs import check_classes, check_targets, check_vectors, names_of, present_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semascope.types import Array, Floats, Ints, Kind, Vectors


class MeanHead(BaseEstimator):  # type: ignore[misc]
    """Predicts the mean of each target over the training rows that have it.

    Parameters
    ----------
    target_names
        Names of the t targets, for messages; empty numbers them.
    """

    kind: Kind = "regression"
    name = "mean"

    def __init__(self, *, target_names: tuple[str, ...] = ()) -> None:
        self.target_names = target_names

    def fit(
        self, vectors: Vectors, targets: Array, *, components: Ints | None = None, seed: int = 42
    ) -> Self:
        """The head itself, fitted; ``components`` and ``seed`` change nothing."""
        values = check_targets(targets, len(check_vectors(vectors)))
        names = names_of(values.shape[1], self.target_names)
        self.constant_ = np.empty(values.shape[1])
        for rows, group in present_rows(values, names, self.name):
            self.constant_[group] = self._middle(values[np.ix_(rows, group)])
        self.choices: dict[str, Any] = {"constant": dict(zip(names, self.constant_.tolist(), strict=True))}
        self.notes: list[str] = []
        return self

    def predict(self, vectors: Vectors) -> Floats:
        """(n, t): the same row n times."""
        return np.tile(self.constant_, (len(vectors), 1))

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """The constants; see ``Head.state``."""
        return {"constant": self.constant_}, {"params": self.get_params()}

    @classmethod
    def from_state(cls, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> Self:
        """See ``Head.from_state``."""
        head = cls(target_names=tuple(settings["params"]["target_names"]))
        head.constant_ = np.asarray(arrays["constant"])
        head.choices, head.notes = {}, []
        return head

    @staticmethod
    def _middle(values: Floats) -> Floats:
        return values.mean(axis=0)  # type: ignore[no-any-return]


class MedianHead(MeanHead):
    """Predicts the median of each target over the training rows that have it: the constant of least absolute error."""

    name = "median"

    @staticmethod
    def _middle(values: Floats) -> Floats:
        return np.median(values, axis=0)


class MajorityHead(BaseEstimator):  # type: ignore[misc]
    """Predicts the most frequent class (ties go to the lower index), with the classes' shares as probabilities.

    Parameters
    ----------
    n_classes
        c; None takes the largest class index seen in ``fit``.
    """

    kind: Kind = "classification"
    name = "majority"

    def __init__(self, *, n_classes: int | None = None) -> None:
        self.n_classes = n_classes

    def fit(
        self, vectors: Vectors, targets: Array, *, components: Ints | None = None, seed: int = 42
    ) -> Self:
        """The head itself, fitted; ``components`` and ``seed`` change nothing."""
        classes, count = check_classes(targets, len(check_vectors(vectors)), self.n_classes)
        self.shares_ = np.bincount(classes, minlength=count) / len(classes)
        self.choices: dict[str, Any] = {"class": int(self.shares_.argmax())}
        self.notes: list[str] = []
        return self

    def predict(self, vectors: Vectors) -> Ints:
        """(n,): the same class n times."""
        return np.full(len(vectors), self.shares_.argmax(), dtype=np.int64)

    def predict_proba(self, vectors: Vectors) -> Floats:
        """(n, c): the training shares of the classes, n times."""
        return np.tile(self.shares_, (len(vectors), 1))

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """The shares; see ``Head.state``."""
        return {"shares": self.shares_}, {"params": self.get_params()}

    @classmethod
    def from_state(cls, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> Self:
        """See ``Head.from_state``."""
        head = cls(n_classes=settings["params"]["n_classes"])
        head.shares_ = np.asarray(arrays["shares"])
        head.choices, head.notes = {}, []
        return head
