"""How far each row lies from the mean, in the metric of a ridge, followed through changes instead of computed anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.learner.ridge.row_buffer import blocks

if TYPE_CHECKING:
    from semascope.types import Array, Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One row that comes or goes; m is the mean, n the count and Q the inverse before it."""

    offset: Floats  # (d,) x - m
    direction: Floats  # (d,) Q (x - m)
    place: float  # m . direction
    reach: float  # offset . direction
    weight: float  # the scatter gains weight * offset offset'
    step: float  # the mean gains step * offset
    rest: float  # 1 + weight * reach; for a row that goes (1 - leverage) n / (n - 1)


class RowDistances:
    """Squared distances (x - m)' Q (x - m) of the rows as they were, and the changes since."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Know nothing: the next question computes them all."""
        self._known = False
        self.values = np.empty(0)
        self._born = np.empty(0, dtype=np.int64)  # (n,) changes pending when the row came; ascending
        self._pending: list[Change] = []

    def start(self, values: Floats) -> None:
        """Know the distances as they are now."""
        self.forget()
        self._known = True
        self.values, self._born = values, np.zeros(len(values), dtype=np.int64)

    def add(self, change: Change) -> None:
        """A row has come, last."""
        if self._note(change):
            own = (1 - change.step) ** 2 * change.reach / change.rest
            self.values = np.append(self.values, own)
            self._born = np.append(self._born, len(self._pending))

    def remove(self, row: int, change: Change) -> None:
        """Row ``row`` has gone."""
        if self._note(change):
            self.values, self._born = np.delete(self.values, row), np.delete(self._born, row)

    def catch_up(self, x: Floats) -> Floats | None:
        """(n,) distances now, of the rows ``x`` (n, d); None when they are to be computed."""
        if not self._known:
            return None
        if self._pending:
            directions = np.stack([change.direction for change in self._pending])
            values = self.values.copy()
            for part in blocks(*x.shape):
                self._replay(x[part] @ directions.T, values[part], self._born[part])
            self.start(values)
        return self.values

    def _note(self, change: Change) -> bool:
        """Whether the change is worth keeping: many of them cost as much as computing all distances."""
        if self._known and 4 * len(self._pending) >= len(change.direction):
            self.forget()
        if self._known:
            self._pending.append(change)
        return self._known

    def _replay(self, products: Floats, values: Floats, born: Array) -> None:
        """Bring ``values`` (b,), in place, through the changes; ``products`` (b, k) of rows and directions."""
        for number, change in enumerate(self._pending):
            alive = int(np.searchsorted(born, number, side="right"))  # rows that were there before the change
            along = products[:alive, number] - change.place
            values[:alive] += (
                change.step**2 * change.reach - (change.weight * along + 2 * change.step) * along
            ) / change.rest
