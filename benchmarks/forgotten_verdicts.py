"""How often a tuned encoder is called better or worse than its base where neither is, and how often a loss is found.

Command: python benchmarks/forgotten_verdicts.py [--worlds N] [--rows N] [--kind ridge|logistic|similarity]
Each world draws what texts mean, a score that rests on it, and pairs of texts; either encoder sees the meaning through noise of
its own. With equal noise any better or worse is false; then the tuned one has half as much noise again.
Queries that are judged are the subject of query_verdicts.py, labels of label_verdicts.py.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from semascope.data.table import Table
from semascope.studies.switching.asking.targets import Target
from semascope.studies.tuned.judging.general_heads import HeadAnswers
from semascope.studies.tuned.judging.general_pairs import PairCosines
from semascope.studies.tuned.judging.general_rows import SetRows
from semascope.studies.tuned.judging.general_task import BASE, TUNED, General

DIM, NOISE, MORE = 24, 0.5, 1.5
KINDS = ("ridge", "logistic", "similarity")


def rows_of(n: int, sides: int) -> SetRows:
    texts = [f"text {row}" for row in range(n)]
    return SetRows(
        table=Table.from_columns({"text": texts}), texts=(texts,) * sides, units=np.arange(n), left_out=0
    )


def drawn(kind: str, n: int, world: int) -> tuple[General, tuple[np.ndarray, ...]]:
    """The task, and what its texts mean, on each side."""
    rng = np.random.default_rng([world, KINDS.index(kind)])
    meaning = rng.standard_normal((n, DIM))
    if kind == "similarity":
        share = rng.random((n, 1))
        other = share * meaning + (1 - share) * rng.standard_normal((n, DIM))
        scores = share[:, 0] + 0.1 * rng.standard_normal(n)
        return PairCosines(name=kind, rows=rows_of(n, 2), scores=scores, why_not="", seed=world), (
            meaning,
            other,
        )
    score = meaning[:, 0] + meaning[:, 1] + 0.5 * rng.standard_normal(n)
    classes = ("down", "up") if kind == "logistic" else ()
    target = Target(
        name="score",
        kind="classification" if classes else "regression",
        classes=classes,
        truth=(score > 0).astype(np.float64) if classes else score,
    )
    return HeadAnswers(name=kind, rows=rows_of(n, 1), target=target, why_not="", seed=world), (meaning,)


def seen_through(sides: tuple[np.ndarray, ...], noise: float, seed: list[int]) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    found = [side + noise * rng.standard_normal(side.shape) for side in sides]
    return tuple((side / np.linalg.norm(side, axis=1, keepdims=True)).astype(np.float32) for side in found)


def word(kind: str, n: int, world: int, more: float) -> str:
    task, sides = drawn(kind, n, world)
    answers = {
        name: task.answers(seen_through(sides, noise, [world, place, 1]))
        for place, (name, noise) in enumerate(((BASE, NOISE), (TUNED, NOISE * more)))
    }
    return task.family(answers, baseline=BASE, margin=None).verdicts[TUNED].word


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--kind", action="append", choices=KINDS, help="repeatable; all by default")
    given = parser.parse_args()
    print(f"{given.worlds} worlds of {given.rows} rows; shares in %")
    for what, more in (("equally good", 1.0), (f"{MORE:g} times the noise", MORE)):
        for kind in given.kind or KINDS:
            found = Counter(word(kind, given.rows, world, more) for world in range(given.worlds))
            shares = {
                name: 100 * found[name] / given.worlds
                for name in ("better", "equivalent", "unresolved", "worse")
            }
            print(
                f"  {what}, {kind}: " + ", ".join(f"{name} {share:.1f}" for name, share in shares.items()),
                flush=True,
            )


if __name__ == "__main__":
    main()
