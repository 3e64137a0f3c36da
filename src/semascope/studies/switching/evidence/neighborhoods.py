"""What is near in either space, of texts that are neighbours of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.comparing.overlap import neighbors_measured
from semascope.geometry.halves import draw_halves
from semascope.studies.switching.evidence.changed import moved_most
from semascope.studies.switching.evidence.kept import WIDE, given_up, overlap, shares_kept
from semascope.studies.switching.evidence.nearest import nearest_of
from semascope.studies.switching.result import Neighborhoods
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Ints, Progress, Vectors

ALL = 20_000  # texts up to which every one is asked about
ASKED = 10_000  # of more; all may be neighbours


def neighborhoods(
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
        (n, d) rows of unit length, n of 3 or more.
    kinds
        (n,) equal where texts have equal vectors in both spaces.
    components
        (n,) texts that belong together: they are in the same halves.
    numbers
        (n,) what each text is called: its row in the file.
    """
    n = len(texts)
    k = neighbors_measured(n, k)
    rows = asked_about(n, seed)
    wide = min(WIDE * k, n - 1)
    first, second = (nearest_of(rows, vectors, wide, progress=progress) for vectors in (old, new))
    shares = shares_kept(first, second, kinds, k)
    note = f"on {count(len(rows), unit)} of {n:,}, drawn at random" if len(rows) < n else ""
    return Neighborhoods(
        unit=unit,
        k=k,
        texts=n,
        asked=len(rows),
        overlap=overlap(
            first,
            second,
            kinds,
            k,
            rows=rows,
            halves=draw_halves(n, groups=components, seed=seed),
            texts=n,
            note=note,
            seed=seed,
        ),
        given_up=given_up(first, second, old[rows], old, k),
        moved=moved_most(shares, rows, first, second, texts, numbers),
    )


def asked_about(n: int, seed: int, *, most: int = ALL, drawn: int = ASKED) -> Ints:
    """Places of the texts whose neighbours are looked at, ascending."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, drawn, replace=False))
