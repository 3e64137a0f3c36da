"""Cost per alpha of our ridge selection against scikit-learn's GridSearchCV, both in float64, side by side.

    python benchmarks/ridge.py            # 8,000 x 1,024, 6 targets, 5 folds; about two minutes on two cores

Both get the same rows, folds and targets. Ours tries 25 alphas, GridSearchCV 5 of the same (it pays for each
of them again), so seconds are divided by alphas. GridSearchCV scores its targets together and so finds one alpha
for all six; coefficients are therefore compared at the alphas that ours chose for each target, fitted by
scikit-learn's Ridge.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, PredefinedSplit

from semascope.probes.inner import inner_folds
from semascope.probes.ridge import ALPHAS, RidgeHead
from semascope.types import Floats, Ints, Vectors


def make_rows(n: int, d: int, targets: int) -> tuple[Vectors, Floats]:
    """Unit vectors whose spectrum falls off like that of an encoder, and targets with noise."""
    rng = np.random.default_rng(42)
    vectors = rng.standard_normal((n, d)) / np.sqrt(1 + np.arange(d) / 20)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    targets_ = vectors @ rng.standard_normal((d, targets)) * 8 + rng.standard_normal((n, targets))
    return vectors.astype(np.float32), 5 + targets_


def time_ours(vectors: Vectors, targets: Floats) -> tuple[float, RidgeHead]:
    """Seconds for 25 alphas, selection and final fit included."""
    start = time.perf_counter()
    head = RidgeHead(measure="mae").fit(vectors, targets)
    return time.perf_counter() - start, head


def time_grid_search(wide: Floats, targets: Floats, folds: Ints, alphas: list[float]) -> float:
    """Seconds for ``alphas``, selection and final fit included."""
    search = GridSearchCV(
        Ridge(), {"alpha": alphas}, scoring="neg_mean_absolute_error", cv=PredefinedSplit(folds)
    )
    start = time.perf_counter()
    search.fit(wide, targets)
    return time.perf_counter() - start


def largest_difference(head: RidgeHead, wide: Floats, targets: Floats) -> float:
    """Largest difference of a coefficient, relative to the largest coefficient of its target."""
    worst = 0.0
    for j, alpha in enumerate(head.choices["alpha"].values()):
        coefficients = Ridge(alpha=alpha).fit(wide, targets[:, j]).coef_
        worst = max(worst, float(np.abs(coefficients - head.coef_[j]).max() / np.abs(coefficients).max()))
    return worst


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, value in (("rows", 8000), ("dims", 1024), ("targets", 6), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    vectors, targets = make_rows(given.rows, given.dims, given.targets)
    wide = vectors.astype(np.float64)
    folds = inner_folds(np.arange(given.rows), strata=None, folds=5, seed=42, what="benchmark").of_row
    few = list(ALPHAS[2::5])
    ours, theirs, head = [], [], RidgeHead()
    for _ in range(given.rounds):  # interleaved, so that a busy machine slows both
        seconds, head = time_ours(vectors, targets)
        ours.append(seconds / len(ALPHAS))
        theirs.append(time_grid_search(wide, targets, folds, few) / len(few))
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    print(
        f"{given.rows:,} x {given.dims:,}, {given.targets} targets, 5 folds, {given.rounds} rounds, medians"
    )
    print(f"ours          {statistics.median(ours) * 1e3:8.1f} ms per alpha (25 alphas)")
    print(f"GridSearchCV  {statistics.median(theirs) * 1e3:8.1f} ms per alpha ({len(few)} alphas)")
    print(f"ratio         {ratio:8.1f}  (at least 10 wanted)")
    difference = largest_difference(head, wide, targets)
    print(f"coefficients  {difference:8.1e}  largest relative difference (at most 1e-6 wanted)")
    return 0 if ratio >= 10 and difference <= 1e-6 else 1


if __name__ == "__main__":
    sys.exit(main())
