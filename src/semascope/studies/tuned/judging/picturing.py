"""The judging texts before and after, along the two directions in which each encoder varies most.

Letters: n texts, m of them drawn, d dims.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.halves import draw_halves
from semascope.geometry.shape.components import first_components
from semascope.geometry.shape.sums import add_up
from semascope.studies.tuned.judging.general_task import BASE, TUNED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Vectors

MOST = 2_000
"""Texts that are drawn: more are a blur, and a heavy page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """One encoder."""

    name: str
    points: Sequence[tuple[float, float]]  # (m, 2) about the mean of all n
    shares: tuple[float, float]  # of the variance; NaN where all vectors are equal


@dataclass(frozen=True, kw_only=True, slots=True)
class Pictured:
    """The same texts in both."""

    label: str  # name of the column
    labels: Sequence[str]  # (m,) "" for none
    texts: int  # n
    panels: tuple[Panel, Panel]  # the base, the tuned one


def picture(
    base: Vectors,
    tuned: Vectors,
    labels: Sequence[str],
    *,
    label: str,
    names: tuple[str, str] = (BASE, TUNED),
    seed: int = 42,
) -> Pictured:
    """Both encoders' first two principal components.

    Parameters
    ----------
    base, tuned
        (n, d) of the same texts.
    labels
        n, "" for none.
    names
        What the two are called.
    seed
        Of the sample that is drawn where there are more texts than ``MOST``.
    """
    n = len(base)
    rows = np.arange(n)
    if n > MOST:
        rows = np.sort(np.random.default_rng(seed).choice(n, MOST, replace=False))
    halves = draw_halves(n, groups=None, seed=seed)
    panels = []
    for name, vectors in zip(names, (base, tuned), strict=True):
        found = first_components(vectors, add_up(vectors, halves))
        first, second = found.shares.tolist()
        panels.append(
            Panel(
                name=name,
                points=[(x, y) for x, y in found.coordinates[rows].round(5).tolist()],
                shares=(first, second),
            )
        )
    return Pictured(
        label=label,
        labels=[labels[row] for row in rows.tolist()],
        texts=n,
        panels=(panels[0], panels[1]),
    )
