"""Gradient-boosted trees (LightGBM) with early stopping by the reported measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from semascope.errors import ConfigError
from semascope.extras import require
from semascope.probes.boosting_core import Rounds, Task, grow, search_rounds
from semascope.probes.inner import inner_folds, inner_part
from semascope.probes.inputs import (
    check_classes,
    check_components,
    check_targets,
    check_vectors,
    names_of,
    present_rows,
)
from semascope.probes.median_map import apply_maps, maps_from_arrays, maps_to_arrays, try_map
from semascope.probes.scoring import class_score, log_loss, number_score
from semascope.probes.softmax_core import seen_only, spread_over
from semascope.stats.measures import get_measure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from semascope.probes.median_map import MedianMap
    from semascope.types import Array, Floats, Ints, Kind, Vectors

WATCHED_SHARE = 0.15


class BoostingHead(BaseEstimator):  # type: ignore[misc]
    """LightGBM: one booster a target, or one multi-class booster.

    Parameters
    ----------
    kind
        What it predicts.
    measure
        Measure by which the number of rounds is chosen. Under ``mae`` boosters of the absolute and of the squared
        error are both tried, the second also with its predictions mapped to medians (``median_map.py``), and the best on
        the watched rows is taken; else the squared error.
    target_names
        Names of the t targets of a regression, for notes; empty numbers them.
    n_classes
        c of a classification; None takes the largest class index seen in ``fit``.
    positive
        Class index that the measure ``f1`` speaks about.
    threads
        Threads of LightGBM, 1 or more; they change no prediction. One is hardly slower on the tables that heads see,
        and keeps its pace where other work shares the processor: two that wait for each other do not.
    median_map
        Whether a map to medians is tried at all.

    Attributes
    ----------
    boosters_
        One a target; one for classes; none when a single class was seen.
    choices
        ``rounds`` and, for a regression, ``objective``, by target name; under ``mae``, where a map is kept,
        ``median_map``: the watched rows' error ``with`` it and ``without``.
    maps_
        Of a regression, one a target: a map, or None.

    Notes
    -----
    15 % of the rows, in whole components, are watched; growing stops after 50 rounds without a better measure on
    them (ties: a lower loss). All rows are then fitted with the best number of rounds. A leaf of the absolute error
    answers the median of what is left in it, which on a target that is mostly one value is 0 in every leaf: such a
    booster never leaves the constant. A map is fitted to the watched rows, judged on folds of them that it was not fitted
    on, and kept where it beats the better booster without one by more than a standard error.
    """

    name = "boosting"

    def __init__(
        self,
        *,
        kind: Kind = "regression",
        measure: str = "mae",
        target_names: tuple[str, ...] = (),
        n_classes: int | None = None,
        positive: int | None = None,
        threads: int = 1,
        median_map: bool = True,
    ) -> None:
        self.kind = kind
        self.measure = measure
        self.target_names = target_names
        self.n_classes = n_classes
        self.positive = positive
        self.threads = threads
        self.median_map = median_map

    def fit(
        self, vectors: Vectors, targets: Array, *, components: Ints | None = None, seed: int = 42
    ) -> Self:
        """The head itself, fitted; see ``Head.fit``."""
        require("lightgbm", purpose="the head 'boosting'")
        if self.threads < 1:
            raise ConfigError(f"threads is {self.threads}; it must be 1 or more")
        vectors = check_vectors(vectors)
        labels = check_components(components, len(vectors))
        self.choices: dict[str, Any] = {}
        self.notes: list[str] = []
        self.boosters_: list[Any] = []
        self.maps_: list[MedianMap | None] = []
        self.dim_ = vectors.shape[1]
        if self.kind == "regression":
            self._fit_numbers(vectors, targets, labels, seed)
        else:
            self._fit_classes(vectors, targets, labels, seed)
        return self

    def predict(self, vectors: Vectors) -> Array:
        """(n, t) numbers, not clipped to any range, or (n,) class indices."""
        if self.kind == "classification":
            return self.predict_proba(vectors).argmax(axis=1)  # type: ignore[no-any-return]
        return apply_maps(self.maps_, self.predict_unmapped(vectors))

    def predict_unmapped(self, vectors: Vectors) -> Array:
        """(n, t) what the boosters give: what ranks, because a map makes ties; (n,) class indices of a classification."""
        if self.kind == "classification":
            return self.predict(vectors)
        vectors = check_vectors(vectors, dim=self.dim_)
        if len(vectors) == 0:
            return np.empty((0, len(self.boosters_)))
        return np.column_stack(
            [booster.predict(vectors, num_threads=self.threads) for booster in self.boosters_]
        )

    def predict_proba(self, vectors: Vectors) -> Floats:
        """(n, c) probabilities, 0 for a class that no training row has."""
        if self.kind != "classification":
            raise ConfigError("probabilities were asked of a regression; it has none; use predict")
        vectors = check_vectors(vectors, dim=self.dim_)
        shares: Floats = np.ones((len(vectors), len(self.seen_)))
        if self.boosters_ and len(vectors):
            shares = self.boosters_[0].predict(vectors, num_threads=self.threads)
        return spread_over(shares, self.seen_, self.width_, empty=0.0)

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """The boosters in LightGBM's own text format under ``files``; see ``Head.state``."""
        arrays = {"seen": self.seen_} if self.kind == "classification" else maps_to_arrays(self.maps_)
        return arrays, {
            "params": self.get_params(),
            "choices": self.choices,
            "notes": self.notes,
            "dim": self.dim_,
            "classes": self.width_ if self.kind == "classification" else None,
            "files": {f"booster_{i}.txt": each.model_to_string() for i, each in enumerate(self.boosters_)},
        }

    @classmethod
    def from_state(cls, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> Self:
        """See ``Head.from_state``."""
        lightgbm = require("lightgbm", purpose="this scorer, whose head is 'boosting',")
        params = dict(settings["params"]) | {"target_names": tuple(settings["params"]["target_names"])}
        head = cls(**params)
        head.choices, head.notes = dict(settings["choices"]), list(settings["notes"])
        head.dim_ = int(settings["dim"])
        texts = [settings["files"][f"booster_{i}.txt"] for i in range(len(settings["files"]))]
        head.boosters_ = [lightgbm.Booster(model_str=text) for text in texts]
        head.maps_ = maps_from_arrays(arrays, len(head.boosters_))
        if head.kind == "classification":
            head.seen_, head.width_ = np.asarray(arrays["seen"]), int(settings["classes"])
        return head

    def _fit_numbers(self, vectors: Vectors, targets: Array, labels: Ints, seed: int) -> None:
        values = check_targets(targets, len(vectors))
        names = names_of(values.shape[1], self.target_names)
        self.choices |= {"rounds": {}, "objective": {}, "median_map": {}}
        rows_of = {
            int(number): rows for rows, group in present_rows(values, names, self.name) for number in group
        }
        for number, name in enumerate(names):
            rows = rows_of[number]
            found = self._grow_numbers(vectors[rows], values[rows, number], labels[rows], name, seed)
            self.choices["rounds"][name] = found.rounds
            self.choices["objective"][name] = found.objective

    def _grow_numbers(self, vectors: Vectors, truth: Floats, labels: Ints, name: str, seed: int) -> Rounds:
        """The chosen rounds of one target, whose booster and map are kept."""
        fitting, watched = inner_part(
            labels, strata=None, share=WATCHED_SHARE, seed=seed, what=f"boosting of {name!r}"
        )
        absolute = get_measure(self.measure, self.kind).of_absolute
        objectives = ("regression_l1", "regression") if absolute else ("regression",)
        tasks = [Task(vectors, truth, objective=each, threads=self.threads, seed=seed) for each in objectives]
        tried = [search_rounds(task, fitting, watched, self._losses(truth, task)) for task in tasks]
        best = self._best_of(tried, truth[watched], labels[watched], name, seed) if absolute else tried[0]
        if best.at_limit:
            self.notes.append(
                f"the boosting of {name!r} still got better when it reached {best.rounds} rounds"
            )
        task = Task(vectors, truth, objective=best.objective, threads=self.threads, seed=seed)
        self.boosters_.append(grow(task, best.rounds))
        return best

    def _losses(self, truth: Floats, task: Task) -> Callable[[Floats, Ints], tuple[float, ...]]:
        """What the number of rounds is chosen by. That of squared errors under absolute ones is to be mapped: by itself."""
        names = (self.measure, "mse")
        if get_measure(self.measure, self.kind).of_absolute and task.objective == "regression":
            names = ("mse", self.measure)

        def losses(guess: Floats, watched: Ints) -> tuple[float, ...]:
            return tuple(number_score(truth[watched, None], guess[:, None], measure=name) for name in names)

        return losses

    def _best_of(self, tried: list[Rounds], truth: Floats, labels: Ints, name: str, seed: int) -> Rounds:
        """Of the boosters of the absolute and the squared error the better one on the watched rows; its map is kept."""
        plain = min(tried, key=lambda rounds: _error(rounds, truth))
        squared = tried[-1]
        self.maps_.append(None)
        if (
            not self.median_map
            or len(np.unique(labels)) < 2
            or len(squared.watched) == 0
            or len(plain.watched) == 0
        ):
            return plain
        folds = inner_folds(labels, strata=None, folds=5, seed=seed, what=f"boosting of {name!r}")
        trial = try_map(squared.watched, truth, folds=folds.of_row, components=labels, plain=plain.watched)
        if not trial.kept:
            return plain
        self.maps_[-1] = trial.map
        self.choices["median_map"][name] = {"with": trial.error, "without": trial.plain_error}
        return squared

    def _fit_classes(self, vectors: Vectors, targets: Array, labels: Ints, seed: int) -> None:
        classes, self.width_ = check_classes(targets, len(vectors), self.n_classes)
        self.seen_, positions = seen_only(classes)
        if len(self.seen_) == 1:
            self.notes.append("every training row has the same class; it is always predicted")
            return

        def score(shares: Floats, watched: Ints) -> tuple[float, ...]:
            guess = self.seen_[shares.argmax(axis=1)]
            logs = np.log(np.maximum(shares, np.finfo(np.float64).tiny))
            chosen = class_score(classes[watched], guess, measure=self.measure, positive=self.positive)
            return chosen, log_loss(positions[watched], logs)

        fitting, watched = inner_part(labels, strata=classes, share=WATCHED_SHARE, seed=seed, what=self.name)
        task = Task(
            vectors,
            positions,
            objective="multiclass",
            threads=self.threads,
            seed=seed,
            classes=len(self.seen_),
        )
        best = search_rounds(task, fitting, watched, score)
        if best.at_limit:
            self.notes.append(f"the boosting still got better when it reached {best.rounds} rounds")
        self.choices["rounds"] = best.rounds
        self.boosters_.append(grow(task, best.rounds))


def _error(rounds: Rounds, truth: Floats) -> float:
    """Mean absolute error on the watched rows; infinite for a booster that grew no tree."""
    return float(np.abs(rounds.watched - truth).mean()) if len(rounds.watched) else np.inf
