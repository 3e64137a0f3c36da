"""Bins that stand where people's scores stand: one a step where scores come in steps, else of a round width."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from semascope.types import Floats, Ints

STEPS = (1.0, 0.5, 0.25, 0.2, 0.1)
"""What scores are given in, coarsest first."""
MOST = 45


@dataclass(frozen=True, kw_only=True, slots=True)
class Bins:
    """A histogram: ``edges`` (b + 1,), ``counts`` (b,); ``step`` is the scores' own one, 0 where bars hold several values."""

    edges: Floats
    counts: Ints
    step: float

    @property
    def centres(self) -> Floats:
        """Middle of every bin, (b,)."""
        return (self.edges[1:] + self.edges[:-1]) / 2


def score_bins(scores: Floats) -> Bins:
    """The histogram of finite scores (n,), n >= 1.

    Notes
    -----
    Scores in steps of 1, 0.5, 0.25, 0.2 or 0.1 that span at most 45 steps get one bar a step, around the step. Whole
    numbers that span more, and all others, get bins of about the width of Freedman and Diaconis (1981), rounded to 1, 2
    or 5 times a power of ten, at most 45 of them; a bin holds its lower edge, the last one both.

    Examples
    --------
    >>> bins = score_bins(np.array([1.0, 1.0, 3.0]))
    >>> bins.edges.tolist(), bins.counts.tolist()
    ([0.5, 1.5, 2.5, 3.5], [2, 0, 1])
    """
    low, high = float(scores.min()), float(scores.max())
    for step in STEPS:
        if (high - low) / step <= MOST and _in_steps(scores, step):
            cells = np.rint(scores / step).astype(np.int64)
            counts = np.bincount(cells - cells.min())
            first = float(cells.min()) * step
            edges: Floats = first + (np.arange(len(counts) + 1, dtype=np.float64) - 0.5) * step
            return Bins(edges=edges, counts=counts, step=step)
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # one value, or as good as one
        half = abs(high) * 0.05 or 0.5
        middle = (low + high) / 2
        return Bins(
            edges=np.array([middle - half, middle + half]), counts=np.array([len(scores)]), step=2 * half
        )
    whole = _in_steps(scores, 1.0)
    edges = _round_edges(scores, low, high, whole=whole)
    return Bins(edges=edges, counts=np.histogram(scores, bins=edges)[0], step=0.0)


def _in_steps(scores: Floats, step: float) -> bool:
    steps = scores / step
    if float(np.abs(steps).max()) > 1e9:
        return False
    return bool(np.abs(steps - np.rint(steps)).max() < 1e-6)


def _round_edges(scores: Floats, low: float, high: float, *, whole: bool) -> Floats:
    quarter, three = np.quantile(scores, [0.25, 0.75]).tolist()
    wanted = 2.0 * (three - quarter) / len(scores) ** (1 / 3)
    # half of the rows at one value: about as many bins as Sturges's rule gives
    if wanted <= 0:
        wanted = (high - low) / (1 + math.log2(len(scores)))
    width = _round_width(wanted, at_least=max((high - low) / (MOST - 2), 1.0 if whole else 0.0))
    first, last = math.floor(low / width), math.ceil(high / width)
    edges: Floats = np.arange(first, last + 1, dtype=np.float64) * width
    return edges


def _round_width(wanted: float, *, at_least: float) -> float:
    """The round number nearest to ``wanted`` that is not below ``at_least``."""
    power = 10.0 ** math.floor(math.log10(max(wanted, at_least)))
    rounds = [power * factor for factor in (1, 2, 5, 10) if power * factor >= at_least * 0.999]
    return min(rounds, key=lambda each: abs(math.log(each / wanted)))
