"""One number of a space: its value, where it may lie for other texts, and what data without structure gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semascope.stats.results import Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A number with its interval and its floor."""

    name: str  # in a reader's words: "mean cosine"
    estimate: Estimate  # for new texts of the same number; NaN with a reason where it is undefined
    # What ``null`` gives: its mean, and the range that holds 95 % of its draws. None where nothing plays that part.
    floor: Estimate | None = None
    null: str = ""  # what the floor is of: "isotropic data of the same n and d", "shuffled labels"
    note: str = ""  # what a reader must know of how it was taken: "on 20,000 of 100,000 texts"

    @property
    def value(self) -> float:
        """The number itself."""
        return self.estimate.value

    @property
    def above_floor(self) -> bool | None:
        """Whether the interval lies above the null's range, or below it (False); None where they meet or one is missing."""
        if self.floor is None or self.estimate.low != self.estimate.low:
            return None
        if self.estimate.low > self.floor.high:
            return True
        return False if self.estimate.high < self.floor.low else None
