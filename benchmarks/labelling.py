"""How fast the error falls with labels that ``suggest`` chose, beside labels chosen at random.

Command: python benchmarks/labelling.py [--seeds N] [--alpha A] [--reviews-file FILE] [--tweets-file FILE] [--sentences-file FILE]

Every seed splits a file anew: 500 rows are the test, the rest is the pool. All ways start from the same 20 random
rows of the pool and go up to 200 in batches of 10; a ridge is fitted on MiniLM vectors at each step. What
is suggested does not depend on the scores, so the batches are taken from one call. Beside it, "uncertain" takes the
text whose prediction has the largest variance. The area is the mean error over the steps from 20 to 200. Its verdict
is that of repeated splits, corrected for the rows that they share (``semascope.stats.repeats``), with the margin that
studies use, 5 % of the error at random, and Holm's correction over the two ways.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from encoding_texts import SHARED
from semascope.data.read import read_table
from semascope.embedding.path import embed
from semascope.encoders.loading import load_encoder
from semascope.learner.labelling.suggestion import suggest_rows
from semascope.probes.threads import calm_threads
from semascope.stats.measures import get_measure
from semascope.stats.repeats import judge_repeats
from semascope.store.place import default_store
from semascope.store.vectors import VectorStore
from semascope.types import Floats, Ints, Vectors

FILES = {
    "reviews": ("reviews_food_clothing.jsonl", "rating"),
    "tweets": ("mint_tweet_intimacy.jsonl", "intimacy"),
    "sentences": ("readmepp_readability.jsonl", "readability"),
}
TEST, START, BATCH, END, FURTHER = 500, 20, 10, 200, 500
STEPS = np.arange(START, END + 1, BATCH)
FURTHER_STEPS = np.arange(START, FURTHER + 1, BATCH)  # at random only: how many labels reach the same error
MEASURES = ("mae", "mse")
WAYS = ("random", "suggested", "uncertain")


class Data(NamedTuple):
    """One file, encoded."""

    name: str
    vectors: Vectors
    products: Floats  # (n, n)
    scores: Floats
    alpha: float


class Errors(NamedTuple):
    """(steps, 2) MAE and MSE, on the test rows and leaving one out."""

    test: Floats
    left_out: Floats


def read(name: str, file: Path, target: str, *, alpha: float, store: VectorStore) -> Data:
    """English rows, each text once."""
    if not file.exists():
        print(
            f"error: {file} is not there; columns text, lang and {target} are needed; name it with --{name}-file",
            file=sys.stderr,
        )
        raise SystemExit(2)
    table = read_table(file, columns=["text", "lang", target])
    table = table.take([row for row, lang in enumerate(table.strings("lang")) if lang == "en"])
    texts = table.texts(["text"])
    table = table.take(sorted({text: row for row, text in reversed(list(enumerate(texts)))}.values()))
    vectors = embed(table.texts(["text"]), encoder=load_encoder("minilm"), store=store).vectors
    wide = vectors.astype(np.float64)
    return Data(name, vectors, wide @ wide.T, table.numbers(target), alpha)


def errors(data: Data, order: Ints, test: Ints, steps: Ints) -> Errors:
    """Errors of the ridges on the first rows of ``order``."""
    found = [one_fit(data, order[:step], test) for step in steps]
    return Errors(*(np.array([sizes(residuals) for residuals in part]) for part in zip(*found, strict=True)))


def one_fit(data: Data, rows: Ints, test: Ints) -> tuple[Floats, Floats]:
    """Residuals on the test rows, and of every fitted row by the ridge without it (closed form)."""
    y = data.scores[rows]
    inner = data.products[np.ix_(rows, rows)]
    by_row = inner.mean(axis=0)
    inner = inner - by_row - by_row[:, None] + by_row.mean()
    factor = cho_factor(inner + data.alpha * np.eye(len(rows)))
    hat = 1 / len(rows) + cho_solve(factor, inner)  # symmetric: both commute
    weights = cho_solve(factor, y - y.mean())
    cross = data.products[np.ix_(test, rows)]
    cross = cross - cross.mean(axis=1, keepdims=True) - by_row + by_row.mean()
    return data.scores[test] - y.mean() - cross @ weights, (y - hat @ y) / (1 - np.diag(hat))


def sizes(residuals: Floats) -> tuple[float, float]:
    return float(np.abs(residuals).mean()), float((residuals**2).mean())


def one_seed(data: Data, seed: int) -> list[Errors]:
    """Errors at random, to 500 labels, and of the other ways, to 200."""
    order = np.random.default_rng(seed).permutation(len(data.scores))
    test, pool = order[:TEST], order[TEST:]
    start, others = pool[:START], pool[START:]
    chosen = suggest_rows(data.vectors[others], data.vectors[start], END - START, seed=seed).rows
    suggested = np.concatenate([start, others[chosen]])
    uncertain = most_uncertain(data, start, others)
    return [
        errors(data, pool, test, FURTHER_STEPS),
        errors(data, suggested, test, STEPS),
        errors(data, uncertain, test, STEPS),
    ]


def most_uncertain(data: Data, start: Ints, others: Ints) -> Ints:
    """``start`` and then always the row whose prediction varies most, given those before it.

    The variance of a ridge as that of a Gaussian process with the kernel x'z + 1, the 1 standing for the intercept;
    each label takes off what it explains (a step of a Cholesky decomposition).
    """
    rows = np.concatenate([start, others])
    kernel = data.products[np.ix_(rows, rows)] + 1
    variance, steps = np.diag(kernel).copy(), np.empty((END, len(rows)))
    taken: list[int] = []
    for turn in range(END):
        best = (
            turn if turn < START else int(np.argmax(np.where(np.isin(range(len(rows)), taken), -1, variance)))
        )
        rest = kernel[best] - steps[:turn, best] @ steps[:turn]
        steps[turn] = rest / np.sqrt(variance[best] + data.alpha)
        variance -= steps[turn] ** 2
        taken.append(best)
    return rows[taken]


def report(data: Data, seeds: int) -> None:
    runs = [one_seed(data, seed) for seed in range(seeds)]
    test = [np.array([run[way].test for run in runs]) for way in range(len(WAYS))]  # (seeds, steps, 2)
    left_out = [np.array([run[way].left_out for run in runs]) for way in range(len(WAYS))]
    pool = len(data.scores) - TEST
    print(f"\n{data.name}: {len(data.scores):,} English rows, {TEST} of them test; {seeds} seeds")
    for m, name in enumerate(MEASURES):
        curves = {way: test[w][:, : len(STEPS), m] for w, way in enumerate(WAYS)}
        print(f"  {name.upper():4} labels     " + "".join(f"{step:>8}" for step in STEPS[::3]))
        for way in WAYS:
            print(f"       {way:11}" + "".join(f"{value:>8.3f}" for value in curves[way].mean(axis=0)[::3]))
        area = {way: mean_height(curves[way]) for way in WAYS}
        family = judge_repeats(
            area, baseline="random", measure=get_measure(name, "regression"), n_train=pool, n_test=TEST
        )
        for way in WAYS[1:]:
            verdict, base = family.verdicts[way], area["random"].mean() / 100
            lower = (area[way] < area["random"]).mean()
            print(
                f"       area {way} {verdict.difference / base:+.1f} % of random's, 95 % interval "
                f"{verdict.low / base:+.1f} to {verdict.high / base:+.1f}, p {verdict.p_holm:.3f}: {verdict.word}; "
                f"lower in {lower:.0%} of the seeds"
            )
        for labels in (100, 200):
            error = curves["suggested"].mean(axis=0)[np.flatnonzero(labels == STEPS)[0]]
            reached = labels_at_random(test[0][:, :, m].mean(axis=0), error)
            print(f"       {labels} suggested labels are worth {reached} random ones")
    print("  leave-one-out error against the test error, MSE")
    for labels in (50, 100, 200):
        step = np.flatnonzero(labels == STEPS)[0]
        shares = [left_out[w][:, step, 1].mean() / test[w][:, step, 1].mean() - 1 for w in (0, 1)]
        print(f"       {labels:>3} labels: random {shares[0]:+.1%}, suggested {shares[1]:+.1%}")


def mean_height(curves: Floats) -> Floats:
    """(seeds,) area under each curve divided by its width."""
    return np.asarray(np.trapezoid(curves, STEPS, axis=1) / (END - START))


def labels_at_random(curve: Floats, error: float) -> str:
    """The labels at which the mean curve at random first reaches an error."""
    below = np.flatnonzero(curve <= error)
    if not len(below):
        return f"more than {FURTHER}"
    at = below[0]
    if at == 0:
        return f"{START} or fewer"
    share = (curve[at - 1] - error) / (curve[at - 1] - curve[at])
    return f"{FURTHER_STEPS[at - 1] + BATCH * share:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--alpha", type=float, default=1.0)
    parser.add_argument("--store", type=Path, help="where vectors are kept; default the store of this user")
    for name, (file, target) in FILES.items():
        parser.add_argument(
            f"--{name}-file",
            type=Path,
            default=SHARED / file,
            help=f"columns text, lang and {target}; default {file} in ../shared/data",
        )
    given = parser.parse_args()
    store = VectorStore(given.store) if given.store else default_store()
    print(f"command: python benchmarks/labelling.py --seeds {given.seeds} --alpha {given.alpha:g}")
    print(f"ridge, alpha {given.alpha:g}, on minilm; from {START} to {END} labels in batches of {BATCH}")
    for name, (_, target) in FILES.items():
        data = read(name, getattr(given, f"{name}_file"), target, alpha=given.alpha, store=store)
        with calm_threads(0):  # hundreds of small solutions: threads would only wait for each other
            report(data, given.seeds)
    print(f"\n{time.process_time():.0f} s of processor time")


if __name__ == "__main__":
    main()
