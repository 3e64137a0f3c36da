"""Pictures of a space: PCA, UMAP and t-SNE from a given start. Letters: n texts, d dim, k neighbours.

UMAP and t-SNE get the exact neighbours that the map measures anyway, so neither searches for its own: the same
vectors give the same graph on every run, and the search is paid once.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from semascope.errors import ConfigError
from semascope.extras import require
from semascope.maps.laying_out.tsne import tsne
from semascope.neighbors import Neighbors
from semascope.types import Step, silent

if TYPE_CHECKING:
    from semascope.types import Floats, Progress, Vectors

Method = Literal["pca", "umap", "tsne"]
_FEWEST = 5  # texts that UMAP and t-SNE are asked to draw; fewer go to PCA
_BLOCK = 4_194_304
_FLAT = 1e-6  # an axis this much narrower than the widest holds only rounding


@dataclass(frozen=True, kw_only=True, slots=True)
class LayoutSettings:
    """Everything that can change a layout, beside the vectors and the start."""

    method: Method = "umap"
    neighbors: int = 15  # UMAP: the text itself counts as one, as umap-learn has it
    min_dist: float = 0.1  # UMAP: least distance between texts on the picture
    perplexity: float = 30.0  # t-SNE: about how many neighbours a text has; lowered where texts are few
    seed: int = 42

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise ConfigError(
                f"layout is {self.method!r}; known are {', '.join(get_args(Method))}; take one of them"
            )
        if self.neighbors < 2:
            raise ConfigError(f"neighbors is {self.neighbors}; it must be 2 or more")
        if not 0 <= self.min_dist <= 1:
            raise ConfigError(f"min_dist is {self.min_dist}; it must be from 0 to 1, UMAP's spread")
        if not self.perplexity >= 1:
            raise ConfigError(f"perplexity is {self.perplexity}; it must be 1 or more")
        if self.seed < 0:
            raise ConfigError(f"seed is {self.seed}; it must be 0 or more")

    def in_use(self, texts: int) -> dict[str, str | float]:
        """The settings that this method reads, with what few texts make of them."""
        method = self.method_for(texts)
        if method == "umap":
            return {"method": method, "neighbors": min(self.neighbors, texts - 1), "min_dist": self.min_dist, "seed": self.seed}  # fmt: skip
        if method == "tsne":
            return {"method": method, "perplexity": min(self.perplexity, (texts - 1) / 3), "seed": self.seed}
        return {"method": method}

    def method_for(self, texts: int) -> Method:
        """The method itself, or PCA for fewer than 5 texts."""
        return self.method if texts >= _FEWEST else "pca"

    def neighbors_needed(self, texts: int) -> int:
        """Nearest texts, the text itself not among them, that the method reads."""
        settings = self.in_use(texts)
        if settings["method"] == "umap":
            return int(settings["neighbors"]) - 1
        if settings["method"] == "tsne":
            return min(texts - 1, int(3 * float(settings["perplexity"]) + 1))
        return 0


def principal(vectors: Vectors) -> Floats:
    """The first two principal components, exactly.

    Parameters
    ----------
    vectors
        (n, d) finite.

    Returns
    -------
    Floats
        (n, 2), centred; a component that is only rounding is 0. Of the two signs of a component the one is taken
        whose largest loading is positive.

    Notes
    -----
    From the covariance of the d columns in blocks of rows (d x d numbers are held), or from the n x n products where
    rows are fewer. Agrees with ``sklearn.decomposition.PCA``: ``tests/unit/maps/test_layout.py``.
    """
    from scipy.linalg import eigh

    n, d = vectors.shape
    mean = vectors.mean(axis=0, dtype=np.float64) if n else np.zeros(d)
    axes = min(2, d, n)
    if not axes:
        return np.zeros((n, 2))
    if n < d:
        centred = vectors - mean
        _, turned = eigh(centred @ centred.T, subset_by_index=[n - axes, n - 1])
        loadings = centred.T @ turned
    else:
        covariance = np.zeros((d, d))
        for start in range(0, n, max(_BLOCK // d, 1)):
            block = vectors[start : start + max(_BLOCK // d, 1)] - mean
            covariance += block.T @ block
        _, loadings = eigh(covariance, subset_by_index=[d - axes, d - 1])
    scale = np.maximum(np.linalg.norm(loadings, axis=0), 1e-300)
    loadings = (loadings / scale)[:, ::-1]
    loadings *= np.sign(loadings[np.abs(loadings).argmax(axis=0), np.arange(axes)])
    places = np.zeros((n, 2))
    for start in range(0, n, max(_BLOCK // d, 1)):
        rows = slice(start, start + max(_BLOCK // d, 1))
        places[rows, :axes] = (vectors[rows] - mean) @ loadings
    # Rounding of n float32 rows of length 1, and of an axis beside a far wider one.
    spread = places.std(axis=0)
    places[:, spread < max(_FLAT * float(spread.max()), _FLAT)] = 0.0
    return places


def common_start(vectors: Vectors, *, seed: int = 42) -> Floats:
    """Where UMAP and t-SNE begin: the principal components, brought to a standard deviation of 1 along the first.

    Returns
    -------
    Floats
        (n, 2). An axis without extent gets small seeded noise instead, since neither method can spread what lies on
        one spot.
    """
    places = principal(vectors)
    spread = places.std(axis=0) if len(places) else np.zeros(2)
    widest = float(spread.max())
    places = places / widest if widest > 0 else places
    noise = np.random.default_rng(seed).standard_normal(places.shape)
    return np.where(spread > 0, places, noise * (1e-2 if widest > 0 else 1.0))


def draw(
    vectors: Vectors,
    *,
    neighbors: Neighbors | None,
    start: Floats,
    settings: LayoutSettings,
    progress: Progress = silent,
    name: str = "",
) -> Floats:
    """The layout of one space, not yet aligned.

    Parameters
    ----------
    vectors
        (n, d) of unit length.
    neighbors
        Exact neighbours by cosine, the text itself not among them, at least ``settings.neighbors_needed(n)``; not
        read by PCA.
    start
        (n, 2) of finite numbers that differ along both axes.
    name
        What progress calls the space.

    Returns
    -------
    Floats
        (n, 2). Texts whose vectors are all the same share one place, by any method.
    """
    method = settings.method_for(len(vectors))
    if method != "pca" and not _varies(vectors):
        return np.zeros((len(vectors), 2))
    stage = f"laying out {name}".rstrip()
    if method == "umap":
        return _umap(vectors, _needed(neighbors), start, settings, progress, name)
    if method == "tsne":
        near, count = _needed(neighbors), settings.neighbors_needed(len(vectors))
        used = Neighbors(indices=near.indices[:, :count], similarities=near.similarities[:, :count])
        perplexity = min(settings.perplexity, (len(vectors) - 1) / 3)
        return tsne(used, start, perplexity=perplexity, seed=settings.seed, progress=progress, stage=stage)
    progress(Step(stage=stage, done=0, total=1, unit="layouts"))
    places = principal(vectors)
    progress(Step(stage=stage, done=1, total=1, unit="layouts"))
    return places


def _varies(vectors: Vectors) -> bool:
    return any(
        bool((np.abs(vectors[start : start + 4096] - vectors[0]) > _FLAT).any())
        for start in range(0, len(vectors), 4096)
    )


def _needed(neighbors: Neighbors | None) -> Neighbors:
    if neighbors is None:
        raise ConfigError("no neighbours were given; UMAP and t-SNE need them; pass those of top_k")
    return neighbors


def _umap(
    vectors: Vectors,
    neighbors: Neighbors,
    start: Floats,
    settings: LayoutSettings,
    progress: Progress,
    name: str,
) -> Floats:
    n = len(vectors)
    count = min(settings.neighbors, n - 1)
    told = _Epochs(progress, name)
    told.begin()  # umap-learn is imported and compiled, and joins the neighbours, before its first epoch
    with warnings.catch_warnings():
        # About one thread with a seed, neighbours given for few texts, and disconnected texts: none asks the user to act.
        warnings.simplefilter("ignore")
        umap = require("umap", purpose="a UMAP layout")
        indices = np.column_stack([np.arange(n), neighbors.indices[:, : count - 1]])
        distances = np.zeros(indices.shape, dtype=np.float32)
        distances[:, 1:] = np.maximum(1 - neighbors.similarities[:, : count - 1], 0)
        model = umap.UMAP(
            n_neighbors=count,
            min_dist=settings.min_dist,
            metric="cosine",
            init=start.astype(np.float32),
            random_state=settings.seed,
            n_jobs=1,
            precomputed_knn=(indices, distances, None),
            force_approximation_algorithm=True,  # else the neighbours given are not read for few texts
            tqdm_kwds={
                "disable": False,
                "file": told,
                "bar_format": "{n}/{total}",
                "mininterval": 0.5,
            },
        )
        return np.asarray(model.fit_transform(vectors), dtype=np.float64)


class _Epochs:
    """The file that umap-learn writes its bar to: each line becomes a step."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress, self._name, self._last = progress, name, -1

    def begin(self) -> None:
        """Say what happens before the first line."""
        self._prepare(0)

    def _prepare(self, done: int) -> None:
        self._progress(
            Step(stage=f"preparing to lay out {self._name}".rstrip(), done=done, total=1, unit="graphs")
        )

    def write(self, text: str) -> int:
        found = re.search(r"(\d+)/(\d+)", text)
        if found and self._last < 0:
            self._prepare(1)
        if found and int(found[1]) != self._last:
            self._last = int(found[1])
            self._progress(
                Step(
                    stage=f"laying out {self._name}".rstrip(),
                    done=self._last,
                    total=int(found[2]),
                    unit="epochs",
                )
            )
        return len(text)

    def flush(self) -> None:
        pass
