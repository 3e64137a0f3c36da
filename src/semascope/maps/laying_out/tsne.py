"""t-SNE from a given start and given neighbours, with the iterations that scikit-learn tells of as progress."""

from __future__ import annotations

import re
import sys
import threading
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.types import Step

if TYPE_CHECKING:
    from semascope.neighbors import Neighbors
    from semascope.types import Floats, Progress

_TOLD = re.compile(r"\[t-SNE\] Iteration (\d+):")


def tsne(
    neighbors: Neighbors, start: Floats, *, perplexity: float, seed: int, progress: Progress, stage: str
) -> Floats:
    """(n, 2) places.

    Parameters
    ----------
    neighbors
        (n, k) nearest texts by cosine; as many as scikit-learn reads, 3 x perplexity and one.
    start
        (n, 2), scaled down to the small spread that t-SNE begins with.
    progress
        Called after every 50 iterations.
    """
    from scipy.sparse import csr_matrix
    from sklearn.manifold import TSNE

    n, count = neighbors.indices.shape
    indices = np.column_stack([np.arange(n), neighbors.indices])
    distances = np.zeros(indices.shape, dtype=np.float32)
    # Of unit rows |a - b|² = 2 - 2 cos; t-SNE squares what it is given.
    distances[:, 1:] = np.sqrt(np.maximum(2 - 2 * neighbors.similarities, 0))
    graph: Any = csr_matrix(
        (distances.ravel(), indices.ravel(), np.arange(n + 1) * (count + 1)), shape=(n, n)
    )
    model = TSNE(
        perplexity=perplexity,
        metric="precomputed",
        init=(start * (1e-4 / max(float(start[:, 0].std()), 1e-12))).astype(np.float32),
        random_state=seed,
        verbose=2,  # it has no callback; it prints where it is
    )

    def show(done: int) -> None:
        progress(Step(stage=stage, done=done, total=model.max_iter, unit="iterations"))

    told = _Told(sys.stdout, show)
    show(0)
    with redirect_stdout(told):
        places = np.asarray(model.fit_transform(graph), dtype=np.float64)
    if told.last < model.max_iter:
        show(model.max_iter)  # it ended early
    return places


class _Told:
    """Standard output while scikit-learn draws: its lines become steps, what other threads write goes through."""

    def __init__(self, through: Any, show: Any) -> None:
        self._through, self._show, self._thread = through, show, threading.get_ident()
        self.last = 0

    def write(self, text: str) -> int:
        if threading.get_ident() != self._thread:
            return int(self._through.write(text))
        if found := _TOLD.match(text):
            self.last = int(found[1])
            self._show(self.last)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._through, name)
