"""Batches with a quota of each role, the same for the same seed and step, whenever one begins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError
from semascope.tuning.contrastive.dealing import deal
from semascope.tuning.contrastive.packing import Packing
from semascope.tuning.contrastive.rows import quota_counts
from semascope.tuning.contrastive.taking import reached, take

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from semascope.tuning.contrastive.rows import RoleRows
    from semascope.types import Ints

_PROOF = 0
"""Seed of the packing that shows what can be filled: the same for every seed of a training."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleFilling:
    """What an epoch makes of the rows of one role."""

    role: str
    rows: int  # that there are
    a_batch: int  # in each batch
    an_epoch: int  # in all batches of an epoch

    @property
    def used(self) -> float:
        """Times a row stands in an epoch, on average; below 1 some rows wait for another epoch."""
        return self.an_epoch / self.rows


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class QuotaBatches:
    """A plan of batches, epoch after epoch. Made by ``plan_batches``."""

    rows: RoleRows
    counts: Mapping[str, int]  # rows of each role in a batch
    a_epoch: int  # batches
    repeat: bool  # whether a row may stand in several batches of an epoch
    seed: tuple[int, ...]

    @property
    def size(self) -> int:
        """Rows of a batch."""
        return sum(self.counts.values())

    def epoch(self, number: int) -> list[Ints]:
        """The batches of an epoch, counted from 0: places of rows, in each batch those of one role after the other.

        A batch never has two rows of one group, in any column of groups. A row stands in one batch at most, unless rows repeat.
        """
        generator = np.random.default_rng([*self.seed, number])
        roles, keys = self.rows.numbered(list(self.counts)), self.rows.dense_groups()
        if keys.shape[1] > 1:
            return self._packed(roles, keys, generator)
        groups = keys[:, 0]
        taken = take(
            roles,
            groups,
            list(self.counts.values()),
            batches=self.a_epoch,
            repeat=self.repeat,
            generator=generator,
        )
        return deal(taken, groups, self.rows.lengths, batches=self.a_epoch, generator=generator)

    def _packed(self, roles: Ints, keys: Ints, generator: np.random.Generator) -> list[Ints]:
        """An epoch packed at random; where that fails, the one that showed that so many batches can be filled."""
        for drawn in (generator, np.random.default_rng(_PROOF)):
            packing = Packing(
                roles,
                keys,
                self.rows.lengths,
                list(self.counts.values()),
                batches=self.a_epoch,
                repeat=self.repeat,
                generator=drawn,
            )
            if packing.table is not None:
                break
        return packing.batches_in_any_order()

    def from_step(self, step: int) -> Iterator[Ints]:
        """Batches without end, beginning with that of a step counted from 0: what a training that goes on asks for."""
        epoch, done = divmod(step, self.a_epoch)
        while True:
            yield from self.epoch(epoch)[done:]
            epoch, done = epoch + 1, 0

    def filling(self) -> tuple[RoleFilling, ...]:
        """What an epoch makes of the rows of each role."""
        roles = self.rows.numbered(list(self.counts))
        return tuple(
            RoleFilling(
                role=role,
                rows=int((roles == place).sum()),
                a_batch=count,
                an_epoch=count * self.a_epoch,
            )
            for place, (role, count) in enumerate(self.counts.items())
        )


def plan_batches(
    rows: RoleRows,
    shares: Mapping[str, float],
    *,
    batch: int,
    seed: tuple[int, ...],
    batches: int | None = None,
    repeat: bool = False,
) -> QuotaBatches:
    """Batches that each hold the shares of the roles.

    With one column of groups, or one that implies the other, as many batches are filled as can be. With two, as many as packing
    finds (``packing.py``), of which each keeps all rules.

    Parameters
    ----------
    shares
        Of each role in a batch, see ``quota_counts``; rows of other roles stand in none. Where they are the shares of the rows,
        roles that are too rare for a row of every batch are dealt among those of the most frequent one (``RoleRows.pooled``).
    batch
        Rows of a batch.
    batches
        Of an epoch. None: as many as can be filled; where rows repeat, until a role without need to has been used up.
    repeat
        Whether rows of a role that has too few stand in several batches of an epoch, in each once at most.

    Raises
    ------
    ConfigError
        When a role cannot fill its share, with the share that it can fill.

    Examples
    --------
    >>> from semascope.tuning.contrastive.rows import RoleRows
    >>> rows = RoleRows(roles=["main"] * 6 + ["hard"] * 2, groups=np.arange(8), lengths=np.ones(8, dtype=int))
    >>> plan = plan_batches(rows, {"main": 0.5, "hard": 0.5}, batch=2, seed=(7,))
    >>> plan.a_epoch, [role.used for role in plan.filling()]
    (2, [0.3333333333333333, 1.0])
    """
    asked, (rows, shares) = (rows, shares), rows.pooled(shares, batch=batch)
    counts = quota_counts(shares, batch=batch)
    if batches is not None and batches < 1:
        raise ConfigError(
            f"an epoch is to have {batches} batches; it must have 1 or more; leave it out for as many as can be"
        )
    _refuse_unknown(rows, counts)
    given = _Given(rows, counts, repeat=repeat)
    if not given.fits(batches or 1):
        can = largest_batch(*asked, most=batch, repeat=repeat) if batches is None else 0
        raise ConfigError(given.lack(batches or 1, shares, can=can))
    return QuotaBatches(
        rows=rows, counts=counts, a_epoch=batches or given.most(), repeat=repeat, seed=tuple(seed)
    )


