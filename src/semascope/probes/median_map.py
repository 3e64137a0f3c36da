"""A monotone map from the predictions of a head to medians, for a measure whose best answer is a median.

A head of the squared error predicts means. Where a target is mostly one value the mean lies between the values that
occur, and answering that one value has the lower absolute error although it ranks nothing. The map keeps the order
of the predictions and moves them to the median of the truth among rows that are predicted alike.

It is fitted on out-of-fold predictions, whatever head they come from: predictions of rows that a head has seen lie too
close to their truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.stats import rankdata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.types import Array, Floats, Ints

MOST_BINS = 32
FEWEST_ROWS = 10
"""Rows of a bin. Steps at single rows follow noise: with no signal at all they leave the constant, bins do not."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MedianMap:
    """A non-decreasing line through k knots, level outside of them."""

    knots: Floats  # (k,) predictions, ascending
    values: Floats  # (k,) medians of the truth, never falling

    @classmethod
    def fit(cls, predicted: Floats, truth: Floats) -> Self:
        """The map of least absolute error over bins of rows that are predicted alike.

        Parameters
        ----------
        predicted
            (n,) out-of-fold predictions, n of 1 or more.
        truth
            (n,) numbers, none missing.

        Notes
        -----
        At most ``MOST_BINS`` bins of equally many rows, each of ``FEWEST_ROWS`` or more; equal predictions share a
        bin. The medians of the bins are made to rise by pooling neighbours that do not (isotonic regression of the
        absolute error; Robertson, Wright & Dykstra, "Order Restricted Statistical Inference", 1988, section 1.2).
        Where the best value is any between two, the middle of the lowest and the highest answer is taken, which is as
        good as both. Agrees with linear programming: ``tests/unit/probes/test_median_map.py``.

        Examples
        --------
        >>> predicted = np.arange(40.0)
        >>> truth = np.repeat([0.0, 0.0, 2.0, 1.0], 10)
        >>> MedianMap.fit(predicted, truth).apply(np.array([-5.0, 14.5, 19.5, 50.0])).tolist()
        [0.0, 0.0, 0.75, 1.5]
        """
        bins = max(1, min(MOST_BINS, len(predicted) // FEWEST_ROWS))
        place = ((rankdata(predicted) - 0.5) * bins / len(predicted)).astype(np.int64)
        members = [np.flatnonzero(place == number) for number in np.unique(place)]
        ordered = [np.sort(truth[rows]) for rows in members]
        lowest, highest = _rising(ordered, upper=False), _rising(ordered, upper=True)
        return cls(
            knots=np.array([np.median(predicted[rows]) for rows in members]),
            values=lowest + (highest - lowest) / 2,
        )

    def apply(self, predicted: Floats) -> Floats:
        """(m,) of (m,) predictions."""
        return np.interp(predicted, self.knots, self.values)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MapTrial:
    """A map and what it is worth on rows that it was not fitted on."""

    map: MedianMap  # fitted on all rows
    error: float  # mean absolute error of mapped predictions
    plain_error: float  # of the predictions as they are
    gain: float  # the second less the first
    noise: float  # standard error of the gain; rows of one component count as one

    @property
    def kept(self) -> bool:
        """Whether the map lowers the error by more than one standard error."""
        return self.gain > self.noise


def try_map(
    predicted: Floats, truth: Floats, *, folds: Ints, components: Ints, plain: Floats | None = None
) -> MapTrial:
    """A map judged fold by fold: each fold's rows are mapped by what the other folds' rows say.

    Parameters
    ----------
    predicted
        (n,) out-of-fold predictions that the map is fitted to.
    truth
        (n,) numbers, none missing.
    folds
        (n,) fold numbers, at least two different ones.
    components
        (n,) labels of rows that stand for one (copies, a group).
    plain
        (n,) out-of-fold predictions that would be used without a map; None takes ``predicted``. They are clipped to
        the range of ``truth``, as predictions are where an error is taken.
    """
    mapped = np.empty(len(truth))
    for fold in np.unique(folds):
        held = folds == fold
        mapped[held] = MedianMap.fit(predicted[~held], truth[~held]).apply(predicted[held])
    unmapped = np.clip(predicted if plain is None else plain, truth.min(), truth.max())
    error, plain_error = np.abs(mapped - truth), np.abs(unmapped - truth)
    gains = plain_error - error
    _, unit = np.unique(components, return_inverse=True)
    spread = np.bincount(unit, weights=gains - gains.mean())
    return MapTrial(
        map=MedianMap.fit(predicted, truth),
        error=float(error.mean()),
        plain_error=float(plain_error.mean()),
        gain=float(gains.mean()),
        noise=float(np.sqrt(np.square(spread).sum()) / len(truth)),
    )


def apply_maps(maps: Sequence[MedianMap | None], predicted: Floats) -> Floats:
    """(m, t) predictions, each target through its own map; None leaves a target as it is."""
    found = predicted.copy()
    for column, each in enumerate(maps):
        if each is not None:
            found[:, column] = each.apply(predicted[:, column])
    return found


def maps_to_arrays(maps: Sequence[MedianMap | None]) -> dict[str, Array]:
    """Arrays of the maps there are, for ``Head.state``."""
    arrays: dict[str, Array] = {}
    for column, each in enumerate(maps):
        if each is not None:
            arrays |= {f"map_{column}_knots": each.knots, f"map_{column}_values": each.values}
    return arrays


def maps_from_arrays(arrays: Mapping[str, Array], targets: int) -> list[MedianMap | None]:
    """The maps of t targets as ``maps_to_arrays`` wrote them."""
    return [
        MedianMap(
            knots=np.asarray(arrays[f"map_{column}_knots"]), values=np.asarray(arrays[f"map_{column}_values"])
        )
        if f"map_{column}_knots" in arrays
        else None
        for column in range(targets)
    ]


def _rising(bins: Sequence[Floats], *, upper: bool) -> Floats:
    """One value a bin, never falling, of least absolute error; the highest such answer if ``upper``, else the lowest."""
    pools: list[tuple[Floats, int, float]] = []  # values, bins, median
    for values in bins:
        pool = (values, 1, _median(values, upper=upper))
        while pools and pools[-1][2] >= pool[2]:
            before, count, _ = pools.pop()
            joined = np.sort(np.concatenate([before, pool[0]]))
            pool = (joined, count + pool[1], _median(joined, upper=upper))
        pools.append(pool)
    return np.concatenate([np.full(count, median) for _, count, median in pools])


def _median(ordered: Floats, *, upper: bool) -> float:
    """The upper or lower of the two middle values."""
    return float(ordered[len(ordered) // 2 if upper else (len(ordered) - 1) // 2])
