"""What a ridge says of each of its examples when it has not seen it, or a copy of it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.learner.intervals import Scale, fit_scale, group_residuals
from semascope.learner.training import components_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semascope.learner.online import OnlineRidge
    from semascope.types import Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class LeftOut:
    """Held-out residuals of n examples."""

    residuals: (
        Floats  # (n,) score less the prediction without the example and its copies; NaN where nothing is left
    )
    labels: tuple[int, ...] | None  # (n,) equal for copies of one text; None where there are no copies
    vectors: Floats  # (n, d)

    @functools.cached_property
    def scale(self) -> Scale:
        """How large the error at a text is expected to be; from 200 examples on."""
        return fit_scale(self.vectors, self.residuals, labels=self.labels)


def leave_out(ridge: OnlineRidge, texts: Sequence[str]) -> LeftOut:
    """Each example left out of the ridge, together with its copies.

    Copies of one text would tell its score: rows whose texts are the same but for case and white space go together.
    """
    components = components_of(texts)
    vectors = ridge.vectors.copy()  # the ridge's own view ends with its next change
    if len(np.unique(components)) == len(components):
        return LeftOut(residuals=ridge.leave_one_out(), labels=None, vectors=vectors)
    labels = tuple(components.tolist())
    residuals = group_residuals(vectors, ridge.scores, labels, alpha=ridge.alpha)
    return LeftOut(residuals=residuals, labels=labels, vectors=vectors)
