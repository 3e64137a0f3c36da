"""Growing LightGBM boosters round by round, and finding how many rounds are best on watched rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.extras import require
from semascope.probes.stopping import Stopper

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.types import Array, Floats, Ints, Vectors

PATIENCE = 50
MOST_ROUNDS = 2000


@dataclass(frozen=True)
class Task:
    """What is to be learned, and everything that changes the booster besides the number of rounds."""

    vectors: Vectors  # (n, d)
    targets: Array  # (n,) numbers or class positions, none missing
    objective: str = field(kw_only=True)  # LightGBM's name
    threads: int = field(kw_only=True)
    seed: int = field(kw_only=True)
    classes: int = field(kw_only=True, default=1)  # 1 for a regression

    def parameters(self, rows: int) -> dict[str, Any]:
        """LightGBM's settings for a booster on ``rows`` rows.

        A tenth of the dims a tree: the dims of an encoder repeat each other, so nothing is lost and trees cost a
        tenth. Leaves of 20 rows, fewer where there are few rows, which could otherwise not be split at all.
        """
        many = self.classes > 1
        return {
            "objective": self.objective,
            "num_class": self.classes,
            "learning_rate": 0.1 if many else 0.05,
            "num_leaves": 31 if many else 15,
            "min_data_in_leaf": min(20, max(2, rows // 20)),
            "feature_fraction": 0.1,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "lambda_l2": 1.0,
            "max_bin": 63,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.threads,
            "metric": "none",
            "verbosity": -1,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Rounds:
    """How many rounds were best on the watched rows."""

    rounds: int
    objective: str
    score: tuple[float, ...]  # losses on the watched rows
    watched: Floats  # predictions of the watched rows, as ``score`` was given them
    at_limit: bool  # it still got better when it had to end


def search_rounds(
    task: Task, fitting: Ints, watched: Ints, score: Callable[[Floats, Ints], tuple[float, ...]]
) -> Rounds:
    """Grow on the rows ``fitting`` until the score on the rows ``watched`` has not improved for long.

    Parameters
    ----------
    score
        From predictions of the watched rows, (m,) numbers or (m, c) probabilities, and their row numbers to losses.
    """
    booster = _start(task, fitting, watched)
    stopper, grown = Stopper(patience=PATIENCE), 0
    best = np.empty(0)
    while grown < MOST_ROUNDS and not stopper.exhausted:
        if booster.update():  # true when no leaf can be split any more
            break
        grown += 1
        predicted = _watched_predictions(booster, len(watched))
        if stopper.improves(grown, score(predicted, watched)):
            best = predicted.copy()  # LightGBM writes the next round's over them
    rounds = max(stopper.best_step, 1)  # a booster without a tree predicts the constant that it starts from
    return Rounds(
        rounds=rounds,
        objective=task.objective,
        score=stopper.best or (np.inf,),
        watched=best,
        at_limit=stopper.best_step == MOST_ROUNDS,
    )


def grow(task: Task, rounds: int) -> Any:
    """A booster of ``rounds`` rounds on all rows."""
    booster = _start(task, np.arange(len(task.vectors)), None)
    for _ in range(rounds):
        if booster.update():
            break
    return booster


def _start(task: Task, rows: Ints, watched: Ints | None) -> Any:
    lightgbm = require("lightgbm", purpose="the head 'boosting'")
    parameters = task.parameters(len(rows))
    data = lightgbm.Dataset(task.vectors[rows], task.targets[rows], params=parameters, free_raw_data=True)
    booster = lightgbm.Booster(parameters, data)
    if watched is not None:
        other = lightgbm.Dataset(
            task.vectors[watched], task.targets[watched], reference=data, params=parameters
        )
        booster.add_valid(other, "watched")
    return booster


def _watched_predictions(booster: Any, rows: int) -> Floats:
    """(m,) or (m, c) current predictions of the watched rows, without walking all trees again."""
    kept: list[Array] = []

    def catch(predictions: Array, _: Any) -> tuple[str, float, bool]:
        kept.append(np.asarray(predictions))
        return "caught", 0.0, True

    booster.eval_valid(feval=catch)
    found = kept[0]
    if len(found) != rows:
        raise ValueError(f"LightGBM gave {found.shape} predictions for {rows} watched rows")
    return found
