"""Which rows stand in an epoch: of each role as many as its batches need, of each group no more than there are batches.

Letters: n rows, r roles, g groups, E batches an epoch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Ints


def reached(roles: Ints, groups: Ints, needed: Sequence[int], *, batches: int, repeat: bool) -> Ints:
    """(r,) rows of each role that so many batches can hold, together as many as possible, at most what they need.

    Parameters
    ----------
    roles, groups
        (n,) numbers; a role of -1 stands in no batch. Groups are 0, 1, ... without gaps.
    needed
        (r,) rows of each role in one batch.
    repeat
        Whether a row may stand in several batches.

    Notes
    -----
    The largest flow from groups, which give a row to each batch at most, to roles.
    """
    used = roles >= 0
    found: Ints
    if not repeat and np.bincount(groups[used]).max(initial=0) <= batches:  # there is room for each group
        found = np.minimum(np.bincount(roles[used], minlength=len(needed)), np.asarray(needed) * batches)
    else:
        found = _flow(roles, groups, needed, batches=batches, repeat=repeat).sum(axis=0)
    return found


def take(
    roles: Ints,
    groups: Ints,
    needed: Sequence[int],
    *,
    batches: int,
    repeat: bool,
    generator: np.random.Generator,
) -> list[Ints]:
    """For each role the rows of an epoch in random order, needed times batches of them, drawn at random.

    Arguments are those of ``reached``, which must have found that these batches can be filled. A row that repeats stands
    there as often as it is used, each as evenly as its group allows.
    """
    wanted = np.asarray(needed, dtype=np.int64) * batches
    if not repeat and np.bincount(groups[roles >= 0]).max(initial=0) <= batches:
        return [
            generator.permutation(np.flatnonzero(roles == role))[:want] for role, want in enumerate(wanted)
        ]
    order = generator.permutation(np.flatnonzero(roles >= 0))
    uses = _greedy(roles, groups, wanted, order, batches=batches, repeat=repeat)
    found = np.bincount(roles[roles >= 0], weights=uses[roles >= 0], minlength=len(wanted)).astype(np.int64)
    if (found < wanted).any():  # rows were taken that the other roles of their groups need
        uses = _by_flow(roles, groups, needed, order, batches=batches, repeat=repeat)
    return [
        generator.permutation(np.repeat(np.flatnonzero(roles == role), uses[roles == role]))
        for role in range(len(wanted))
    ]


def uses_by_flow(roles: Ints, keys: Ints, order: Ints, *, most: int, batches: int) -> Ints:
    """(n,) 1 for the rows of one role that an epoch takes: ``most`` of them, or as many as two keys allow.

    Parameters
    ----------
    roles
        (n,) 0, or -1 for a row that stands in no batch.
    keys
        (n, 2) numbers from 0 on: each stands once in a batch.
    order
        Rows of the role, in random order; of those that a flow may take, the first are.
    """
    used = roles >= 0
    first, second = keys[:, 0], keys[:, 1]
    flow = _flow(
        np.where(used, second, -1), first, [1] * (int(second.max()) + 1), batches=batches, repeat=False
    )
    uses = np.zeros(len(roles), dtype=np.int64)
    left = most
    for row in order.tolist():
        cell = first[row], second[row]
        if left and flow[cell]:
            flow[cell] -= 1
            uses[row], left = 1, left - 1
    return uses


def _greedy(roles: Ints, groups: Ints, wanted: Ints, order: Ints, *, batches: int, repeat: bool) -> Ints:
    """(n,) how often each row is used when the first that fits is taken, round after round where rows repeat."""
    uses = np.zeros(len(roles), dtype=np.int64)
    left, room = wanted.tolist(), [batches] * (int(groups.max()) + 1)
    listed = list(zip(order.tolist(), roles[order].tolist(), groups[order].tolist(), strict=True))
    while any(left):
        before = sum(left)
        for row, role, group in listed:
            if left[role] and room[group]:
                uses[row] += 1
                left[role] -= 1
                room[group] -= 1
        if not repeat or sum(left) == before:
            break
    return uses


def _by_flow(
    roles: Ints, groups: Ints, needed: Sequence[int], order: Ints, *, batches: int, repeat: bool
) -> Ints:
    """(n,) how often each row is used where only the largest flow fills every batch; which of equal ones is at random."""
    _, first = np.unique(groups[order], return_index=True)
    shuffled = np.empty(int(groups.max()) + 1, dtype=np.int64)
    shuffled[groups[order[np.sort(first)]]] = np.arange(
        len(first)
    )  # the flow favours groups that stand first
    flow = _flow(roles[order], shuffled[groups[order]], needed, batches=batches, repeat=repeat)
    uses = np.zeros(len(roles), dtype=np.int64)
    cells = shuffled[groups[order]] * len(needed) + roles[order]
    by_cell = np.argsort(cells, kind="stable")
    starts = np.flatnonzero(np.diff(cells[by_cell], prepend=-1))
    for members in np.split(order[by_cell], starts[1:]):
        given = int(flow[shuffled[groups[members[0]]], roles[members[0]]])
        uses[members] = given // len(members)
        uses[members[: given % len(members)]] += 1
    return uses


def _flow(roles: Ints, groups: Ints, needed: Sequence[int], *, batches: int, repeat: bool) -> Ints:
    """(g, r) rows of each group that the batches take for each role."""
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.csgraph import maximum_flow

    used = roles >= 0
    r, g = len(needed), int(groups.max()) + 1
    cells, rows = np.unique(groups[used] * r + roles[used], return_counts=True)
    source, sink = g + r, g + r + 1
    starts = np.concatenate([np.full(g, source), cells // r, g + np.arange(r)])
    ends = np.concatenate([np.arange(g), g + cells % r, np.full(r, sink)])
    at_most = np.full(len(cells), batches) if repeat else np.minimum(rows, batches)
    room = np.concatenate([np.full(g, batches), at_most, np.asarray(needed) * batches])
    size = sink + 1
    graph = csr_array(coo_array((room.astype(np.int32), (starts, ends)), shape=(size, size)))
    found = coo_array(maximum_flow(graph, source, sink).flow)
    taken = np.zeros((g, r), dtype=np.int64)
    inside = (found.row < g) & (found.col >= g) & (found.col < g + r) & (found.data > 0)
    taken[found.row[inside], found.col[inside] - g] = found.data[inside]
    return taken
