"""The trainings of one tuned cell: which rows learn and which watch, what is kept, and what comes out."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.data.splits import make_folds
from semascope.embedding.prompts import write_prompts
from semascope.encoders.checkpoints.weights import weight_files
from semascope.encoders.naming import source_of
from semascope.encoders.precision import processor_cores
from semascope.encoders.weight_bytes import weight_bytes
from semascope.errors import DataError
from semascope.files import replace_file
from semascope.probes.head import head_bytes
from semascope.probes.inner import inner_folds
from semascope.probes.inputs import as_columns
from semascope.probes.median_map import apply_maps, try_map
from semascope.probes.scaling import TargetScale
from semascope.probes.scoring import class_score, log_loss, number_score
from semascope.probes.tuned_head import TunedHead
from semascope.store.speeds import Speeds, device_of
from semascope.studies.heads.asking.rows import SELECTION_FOLDS
from semascope.studies.heads.computing.compute import NOTHING_READ, measure_repeats
from semascope.studies.heads.computing.fit import (
    Fitted,
    Folded,
    comparable,
    select,
    selection_folds,
)
from semascope.studies.heads.computing.kept_models import load_kept
from semascope.studies.heads.computing.speed import encoder_speed
from semascope.tuning.curves import curves_in
from semascope.tuning.keeping import kept_bytes
from semascope.tuning.losses import class_weights, loss_for
from semascope.tuning.needs import tuning_key
from semascope.words.numbers import size

if TYPE_CHECKING:
    from pathlib import Path

    from semascope.data.splits import Split
    from semascope.encoders.protocol import Encoder
    from semascope.probes.median_map import MedianMap
    from semascope.studies.heads.asking.plan import Cell
    from semascope.studies.heads.asking.prepare import Prepared
    from semascope.tuning.loop import Course, Watched
    from semascope.tuning.network import TextNetwork
    from semascope.types import Array, Floats, Ints, Progress

OF_NO_STEP = {"model", "merge", "curve"}
"""Settings of a recipe that no training depends on: which model it is, its fingerprint says, wherever it lies."""
INNER = 0
"""The fold that watches."""
_TRIED = 8  # prompts whose rows prove that the kept folder is the trained network


@dataclass(frozen=True, kw_only=True, slots=True)
class TunedFit:
    """A tuned cell, computed."""

    fitted: Fitted
    costs: dict[str, Any]
    repeats: list[dict[str, Any]]  # of the splits, where a study repeats them
    curve: list[dict[str, Any]]  # of fewer training rows, where the recipe asks for it
    training: dict[str, Any]  # what went on, for the record
    tokens: Ints  # (n,) of every row, before the cut
    encoder: Encoder  # as it was kept


class Trainer:
    """What both trainings of a cell share."""

    def __init__(self, prepared: Prepared, cell: Cell, place: Path, progress: Progress) -> None:
        self.prepared, self.rows, self.measure = prepared, prepared.rows, prepared.measure
        self.cell, self.place, self.progress = cell, place, progress
        self.recipe, self.start = prepared.tuned[cell.head]
        self.seed, self.loss = prepared.study.seed, loss_for(prepared.measure)
        self.prompts, _ = write_prompts(
            self.rows.texts, encoder=self.start.encoder, numbers=self.rows.table.rows
        )
        self.ids = self.start.tokens.ids(self.prompts)
        self.precision = self.start.encoder.precision
        self.folds = selection_folds(self.rows, seed=self.seed)
        self.runs: list[Course] = []
        self.network: TextNetwork | None = None
        self.scale: TargetScale | None = None
        self.weights: Floats | None = None
        self.learnt: Ints = np.empty(0, dtype=np.int64)
        self.maps: list[MedianMap | None] = []

    # the two trainings

    def watched(self, learns: Ints, watches: Ints, *, stage: int = 0) -> Course:
        """The network at the epoch that did best on the rows that watch."""
        from semascope.tuning.loop import Watched
        from semascope.tuning.training import answers

        network = self._network(learns)

        def watch() -> Watched:
            outputs = answers(network, [self.ids[row] for row in watches], precision=self.precision)
            return Watched(score=self._score(watches, outputs), outputs=outputs)

        return self._train(network, learns, stage=stage, epochs=self.recipe.epochs, watch=watch)

    def trained(self, learns: Ints, *, epochs: int, stage: int = 1, what: str = "all rows") -> Course:
        """A network that learnt from other rows, for as many epochs."""
        network = self._network(learns)
        return self._train(network, learns, stage=stage, epochs=epochs, watch=None, what=what)

    def meant(self, *, epochs: int) -> dict[str, Any]:
        """Plain values that decide every step, beside the rows that are learnt from."""
        return {
            "recipe": self.recipe.model_dump(mode="json", exclude=OF_NO_STEP),
            "base": self.start.encoder.fingerprint,
            "data": self.rows.digest,
            "measure": self.measure.name,
            "epochs": epochs,
            "seed": self.seed,
            "cores": processor_cores(),  # in as many parts a batch is computed, each with masks of its own
        }

    def _train(
        self,
        network: TextNetwork,
        learns: Ints,
        *,
        stage: int,
        epochs: int,
        watch: Any,
        what: str = "inner rows",
    ) -> Course:
        from semascope.tuning.loop import NotFinite
        from semascope.tuning.state import StateFile
        from semascope.tuning.training import Material, train

        name = f"stage-{stage}"
        meant = self.meant(epochs=epochs) | {"rows": len(learns)}
        material = Material(
            sequences=[self.ids[row] for row in learns],
            targets=self._targets(learns),
            loss=self.loss,
            weights=self.weights,
        )
        with curves_in(self.place / "curves" / name) as draw:
            try:
                course = train(
                    network,
                    material,
                    self.recipe,
                    stage=stage,
                    epochs=epochs,
                    seed=self.seed,
                    precision=self.precision,
                    watch=watch,
                    state=StateFile(self.place / f"{name}.safetensors", meant),
                    progress=self.progress,
                    name=f"{self.cell.head}, {what}",
                    draw=draw,
                )
            except NotFinite as error:
                raise DataError(
                    f"tuning {self.cell.head!r} failed: {error}, and no epoch before it can be kept; lower rate"
                    f" ({self.recipe.step:g}) or head_rate ({self.recipe.head_rate:g}), or ask for --precision float32"
                ) from error
        self.runs.append(course)
        Speeds(self.prepared.store.root).note(
            tuning_key(self.recipe, self.start),
            tokens=course.tokens,
            seconds=course.seconds,
            device=device_of(self.start.encoder),
        )
        return course

    def _network(self, learns: Ints) -> TextNetwork:
        """A fresh network whose head starts as the recipe says."""
        rows = self.rows
        if rows.kind == "classification":
            outputs = len(rows.classes)
            classes = rows.truth[learns, 0].astype(np.int64)
            self.weights = class_weights(classes, outputs, balance=self.recipe.balance)
        else:
            outputs = len(rows.targets)
            self.scale = TargetScale.of(rows.truth[learns], absolute=self.loss == "absolute")
        network = self.start.load(
            outputs=outputs, recipe=self.recipe, device=self.start.encoder.device, seed=self.seed
        )
        if self.recipe.init == "ridge":
            self._start_head(network, learns)
        self.network, self.learnt = network, learns
        return network

    def _start_head(self, network: TextNetwork, learns: Ints) -> None:
        """A linear model on the rows of the network as it comes."""
        from semascope.probes.logistic import LogisticHead
        from semascope.probes.ridge import RidgeHead
        from semascope.tuning.training import rows_of

        vectors = rows_of(network, [self.ids[row] for row in learns], precision=self.precision)
        components, targets = self.rows.components[learns], self._targets(learns)
        if self.rows.kind == "classification":
            model: Any = LogisticHead(n_classes=network.head.out_features)
            model.fit(vectors, targets, components=components, seed=self.seed)
            lowest = model.intercept_[np.isfinite(model.intercept_)].min() - 5.0  # a class without a row
            network.start_head(model.coef_, np.maximum(model.intercept_, lowest))
        else:
            model = RidgeHead(measure="mse")
            model.fit(vectors, targets.astype(np.float64), components=components, seed=self.seed)
            network.start_head(model.coef_, model.intercept_)

    def _targets(self, rows: Ints) -> Array:
        """What the loss is taken of."""
        truth = self.rows.truth[rows]
        if self.scale is None:
            return truth[:, 0].astype(np.int64)
        return self.scale.apply(truth).astype(np.float32)

    def _score(self, rows: Ints, outputs: Array) -> tuple[float, ...]:
        """Losses of the study's measure on some rows, compared from the left."""
        if self.scale is None:
            from scipy.special import log_softmax

            truth = self.rows.truth[rows, 0].astype(np.int64)
            found = class_score(
                truth, outputs.argmax(axis=1), measure=self.measure.name, positive=self.prepared.positive
            )
            return found, log_loss(truth, log_softmax(outputs.astype(np.float64), axis=1))
        return (number_score(self._scaled(rows), outputs.astype(np.float64), measure=self.measure.name),)

    def _scaled(self, rows: Ints) -> Floats:
        assert self.scale is not None
        return self.scale.apply(self.rows.truth[rows])

    # what comes out

    def keep(self) -> tuple[Encoder, TunedHead]:
        """The network as a folder, proved to be the one that was trained, and its head in the targets' units."""
        from safetensors.numpy import save

        from semascope.tuning.keeping import check_kept, keep_network
        from semascope.tuning.training import rows_of

        assert self.network is not None
        slopes, intercepts = (values.astype(np.float64) for values in self.network.head_values())
        if self.scale is not None:
            slopes = slopes * self.scale.deviation[:, None]
            intercepts = self.scale.undo(intercepts)
        head = TunedHead(self.rows.kind, slopes, intercepts, self.maps)
        about = {
            "base": source_of(self.start.encoder),
            "base_fingerprint": self.start.encoder.fingerprint,
            "data": self.prepared.study.data.name,
            "data_digest": self.rows.digest,
            "rows": len(self.learnt),
        }
        # Those that watched, too: they chose the epoch and the map.
        texts = [self.rows.texts[row] for row in self.rows.split.train]
        tried = self.learnt[:_TRIED]
        own = rows_of(self.network, [self.ids[row] for row in tried], precision=self.precision)
        place = self.place / "encoder"
        folder = keep_network(self.network, self.start, self.recipe, place, texts=texts, about=about)
        replace_file(self.place / "head.safetensors", save(head.state()[0]))
        kept = load_kept(self.prepared, self.cell, folder)
        check_kept(kept, [self.prompts[row] for row in tried], own)
        return kept, head

    def finished(
        self, first: Course, folded: Folded, kept: Encoder, head: TunedHead, *, fit_seconds: float
    ) -> TunedFit:
        """Predictions of the held-out rows by what was kept, and what the cell cost."""
        rows, test = self.rows, self.rows.split.test
        began = time.perf_counter()
        vectors = kept.encode([self.prompts[row] for row in test])
        encode_seconds = time.perf_counter() - began
        selection, ranking = select(folded, rows, self.measure)
        fitted = Fitted(
            predictions=as_columns(head.predict(vectors)),
            unmapped=as_columns(head.predict_unmapped(vectors)),
            probabilities=head.predict_proba(vectors) if rows.kind == "classification" else None,
            folded=folded,
            selection=selection,
            ranking=ranking,
            fit_seconds=fit_seconds,
            predict_seconds=time.perf_counter() - began - encode_seconds,
            choices=self._choices(first),
            notes=self._notes(first),
            head_bytes=head_bytes(head),
        )
        lengths = kept.lengths(self.prompts)
        # Its network is that of the model that it was tuned from, and so is its price: two timings of one thing would differ by
        # what else the machine did.
        rate = encoder_speed(self.prepared, self.start.encoder, "", progress=self.progress)
        seconds = float(lengths.encoded.mean()) / rate if rate else encode_seconds / max(1, len(test))
        costs = {
            "dim": kept.dim,
            "fit_seconds": fit_seconds,
            "predict_seconds_per_1000": 1000 * fitted.predict_seconds / max(1, len(test)),
            "encode_seconds_per_1000": 1000 * seconds,
            "encoded_on": device_of(self.start.encoder),
            "memory_bytes": fitted.head_bytes + weight_bytes(kept),
            **NOTHING_READ,
            "tokens": int(lengths.tokens.sum()),
            "truncated_rows": int((lengths.lost > 0).sum()),
            "tokens_lost_share": float(lengths.lost.sum() / max(1, lengths.tokens.sum())),
        }
        return TunedFit(
            fitted=fitted,
            costs=costs,
            repeats=[],
            curve=[],
            training=self._training(),
            tokens=lengths.tokens,
            encoder=kept,
        )

    def repeats(self, fitted: Fitted) -> list[dict[str, Any]]:
        """The measure on every repeated split: each chooses its epochs and its maps, and learns, on its own training rows."""
        from semascope.tuning.training import answers

        def predict(split: Split, repeat: int) -> Array:
            training = self.rows.truth[split.train]
            if repeat == 0:  # the study's own
                return comparable(fitted.predictions, fitted.unmapped, training, self.measure)
            folds = self._folds(split.train, seed=self.seed + repeat)
            watches = split.train[folds == INNER]
            first = self.watched(split.train[folds != INNER], watches, stage=2 * repeat)
            maps = self._maps(watches, self.in_units(first.outputs[first.best_epoch - 1]))
            if self.recipe.refit:
                self.trained(split.train, epochs=first.best_epoch, stage=2 * repeat + 1)
            assert self.network is not None
            outputs = answers(self.network, [self.ids[row] for row in split.test], precision=self.precision)
            found = self.in_units(outputs)
            return comparable(apply_maps(maps, found), found, training, self.measure)

        return measure_repeats(self.prepared, predict)

    def _folds(self, train: Ints, *, seed: int) -> Ints:
        strata = self.rows.strata[train] if self.rows.strata is not None else None
        return make_folds(self.rows.components[train], strata=strata, folds=SELECTION_FOLDS, seed=seed)

    def drop(self, stage: int) -> None:
        """What came out of a training is kept elsewhere."""
        (self.place / f"stage-{stage}.safetensors").unlink(missing_ok=True)

    def clear(self) -> None:
        """Nothing is left to go on with."""
        for file in self.place.glob("stage-*.safetensors"):
            file.unlink()

    def folded(self, course: Course) -> Folded:
        """The inner rows, each half answered by the epoch, and the map to medians, that did best on the other half.

        Also keeps the maps of all inner rows, for the model that is handed over.
        """
        rows, train = self.rows, self.rows.split.train
        inner = np.flatnonzero(self.folds == INNER)
        strata = rows.strata[train[inner]] if rows.strata is not None else None
        half = make_folds(rows.components[train[inner]], strata=strata, folds=2, seed=self.seed)
        found = np.full((len(train), len(rows.targets)), np.nan)
        unmapped = found.copy()
        for one in (0, 1):
            mine, others = half == one, half != one
            scores = [self._score(train[inner[others]], outputs[others]) for outputs in course.outputs]
            outputs = course.outputs[min(range(len(scores)), key=lambda epoch: scores[epoch])]
            maps = self._maps(train[inner[others]], self.in_units(outputs[others]))
            unmapped[inner[mine]] = self.in_units(outputs[mine])
            found[inner[mine]] = apply_maps(maps, unmapped[inner[mine]])
        self.maps = self._maps(train[inner], self.in_units(course.outputs[course.best_epoch - 1]))
        return Folded(predictions=found, unmapped=unmapped, fold=self.folds)

    def _maps(self, chosen: Ints, predicted: Array) -> list[MedianMap | None]:
        """A map to medians for each target that rows are better predicted with which it was not fitted on, as heads have one."""
        maps: list[MedianMap | None] = [None] * len(self.rows.targets)
        if self.loss != "absolute":
            return maps
        truth, labels = self.rows.truth[chosen], self.rows.components[chosen]
        for place in range(len(maps)):
            have = np.isfinite(truth[:, place])
            if len(np.unique(labels[have])) < 2:
                continue
            folds = inner_folds(labels[have], strata=None, folds=5, seed=self.seed, what=self.cell.head)
            trial = try_map(
                predicted[have, place], truth[have, place], folds=folds.of_row, components=labels[have]
            )
            if trial.kept:
                maps[place] = trial.map
        return maps

    def in_units(self, outputs: Array) -> Array:
        """Answers of the network in the unit of the targets, or the classes that they mean."""
        if self.scale is None:
            classes: Array = outputs.argmax(axis=1)[:, None]
            return classes
        return self.scale.undo(outputs.astype(np.float64))

    def _choices(self, first: Course) -> dict[str, Any]:
        return {
            "epochs": first.best_epoch,
            "trained": f"adapters of rank {self.recipe.lora}"
            if self.recipe.lora
            else "all weights" + ("" if self.recipe.words else " but the table of token vectors"),
            "rate": self.recipe.step,
            "loss": self.loss,
            "class_weights": "balanced" if self.recipe.balance else "none",
            "tokens": self.start.checkpoint.max_tokens,
            **self._kept(),
            "median_map": [name for name, each in zip(self.rows.targets, self.maps, strict=True) if each],
            "rows": len(self.learnt),
        }

    def _kept(self) -> dict[str, str]:
        """How large the adapter is that is kept alone, and what it goes into."""
        if not self.recipe.keeps_adapter:
            return {}
        base = sum(file.stat().st_size for file in weight_files(self.start.checkpoint.transformer))
        alone = size(kept_bytes(self.place / "encoder"))
        return {"kept": f"the adapter alone, {alone}; the network that it goes into has {size(base)}"}

    def _notes(self, first: Course) -> list[str]:
        notes = [f"{self.cell.head}: {run.stopped}" for run in self.runs if run.stopped]
        if first.best_epoch == self.recipe.epochs and not first.stopped:
            notes.append(
                f"{self.cell.head}: the last epoch did best on the inner rows; more epochs may do better (epochs={2 * self.recipe.epochs})"
            )
        return notes

    def _training(self) -> dict[str, Any]:
        steps, seconds = sum(run.steps for run in self.runs), sum(run.seconds for run in self.runs)
        return {
            "scores": [list(score) for score in self.runs[0].scores],
            "losses": [run.losses for run in self.runs],
            "steps": steps,
            "seconds_a_step": seconds / steps if steps else math.nan,
            "tokens_a_second": sum(run.tokens for run in self.runs) / seconds if seconds else math.nan,
        }
