"""A small multi-layer perceptron with early stopping, in numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator

from semascope.errors import ConfigError
from semascope.probes.inner import inner_folds, inner_part
from semascope.probes.inputs import (
    blocks,
    check_classes,
    check_components,
    check_targets,
    check_vectors,
    names_of,
    present_rows,
)
from semascope.probes.median_map import apply_maps, maps_from_arrays, maps_to_arrays, try_map
from semascope.probes.mlp_core import Loss, Network
from semascope.probes.mlp_train import Recipe, train_for, train_watched
from semascope.probes.scaling import TargetScale, VectorScale
from semascope.probes.scoring import class_score, log_loss, number_score
from semascope.probes.softmax_core import seen_only, spread_over
from semascope.stats.measures import get_measure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from semascope.probes.median_map import MedianMap
    from semascope.types import Array, Floats, Ints, Kind, Vectors

WATCHED_SHARE = 0.13


class MLPHead(BaseEstimator):  # type: ignore[misc]
    """Two hidden ReLU layers with dropout on vectors, trained with AdamW and stopped early by the reported measure.

    Parameters
    ----------
    kind
        What it predicts.
    measure
        Measure by which the best epoch is chosen. Under ``mae`` the absolute error is trained, and predictions pass through a
        map to medians (``median_map.py``) where that lowers the watched rows' error; else the squared one is trained.
    hidden
        Widths of the hidden layers.
    target_names
        Names of the t targets of a regression, for messages; empty numbers them.
    n_classes
        c of a classification; None takes the largest class index seen in ``fit``.
    positive
        Class index that the measure ``f1`` speaks about.
    median_map
        Whether a map to medians is tried at all.

    Attributes
    ----------
    network_
        The network fitted on all rows.
    choices
        ``epochs``: the best one on the watched rows, for which all rows were then trained; under ``mae``, by target where a
        map is kept, ``median_map``: the watched rows' error ``with`` it and ``without``.
    maps_
        Of a regression, one a target: a map, or None.

    Notes
    -----
    13 % of the rows, in whole components, are watched; after 10 epochs without a better measure on them (ties: a
    lower loss) training stops, and is done again from the same seed on all rows for the best number of epochs.
    Vectors are centred and divided by one number; targets are standardised or, under ``mae``, counted from their median in
    mean distances from it, so that training starts at the best constant and every target weighs by what that constant
    leaves. A map is fitted to the watched rows, judged on folds of them that it was not fitted on, and kept where it is
    better by more than a standard error. One network serves all targets, and a missing target adds nothing to the loss. Gradients agree with torch: ``tests/reference/test_probes_mlp.py``.
    """

    name = "mlp"

    def __init__(
        self,
        *,
        kind: Kind = "regression",
        measure: str = "mae",
        hidden: tuple[int, ...] = (256, 128),
        target_names: tuple[str, ...] = (),
        n_classes: int | None = None,
        positive: int | None = None,
        median_map: bool = True,
    ) -> None:
        self.kind = kind
        self.measure = measure
        self.hidden = hidden
        self.target_names = target_names
        self.n_classes = n_classes
        self.positive = positive
        self.median_map = median_map

    def fit(
        self, vectors: Vectors, targets: Array, *, components: Ints | None = None, seed: int = 42
    ) -> Self:
        """The head itself, fitted; see ``Head.fit``."""
        vectors = check_vectors(vectors)
        labels = check_components(components, len(vectors))
        self.choices: dict[str, Any] = {}
        self.notes: list[str] = []
        self.maps_: list[MedianMap | None] = []
        self.vector_scale_ = VectorScale.of(vectors)
        rows = self.vector_scale_.apply(vectors)
        if self.kind == "regression":
            self._fit_numbers(rows, targets, labels, seed)
        else:
            self._fit_classes(rows, targets, labels, seed)
        return self

    def predict(self, vectors: Vectors) -> Array:
        """(n, t) numbers, not clipped to any range, or (n,) class indices."""
        if self.kind == "classification":
            return self.predict_proba(vectors).argmax(axis=1)  # type: ignore[no-any-return]
        return apply_maps(self.maps_, self.predict_unmapped(vectors))

    def predict_unmapped(self, vectors: Vectors) -> Array:
        """(n, t) what the network gives: what ranks, because a map makes ties; (n,) class indices of a classification."""
        if self.kind == "classification":
            return self.predict(vectors)
        return self.target_scale_.undo(self._outputs(vectors))

    def predict_proba(self, vectors: Vectors) -> Floats:
        """(n, c) probabilities, 0 for a class that no training row has."""
        if self.kind != "classification":
            raise ConfigError("probabilities were asked of a regression; it has none; use predict")
        return spread_over(softmax(self._outputs(vectors), axis=1), self.seen_, self.width_, empty=0.0)

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """The network's numbers and the scales; see ``Head.state``."""
        arrays: dict[str, Array] = {"parameters": self.network_.flat, "vector_mean": self.vector_scale_.mean}
        if self.kind == "regression":
            arrays |= {
                "target_centre": self.target_scale_.centre,
                "target_deviation": self.target_scale_.deviation,
                **maps_to_arrays(self.maps_),
            }
        else:
            arrays |= {"seen": self.seen_}
        return arrays, {
            "params": self.get_params(),
            "choices": self.choices,
            "notes": self.notes,
            "widths": list(self.network_.widths),
            "vector_size": self.vector_scale_.size,
            "classes": self.width_ if self.kind == "classification" else None,
        }

    @classmethod
    def from_state(cls, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> Self:
        """See ``Head.from_state``."""
        params = dict(settings["params"])
        params |= {name: tuple(params[name]) for name in ("hidden", "target_names")}  # JSON has lists only
        head = cls(**params)
        head.choices, head.notes = dict(settings["choices"]), list(settings["notes"])
        head.network_ = Network(settings["widths"], np.random.default_rng(0))
        head.network_.flat[:] = arrays["parameters"]
        head.vector_scale_ = VectorScale(mean=np.asarray(arrays["vector_mean"]), size=settings["vector_size"])
        if head.kind == "regression":
            head.maps_ = maps_from_arrays(arrays, head.network_.widths[-1])
            head.target_scale_ = TargetScale(
                centre=np.asarray(
                    arrays.get("target_centre", arrays.get("target_mean"))
                ),  # its name until there were two
                deviation=np.asarray(arrays["target_deviation"]),
            )
        else:
            head.seen_, head.width_ = np.asarray(arrays["seen"]), int(settings["classes"])
        return head

    def _fit_numbers(self, rows: Vectors, targets: Array, labels: Ints, seed: int) -> None:
        values = check_targets(targets, len(rows))
        names = names_of(values.shape[1], self.target_names)
        present_rows(values, names, self.name)  # refuses a target that no row has
        kept = ~np.isnan(values).all(axis=1)
        rows, values, labels = rows[kept], values[kept], labels[kept]
        loss: Loss = "absolute" if get_measure(self.measure, self.kind).of_absolute else "squared"
        self.target_scale_ = TargetScale.of(values, absolute=loss == "absolute")
        scaled = self.target_scale_.apply(values).astype(np.float32)

        def score(network: Network, watched: Ints) -> tuple[float, ...]:
            truth, guess = (
                scaled[watched].astype(np.float64),
                network.forward(rows[watched]).astype(np.float64),
            )
            chosen = number_score(truth, guess, measure=self.measure)
            return chosen, number_score(truth, guess, measure="mse")

        network, watched = self._train(rows, scaled, labels, None, score, loss, values.shape[1], seed)
        self.maps_ = [None] * values.shape[1]
        if loss == "absolute" and self.median_map:
            self._try_maps(network, rows[watched], values[watched], labels[watched], names, seed)

    def _try_maps(
        self, network: Network, rows: Vectors, values: Floats, labels: Ints, names: tuple[str, ...], seed: int
    ) -> None:
        """Keep a map to medians for each target whose watched rows are better predicted with it."""
        predicted = self.target_scale_.undo(network.forward(rows))
        self.choices["median_map"] = {}
        for number, name in enumerate(names):
            have = ~np.isnan(values[:, number])
            if len(np.unique(labels[have])) < 2:
                continue
            folds = inner_folds(labels[have], strata=None, folds=5, seed=seed, what=f"mlp of {name!r}")
            trial = try_map(
                predicted[have, number], values[have, number], folds=folds.of_row, components=labels[have]
            )
            if trial.kept:
                self.maps_[number] = trial.map
                self.choices["median_map"][name] = {"with": trial.error, "without": trial.plain_error}

    def _fit_classes(self, rows: Vectors, targets: Array, labels: Ints, seed: int) -> None:
        classes, self.width_ = check_classes(targets, len(rows), self.n_classes)
        self.seen_, positions = seen_only(classes)
        if len(self.seen_) == 1:
            self.notes.append("every training row has the same class; it is always predicted")

        def score(network: Network, watched: Ints) -> tuple[float, ...]:
            logs = log_softmax(network.forward(rows[watched]).astype(np.float64), axis=1)
            guess = self.seen_[logs.argmax(axis=1)]
            chosen = class_score(classes[watched], guess, measure=self.measure, positive=self.positive)
            return chosen, log_loss(positions[watched], logs)

        self._train(rows, positions, labels, classes, score, "classes", len(self.seen_), seed)

    def _train(
        self,
        rows: Vectors,
        targets: Array,
        labels: Ints,
        strata: Ints | None,
        score: Callable[[Network, Ints], tuple[float, ...]],
        loss: Loss,
        outputs: int,
        seed: int,
    ) -> tuple[Network, Ints]:
        """Find the number of epochs on watched rows, then train on all rows for as long.

        Returns the network as it was when it had not seen the watched rows, and these.
        """
        recipe = Recipe(widths=(rows.shape[1], *self.hidden, outputs), loss=loss)
        fitting, watched = inner_part(labels, strata=strata, share=WATCHED_SHARE, seed=seed, what=self.name)
        trained = train_watched(
            rows[fitting], targets[fitting], lambda network: score(network, watched), recipe=recipe, seed=seed
        )
        if trained.best_epoch == recipe.most_epochs:
            self.notes.append(f"the mlp still got better when it reached {recipe.most_epochs} epochs")
        self.choices |= {"epochs": trained.best_epoch, "loss": loss, "watched_rows": len(watched)}
        self.network_ = train_for(rows, targets, epochs=trained.best_epoch, recipe=recipe, seed=seed)
        return trained.network, watched

    def _outputs(self, vectors: Vectors) -> Floats:
        vectors = check_vectors(vectors, dim=self.network_.widths[0])
        result = np.empty((len(vectors), self.network_.widths[-1]))
        for block in blocks(len(vectors)):
            result[block] = self.network_.forward(self.vector_scale_.apply(vectors[block]))
        return result
