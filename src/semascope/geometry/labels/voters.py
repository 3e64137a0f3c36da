"""Who may vote for a text's label: neighbours that do not belong together with it, as its copies and its group do.

Letters: n texts, w neighbours listed, c texts of a component.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semascope.neighbors import top_k
from semascope.types import silent

if TYPE_CHECKING:
    from semascope.types import Ints, Progress, Step, Vectors

NOBODY = -1
"""Stands in a list behind all texts of other components, where they are fewer than places."""

_SMALL = 256  # texts of a component that are looked up and dropped: beside larger ones only the others are looked at
_LISTED = 4_194_304  # numbers of the longer lists that are held at once


def own_components(components: Ints | None) -> Ints | None:
    """(n,) the components from 0 to their number less 1; None where every text is on its own, as with None."""
    if components is None:
        return None
    distinct, found = np.unique(components, return_inverse=True)
    return None if len(distinct) == len(components) else found


def nearest_strangers(
    vectors: Vectors, nearest: Ints, components: Ints | None, *, progress: Progress = silent
) -> Ints:
    """(n, w) nearest texts of other components, nearest first; ``NOBODY`` where there are no more.

    Parameters
    ----------
    vectors
        (n, d) of unit length.
    nearest
        (n, w) nearest of all texts, itself not among them: what is left of a list without its own component is taken
        from it, and only the texts whose list is then too short are searched for again.
    components
        (n,) equal numbers for texts that belong together; None: each text on its own, and the lists stay as they are.

    Notes
    -----
    Exact: ``tests/unit/geometry/labels/test_voters.py`` compares it with whole orders. Beside the lists it holds some
    48 MB, and one copy of the vectors where a component is large.
    """
    own = own_components(components)
    if own is None or not nearest.shape[1]:
        return nearest
    sizes = np.bincount(own)
    found, held = _without(nearest, own, own, nearest.shape[1])
    wanted = np.minimum(nearest.shape[1], len(own) - sizes[own])
    short = np.flatnonzero(held < wanted)

    def shown(step: Step) -> None:
        progress(replace(step, stage="finding neighbours of other groups"))

    small = short[sizes[own[short]] <= _SMALL]
    if len(small):
        width = nearest.shape[1] + int(sizes[own[small]].max())
        for rows in np.array_split(small, -(-len(small) * width // _LISTED)):
            lists = top_k(vectors[rows], vectors, width, progress=shown).indices
            found[rows] = _without(lists, own[rows], own, nearest.shape[1])[0]
    for component in np.unique(own[short[sizes[own[short]] > _SMALL]]):
        others = np.flatnonzero(own != component)
        rows = short[own[short] == component]
        lists = others[top_k(vectors[rows], vectors[others], nearest.shape[1], progress=shown).indices]
        found[rows, : lists.shape[1]] = lists
        found[rows, lists.shape[1] :] = NOBODY
    return found


def _without(lists: Ints, mine: Ints, own: Ints, wanted: int) -> tuple[Ints, Ints]:
    """(m, wanted) each list without its row's component, in order, and (m,) how many are left."""
    other = own[lists] != mine[:, None]
    place = np.cumsum(other, axis=1)
    row, column = np.nonzero(other & (place <= wanted))
    found = np.full((len(lists), wanted), NOBODY, dtype=np.int64)
    found[row, place[row, column] - 1] = lists[row, column]
    return found, np.minimum(other.sum(axis=1), wanted)


def shuffled_whole(codes: Ints, components: Ints | None, rng: np.random.Generator) -> Ints:
    """(n,) labels among the texts in another order, those of a component together.

    Every component takes the labels of another one, drawn without replacement: cut where that is larger, repeated where
    it is smaller. Without components it is a permutation of the labels.

    Examples
    --------
    >>> codes, together = np.array([0, 0, 1, 1, 1, 1]), np.array([0, 0, 1, 1, 2, 2])
    >>> dealt = shuffled_whole(codes, together, np.random.default_rng(0))
    >>> sorted(dealt.tolist()), all(len(set(dealt[together == c].tolist())) == 1 for c in range(3))
    ([0, 0, 1, 1, 1, 1], True)
    """
    own = own_components(components)
    if own is None:
        return rng.permutation(codes)
    order = np.argsort(own, kind="stable")
    sizes = np.bincount(own)
    starts = np.cumsum(sizes) - sizes
    giver = rng.permutation(len(sizes))[own[order]]
    place = np.arange(len(own)) - starts[own[order]]
    found = np.empty_like(codes)
    found[order] = codes[order][starts[giver] + place % sizes[giver]]
    return found
