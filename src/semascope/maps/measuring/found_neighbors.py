"""Nearest texts in a space, looked for once and kept between runs. n texts, d dim."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.geometry.labels.mixing import across_listed, nearest_across
from semascope.maps.laying_out.layout_cache import kept
from semascope.neighbors import Neighbors, top_k

if TYPE_CHECKING:
    from semascope.maps.laying_out.layout_cache import LayoutCache
    from semascope.types import Ints, Progress, Step, Vectors


def find_neighbors(
    vectors: Vectors,
    count: int,
    name: str,
    cache: LayoutCache | None,
    progress: Progress,
    *,
    content: str = "",
) -> Neighbors:
    """The ``count`` nearest texts of each by cosine, itself not among them; fewer where there are fewer.

    Parameters
    ----------
    vectors
        (n, d) of unit length.
    name
        Of the space, for the progress.
    content
        Digest of the vectors, where it is known.
    """
    n = len(vectors)
    count = min(count, n - 1)
    if count < 1:
        none = np.empty((n, 0))
        return Neighbors(indices=none.astype(np.int64), similarities=none.astype(np.float32))

    def make() -> dict[str, Any]:
        found = top_k(
            vectors, vectors, count, exclude_self=True, progress=_named("neighbours", name, progress)
        )
        return {"indices": found.indices.astype(np.int32), "similarities": found.similarities}

    shapes = {"indices": (n, count), "similarities": (n, count)}
    arrays = kept(cache, "neighbors", shapes, make, vectors=content or vectors, count=count)
    return Neighbors(indices=arrays["indices"].astype(np.int64), similarities=arrays["similarities"])


def find_neighbors_across(
    vectors: Vectors, codes: Ints, count: int, name: str, cache: LayoutCache | None, progress: Progress
) -> Ints:
    """(n, c) the nearest texts of other values for each, as ``nearest_across`` has them; c is ``across_listed``."""
    count = across_listed(codes, count)

    def make() -> dict[str, Any]:
        shown = _named("neighbours across values", name, progress)
        return {"indices": nearest_across(vectors, codes, count, progress=shown).astype(np.int32)}

    shapes = {"indices": (len(codes), count)}
    arrays = kept(cache, "across", shapes, make, vectors=vectors, values=codes, count=count)
    indices: Ints = arrays["indices"].astype(np.int64)
    return indices


def _named(stage: str, name: str, progress: Progress) -> Progress:
    def show(step: Step) -> None:
        progress(replace(step, stage=f"{stage} in {name}"))

    return show
