"""The rows of an epoch dealt into batches: like lengths together, each batch its quota of every role, no group twice in one.

Seen as a graph it is the colouring of edges: a row joins its group to a place in the batch (a place has one role), and the
batch is its colour. Neither a group nor a place may meet a colour twice. As no group has more rows than there are batches, König's
theorem says that it can always be done, and his proof how: along a path of two colours that are exchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.tuning.batches import POOL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Ints

_NONE = -1


def deal(
    taken: Sequence[Ints], groups: Ints, lengths: Ints, *, batches: int, generator: np.random.Generator
) -> list[Ints]:
    """The batches of an epoch, in random order; within each, roles in the order given.

    Parameters
    ----------
    taken
        For each role its rows in random order, as many as divide by ``batches``; no group has more rows in all than there
        are batches.
    groups, lengths
        (n,) of all rows.
    """
    table = np.concatenate([by_length(rows, lengths, batches) for rows in taken], axis=1)  # (batches, places)
    table = _Dealing(table, groups, lengths, generator).settled()
    return [table[number] for number in generator.permutation(batches)]


def by_length(rows: Ints, lengths: Ints, batches: int) -> Ints:
    """(batches, quota) rows of one role: of each ``POOL`` batches the longest go to the first."""
    quota = len(rows) // batches
    parts = []
    for start in range(0, len(rows), POOL * quota):
        pool = rows[start : start + POOL * quota]
        parts.append(pool[np.argsort(-lengths[pool], kind="stable")])
    dealt: Ints = np.concatenate(parts).reshape(batches, quota)
    return dealt


class _Dealing:
    """A table of batches and places in which a group may stand twice in a batch, until it is settled."""

    def __init__(self, table: Ints, groups: Ints, lengths: Ints, generator: np.random.Generator) -> None:
        self.table, self.groups, self.lengths, self.generator = table.copy(), groups, lengths, generator
        self.places: dict[int, dict[int, int]] = {}  # of each group, by batch: the place where it stands
        self.longest = self.table_lengths(table)

    def table_lengths(self, table: Ints) -> Ints:
        """(batches,) tokens of the longest row of each."""
        found: Ints = self.lengths[table].max(axis=1)
        return found

    def settled(self) -> Ints:
        """(batches, places) rows: those whose group stands in their batch already are taken out, and put in again elsewhere."""
        out = []
        for batch, row_groups in enumerate(self.groups[self.table].tolist()):
            for place, group in enumerate(row_groups):
                held = self.places.setdefault(group, {})
                if batch in held:
                    out.append((batch, place, int(self.table[batch, place])))
                else:
                    held[batch] = place
        for batch, place, _ in out:
            self.table[batch, place] = _NONE
        for batch, place, row in out:
            self._put(batch, place, row)
        return self.table

    def _put(self, wanted: int, place: int, row: int) -> None:
        """Give a row its place in a batch that has neither the place taken nor its group, exchanging others if need be."""
        held = self.places[int(self.groups[row])]
        free = np.flatnonzero(self.table[:, place] == _NONE)
        free = free[np.argsort(np.abs(self.longest[free] - self.lengths[row]), kind="stable")]
        for batch in free.tolist():
            if batch not in held:
                return self._stand(batch, place, row)
        batch = wanted if self.table[wanted, place] == _NONE else int(free[0])
        self._exchange(row, batch, self._without(held, row))
        return self._stand(batch, place, row)

    def _without(self, held: dict[int, int], row: int) -> int:
        """A batch without the group of the row, one with texts of its length if there is."""
        able = np.setdiff1d(np.arange(len(self.table)), np.fromiter(held, dtype=np.int64), assume_unique=True)
        able = able[self.generator.permutation(len(able))]
        return int(able[np.argmin(np.abs(self.longest[able] - self.lengths[row]))])

    def _exchange(self, row: int, one: int, other: int) -> None:
        """Let the group of a row, which stands in batch ``one`` and not in ``other``, stand in ``other`` instead.

        Its row there moves, the row on that place moves the other way, then the other row of that one's group, and so on. The
        path ends, as it meets no group and no place twice, and never at a place that is empty in ``one``: it comes to places from
        there alone.
        """
        path: list[tuple[int, int, int]] = []  # from batch, place, row
        group, source, target = int(self.groups[row]), one, other
        while source in self.places[group]:
            place = self.places[group][source]
            path.append((source, place, int(self.table[source, place])))
            pushed = int(self.table[target, place])
            if pushed == _NONE:
                break
            path.append((target, place, pushed))
            group = int(self.groups[pushed])
        for batch, place, moved in path:
            self.table[batch, place] = _NONE
            del self.places[int(self.groups[moved])][batch]
        for batch, place, moved in path:
            self._stand(other if batch == one else one, place, moved)

    def _stand(self, batch: int, place: int, row: int) -> None:
        self.table[batch, place] = row
        self.places[int(self.groups[row])][batch] = place
