"""What is dealt into batches: rows with a role, a document and a length, and the shares that a batch is to have of each role."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.types import Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RoleRows:
    """n rows to train on.

    Raises
    ------
    DataError
        For columns of different length, or none.
    """

    roles: Sequence[str]  # (n,)
    groups: Ints
    """(n,) numbers, or (n, k): no two rows of a batch are the same in any column. Rows of one document, near-copies included, have
    one; where a query has several documents and a document several queries, one column is the query's and one the document's"""
    lengths: Ints  # (n,) tokens

    def __post_init__(self) -> None:
        sizes = {len(self.roles), len(self.groups), len(self.lengths)}
        if len(sizes) > 1 or not len(self.roles):
            raise DataError(
                f"{len(self.roles)} roles, {len(self.groups)} groups and {len(self.lengths)} lengths are given; each row needs"
                " one of each, and there must be a row; give columns of one table"
            )

    def numbered(self, names: Sequence[str]) -> Ints:
        """(n,) place of each row's role among ``names``, -1 for another role."""
        places = {name: place for place, name in enumerate(names)}
        return np.array([places.get(role, -1) for role in self.roles], dtype=np.int64)

    def dense_groups(self) -> Ints:
        """(n, k) groups as 0, 1, ... without gaps, without columns that say nothing beside another one."""
        columns = self.groups.reshape(len(self.groups), -1).T
        dense = [np.asarray(np.unique(column, return_inverse=True)[1], dtype=np.int64) for column in columns]
        kept = list(dense)
        for column in dense:
            others = [other for other in kept if other is not column]
            if any(_implies(column, other) for other in others):
                kept = others
        return np.stack(kept, axis=1)

    def pooled(self, shares: Mapping[str, float], *, batch: int) -> tuple[RoleRows, dict[str, float]]:
        """The rows and their shares, roles of less than a row of a batch among those of the most frequent one.

        Only where the shares are those of the rows: who asks for others wants them. A role that is dealt with another has the
        name of both, ``main + soft``.
        """
        found = dict(shares)
        if found != natural_shares(self.roles):
            return self, found
        joined: list[str] = []
        while len(found) > 1 and (rare := _rarest(found, batch=batch)):
            most = max(found, key=found.__getitem__)
            joined = [*(joined or [most]), *rare]
            share = sum(found.pop(name) for name in (most, *rare))
            found = {JOINED.join(joined): share} | found
        if not joined:
            return self, found
        name = JOINED.join(joined)
        roles = [name if role in joined else role for role in self.roles]
        return RoleRows(roles=roles, groups=self.groups, lengths=self.lengths), found


JOINED = " + "
"""Between the names of roles that are dealt as one."""


def _implies(column: Ints, other: Ints) -> bool:
    """Whether rows that are the same in one column are the same in another one, which then forbids all that this one does."""
    pairs = np.unique(np.stack([column, other], axis=1), axis=0)
    return len(pairs) == int(column.max()) + 1


def _rarest(shares: Mapping[str, float], *, batch: int) -> list[str]:
    """Roles that largest remainders give no row of a batch, the most frequent role aside."""
    most = max(shares, key=shares.__getitem__)
    return [name for name, count in _rounded(shares, batch=batch).items() if not count and name != most]


def natural_shares(roles: Sequence[str]) -> dict[str, float]:
    """The share of each role among the rows."""
    names, counts = np.unique(np.asarray(roles, dtype=object).astype(str), return_counts=True)
    return {str(name): int(count) / len(roles) for name, count in zip(names, counts, strict=True)}


def quota_counts(shares: Mapping[str, float], *, batch: int) -> dict[str, int]:
    """Rows of each role in a batch, in the order of ``shares``; they sum to ``batch``.

    Largest remainders (Hamilton): each role gets the whole part of its share of the rows, and what is left goes one by one
    to the roles whose fractions are largest, equal ones in the order given.

    Parameters
    ----------
    shares
        Of each role, above 0; only how they stand to each other counts.
    batch
        Rows of a batch, one a role at least.

    Raises
    ------
    ConfigError
        For shares that are none, and a role that would have no row of a batch.

    Examples
    --------
    >>> quota_counts({"main": 0.5, "soft": 0.3, "hard": 0.2}, batch=8)
    {'main': 4, 'soft': 2, 'hard': 2}
    """
    if batch < 1:
        raise ConfigError(f"a batch is to have {batch} rows; it must have 1 or more; give for example 64")
    if not shares:
        raise ConfigError("no role has a share; at least one needs one; name a role")
    for role, share in shares.items():
        if not (share > 0 and math.isfinite(share)):
            raise ConfigError(
                f"role {role!r} has a share of {share}; each must be above 0; leave out a role without rows"
            )
    whole = sum(shares.values())
    counts = _rounded(shares, batch=batch)
    for role, count in counts.items():
        if not count:
            raise ConfigError(
                f"role {role!r} has a share of {shares[role] / whole:.3g}, less than a row of a batch of {batch}; each role needs a"
                " row; take larger batches, or leave the role out"
            )
    return counts


def _rounded(shares: Mapping[str, float], *, batch: int) -> dict[str, int]:
    """By largest remainders; 0 where a role is too rare."""
    whole = sum(shares.values())
    exact = [batch * share / whole for share in shares.values()]
    # Rounded first: 0.3 of 10 is 3, and no fraction of what binary numbers make of it.
    counts = [math.floor(round(value, 9)) for value in exact]
    by_fraction = sorted(
        range(len(exact)), key=lambda place: (-round(exact[place] - counts[place], 9), place)
    )
    for place in by_fraction[: batch - sum(counts)]:
        counts[place] += 1
    return dict(zip(shares, counts, strict=True))
