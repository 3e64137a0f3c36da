"""Batches of rows that may stand together only where none of their keys is the same: neither the query nor the document of a pair.

With one key and roles the largest flow fills batches, and edges of a graph are coloured (``taking.py``, ``dealing.py``). With two keys
and roles that is a matching in three dimensions, for which no fast exact way is known; so rows are packed by what fits, and exchanged
where they do not. What is packed keeps every rule; that more could not have been packed is not shown, but for the rows of one role in
a single batch. Letters: n rows, k keys, r roles, E batches.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from semascope.tuning.contrastive.dealing import by_length
from semascope.tuning.contrastive.taking import uses_by_flow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semascope.types import Ints

_NONE = -1
_TRIES = 2_000  # rows with which one that does not fit is tried to be exchanged


class Packing:
    """An epoch that is packed at once: ``table`` where every batch is full, else None; ``filled`` of each role in any case.

    Parameters
    ----------
    roles
        (n,) numbers; a role of -1 stands in no batch.
    keys
        (n, k) numbers from 0 on: no two rows of a batch are the same in any column.
    lengths
        (n,) tokens; like ones come together.
    needed
        (r,) rows of each role in one batch.
    repeat
        Whether a row may stand in several batches.
    """

    def __init__(
        self,
        roles: Ints,
        keys: Ints,
        lengths: Ints,
        needed: Sequence[int],
        *,
        batches: int,
        repeat: bool,
        generator: np.random.Generator,
    ) -> None:
        self.roles, self.keys, self.lengths, self.generator = roles, keys, lengths, generator
        self.needed, self.batches, self.repeat = list(needed), batches, repeat
        self.row_keys: list[tuple[int, ...]] = [tuple(row) for row in keys.tolist()]
        self.role_of = np.repeat(np.arange(len(self.needed)), self.needed).tolist()  # by place of a batch
        self.wanted = np.asarray(self.needed, dtype=np.int64) * batches
        uses = self._taken()
        self.filled = np.bincount(
            roles[roles >= 0], weights=uses[roles >= 0], minlength=len(self.needed)
        ).astype(np.int64)
        self.table: Ints | None = None  # (E, places) rows
        if (self.filled == self.wanted).all():
            self._dealt(uses)

    def batches_in_any_order(self) -> list[Ints]:
        """The full batches, in random order; within each, roles in the order given."""
        assert self.table is not None
        return [self.table[number] for number in self.generator.permutation(len(self.table))]

    def _taken(self) -> Ints:
        """(n,) how often each row stands in the epoch: no key more often than there are batches."""
        order = self.generator.permutation(np.flatnonzero(self.roles >= 0))
        uses = self._greedy(order)
        if uses.sum() == self.wanted.sum():
            return uses
        if len(self.needed) == 1 and self.keys.shape[1] == 2 and not self.repeat:
            # as every batch holds a key once, this is the largest flow from one key to the other
            return uses_by_flow(self.roles, self.keys, order, most=int(self.wanted[0]), batches=self.batches)
        counts = sum(
            np.bincount(column[order], minlength=int(column.max()) + 1)[column] for column in self.keys.T
        )
        rare_first = order[np.argsort(np.asarray(counts)[order], kind="stable")]
        again = self._greedy(rare_first)
        return again if again.sum() > uses.sum() else uses

    def _greedy(self, order: Ints) -> Ints:
        uses = np.zeros(len(self.roles), dtype=np.int64)
        left = self.wanted.tolist()
        room = [[self.batches] * (int(column.max()) + 1) for column in self.keys.T]
        listed = list(zip(order.tolist(), self.roles[order].tolist(), strict=True))
        while any(left):
            before = sum(left)
            for row, role in listed:
                own = self.row_keys[row]
                if left[role] and all(free[key] for free, key in zip(room, own, strict=True)):
                    uses[row] += 1
                    left[role] -= 1
                    for free, key in zip(room, own, strict=True):
                        free[key] -= 1
            if not self.repeat or sum(left) == before:
                break
        return uses

    def _dealt(self, uses: Ints) -> None:
        columns = []
        for role in range(len(self.needed)):
            rows = np.flatnonzero(self.roles == role)
            taken = self.generator.permutation(np.repeat(rows, uses[rows]))
            columns.append(by_length(taken, self.lengths, self.batches))
        self.rows = np.concatenate(columns, axis=1)
        self.longest = self.lengths[self.rows].max(axis=1)
        self.held: list[dict[tuple[int, int], int]] = [{} for _ in range(self.keys.shape[1])]
        """For each key the place where it stands in a batch."""
        open_places = self._taken_out()
        self._put_in(open_places, uses)
        if not any(open_places.values()):
            self.table = self.rows
        else:
            for role, places in open_places.items():
                self.filled[role] -= len(places)

    def _taken_out(self) -> dict[int, list[tuple[int, int]]]:
        """The places of each role that are left when no key stands twice in a batch."""
        self.out: dict[int, list[int]] = defaultdict(list)
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for batch, listed in enumerate(self.rows.tolist()):
            for place, row in enumerate(listed):
                if self._fits(row, batch):
                    self._stand(batch, place, row)
                else:
                    self.rows[batch, place] = _NONE
                    role = self.role_of[place]
                    self.out[role].append(row)
                    found[role].append((batch, place))
        return found

    def _put_in(self, open_places: dict[int, list[tuple[int, int]]], uses: Ints) -> None:
        for role, places in open_places.items():
            rest = []
            for row in self.out[role]:
                fitting = [one for one in places if self._fits(row, one[0])]
                if not fitting:
                    rest.append(row)
                    continue
                batch, place = min(fitting, key=lambda one: abs(self.longest[one[0]] - self.lengths[row]))
                self._stand(batch, place, row)
                places.remove((batch, place))
            able = np.flatnonzero((self.roles == role) & ((uses == 0) | self.repeat))
            waiting = self.generator.permutation(able).tolist()
            for batch, place in list(places):
                if self._exchanged(rest, batch, place, role) or self._from_waiting(waiting, batch, place):
                    places.remove((batch, place))

    def _exchanged(self, rest: list[int], batch: int, place: int, role: int) -> bool:
        """Whether a row of another batch could stand here, and one of the rest there."""
        cells = [each for each, its in enumerate(self.role_of) if its == role]
        picks = self.generator.integers(
            len(self.rows) * len(cells), size=min(_TRIES, self.rows.size)
        ).tolist()
        for row in rest:
            for pick in picks:
                other, column = pick // len(cells), cells[pick % len(cells)]
                there = int(self.rows[other, column])
                if other == batch or there == _NONE or not self._fits(there, batch):
                    continue
                self._leave(other, there)
                if self._fits(row, other):
                    self._stand(other, column, row)
                    self._stand(batch, place, there)
                    rest.remove(row)
                    return True
                self._stand(other, column, there)
        return False

    def _from_waiting(self, waiting: list[int], batch: int, place: int) -> bool:
        """Whether a row that is not used in this epoch fits here."""
        row = next((row for row in waiting if self._fits(row, batch)), _NONE)
        if row == _NONE:
            return False
        if not self.repeat:
            waiting.remove(row)
        self._stand(batch, place, row)
        return True

    def _fits(self, row: int, batch: int) -> bool:
        return not any((batch, key) in held for held, key in self._of(row))

    def _stand(self, batch: int, place: int, row: int) -> None:
        self.rows[batch, place] = row
        for held, key in self._of(row):
            held[batch, key] = place

    def _leave(self, batch: int, row: int) -> None:
        for held, key in self._of(row):
            del held[batch, key]

    def _of(self, row: int) -> Iterable[tuple[dict[tuple[int, int], int], int]]:
        return zip(self.held, self.row_keys[row], strict=True)
