"""Batches of labelled texts in which every text meets others of its label, however many labels there are.

Texts drawn at random meet none where labels are as many as a batch has rows: they would then teach what is unlike alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semascope.tuning.contrastive.quotas import RoleFilling
    from semascope.types import Ints

TOGETHER = 4
"""Texts of one label that come into a batch together."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LabelBatches:
    """A plan of batches, epoch after epoch. Made by ``plan_label_batches``."""

    labels: Ints  # (n,)
    groups: Ints  # (n,) never two of one number in a batch
    size: int  # rows of a batch, about: labels are not torn apart for it
    a_epoch: int  # batches
    seed: tuple[int, ...]

    def epoch(self, number: int) -> list[Ints]:
        """The batches of an epoch, counted from 0: every row once, but those of a group with more rows than there are batches."""
        generator = np.random.default_rng([*self.seed, number])
        bundles = self._bundles(generator)
        held: list[list[int]] = [[] for _ in range(self.a_epoch)]
        there: list[set[int]] = [set() for _ in range(self.a_epoch)]
        # The largest first, each into the emptiest batch: so batches are as even as bundles allow.
        for place in sorted(
            generator.permutation(len(bundles)).tolist(), key=lambda place: -len(bundles[place])
        ):
            self._put(bundles[place], held, there)
        order = generator.permutation(self.a_epoch).tolist()
        return [np.array(held[place], dtype=np.int64) for place in order]

    def from_step(self, step: int) -> Iterator[Ints]:
        """Batches without end, beginning with that of a step counted from 0."""
        epoch, done = divmod(step, self.a_epoch)
        while True:
            yield from islice(self.epoch(epoch), done, None)
            epoch, done = epoch + 1, 0

    def filling(self) -> tuple[RoleFilling, ...]:
        """Nothing to tell: labels come as often as the rows have them."""
        return ()

    def _bundles(self, generator: np.random.Generator) -> list[list[int]]:
        """Rows of one label, some together, none alone that has another of its label."""
        found: list[list[int]] = []
        for label in np.unique(self.labels).tolist():
            rows = generator.permutation(np.flatnonzero(self.labels == label)).tolist()
            parts = [rows[start : start + TOGETHER] for start in range(0, len(rows), TOGETHER)]
            if len(parts) > 1 and len(parts[-1]) == 1:
                parts[-2:] = [[*parts[-2], *parts[-1]]]
            found += parts
        return found

    def _put(self, bundle: list[int], held: list[list[int]], there: list[set[int]]) -> None:
        """The rows of a bundle into one batch; what nearly repeats another row there goes into others."""
        left = bundle
        for batch in sorted(range(len(held)), key=lambda number: len(held[number])):
            later = []
            for row in left:
                group = int(self.groups[row])
                if group in there[batch]:
                    later.append(row)
                else:
                    held[batch].append(row)
                    there[batch].add(group)
            left = later
            if not left:
                return


def plan_label_batches(labels: Ints, groups: Ints, *, batch: int, seed: tuple[int, ...]) -> LabelBatches:
    """Batches of about ``batch`` rows each, as many of a label as the rows have, ``TOGETHER`` of one at a time.

    Parameters
    ----------
    labels, groups
        (n,) of each row; rows of one group say the same, or nearly.

    Raises
    ------
    ConfigError
        For a batch below 2: nothing could be contrasted.
    DataError
        Without a row, or with columns of different length.

    Examples
    --------
    >>> plan = plan_label_batches(np.array([0, 0, 1, 1, 2, 2]), np.arange(6), batch=4, seed=(7,))
    >>> plan.a_epoch, sorted(len(part) for part in plan.epoch(0))
    (2, [2, 4])
    """
    if batch < 2:
        raise ConfigError(f"a batch is to have {batch} rows; it must have 2 or more; give for example 64")
    if len(labels) != len(groups) or not len(labels):
        raise DataError(
            f"{len(labels)} labels and {len(groups)} groups are given; each row needs one of each, and there must be a row; give columns"
            " of one table"
        )
    numbered = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    bundles = sum(_parts(count) for count in np.bincount(numbered).tolist())
    return LabelBatches(
        labels=numbered,
        groups=groups,
        size=min(batch, len(labels)),
        a_epoch=max(1, min(round(len(labels) / batch), bundles)),  # none is empty
        seed=tuple(seed),
    )


def _parts(rows: int) -> int:
    """Bundles that the rows of a label make."""
    whole, left = divmod(rows, TOGETHER)
    return max(1, whole + (left > 1))
