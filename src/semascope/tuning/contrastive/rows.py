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
    groups: (
        Ints  # (n,) rows of one document, and near-copies, have one number: never two of them in one batch
    )
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
        """(n,) groups as 0, 1, ... without gaps."""
        return np.asarray(np.unique(self.groups, return_inverse=True)[1], dtype=np.int64)


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
    exact = [batch * share / whole for share in shares.values()]
    # Rounded first: 0.3 of 10 is 3, and no fraction of what binary numbers make of it.
    counts = [math.floor(round(value, 9)) for value in exact]
    by_fraction = sorted(
        range(len(exact)), key=lambda place: (-round(exact[place] - counts[place], 9), place)
    )
    for place in by_fraction[: batch - sum(counts)]:
        counts[place] += 1
    for role, count in zip(shares, counts, strict=True):
        if not count:
            raise ConfigError(
                f"role {role!r} has a share of {shares[role] / whole:.3g}, less than a row of a batch of {batch}; each role needs a"
                " row; take larger batches, or leave the role out"
            )
    return dict(zip(shares, counts, strict=True))
