"""Multinomial logistic regression on sparse rows, in the weights of the rows.

The best slopes are ``W = X'A``: a number for each row and class instead of one for each word and class, of which there
are many more. L-BFGS runs on A with the inner products of W (``<A, B> = tr(A' XX' B)``), which makes it the same
iteration as on W; each step needs one product with ``XX'``, and the search along a line none. n rows, v words, c classes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.special import log_softmax

from semascope.probes.softmax_core import Softmax, seen_only, spread_over

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from semascope.types import Array, Floats, Ints

CHOOSING = 2e-4
"""Length of the gradient of the mean loss that is near enough to choose C by."""
_MEMORY = 8  # steps that L-BFGS remembers
_DECREASE, _CURVATURE = 1e-4, 0.9  # Wolfe's conditions on a step
# of the objective: near the end its differences are smaller than that, and the slope decides
_ROUNDING = 1e-14
_TRIALS = 40  # along one line


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Point:
    """A place or a direction: what is added up is linear in all three."""

    own: Array  # (n, c) A
    image: Array  # (n, c) XX'A
    free: Array  # (c,) intercepts

    def plus(self, factor: float, other: _Point) -> _Point:
        return _Point(
            own=self.own + factor * other.own,
            image=self.image + factor * other.image,
            free=self.free + factor * other.free,
        )

    def times(self, other: _Point) -> float:
        return float(np.vdot(self.own, other.image) + self.free @ other.free)


@dataclass(kw_only=True, slots=True, eq=False)
class SparseSoftmax:
    """A fit that goes on from one strength to the next."""

    rows: csr_array[Any, Any]  # (n, v) in the dtype of the products
    classes: Ints  # (n,) in 0..c-1, every one occurs
    count: int  # c
    converged: bool = False
    _turned: csr_array[Any, Any] = field(init=False)
    _place: _Point = field(init=False)

    def __post_init__(self) -> None:
        flat = np.zeros((len(self.classes), self.count))
        self._turned = self.rows.T.tocsr()
        self._place = _Point(own=flat, image=flat, free=np.zeros(self.count))

    def fit(self, strength: float, *, tolerance: float, steps: int = 500) -> Self:
        """Go to the fit at C = ``strength``, as scikit-learn means it.

        Parameters
        ----------
        tolerance
            Length of the gradient of the mean loss at which it stops.
        steps
            Most L-BFGS steps.
        """
        # As in softmax_core: two classes share one penalised vector.
        penalty = (2.0 if self.count == 2 else 1.0) / (strength * len(self.classes))
        place = self._place
        value, gradient = self._look(place, penalty)
        gradient = self._with_image(gradient)
        known: list[tuple[_Point, _Point, float]] = []
        self.converged = False
        for _ in range(steps):
            if np.sqrt(max(gradient.times(gradient), 0.0)) <= tolerance:
                self.converged = True
                break
            direction = _downhill(gradient, known)
            found = self._search(place, direction, value, _along(gradient, direction), penalty)
            if found is None:  # rounding hides any further descent
                break
            stride, value, new = found
            new = self._with_image(new)
            step = _Point(
                own=stride * direction.own, image=stride * direction.image, free=stride * direction.free
            )
            turn = new.plus(-1.0, gradient)
            place, gradient = place.plus(1.0, step), new
            if (curvature := step.times(turn)) > 0:
                known = [*known[-_MEMORY + 1 :], (step, turn, curvature)]
        self._place = place
        return self

    @property
    def model(self) -> Softmax:
        """The fit as slopes (v, c) and intercepts (c,)."""
        slopes = np.asarray(self._turned @ self._place.own.astype(self.rows.dtype), dtype=np.float64)
        return Softmax(slopes=slopes, intercepts=self._place.free, converged=self.converged)

    def _look(self, place: _Point, penalty: float) -> tuple[float, _Point]:
        """The objective and its gradient, whose image is left out."""
        logs = log_softmax(place.image + place.free, axis=1)
        everyone = np.arange(len(logs))
        value = -float(logs[everyone, self.classes].mean())
        value += 0.5 * penalty * float(np.vdot(place.own, place.image))
        off = np.exp(logs)
        off[everyone, self.classes] -= 1
        off /= len(logs)
        return value, _Point(own=off + penalty * place.own, image=_NONE, free=off.sum(axis=0))

    def _with_image(self, point: _Point) -> _Point:
        inner = self._turned @ point.own.astype(self.rows.dtype)
        return replace(point, image=np.asarray(self.rows @ inner, dtype=np.float64))

    def _search(
        self, place: _Point, direction: _Point, value: float, slope: float, penalty: float
    ) -> tuple[float, float, _Point] | None:
        """(stride, objective, gradient) where Wolfe's conditions hold; the objective is convex, so halving finds it."""
        low, high, stride = 0.0, np.inf, 1.0
        for _ in range(_TRIALS):
            there, gradient = self._look(place.plus(stride, direction), penalty)
            if there > value + _DECREASE * stride * slope + _ROUNDING * abs(value):
                high = stride
            elif _along(gradient, direction) < _CURVATURE * slope:
                low = stride
            else:
                return stride, there, gradient
            stride = 2 * low if high == np.inf else (low + high) / 2
        return None


@dataclass(kw_only=True, slots=True, eq=False)
class SparseFold:
    """One inner fold on its way up the path of C; see ``FoldOnPath``."""

    held: Ints  # row numbers of the fold
    held_rows: csr_array[Any, Any]
    seen: Ints  # classes that the other rows have
    others: SparseSoftmax

    @classmethod
    def of(
        cls, rows: csr_array[Any, Any], held_rows: csr_array[Any, Any], classes: Ints, *, held: Ints
    ) -> Self:
        """The fold ``held``, with the other rows and their classes."""
        seen, positions = seen_only(classes)
        others = SparseSoftmax(rows=rows, classes=positions, count=len(seen))
        return cls(held=held, held_rows=held_rows, seen=seen, others=others)

    def log_probabilities(self, strength: float, count: int) -> Floats:
        """See ``FoldOnPath``."""
        if len(self.seen) > 1:
            self.others.fit(strength, tolerance=CHOOSING, steps=100)
        logs = self.others.model.log_probabilities(self.held_rows)
        return spread_over(logs, self.seen, count, empty=-np.inf)


_NONE = np.zeros(0)


def _along(gradient: _Point, direction: _Point) -> float:
    """Slope along a direction; the gradient needs no image for it."""
    return float(np.vdot(gradient.own, direction.image) + gradient.free @ direction.free)


def _downhill(gradient: _Point, known: list[tuple[_Point, _Point, float]]) -> _Point:
    """The direction of L-BFGS: the two loops of Nocedal & Wright, algorithm 7.4."""
    found = gradient
    shares = []
    for step, turn, curvature in reversed(known):
        share = step.times(found) / curvature
        found = found.plus(-share, turn)
        shares.append(share)
    if known:
        _, turn, curvature = known[-1]
        scale = curvature / turn.times(turn)
    else:
        scale = 1.0 / np.sqrt(gradient.times(gradient))
    found = _Point(own=scale * found.own, image=scale * found.image, free=scale * found.free)
    for (step, turn, curvature), share in zip(known, reversed(shares), strict=True):
        found = found.plus(share - turn.times(found) / curvature, step)
    return _Point(own=-found.own, image=-found.image, free=-found.free)
