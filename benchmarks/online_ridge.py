"""What one example more or less costs the online ridge, against fitting all rows again.

    python benchmarks/online_ridge.py         # 384 and 1,024 dims, 1,000 rows, 1,000 changes; about a minute on two cores

384 dims are MiniLM's vectors of the reviews (``--reviews-file``; encoded once, kept in the default store) with their
ratings; 1,024 dims are simulated unit vectors with a common part and a falling spectrum. Half the changes add a row,
half remove one. Refitting is scikit-learn's Ridge and our ``ridge_at``, timed after some of the changes. Leave-one-out
residuals are those of all rows after every change; refitting takes the whole leverages anew with them. Everything in
float64 and on one thread: with two on a busy machine refitting takes ten times as long and the ratio says nothing.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.linear_model import Ridge

from semascope.data.read import read_table
from semascope.embedding.path import embed
from semascope.encoders.loading import load_encoder
from semascope.learner.ridge.online import OnlineRidge
from semascope.probes.ridge_core import ridge_at
from semascope.probes.threads import calm_threads
from semascope.store.place import default_store
from semascope.types import Floats

REVIEWS = Path(__file__).parents[2] / "shared" / "data" / "reviews_food_clothing.jsonl"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--reviews-file", type=Path, default=REVIEWS, help="columns text and rating")
    parser.add_argument("--rows", type=int, default=1000, help="rows at the start")
    parser.add_argument("--changes", type=int, default=1000)
    parser.add_argument("--refits", type=int, default=30, help="times that refitting is timed")
    parser.add_argument("--alpha", type=float, default=1.0)
    given = parser.parse_args()
    print("command: python", *sys.argv)
    print(
        f"{given.rows:,} rows at the start, {given.changes:,} changes, alpha {given.alpha:g}; medians in ms"
    )
    worst = 0.0
    for name, (vectors, scores) in {
        "MiniLM, reviews": read_reviews(given.reviews_file),
        "simulated": simulate(given.rows + given.changes, 1024),
    }.items():
        with calm_threads(0):
            worst = max(worst, measure(name, vectors, scores, given))
    print(f"largest difference {worst:.1e} (at most 1e-6 wanted)")
    return 0 if worst <= 1e-6 else 1


def read_reviews(file: Path) -> tuple[Floats, Floats]:
    if not file.exists():
        print(
            f"error: {file} is not there; a table with text and rating is needed; name it with --reviews-file",
            file=sys.stderr,
        )
        raise SystemExit(2)
    table = read_table(file)
    encoder = load_encoder("minilm", precision="float32")
    vectors = embed(table.texts(["text"]), encoder=encoder, store=default_store()).vectors
    order = np.random.default_rng(0).permutation(len(vectors))
    return vectors[order].astype(np.float64), table.numbers("rating")[order].astype(np.float64)


def simulate(n: int, d: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((n, d)) / np.sqrt(1 + np.arange(d) / 20)
    rows += rng.standard_normal(d) * 0.3  # what all texts share: mean cosine about 0.4
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows, rows @ rng.standard_normal(d) * 4 + rng.standard_normal(n)


def measure(name: str, vectors: Floats, scores: Floats, given: argparse.Namespace) -> float:
    """Print a block of figures; the largest difference of a coefficient, relative to the largest coefficient."""
    rows, refits = min(given.rows, len(vectors) * 2 // 3), max(1, given.changes // given.refits)
    bare, full = (OnlineRidge(vectors[:rows], scores[:rows], alpha=given.alpha) for _ in range(2))
    rng = np.random.default_rng(1)
    times: dict[str, list[float]] = {
        key: [] for key in ("add", "remove", "loo", "sklearn", "ours", "refit_loo")
    }
    spare = list(range(rows, len(vectors)))
    held = list(range(rows))
    full.leave_one_out()
    for number in range(given.changes):
        if number % 2 == 0:
            row = spare.pop(0)
            held.append(row)
            times["add"].append(seconds(lambda row=row: bare.add(vectors[row], scores[row])))
            times["loo"].append(
                seconds(lambda row=row: (full.add(vectors[row], scores[row]), full.leave_one_out()))
            )
        else:
            row = int(rng.integers(len(held)))
            spare.append(held.pop(row))  # it may come again
            times["remove"].append(seconds(lambda row=row: bare.remove(row)))
            times["loo"].append(seconds(lambda row=row: (full.remove(row), full.leave_one_out())))
        if number % refits == 0:  # in between, so that a busy machine slows all
            refit(times, np.array(vectors[held]), scores[held], given.alpha)
    x, y = vectors[held], scores[held]
    exact = Ridge(alpha=given.alpha, solver="svd").fit(x, y)
    difference = float(np.abs(bare.coef - exact.coef_).max() / np.abs(exact.coef_).max())
    residuals = OnlineRidge(x, y, alpha=given.alpha).leave_one_out()
    show(name, x.shape, times, difference, float(np.abs(full.leave_one_out() - residuals).max()), bare.refits)
    return difference


def refit(times: dict[str, list[float]], x: Floats, y: Floats, alpha: float) -> None:
    times["sklearn"].append(seconds(lambda: Ridge(alpha=alpha).fit(x, y)))
    times["ours"].append(seconds(lambda: ridge_at(x, y[:, None], np.array([alpha]))))
    times["refit_loo"].append(seconds(lambda: OnlineRidge(x, y, alpha=alpha).leave_one_out()))


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def show(
    name: str,
    shape: tuple[int, ...],
    times: dict[str, list[float]],
    difference: float,
    residuals: float,
    refits: int,
) -> None:
    middle = {key: statistics.median(values) * 1e3 for key, values in times.items()}
    change = statistics.median(times["add"] + times["remove"]) * 1e3
    mean = statistics.fmean(times["add"] + times["remove"]) * 1e3
    print(f"\n{name}, {shape[0]:,} x {shape[1]:,} at the end")
    print(
        f"add {middle['add']:.3f}, remove {middle['remove']:.3f}, any change {change:.3f} (mean {mean:.3f})"
    )
    print(f"refit: scikit-learn {middle['sklearn']:.2f}, ridge_at {middle['ours']:.2f}")
    print(
        f"ratio to a change: scikit-learn {middle['sklearn'] / change:.0f}, ridge_at {middle['ours'] / change:.0f}"
    )
    print(
        f"change and all leave-one-out residuals {middle['loo']:.3f} (mean {statistics.fmean(times['loo']) * 1e3:.3f})"
    )
    print(
        f"the same by a new OnlineRidge {middle['refit_loo']:.2f}, ratio {middle['refit_loo'] / middle['loo']:.0f}"
    )
    print(f"largest relative difference of a coefficient {difference:.1e}; of a residual {residuals:.1e}")
    print(f"fits from the rows on the way: {refits}")


if __name__ == "__main__":
    sys.exit(main())
