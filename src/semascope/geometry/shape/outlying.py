"""Which few dims carry the cosines of a space, and what removing them does.

Letters: n texts, d dim, f removed dims, m texts whose neighbours are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.measured import Measured
from semascope.geometry.shape.cosine import isotropic_mean_cosine
from semascope.geometry.shape.floors import BY_CHANCE, floor_of_spread
from semascope.geometry.shape.removing import cosine_without, neighbors_kept
from semascope.types import Step, silent
from semascope.words.numbers import count

if TYPE_CHECKING:
    from semascope.geometry.shape.sums import Sums
    from semascope.types import Floats, Ints, Progress, Vectors

_LOUD = 0.05  # share that a dim must carry alone to stand out ...
_TIMES = 4  # ... and this many times an equal share
_MOST = 8  # dims that are named
_REMOVED = 3  # of which the removal is shown where none stands out


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Outlying:
    """What each dim carries, and the space without those that carry most."""

    # (d,) of the mean cosine, adding up to 1; NaN where it is no larger than in isotropic data
    cosine_shares: Floats
    norm_shares: Floats  # (d,) of the mean squared length, adding up to 1
    dims: tuple[int, ...]  # that alone carry a large share, largest first; none where the load is spread
    # dims that together carry half of the mean cosine; of the squared length where it has no shares
    needed: int
    # what the numbers below are without: ``dims``, or the largest three where none stands out
    removed: tuple[int, ...]
    # share of the mean cosine (of the squared length, where it has none) that the removed carry; as the largest were chosen,
    # it lies above its floor by choice
    carried: Measured
    cosine_without: Measured  # mean cosine of the rows without them, at unit length again
    neighbors_kept: Measured  # share of the 10 nearest that stay


def outlying_dims(
    vectors: Vectors, sums: Sums, cosine: Measured, *, seed: int, progress: Progress = silent
) -> Outlying | None:
    """What each dim carries of the mean cosine; None for fewer than two texts or four dims.

    Parameters
    ----------
    cosine
        The mean cosine of the space.

    Notes
    -----
    A cosine is a sum over dims, and so is the mean over all pairs: dim j adds (s_j^2 - sum x_j^2) / (n (n - 1)), with s the
    sum of the rows (Timkey & van Schijndel, EMNLP 2021, draw pairs instead). A dim stands out that carries 5 % and four
    times an equal share, of the mean cosine where that lies above isotropic data, or else of the mean squared length; at most
    eight are named. Dims are those of the encoder: a rotation, which changes no cosine, would spread them.
    """
    n, d = int(sums.counts.sum()), sums.sums.shape[1]
    if n < 2 or d < 4:
        return None
    total, squares = sums.sums.sum(axis=0), sums.dim_squares.sum(axis=0)
    norm_shares: Floats = squares / squares.sum()
    parts = total * total - squares
    floor = isotropic_mean_cosine(n, d)
    has_cosine = cosine.value > floor.high
    cosine_shares: Floats = parts / parts.sum() if has_cosine else np.full(d, np.nan)
    shares = cosine_shares if has_cosine else norm_shares
    order = np.argsort(-shares, kind="stable")
    loud = order[shares[order] >= max(_LOUD, _TIMES / d)][:_MOST]
    removed = loud if len(loud) else order[: min(_REMOVED, d // 4)]
    found = Outlying(
        cosine_shares=cosine_shares,
        norm_shares=norm_shares,
        dims=tuple(loud.tolist()),
        needed=int(np.searchsorted(np.cumsum(shares[order]), 0.5) + 1),
        removed=tuple(removed.tolist()),
        carried=_carried(sums, shares, removed, of_cosine=has_cosine),
        cosine_without=cosine_without(vectors, removed, sums.halves),
        neighbors_kept=neighbors_kept(vectors, removed, sums.halves, seed=seed),
    )
    progress(Step(stage="removing dims", done=len(removed), total=len(removed), unit="dims"))
    return found


def _carried(sums: Sums, shares: Floats, removed: Ints, *, of_cosine: bool) -> Measured:
    """What some dims carry together, beside as many drawn by chance."""
    halves, (f, d) = sums.halves, (len(removed), len(shares))
    squares = halves.sums(sums.dim_squares)
    total = halves.sums(sums.sums)
    parts = total * total - squares if of_cosine else squares
    with np.errstate(invalid="ignore", divide="ignore"):
        within = parts[:, removed].sum(axis=1) / parts.sum(axis=1)
    # of a sum of f of the d shares, drawn without putting back
    spread = float(shares.std(ddof=1)) * np.sqrt(f * (1 - f / d))
    what = "mean cosine" if of_cosine else "mean squared length"
    return Measured(
        name=f"share of the {what} in {count(f, 'dim')}",
        estimate=halves.estimate(float(shares[removed].sum()), within),
        floor=floor_of_spread(f / d, spread, n=int(sums.counts.sum())),
        null=BY_CHANCE,
    )
