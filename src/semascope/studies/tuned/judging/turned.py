"""Whether a tuned encoder is its base, turned: then nothing that rests on cosines has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.types import Floats, Vectors

_LOOKED_AT = 512  # texts a side
_ROUNDING = 1e-5  # of a cosine of rows in float32


def is_turned(before: Sequence[Vectors], after: Sequence[Vectors], *, seed: int = 42) -> bool:
    """Whether all cosines among some texts of every side, 512 at most, are what they were but for rounding.

    Where they are, counting what changed has no use: that no query of 300 differs says of new queries only that about 3 / 300
    may, though none can.

    Parameters
    ----------
    before, after
        (n, d) of each side, the same texts in both.

    Examples
    --------
    >>> rows = np.eye(3, dtype=np.float32)
    >>> is_turned([rows], [rows[:, [1, 2, 0]]]), is_turned([rows], [rows + 0.1])
    (True, False)
    """
    rng = np.random.default_rng(seed)
    drawn = [rng.permutation(len(side))[:_LOOKED_AT] for side in before]
    one, other = (
        _cosines([side[rows] for side, rows in zip(sides, drawn, strict=True)]) for sides in (before, after)
    )
    return bool(np.abs(one - other).max(initial=0.0) <= _ROUNDING)


def _cosines(sides: Sequence[Vectors]) -> Floats:
    rows = np.concatenate(sides).astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows @ rows.T)
