"""One row a prompt where a long one was sent in several pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.encoders.long import add_windows, to_unit_length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.types import Floats, Ints, Vectors


class Joining:
    """Rows of prompts out of those of their pieces, each as soon as its last piece is there.

    Parameters
    ----------
    owners, weights
        (m,) the prompt of each piece, and its share of the prompt's row.
    prompts, dim
        Their number, and the width of the rows.
    """

    def __init__(self, owners: Ints, weights: Floats, prompts: int, dim: int) -> None:
        self._owners = owners
        self._weights = weights
        self._missing = np.bincount(owners, minlength=prompts)
        self._several = self._missing > 1
        self._begun: dict[int, Vectors] = {}
        self._dim = dim

    def add(self, places: Ints, rows: Vectors) -> Iterator[tuple[Ints, Vectors]]:
        """Prompts that are whole now, with their rows."""
        owners = self._owners[places]
        single = ~self._several[owners]
        if single.any():
            yield owners[single], rows[single]
        finished = []
        for place, owner, row in zip(
            places[~single].tolist(), owners[~single].tolist(), rows[~single], strict=True
        ):
            begun = self._begun.setdefault(owner, np.zeros((1, self._dim), dtype=np.float32))
            add_windows(begun, np.array([0]), self._weights[[place]], row[None])
            self._missing[owner] -= 1
            if not self._missing[owner]:
                finished.append(owner)
        if finished:
            joined = np.concatenate([self._begun.pop(owner) for owner in finished])
            to_unit_length(joined, np.arange(len(joined)))
            yield np.array(finished), joined
