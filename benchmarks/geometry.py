"""Seconds and memory of a space's numbers, beside the whole matrix and others' packages; and how often intervals cover.

Command: python benchmarks/geometry.py [--rows N] [--dims N] [--naive-rows N] [--coverage] [--worlds N] [--texts N]
Speed: rows are unit vectors around 200 centres in a cone, with 20 labels. Ours runs on --rows, and again on --naive-rows
beside the same numbers from the full matrix of cosines (as one writes them without blocks), scikit-learn's
NearestNeighbors and, where it is installed, the IsoScore package of its authors. Peaks are beside the vectors.
Coverage: --worlds samples of --texts texts from one population; a number's truth is its mean over the samples, and an
interval covers that holds it. 95 % is what they promise.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np

from memory_peak import Peak
from semascope.geometry.columns.explaining import explained_by
from semascope.geometry.halves import Halves, draw_halves
from semascope.geometry.measured import Measured
from semascope.geometry.shape.alignment import alignment_of_labels
from semascope.geometry.shape.cosine import mean_cosine
from semascope.geometry.shape.describing import describe_shape
from semascope.geometry.shape.dimension import dimension_of, intrinsic_dimension
from semascope.geometry.shape.hubness import hubness
from semascope.geometry.shape.isotropic import isotropic_numbers
from semascope.geometry.shape.partition import partition_isotropy
from semascope.geometry.shape.sums import add_up
from semascope.geometry.shape.uniformity import uniformity
from semascope.geometry.shape.variances import measure_variances
from semascope.neighbors import top_k
from semascope.types import Ints, Step, Vectors

CENTRES = 200
LABELS = 20


def make_rows(rows: int, dims: int, seed: int) -> tuple[Vectors, Ints]:
    """Rows around centres, of which the nearest have one label, in a cone, with variances that fall."""
    world = np.random.default_rng(42)
    centres = world.standard_normal((CENTRES, dims), dtype=np.float32)
    spread = (1 / np.sqrt(1 + np.arange(dims) / 20)).astype(np.float32)
    rng = np.random.default_rng(seed)
    kinds = rng.integers(CENTRES, size=rows)
    vectors = centres[kinds]
    vectors += rng.standard_normal(vectors.shape, dtype=np.float32)
    vectors *= spread
    vectors += 0.4
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, kinds % LABELS


class Stages:
    """Seconds a stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.last = time.perf_counter()

    def __call__(self, step: Step) -> None:  # noqa: D102
        now = time.perf_counter()
        self.seconds[step.stage] = self.seconds.get(step.stage, 0.0) + now - self.last
        self.last = now


def timed(what: str, work: Callable[[], object]) -> tuple[object, float]:
    with Peak() as peak:
        began = time.perf_counter()
        found = work()
        seconds = time.perf_counter() - began
    print(f"  {what:<44} {seconds:>8.2f} s {peak.megabytes:>8,.0f} MB")
    return found, seconds


def ours(vectors: Vectors, codes: Ints) -> tuple[dict[str, float], float]:
    stages = Stages()
    halves = draw_halves(len(vectors))
    shape, seconds = timed(
        "ours: numbers, intervals, floors",
        lambda: describe_shape(vectors, halves=halves, codes=codes, progress=stages),
    )
    print("    " + ", ".join(f"{stage} {spent:.1f} s" for stage, spent in stages.seconds.items()))
    columns = {"label": [f"label {code}" for code in codes.tolist()], "row": np.arange(len(codes)) % 997}
    timed("ours: two columns explained", lambda: explained_by(vectors, columns, halves=halves))
    return {key: number.value for key, number in shape.measured.items()}, seconds  # type: ignore[attr-defined]


def naive(vectors: Vectors, codes: Ints) -> dict[str, float]:
    """The same values without blocks, intervals or floors: from the full matrix of cosines and one decomposition."""
    n, d = vectors.shape
    wide = vectors.astype(np.float64)
    cosines = wide @ wide.T
    off = ~np.eye(n, dtype=bool)
    squares = np.clip(2 - 2 * cosines, 0, None)
    variances = np.linalg.svd(wide - wide.mean(axis=0), compute_uv=False) ** 2
    roots = np.sqrt(variances) / np.sqrt(variances).sum()
    axes = np.linalg.eigh(wide.T @ wide)[1]
    functions = np.concatenate([np.exp(wide @ axes).sum(axis=0), np.exp(-wide @ axes).sum(axis=0)])
    same = (codes[:, None] == codes[None]) & off
    order = np.argsort(np.where(off, squares, np.inf), axis=1)
    counts = np.bincount(order[:, :10].ravel(), minlength=n)
    about = counts - counts.mean()
    nearest = np.sqrt(np.take_along_axis(squares, order[:, :2], axis=1))
    scaled = np.sqrt(d) * variances[:d] / np.linalg.norm(variances)
    defect = np.linalg.norm(scaled - 1) / np.sqrt(2 * (d - np.sqrt(d)))
    return {
        "mean_cosine": cosines[off].mean(),
        "isoscore": ((d - defect**2 * (d - np.sqrt(d))) ** 2 - d) / (d * (d - 1)),
        "effective_rank": np.exp(-(roots * np.log(roots)).sum()),
        "first_component": variances[0] / variances.sum(),
        "partition_isotropy": functions.min() / functions.max(),
        "uniformity": np.log(np.exp(-2 * squares)[off].mean()),
        "alignment": (np.where(same, squares, 0).sum(axis=1) / same.sum(axis=1)).mean(),
        "intrinsic_dimension": dimension_of(nearest),
        "hubness": (about**3).mean() / (about**2).mean() ** 1.5,
    }


