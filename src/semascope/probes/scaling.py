"""Fixed shifts and scales, fitted on training rows, that bring vectors and targets to the size a network likes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from semascope.types import Array, Floats, Vectors


@dataclass(frozen=True, kw_only=True, slots=True)
class VectorScale:
    """Takes off the mean vector and divides by one number, so that directions keep their lengths."""

    mean: Vectors  # (d,)
    size: float  # root mean square of the centred entries; 1 where all rows are equal

    @classmethod
    def of(cls, vectors: Vectors) -> Self:
        """The scale of (n, d) rows."""
        mean = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
        size = float(np.sqrt(np.square(vectors - mean).mean(dtype=np.float64)))
        return cls(mean=mean, size=size or 1.0)

    def apply(self, vectors: Vectors) -> Vectors:
        """(m, d) scaled rows, float32."""
        return (vectors - self.mean) / np.float32(self.size)


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetScale:
    """Counts each target from its best constant, in units of that constant's error, over the rows that have it."""

    centre: Floats  # (t,)
    deviation: Floats  # (t,); 1 for a target without spread

    @classmethod
    def of(cls, targets: Floats, *, absolute: bool) -> Self:
        """The scale of (n, t) targets, each with at least one row that has it.

        Parameters
        ----------
        absolute
            Whether errors are absolute: then the median and the mean distance from it, else mean and standard deviation.
            A network starts at the centre. Were that the mean where a target is mostly one value, training would have to
            find that value first, in small steps of every output, and seldom gets there before it is stopped.

        Examples
        --------
        >>> TargetScale.of(np.array([[0.0], [0.0], [6.0]]), absolute=True)
        TargetScale(centre=array([0.]), deviation=array([2.]))
        """
        centre = np.nanmedian(targets, axis=0) if absolute else np.nanmean(targets, axis=0)
        away = targets - centre
        deviation = (
            np.nanmean(np.abs(away), axis=0) if absolute else np.sqrt(np.nanmean(np.square(away), axis=0))
        )
        return cls(centre=centre, deviation=np.where(deviation > 0, deviation, 1.0))

    def apply(self, targets: Floats) -> Floats:
        """(m, t) in deviations from the centre."""
        return (targets - self.centre) / self.deviation

    def undo(self, scaled: Array) -> Floats:
        """(m, t) back in the targets' own units."""
        return scaled * self.deviation + self.centre
