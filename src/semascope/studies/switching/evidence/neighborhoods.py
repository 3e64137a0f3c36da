"""What is near in either space: of texts that are neighbours of each other, and of what queries find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.comparing.overlap import neighbors_measured
from semascope.geometry.comparing.shared_neighbors import most_changed, shared_neighbors
from semascope.geometry.halves import draw_halves
from semascope.geometry.measured import Measured
from semascope.neighbors import top_k
from semascope.stats.results import Estimate
from semascope.studies.switching.evidence.kept import given_up, shares_kept
from semascope.studies.switching.result import Moved, Neighborhoods
from semascope.words.numbers import count
from semascope.words.texts import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Ints, Progress, Vectors

WIDE = 3  # times k: neighbours listed, so that k are left in nearly every half of the texts
MOST = 20_000  # texts that are compared; of more some are drawn
SHOWN = 6  # texts that moved most
LISTED = 3  # of their neighbours
LONGEST, LONGEST_LISTED = 240, 110  # characters


def of_texts(
    old: Vectors,
    new: Vectors,
    kinds: Ints,
    components: Ints,
    texts: Sequence[str],
    numbers: Ints,
    *,
    k: int,
    unit: str = "text",
    seed: int,
    progress: Progress,
) -> Neighborhoods:
    """How much of every text's neighbourhood stays.

    Parameters
    ----------
    old, new
        (n, d) rows of unit length.
    kinds
        (n,) equal where texts have equal vectors in both spaces.
    components
        (n,) texts that belong together: they are in the same halves.
    numbers
        (n,) what each text is called: its row in the file.
    """
    rows = drawn(len(texts), MOST, seed)
    n = len(rows)
    old, new = old[rows], new[rows]
    kinds = np.unique(kinds[rows], return_inverse=True)[1]
    k = neighbors_measured(n, k)
    wide = max(min(WIDE * k, n - 1), 1)
    first, second = (
        top_k(vectors, vectors, wide, exclude_self=True, progress=progress).indices for vectors in (old, new)
    )
    halves = draw_halves(n, groups=components[rows], seed=seed)
    return Neighborhoods(
        unit=unit,
        k=k,
        texts=len(texts),
        asked=n,
        overlap=shared_neighbors(first, second, kinds, halves, k=k, seed=seed).share,
        given_up=given_up(first, second, old, old, k),
        moved=[
            Moved(
                row=int(numbers[rows[each.place]]),
                text=shorten(texts[rows[each.place]], LONGEST),
                kept=each.shared,
                old=_listed(each.first, rows, texts),
                new=_listed(each.second, rows, texts),
            )
            for each in most_changed(first, second, kinds, k=k, wanted=SHOWN)
        ],
        note=f"on {count(n, unit)} of {len(texts):,}, drawn at random" if n < len(texts) else "",
    )


def of_queries(
    asking: tuple[Vectors, Vectors],
    items: tuple[Vectors, Vectors],
    kinds: Ints,
    copies: Ints,
    queries: Sequence[str],
    numbers: Ints,
    texts: Sequence[str],
    *,
    k: int,
    seed: int,
    progress: Progress,
) -> Neighborhoods:
    """How much of what every query finds stays.

    Parameters
    ----------
    asking, items
        (q, d) queries and (n, d) documents, of OLD and of NEW.
    kinds
        (n,) equal where documents have equal vectors in both spaces.
    copies
        (q,) queries that say the same.
    numbers
        (q,) what each query is called: its row among the queries.
    """
    n, q = len(texts), len(queries)
    k = max(neighbors_measured(n, k), 1)
    first, second = (
        top_k(asks, vectors, k, progress=progress).indices
        for asks, vectors in zip(asking, items, strict=True)
    )
    shares = shares_kept(first, second, kinds, k)
    halves = draw_halves(q, groups=copies, seed=seed)
    spread = np.array([shares[mask].mean() for mask in halves.masks()])
    chance = k / n
    every = np.arange(n)
    return Neighborhoods(
        unit="query",
        k=k,
        texts=n,
        asked=q,
        overlap=Measured(
            name=f"share of the first {k} documents in common",
            estimate=halves.estimate(float(shares.mean()), spread, least=0.0, most=1.0),
            floor=Estimate(value=chance, low=chance, high=chance, n=q, method="k / n"),
            null="documents drawn at random",
        ),
        given_up=given_up(first, second, asking[0], items[0], k),
        moved=[
            Moved(
                row=int(numbers[place]),
                text=shorten(queries[place], LONGEST),
                kept=float(shares[place]),
                old=_listed(first[place].tolist(), every, texts),
                new=_listed(second[place].tolist(), every, texts),
            )
            for place in np.argsort(shares, kind="stable")[:SHOWN].tolist()
            if shares[place] < 1
        ],
    )


def drawn(n: int, most: int, seed: int) -> Ints:
    """Places of all texts, or of ``most`` drawn at random, ascending."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def _listed(places: Sequence[int], rows: Ints, texts: Sequence[str]) -> list[str]:
    return [shorten(texts[rows[place]], LONGEST_LISTED) for place in places[:LISTED]]