def speed(rows: int, dims: int, naive_rows: int) -> None:
    vectors, codes = make_rows(rows, dims, seed=1)
    print(f"{rows:,} x {dims}")
    ours(vectors, codes)
    few, codes = make_rows(naive_rows, dims, seed=2)
    print(f"\n{naive_rows:,} x {dims}")
    found, seconds = ours(few, codes)
    full, longer = timed("full matrix: numbers alone", lambda: naive(few, codes))
    from sklearn.neighbors import NearestNeighbors

    timed(
        "scikit-learn NearestNeighbors: 30 nearest",
        lambda: NearestNeighbors(n_neighbors=30, algorithm="brute").fit(few).kneighbors(),
    )
    timed("ours: 30 nearest", lambda: top_k(few, few, 30, exclude_self=True))
    try:
        from IsoScore.IsoScore import IsoScore
    except ImportError:
        print("  the IsoScore package is not installed: the written-out form stands in for it")
    else:
        theirs, _ = timed("IsoScore package", lambda: float(IsoScore(few.astype(np.float64))))
        full["isoscore by its authors"] = theirs  # type: ignore[index]
        found["isoscore by its authors"] = found["isoscore"]
    print(f"\n  full matrix by ours: {longer / seconds:.2f} of the time, without intervals and floors\n")
    print(f"  {'number':<26} {'ours':>14} {'theirs':>14} {'difference':>11}")
    for key, value in full.items():  # type: ignore[attr-defined]
        print(f"  {key:<26} {found[key]:>14.8f} {value:>14.8f} {found[key] - value:>11.1e}")


def measured(vectors: Vectors, codes: Ints, halves: Halves, null: object) -> dict[str, Measured]:
    """Every number with its interval, without floors of its own."""
    sums = add_up(vectors, halves)
    nearest = top_k(vectors, vectors, 30, exclude_self=True)
    explained = explained_by(vectors, {"label": [f"label {code}" for code in codes.tolist()]}, halves=halves)
    return {
        "mean_cosine": mean_cosine(sums),
        **measure_variances(sums, null=null.spectra).measured,  # type: ignore[attr-defined]
        "partition_isotropy": partition_isotropy(sums, null=null.partitions),  # type: ignore[attr-defined]
        "uniformity": uniformity(vectors, halves, seed=1),
        "alignment": alignment_of_labels(vectors, codes, sums),
        "intrinsic_dimension": intrinsic_dimension(vectors, nearest, halves),
        "hubness": hubness(nearest.indices, halves),
        "label explains": explained["label"].share,
        "label explains beyond chance": explained["label"].adjusted,
    }


def coverage(worlds: int, texts: int, dims: int) -> None:
    null = isotropic_numbers(texts, dims, seed=1)
    found: dict[str, list[Measured]] = {}
    for world in range(worlds):
        vectors, codes = make_rows(texts, dims, seed=world)
        for key, number in measured(vectors, codes, draw_halves(texts, seed=world), null).items():
            found.setdefault(key, []).append(number)
    print(f"{worlds:,} samples of {texts:,} texts, {dims} dims\n")
    print(f"  {'number':<30} {'truth':>10} {'sd':>10} {'half width / 1.96 sd':>21} {'covers':>8}")
    for key, numbers in found.items():
        values = np.array([number.value for number in numbers])
        low = np.array([number.estimate.low for number in numbers])
        high = np.array([number.estimate.high for number in numbers])
        truth, spread = values.mean(), values.std(ddof=1)
        covers = np.mean((low <= truth) & (truth <= high))
        wide = np.mean(high - low) / 2 / (1.96 * spread)
        print(f"  {key:<30} {truth:>10.4f} {spread:>10.4f} {wide:>21.2f} {100 * covers:>6.1f} %")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dims", type=int, default=384)
    parser.add_argument("--naive-rows", type=int, default=5_000)
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--worlds", type=int, default=500)
    parser.add_argument("--texts", type=int, default=1_000)
    given = parser.parse_args()
    print(f"$ python benchmarks/geometry.py {' '.join(sys.argv[1:])}\n")
    if given.coverage:
        coverage(given.worlds, given.texts, given.dims)
    else:
        speed(given.rows, given.dims, given.naive_rows)


if __name__ == "__main__":
    main()