def largest_batch(rows: RoleRows, shares: Mapping[str, float], *, most: int, repeat: bool = False) -> int:
    """Rows of the largest batch of at most ``most`` that the rows can fill; 0 where they fill none.

    With two columns of groups and several roles it is the largest that is found.

    Roundings of shares may let a larger one fit beyond one that does not; then one of those that fit is found.

    Examples
    --------
    >>> from semascope.tuning.contrastive.rows import RoleRows
    >>> rows = RoleRows(roles=[""] * 6, groups=np.array([0, 1, 2, 3, 3, 3]), lengths=np.ones(6, dtype=int))
    >>> largest_batch(rows, {"": 1.0}, most=64)
    4
    """

    def fits(batch: int) -> bool:
        try:
            dealt, of = rows.pooled(shares, batch=batch)
            return _Given(dealt, quota_counts(of, batch=batch), repeat=repeat).fits(1)
        except ConfigError:  # a role without a row of it
            return False

    # No two of one group stand in a batch.
    high = min(most, *(int(column.max()) + 1 for column in rows.dense_groups().T))
    least = min(high, math.ceil(sum(shares.values()) / min(shares.values())))  # a row for the smallest share
    low = next((batch for batch in range(1, least + 1) if fits(batch)), 0)
    if not low or fits(high):
        return high if low else 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


class _Given:
    """What the rows give to batches."""

    def __init__(self, rows: RoleRows, counts: Mapping[str, int], *, repeat: bool) -> None:
        self.names, self.needed, self.repeat = list(counts), list(counts.values()), repeat
        self.roles, self.keys, self.lengths = rows.numbered(self.names), rows.dense_groups(), rows.lengths
        self.sizes = np.bincount(self.roles[self.roles >= 0], minlength=len(counts))

    def reached(self, batches: int) -> Ints:
        found: Ints = np.min([self._by(column, batches) for column in self.keys.T], axis=0)
        if len(self.keys.T) == 1 or (found < self._wanted(batches)).any():
            return found
        return Packing(
            self.roles,
            self.keys,
            self.lengths,
            self.needed,
            batches=batches,
            repeat=self.repeat,
            generator=np.random.default_rng(_PROOF),
        ).filled

    def fits(self, batches: int) -> bool:
        return bool((self.reached(batches) == self._wanted(batches)).all())

    def most(self) -> int:
        """Batches of an epoch, where one can be filled."""
        whole = self.sizes // np.asarray(self.needed)
        if self.repeat:  # whoever fills one fills any number, by repeating it
            high = max(1, int(whole.max()))
        else:
            high = min(self._most_by(column, int(whole.min())) for column in self.keys.T)
        if len(self.keys.T) == 1:
            return high
        while high > 1 and not self.fits(high):
            high = max(min(high - 1, int(high * 0.97)), 1)
        return high

    def _most_by(self, column: Ints, high: int) -> int:
        low = 1
        while low < high:  # fewer batches can be filled whenever more can
            middle = (low + high + 1) // 2
            full = (self._by(column, middle) == self._wanted(middle)).all()
            low, high = (middle, high) if full else (low, middle - 1)
        return low

    def _by(self, column: Ints, batches: int) -> Ints:
        """Rows of each role that batches can hold where one key counts."""
        return reached(self.roles, column, self.needed, batches=batches, repeat=self.repeat)

    def _wanted(self, batches: int) -> Ints:
        return np.asarray(self.needed, dtype=np.int64) * batches

    def lack(self, batches: int, shares: Mapping[str, float], *, can: int) -> str:
        """What to say where so many batches cannot be filled, but one of ``can`` rows; 0: nothing is known of smaller ones."""
        found, batch = self.reached(batches), sum(self.needed)
        place = int(np.argmin(found / np.asarray(self.needed)))
        name, needed = self.names[place], self.needed[place]
        groups = [len(np.unique(column[self.roles == place])) for column in self.keys.T]
        of = (
            f"{groups[0]:,} documents"
            if len(groups) == 1
            else " and ".join(f"{count:,}" for count in groups) + " queries and documents"
        )
        alike = "one document" if len(groups) == 1 else "one query or document"
        rows = int(found[place]) // batches
        ways = f"a share of {rows / batch:.3g} can be filled" if rows else "it cannot stand in every batch"
        share = shares[name] / sum(shares.values())
        advice = "lower its share" + (", or the batches" if batches > 1 else ", or take smaller batches")
        advice += f", of {can:,} rows at most" if can else ""
        if not self.repeat and batches > 1:
            advice += ", or let rows repeat"
        return (
            f"role {name!r} has {self.sizes[place]:,} rows of {of}, of which {batches:,} batches can hold"
            f" {found[place]:,}, no two of {alike} in a batch; a share of {share:.3g} of {batch:,} rows needs"
            f" {needed * batches:,}, and {ways}; {advice}"
        )


def _refuse_unknown(rows: RoleRows, counts: Mapping[str, int]) -> None:
    there = sorted(set(rows.roles))
    for name in counts:
        if name not in there:
            raise ConfigError(
                f"role {name!r} has a share and no rows; the rows have the roles {', '.join(map(repr, there))}; name one of these"
            )
