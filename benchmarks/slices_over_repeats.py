"""How often slices judged over repeated splits say a false word, and how often a true one, against one split.

    python benchmarks/slices_over_repeats.py [--draws 400]

Tables of 408 rows in slices of 257, 51, 50 and 50, as the packaged sample has them. Two encoders see one signal through
noise of their own, and a ridge is fitted on each, anew on 15 splits of 80/20. Equal noise: every word but "unresolved"
and "equivalent" is false. Then one encoder gets more noise on the three small slices: the words there are true.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from semascope.stats.measures import get_measure
from semascope.stats.verdict import judge
from semascope.studies.heads.judging.bench import one_family
from semascope.studies.heads.judging.slice_recipes import judge_slice_recipes

SLICES = np.repeat(["large", "a", "b", "c"], [257, 51, 50, 50])
REPEATS, DIMS, HELD_OUT = 15, 20, 82
MAE = get_measure("mae", "regression")


def table(rng: np.random.Generator, *, worse: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Scores, and what each encoder sees of the rows; ``worse`` is the base's noise on the small slices."""
    signal = rng.normal(size=(len(SLICES), DIMS))
    scores = signal @ rng.normal(size=DIMS) / DIMS**0.5 + rng.normal(0, 0.5, len(SLICES))
    noise = np.where(SLICES == "large", 1.0, worse)[:, None]
    return scores, {
        "base": signal + noise * rng.normal(size=signal.shape),
        "other": signal + rng.normal(size=signal.shape),
    }


def fitted(rows: np.ndarray, scores: np.ndarray, train: np.ndarray) -> np.ndarray:
    """What a ridge on the training rows predicts of all."""
    centre, mean = rows[train].mean(axis=0), scores[train].mean()
    seen = rows - centre
    weights = np.linalg.solve(
        seen[train].T @ seen[train] + 10 * np.eye(DIMS), seen[train].T @ (scores[train] - mean)
    )
    return seen @ weights + mean


def words(
    rng: np.random.Generator, *, worse: float
) -> tuple[dict[str, str], dict[str, str], dict[str, float]]:
    """By slice: the word over the repeats, on the first split alone, and p over the repeats before Holm."""
    scores, seen = table(rng, worse=worse)
    records: dict[str, dict] = {name: {"repeats": []} for name in seen}
    alone = {}
    for repeat in range(REPEATS):
        test = rng.permutation(len(scores))[:HELD_OUT]
        train = np.setdiff1d(np.arange(len(scores)), test)
        predicted = {name: fitted(rows, scores, train) for name, rows in seen.items()}
        if repeat == 0:
            alone = _on_one_split(scores, predicted, test)
        for name, record in records.items():
            record["repeats"].append({"slices": {"s": _parts(scores, predicted[name], train, test)}})
    found = judge_slice_recipes(records, ["s"], baseline="base", measure=MAE, margin=0.05)
    verdicts = {value: results["other"].verdict for (_, value), results in found.items()}
    return (
        {v: verdict.word for v, verdict in verdicts.items()},
        alone,
        {v: verdict.p for v, verdict in verdicts.items()},
    )


def _parts(scores: np.ndarray, predicted: np.ndarray, train: np.ndarray, test: np.ndarray) -> dict[str, dict]:
    return {
        value: {
            "train": int((SLICES[train] == value).sum()),
            "test": len(held),
            "values": {"y": float(np.abs(scores - predicted)[held].mean())},
        }
        for value in np.unique(SLICES)
        if len(held := test[SLICES[test] == value])
    }


def _on_one_split(scores: np.ndarray, predicted: dict[str, np.ndarray], test: np.ndarray) -> dict[str, str]:
    values = [value for value in np.unique(SLICES) if (SLICES[test] == value).sum() >= 5]
    families = []
    for value in values:
        held = test[SLICES[test] == value]
        of_rows = {name: found[held] for name, found in predicted.items()}
        families.append(judge(scores[held], of_rows, baseline="base", measure=MAE))
    return {
        value: verdicts["other"].word for value, verdicts in zip(values, one_family(families), strict=True)
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=400)
    draws = parser.parse_args().draws
    print(f"python {' '.join(sys.argv)}\n")
    print(
        "| noise on the small slices | slice | p < .05 | a word over repeats | a word on one split |\n|---|---|---|---|---|"
    )
    for worse in (1.0, 3.0):
        rng = np.random.default_rng(42)
        drawn = [words(rng, worse=worse) for _ in range(draws)]
        for name, values in (("large", ["large"]), ("small", ["a", "b", "c"])):
            told = [
                np.mean(
                    [
                        one.get(v) in ("better", "worse")
                        for found in drawn
                        for v in values
                        for one in [found[place]]
                    ]
                )
                for place in (0, 1)
            ]
            below = np.mean([found[2][v] < 0.05 for found in drawn for v in values])
            print(f"| {worse:g} | {name} | {below:.3f} | {told[0]:.3f} | {told[1]:.3f} |")
        false = np.mean([any(word in ("better", "worse") for word in found[0].values()) for found in drawn])
        print(f"| {worse:g} | any of the four | | {false:.3f} | |")


if __name__ == "__main__":
    main()
