"""How large the error at a text is expected to be, learnt from errors on examples that were left out.

Letters: n examples, m texts, d dims.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semascope.errors import ConfigError
from semascope.learner.ridge.axes import Axes
from semascope.learner.ridge.errors import codes_of
from semascope.probes.ridge_core import ridge_at
from semascope.probes.threads import calm_threads
from semascope.words.numbers import count

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from semascope.types import Array, Floats

SCALE_ROWS = 200  # with fewer examples a learnt scale covers too little (docs/intervals.md)
_ALPHAS = (3.0, 10.0, 30.0, 100.0, 1000.0)  # for unit vectors; the last leaves a nearly constant scale
_FLOOR = 0.2  # of the median size: below it log|residual| says how lucky a row was, not how hard it is


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scale:
    """How large the error at a text is expected to be, learnt from the sizes of the held-out residuals.

    Made by ``fit_scale`` once for a set of examples, and used for any number of texts.
    """

    coef: Floats  # (d,) slopes of log|residual|
    intercept: float
    alpha: float  # the penalty that predicted left-out sizes best
    smallest: float  # of the sizes learnt from; no text gets a scale outside
    largest: float
    held_out: Floats  # (n,) scale of each example, by ridges that did not see its label; NaN where it has no residual

    def of(self, vectors: Array) -> Floats:
        """(m,) scales > 0 of vectors (m, d), in the unit of the scores."""
        logs = np.asarray(vectors, dtype=np.float64) @ self.coef + self.intercept
        return _scale_from(logs, self.smallest, self.largest)


def fit_scale(
    vectors: Array,
    residuals: Array,
    *,
    labels: Sequence[Hashable] | None = None,
    alphas: Sequence[float] = _ALPHAS,
) -> Scale:
    """The scale of errors that a ridge on log|residual| learns.

    Parameters
    ----------
    vectors
        (n, d) examples, 200 or more.
    residuals, labels
        (n,) as ``intervals`` takes them.
    alphas
        Penalties > 0 to choose from, by the squared error on rows left out; the largest wins a tie.

    Raises
    ------
    ConfigError
        With fewer than 200 residuals.

    Notes
    -----
    The scale of an example must be as blind to its own residual as the scale of a new text is, or sizes divided by
    it are too small. So ``held_out`` comes from ridges that did not see its label, in closed form.
    """
    given = np.asarray(residuals, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(given))
    check_scale_rows(len(known))
    rows, codes = np.asarray(vectors, dtype=np.float64)[known], codes_of(labels, len(given))[known]
    sizes = np.abs(given[known])
    floor = _FLOOR * float(np.median(sizes)) or float(sizes.max()) or 1.0
    logs = np.log(np.maximum(sizes, floor))
    smallest, largest = float(np.exp(logs.min())), float(np.exp(logs.max()))
    with calm_threads(rows.size):
        tried = np.array(sorted(alphas, reverse=True), dtype=np.float64)
        left_out = Axes.of(rows, alpha=float(tried.min())).held_out(logs, codes, tried)  # (a, n)
        best = int((left_out**2).mean(axis=1).argmin())
        line = ridge_at(rows, logs[:, None], tried[[best]])
    held_out = np.full(len(given), np.nan)
    held_out[known] = _scale_from(logs - left_out[best], smallest, largest)
    return Scale(
        coef=line.slopes[:, 0],
        intercept=float(line.intercepts[0]),
        alpha=float(tried[best]),
        smallest=smallest,
        largest=largest,
        held_out=held_out,
    )


def check_scale_rows(rows: int) -> None:
    """Refuse to learn a scale from too few examples."""
    if rows < SCALE_ROWS:
        raise ConfigError(
            f"method is 'scaled' with {count(rows, 'example')}; a learnt scale needs {SCALE_ROWS} or more; "
            "take 'loo', or 'auto', which changes over by itself"
        )


def _scale_from(logs: Floats, smallest: float, largest: float) -> Floats:
    """The logs raised to sizes, kept inside the sizes that were learnt from: beyond them a line on logs explodes."""
    result: Floats = np.exp(np.clip(logs, np.log(smallest), np.log(largest)))
    return result
