"""Which texts stand in a step: of like length, so that little is padded, and in another order in every epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Ints

POOL = 32
"""Batches that are drawn together and sorted by length before they are cut apart: the more, the less is padded, and the
less random a batch is."""


def length_batches(lengths: Ints, *, batch: int, seed: Sequence[int]) -> list[Ints]:
    """Every position once, in batches of texts of like length, the batches in random order.

    Parameters
    ----------
    lengths
        (n,) tokens of each text.
    batch
        Texts of a batch; the last one of the shortest texts may have fewer.
    seed
        Of this epoch.

    Examples
    --------
    >>> [part.tolist() for part in length_batches(np.array([9, 1, 8, 2]), batch=2, seed=[7])]
    [[3, 1], [0, 2]]
    """
    generator = np.random.default_rng(list(seed))
    order = generator.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), POOL * batch):
        pool = order[start : start + POOL * batch]
        pool = pool[np.argsort(-lengths[pool], kind="stable")]
        batches += [pool[at : at + batch] for at in range(0, len(pool), batch)]
    return [batches[place] for place in generator.permutation(len(batches))]
