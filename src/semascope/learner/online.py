"""Exact ridge of rows that come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.types import Array, Floats


class OnlineRidge:
    """Ridge with an unpenalised intercept; every change refits."""

    def __init__(self, vectors: Array, scores: Array, *, alpha: float) -> None:
        self.vectors = np.array(vectors, dtype=np.float64)
        self.scores = np.array(scores, dtype=np.float64)
        self.alpha = alpha
        self._refit()

    @property
    def count(self) -> int:
        """Rows."""
        return len(self.scores)

    def _refit(self) -> None:
        design = self._design(self.vectors)
        penalty = np.diag([0.0, *[self.alpha] * self.vectors.shape[1]])
        self._inverse = np.linalg.inv(design.T @ design + penalty)
        weights = self._inverse @ design.T @ self.scores
        self.intercept, self.coef = float(weights[0]), weights[1:]

    @staticmethod
    def _design(vectors: Array) -> Floats:
        return np.column_stack([np.ones(len(vectors)), vectors])

    def add(self, vector: Array, score: float) -> None:
        """A further last row."""
        self.vectors = np.vstack([self.vectors, vector])
        self.scores = np.append(self.scores, score)
        self._refit()

    def remove(self, row: int) -> None:
        """One row less; later ones move up."""
        self.vectors = np.delete(self.vectors, row, axis=0)
        self.scores = np.delete(self.scores, row)
        self._refit()

    def hat_rows(self, vectors: Array) -> Floats:
        """(m, n) weights of the scores."""
        rows: Floats = self._design(vectors) @ self._inverse @ self._design(self.vectors).T
        return rows

    def leverages(self) -> Floats:
        """(n,) hat diagonal."""
        return np.diagonal(self.hat_rows(self.vectors)).copy()

    def leave_one_out(self) -> Floats:
        """(n,) residuals without the row itself."""
        if self.count == 1:
            return np.array([np.nan])
        residuals: Floats = self.scores - self._design(self.vectors) @ np.append(self.intercept, self.coef)
        return residuals / (1 - self.leverages())
