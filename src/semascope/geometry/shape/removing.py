"""A space without some of its dims: what its cosines are then, and which neighbours stay.

Letters: n texts, d dim, f removed dims, m texts whose neighbours are looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.comparing.overlap import knn_overlap, neighbors_measured
from semascope.geometry.measured import Measured
from semascope.geometry.shape.cosine import isotropic_mean_cosine, of_pairs
from semascope.geometry.shape.floors import BY_CHANCE, ISOTROPIC, floor_of_draws
from semascope.geometry.shape.hubness import K
from semascope.geometry.shape.rows import blocks_of
from semascope.geometry.shape.sums import each_block
from semascope.geometry.shape.undefined import too_few, undefined
from semascope.neighbors import top_k
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.geometry.halves import Halves
    from semascope.types import Floats, Ints, Vectors

_LOOKED_AT = 3_000  # texts, among each other
_DRAWS = 5


def without(rows: Vectors, removed: Ints) -> Vectors:
    """The rows without some dims, at unit length again; a row that has nothing else stays zero.

    Examples
    --------
    >>> without(np.float32([[0.8, 0.6, 0.0], [1.0, 0.0, 0.0]]), np.array([0])).tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    left = np.delete(rows, removed, axis=1)
    lengths = np.linalg.norm(left, axis=1, keepdims=True)
    left /= np.where(lengths > 0, lengths, 1)
    return left


def cosine_without(vectors: Vectors, removed: Ints, halves: Halves) -> Measured:
    """Mean cosine of the rows without some dims."""
    n, d = len(vectors), vectors.shape[1] - len(removed)
    sums, squares, counts = np.zeros((halves.blocks, d)), np.zeros(halves.blocks), np.zeros(halves.blocks)
    for block, rows in each_block(halves.block_of, halves.blocks):
        counts[block] = len(rows)
        for part in blocks_of(len(rows), vectors.shape[1]):
            left = without(vectors[rows[part]], removed)
            sums[block] += left.sum(axis=0, dtype=np.float64)
            squares[block] += float(np.einsum("ij,ij->", left, left, dtype=np.float64))
    value = float(of_pairs(sums.sum(axis=0), squares.sum(), counts.sum()))
    within = of_pairs(halves.sums(sums), halves.sums(squares), halves.sums(counts))
    return Measured(
        name=f"mean cosine without {count(len(removed), 'dim')}",
        estimate=halves.estimate(value, within, least=-1.0, most=1.0),
        floor=isotropic_mean_cosine(n, d),
        null=ISOTROPIC,
    )


def neighbors_kept(vectors: Vectors, removed: Ints, halves: Halves, *, seed: int) -> Measured:
    """Share of each text's 10 nearest that stay without some dims, beside as many dims drawn by chance.

    Notes
    -----
    On 3,000 texts, drawn, where there are more: neighbours are those among them.
    """
    n, d = vectors.shape
    rng = np.random.default_rng(seed)
    name = f"neighbours kept without {count(len(removed), 'dim')}"
    looked = np.arange(n) if n <= _LOOKED_AT else np.sort(rng.choice(n, _LOOKED_AT, replace=False))
    k = neighbors_measured(len(looked), K)
    if not k:
        return undefined(name, too_few(n), n=n, null=BY_CHANCE)
    rows = vectors[looked]
    before = top_k(rows, rows, k, exclude_self=True).indices

    def kept(dims: Ints) -> Floats:
        left = without(rows, dims)
        return knn_overlap(before, top_k(left, left, k, exclude_self=True).indices)

    shares = kept(removed)
    drawn = [float(kept(rng.choice(d, len(removed), replace=False)).mean()) for _ in range(_DRAWS)]
    blocks = halves.block_of[looked]
    by_block = np.bincount(blocks, weights=shares, minlength=halves.blocks)
    counts = np.bincount(blocks, minlength=halves.blocks)
    estimate = halves.estimate(
        float(shares.mean()), halves.sums(by_block) / halves.sums(counts), least=0.0, most=1.0
    )
    return Measured(
        name=name,
        estimate=estimate,
        floor=floor_of_draws(drawn, n=len(looked), least=0.0, most=1.0),
        null=BY_CHANCE,
        note=f"on {len(looked):,} of {n:,} texts" if len(looked) < n else "",
    )
