"""Seconds and memory of exact neighbours: the 15 nearest of each of 100,000 rows of 384 dims, and others' ways.

Command: python benchmarks/neighbors.py [--rows N] [--dims N] [--k N] [--base-rows N]
Rows are unit vectors around 200 centres, sorted by centre in one run and shuffled in the other. scikit-learn
(brute force, inner products by cosine distance) runs on --base-rows of them, beside ours on the same rows.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from sklearn.neighbors import NearestNeighbors

from memory_peak import Peak
from semascope.geometry.comparing.overlap import knn_overlap
from semascope.neighbors import top_k
from semascope.types import Vectors

CENTRES = 200


def make_rows(rows: int, dims: int, *, shuffled: bool) -> Vectors:
    rng = np.random.default_rng(42)
    kinds = np.sort(rng.integers(CENTRES, size=rows))
    if shuffled:
        rng.shuffle(kinds)
    vectors = rng.standard_normal((CENTRES, dims), dtype=np.float32)[kinds]
    vectors += rng.standard_normal(vectors.shape, dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, value in (("rows", 100_000), ("dims", 384), ("k", 15), ("base-rows", 10_000)):
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    print(f"{given.k} nearest of each row, without itself, {given.dims} dims\n")
    print(f"{'rows':>9} {'order':>9} {'who':>13} {'seconds':>8} {'GFLOP/s':>8} {'peak MB':>8}")
    for shuffled in (True, False):
        vectors = make_rows(given.rows, given.dims, shuffled=shuffled)
        one_run(vectors, given.k, "shuffled" if shuffled else "sorted")
    few = make_rows(given.base_rows, given.dims, shuffled=True)
    ours = one_run(few, given.k, "shuffled")
    with Peak() as peak:
        began = time.perf_counter()
        theirs = (
            NearestNeighbors(n_neighbors=given.k, metric="cosine", algorithm="brute", n_jobs=-1)
            .fit(few)
            .kneighbors(return_distance=False)
        )
        seconds = time.perf_counter() - began
    show(few, "shuffled", "scikit-learn", seconds, peak.megabytes)
    print(f"\nneighbours in common with scikit-learn: {knn_overlap(ours, theirs).mean():.6f}")


def one_run(vectors: Vectors, k: int, order: str) -> np.ndarray:
    result = len(vectors) * k * 12 / 1e6
    with Peak() as peak:
        began = time.perf_counter()
        found = top_k(vectors, vectors, k, exclude_self=True)
        seconds = time.perf_counter() - began
    show(vectors, order, "ours", seconds, peak.megabytes - result)
    return found.indices


def show(vectors: Vectors, order: str, who: str, seconds: float, megabytes: float) -> None:
    n, d = vectors.shape
    print(
        f"{n:>9,} {order:>9} {who:>13} {seconds:>8.2f} {2 * n * n * d / seconds / 1e9:>8.0f} {megabytes:>8.0f}"
    )


if __name__ == "__main__":
    main()
