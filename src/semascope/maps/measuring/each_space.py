"""Every space drawn, laid over the first one and checked. n texts, d dim, k neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.geometry.comparing.overlap import exchange_copies, mean_overlap, neighbors_measured
from semascope.geometry.labels.separating import WIDE
from semascope.geometry.picturing.trustworthiness import picture_neighbors, trustworthiness
from semascope.maps.laying_out.alignment import align
from semascope.maps.laying_out.layout import LayoutSettings, common_start, draw
from semascope.maps.laying_out.layout_cache import digest, kept
from semascope.maps.measuring.found_neighbors import find_neighbors

if TYPE_CHECKING:
    from semascope.maps.laying_out.layout_cache import LayoutCache
    from semascope.spaces.preparing import Placed, Prepared
    from semascope.stats.results import Estimate
    from semascope.types import Floats, Ints, Progress, Step, Vectors


_SAME = 1e-6  # between entries of unit vectors: what is left of a difference is rounding


@dataclass(frozen=True, kw_only=True, slots=True)
class MapSettings:
    """How a map is drawn and measured."""

    layout: LayoutSettings = field(default_factory=LayoutSettings)
    independent: bool = False  # every space starts from its own principal components
    k: int = 10  # neighbours that are measured and listed
    margin: float | None = None  # of accuracies that count as equal; None: 0.02, less near 0 and 1
    sample: int | None = None  # texts that trustworthiness looks at; None: all up to 5,000, else 2,000

    def __post_init__(self) -> None:
        neighbors_measured(1, self.k)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Measured:
    """One space, drawn and measured."""

    name: str
    caption: str
    vectors: Vectors | None = field(repr=False)  # (n, d) of unit length
    coordinates: Floats  # aligned
    disparity: float
    neighbors: Ints | None  # (n, k)
    compared: Ints | None  # (n, k) the same with copies exchanged: what is held against another space's
    wide: Ints | None  # (n, 3 k) or as many as there are; what the labels' verdicts draw halves from
    trust: Estimate | None
    kept: float
    flat: bool  # all vectors the same


def measure(
    prepared: Prepared, k: int, settings: MapSettings, cache: LayoutCache | None, progress: Progress
) -> list[Measured]:
    """Every space in the order given, each laid over the first; k neighbours are measured and kept."""
    start: Floats | None = None
    measured: list[Measured] = []
    for space in prepared.spaces:
        if space.vectors is not None and (start is None or settings.independent):
            start = common_start(space.vectors, seed=settings.layout.seed)
        raw, wide = _place(space, start, WIDE * k, settings.layout, cache, progress)
        flat = space.vectors is not None and _is_flat(space.vectors)
        if flat:
            wide = None  # everybody is everybody's neighbour: which ones come first says nothing
        neighbors = None if wide is None else wide[:, :k]
        over = align(raw, measured[0].coordinates if measured else raw)
        trust, kept = _trust(space, raw, neighbors, prepared.kinds, settings, progress)
        measured.append(
            Measured(
                name=space.name,
                caption=space.caption,
                vectors=space.vectors,
                coordinates=over.coordinates,
                disparity=over.disparity,
                neighbors=neighbors,
                compared=None if neighbors is None else exchange_copies(neighbors, prepared.kinds),
                wide=wide,
                trust=trust,
                kept=kept,
                flat=flat,
            )
        )
    return measured


def _is_flat(vectors: Vectors) -> bool:
    return len(vectors) > 1 and float(np.ptp(vectors, axis=0).max()) <= _SAME


def _place(
    space: Placed,
    start: Floats | None,
    count: int,
    layout: LayoutSettings,
    cache: LayoutCache | None,
    progress: Progress,
) -> tuple[Floats, Ints | None]:
    """The layout of a space, and its nearest texts, ``count`` of them or as many as there are."""
    if space.coordinates is not None:
        return space.coordinates, None
    vectors = space.vectors
    assert vectors is not None and start is not None  # prepare() lets through one of the two
    n = len(vectors)
    content = digest(vectors) if cache else ""
    wanted = max(count, layout.neighbors_needed(n))
    found = find_neighbors(vectors, wanted, space.name, cache, progress, content=content)

    def make() -> dict[str, Any]:
        places = draw(
            vectors, neighbors=found, start=start, settings=layout, progress=progress, name=space.name
        )
        return {"coordinates": places}

    used = layout.in_use(n)
    begun = start if used["method"] != "pca" else ""
    parts = {"vectors": content, "start": begun, **{f"set_{name}": value for name, value in used.items()}}
    places = kept(cache, str(used["method"]), {"coordinates": (n, 2)}, make, **parts)["coordinates"]
    return places, found.indices[:, :count]


def _trust(
    space: Placed,
    raw: Floats,
    neighbors: Ints | None,
    kinds: Ints,
    settings: MapSettings,
    progress: Progress,
) -> tuple[Estimate | None, float]:
    """Trustworthiness and the share of neighbours kept; without vectors neither can be had."""
    if space.vectors is None or neighbors is None:
        return None, float("nan")

    def named(step: Step) -> None:
        progress(replace(step, stage=f"checking {space.name}"))

    k = neighbors.shape[1]
    pictured = picture_neighbors(raw, k) if k else neighbors
    trust = trustworthiness(
        space.vectors, pictured, sample=settings.sample, seed=settings.layout.seed, progress=named
    )
    return trust, mean_overlap(exchange_copies(neighbors, kinds), exchange_copies(pictured, kinds))
