"""Whether all vectors of a space are the same, so that nothing can be told apart by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.studies.switching.result import NEW, OLD

if TYPE_CHECKING:
    from semascope.types import Vectors

ROUNDING = 1e-6  # length of what float32 leaves between equal vectors of unit length


def is_constant(vectors: Vectors) -> bool:
    """Whether all of several (n, d) vectors of unit length are the same but for rounding; False of one or none.

    Examples
    --------
    >>> is_constant(np.ones((3, 4), dtype=np.float32)), is_constant(np.eye(3, dtype=np.float32))
    (True, False)
    """
    return len(vectors) > 1 and bool((np.ptp(vectors, axis=0) <= ROUNDING / vectors.shape[1] ** 0.5).all())


def constant_side(old: Vectors, new: Vectors) -> str:
    """The side whose vectors are all the same: ``NEW`` where NEW's alone are, ``OLD`` where OLD's are; "" for neither."""
    if is_constant(old):
        return OLD
    return NEW if is_constant(new) else ""
