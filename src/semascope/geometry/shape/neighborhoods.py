"""What neighbourhoods say of a space: hubness and intrinsic dimension, beside isotropic data.

Letters: n texts, d dim, m texts of the null.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import DataError
from semascope.geometry.shape.copies import apart_from_copies, kinds_of
from semascope.geometry.shape.dimension import dimension_of, intrinsic_dimension
from semascope.geometry.shape.floors import floor_of_draws
from semascope.geometry.shape.hubness import K, hubness, neighbors_counted, occurrences, skewness
from semascope.geometry.shape.isotropic import isotropic_rows
from semascope.neighbors import top_k
from semascope.types import Step, silent
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.geometry.halves import Halves
    from semascope.geometry.measured import Measured
    from semascope.neighbors import Neighbors
    from semascope.stats.results import Estimate
    from semascope.types import Ints, Progress, Vectors

LISTED = 3 * K  # so that 10 are left in nearly every half of the texts
_MOST = 8_192  # texts of the null
_DRAWS = 10
_DRAWS_OF_MANY = 5
_MANY = 2_000


def measure_neighborhoods(
    vectors: Vectors,
    nearest: Neighbors | None,
    halves: Halves,
    *,
    kinds: Ints | None = None,
    seed: int,
    progress: Progress = silent,
) -> dict[str, Measured]:
    """Hubness and intrinsic dimension.

    Parameters
    ----------
    nearest
        The 30 nearest of each text, itself not among them; None: they are found here.

    Notes
    -----
    A copy is its text's nearest and has the same neighbours, so that both numbers would tell how many copies there are:
    one text of each kind enters, and isotropic data has as many texts as there are kinds.
    """
    n = len(vectors)
    if nearest is None:
        nearest = top_k(vectors, vectors, LISTED, exclude_self=True, progress=progress)
    if len(nearest.indices) != n:
        raise DataError(
            f"there are neighbours of {len(nearest.indices)} texts for {n}; each text needs its own; find them again"
        )
    alike = kinds_of(vectors, kinds)
    apart = apart_from_copies(vectors, nearest.indices, alike, progress=progress)
    different = len(apart.texts)
    k = neighbors_counted(different, apart.nearest.shape[1])
    dimension, hubs = isotropic_neighborhoods(different, vectors.shape[1], k, seed=seed)
    progress(Step(stage="isotropic neighbours", done=n, total=n, unit="rows"))
    note = f"isotropic data of {count(_MOST)} texts" if different > _MOST else ""
    copies = f"without {count(n - different, 'copy', 'copies')}" if different < n else ""
    return {
        "intrinsic_dimension": intrinsic_dimension(
            vectors, nearest, halves, kinds=alike, floor=dimension, note=note
        ),
        "hubness": hubness(
            apart.nearest,
            replace(halves, block_of=halves.block_of[apart.texts]),
            floor=hubs,
            note="; ".join(filter(None, [copies, note])),
        ),
    }


@lru_cache(maxsize=8)
def isotropic_neighborhoods(n: int, d: int, k: int, *, seed: int) -> tuple[Estimate | None, Estimate | None]:
    """Intrinsic dimension and hubness of isotropic data of n texts, of 8,192 where there are more.

    Returns
    -------
    tuple
        None where undefined. Kept for the next space of that size.
    """
    rng = np.random.default_rng(seed)
    m = min(n, _MOST)
    draws = _DRAWS if m <= _MANY else _DRAWS_OF_MANY
    dimensions, hubs = [], []
    for _ in range(draws if k else 0):
        rows = isotropic_rows(m, d, rng)
        found = top_k(rows, rows, max(k, 2), exclude_self=True)
        hubs.append(skewness(occurrences(found.indices[:, :k], m)))
        distances = np.sqrt(np.clip(2 - 2 * found.similarities[:, :2].astype(np.float64), 1e-9, None))
        dimensions.append(dimension_of(distances) if distances.shape[1] == 2 else np.nan)
    return _floor(dimensions, m, least=0.0), _floor(hubs, m)


def _floor(draws: list[float], n: int, *, least: float = -np.inf) -> Estimate | None:
    known = [value for value in draws if np.isfinite(value)]
    return floor_of_draws(known, n=n, least=least) if len(known) > 1 else None
