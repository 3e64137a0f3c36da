"""How a line chooses its penalty for one target: on out-of-fold predictions, with a map to medians where one serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.probes.inner import least_of
from semascope.probes.median_map import try_map
from semascope.stats.measures import get_measure
from semascope.words.numbers import significant

if TYPE_CHECKING:
    from semascope.probes.median_map import MedianMap
    from semascope.types import Floats, Ints, Kind


class ChoosesAlpha:
    """A head with one line a target and a grid of penalties; what was chosen is noted in ``choices`` and ``notes``."""

    kind: Kind
    measure: str
    alphas: tuple[float, ...]
    maps_: list[MedianMap | None]
    choices: dict[str, Any]
    notes: list[str]

    def choose_alpha(
        self,
        truth: Floats,
        predicted: Floats,
        folds: Ints,
        components: Ints,
        number: int,
        name: str,
        *,
        mapped: bool = True,
    ) -> int:
        """Place of the alpha of target ``number`` in the grid, with its map kept where it is better.

        Parameters
        ----------
        truth, predicted
            (n,), and (a, n) out of fold, a row for each alpha.
        folds, components
            (n,) of each row.
        mapped
            Whether a map may be tried; under the absolute error alone.
        """
        measure = get_measure(self.measure, self.kind)
        place = least_of(np.array([measure.loss(measure.of(truth, row)) for row in predicted]))
        if place is None:
            self.notes.append(
                f"{measure.name} of {name!r} is undefined for every alpha; the largest is taken"
            )
        elif mapped and measure.of_absolute:
            place = self._with_map(truth, predicted, place, folds, components, number, name)
        return self._noted(place, name)

    def _with_map(
        self,
        truth: Floats,
        predicted: Floats,
        plain: int,
        folds: Ints,
        components: Ints,
        number: int,
        name: str,
    ) -> int:
        """The place with the least squared error, where a map on it is better than ``plain`` without one."""
        place = least_of(np.square(predicted - truth).mean(axis=1))
        if place is None:
            return plain
        trial = try_map(predicted[place], truth, folds=folds, components=components, plain=predicted[plain])
        if not trial.kept:
            return plain
        self.maps_[number] = trial.map
        self.choices["median_map"][name] = {"with": trial.error, "without": trial.plain_error}
        return place

    def _noted(self, place: int | None, name: str) -> int:
        last = len(self.alphas) - 1
        number = last if place is None else place
        if place in (0, last):
            self.choices["edge"][name] = "low" if place == 0 else "high"
            self.notes.append(
                f"the best alpha of {name!r} lies on the edge of the grid ({significant(self.alphas[number], 6)})"
            )
        self.choices["alpha"][name] = self.alphas[number]
        return number
