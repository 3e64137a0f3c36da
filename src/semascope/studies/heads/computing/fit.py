"""One cell's work on vectors, or on texts: chosen on training rows, fitted on them, applied to the held-out ones."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from semascope.data.splits import make_folds
from semascope.probes.evaluate import out_of_fold
from semascope.probes.head import head_bytes, predict_both
from semascope.probes.inputs import as_columns
from semascope.probes.threads import calm_threads
from semascope.stats.measures import get_measure
from semascope.studies.heads.asking.rows import SELECTION_FOLDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.data.splits import Split
    from semascope.probes.head import Head
    from semascope.stats.measure import RowMeasure
    from semascope.studies.heads.asking.rows import Rows
    from semascope.types import Array, Floats, Ints, Mask

HeadFactory: TypeAlias = Callable[[], "Head"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Folded:
    """The n training rows as heads predict them that did not see them; NaN where none did. The folds are those of every cell."""

    predictions: Array  # (n, t) unclipped; class index for a classification
    unmapped: Array  # (n, t) what ranks
    fold: Ints  # (n,)

    @property
    def answered(self) -> Mask:
        """(n,) rows that were predicted: all of them, or those of one fold."""
        return np.asarray(np.isfinite(self.predictions).any(axis=1), dtype=np.bool_)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitted:
    """What one cell gave. m held-out rows, t targets."""

    predictions: Array  # (m, t) unclipped; class index for a classification
    unmapped: Array  # (m, t) what ranks: the predictions before a map that makes ties
    probabilities: Floats | None  # (m, c)
    folded: Folded
    selection: Mapping[str, float]  # measure per target, out of fold on the judged training rows
    ranking: Mapping[str, float]  # Spearman's correlation likewise; empty for a classification
    fit_seconds: float
    predict_seconds: float  # for all held-out rows
    choices: Mapping[str, Any]
    notes: Sequence[str]
    head_bytes: float = math.nan  # of what the fitted head knows; NaN where there is none


def fit_cell(vectors: Array, rows: Rows, *, factory: HeadFactory, measure: RowMeasure, seed: int) -> Fitted:
    """Rank on training rows, fit on training rows, predict the held-out rows once.

    Parameters
    ----------
    vectors
        (n, d), one row per row of the study; (n,) texts for a head that reads them.
    factory
        Makes a fresh head.
    """
    train, test = rows.split.train, rows.split.test
    folded = fold_cell(vectors, rows, factory=factory, seed=seed)
    selection, ranking = select(folded, rows, measure)
    head, fit_seconds = _fit(vectors, _learnable(rows), rows, train, factory=factory, seed=seed)
    began = time.perf_counter()
    predictions, unmapped = map(as_columns, predict_both(head, vectors[test]))
    predict_seconds = time.perf_counter() - began
    return Fitted(
        predictions=predictions,
        unmapped=unmapped,
        probabilities=head.predict_proba(vectors[test]) if rows.kind == "classification" else None,
        folded=folded,
        selection=selection,
        ranking=ranking,
        fit_seconds=fit_seconds,
        predict_seconds=predict_seconds,
        choices=head.choices,
        notes=tuple(head.notes),
        head_bytes=head_bytes(head),
    )


def selection_folds(rows: Rows, *, seed: int) -> Ints:
    """(n,) the fold of each training row, the same for every cell of a study."""
    train = rows.split.train
    strata = rows.strata[train] if rows.strata is not None else None
    return make_folds(rows.components[train], strata=strata, folds=SELECTION_FOLDS, seed=seed)


def fold_cell(
    vectors: Array, rows: Rows, *, factory: HeadFactory, seed: int, from_next: bool = False
) -> Folded:
    """Every training row as a head on the other folds predicts it, or one on the next fold alone, which is half as much.

    The arguments are those of ``fit_cell``.
    """
    train = rows.split.train
    components = rows.components[train]
    strata = rows.strata[train] if rows.strata is not None else None
    with calm_threads(len(train) * _width(vectors)):
        predictions, unmapped, fold = out_of_fold(
            factory,
            vectors[train],
            _learnable(rows)[train],
            components=components,
            strata=strata,
            folds=SELECTION_FOLDS,
            seed=seed,
            from_next=from_next,
        )
    return Folded(
        predictions=as_columns(predictions),
        unmapped=as_columns(unmapped),
        fold=fold,
    )


def select(
    folded: Folded, rows: Rows, measure: RowMeasure, *, among: Mask | None = None
) -> tuple[dict[str, float], dict[str, float]]:
    """The measure per target out of fold on the judged training rows, and Spearman's correlation likewise.

    ``among`` is (n,) training rows to look at alone; None: all that the cell predicted.
    """
    among = folded.answered if among is None else among
    ranked = (
        _selected(folded, rows, get_measure("spearman", rows.kind), among)
        if rows.kind == "regression"
        else {}
    )
    return _selected(folded, rows, measure, among), ranked


def selecting_parts(folded: Folded, rows: Rows, measure: RowMeasure, among: Mask) -> list[Mask]:
    """(n,) the judged training rows ``among`` some that a cell is chosen by, whole or in the parts whose measures are averaged.

    A correlation is the mean over the folds: over all rows at once it would also see how the folds' heads differ in
    level, and a constant, which ranks nothing, would have one.
    """
    judged: Mask = rows.judged[rows.split.train] & among
    if not measure.ranks:
        return [judged]
    return [judged & (folded.fold == fold) for fold in range(SELECTION_FOLDS)]


def selecting_shares(parts: Sequence[Mask], rows: Rows, measure: RowMeasure) -> Floats:
    """(p, t) what each of the parts counts for in a target's number; each column adds up to 1, or is 0.

    Parts count alike, but for those where all values of the target are the same: no cell has a correlation there, and one
    such fold would leave every cell without a number.
    """
    if not measure.ranks:
        return np.ones((len(parts), len(rows.targets)))
    known = rows.truth[rows.split.train]
    varies = np.array([[_varies(column) for column in known[part].T] for part in parts], dtype=np.float64)
    return np.asarray(varies / np.maximum(varies.sum(axis=0), 1.0))


def _varies(column: Floats) -> bool:
    return len(np.unique(column[np.isfinite(column)])) > 1


def selecting(folded: Folded, rows: Rows, measure: RowMeasure) -> Array:
    """(n, t) the training rows' predictions as the measure that chooses sees them."""
    return comparable(folded.predictions, folded.unmapped, rows.truth[rows.split.train], measure)


def _selected(folded: Folded, rows: Rows, measure: RowMeasure, among: Mask) -> dict[str, float]:
    known, seen = rows.truth[rows.split.train], selecting(folded, rows, measure)
    parts = selecting_parts(folded, rows, measure, among)
    values = [measure_targets(known[part], seen[part], rows, measure=measure) for part in parts]
    shares = selecting_shares(parts, rows, measure)
    return {
        name: _weighted([value[name] for value in values], shares[:, place])
        for place, name in enumerate(rows.targets)
    }


def _weighted(values: Sequence[float], shares: Floats) -> float:
    """The sum of the values by their shares; NaN where none counts."""
    counts = np.flatnonzero(shares)
    return float(np.array(values)[counts] @ shares[counts]) if len(counts) else math.nan


def predict_repeat(
    vectors: Array, rows: Rows, split: Split, *, factory: HeadFactory, measure: RowMeasure, seed: int
) -> Array:
    """(m, t) predictions of the held-out rows of another split, as the measure sees them."""
    head, _ = _fit(vectors, _learnable(rows), rows, split.train, factory=factory, seed=seed)
    predictions, unmapped = map(as_columns, predict_both(head, vectors[split.test]))
    return comparable(predictions, unmapped, rows.truth[split.train], measure)


def fit_all(vectors: Array, rows: Rows, *, factory: HeadFactory, seed: int) -> Head:
    """The head fitted on every row, to be handed over."""
    return _fit(vectors, _learnable(rows), rows, np.arange(len(rows)), factory=factory, seed=seed)[0]


def measure_targets(
    truth: Floats, predictions: Array, rows: Rows, *, measure: RowMeasure
) -> dict[str, float]:
    """The measure of each target over the rows that have it."""
    found = {}
    for place, name in enumerate(rows.targets):
        known = np.isfinite(truth[:, place])
        found[name] = float(measure.of(truth[known, place], predictions[known, place]))
    return found


def comparable(predictions: Array, unmapped: Array, training: Floats, measure: RowMeasure) -> Array:
    """Predictions as the measure should see them.

    Errors are taken after clipping to the range of the training labels, (n, t); ranks are those of the unmapped
    predictions, neither clipped nor mapped, because both make ties; classes are left alone.
    """
    if measure.ranks:
        return unmapped
    if measure.kind == "classification":
        return predictions
    return np.clip(predictions, np.nanmin(training, axis=0), np.nanmax(training, axis=0))


def _fit(
    vectors: Array, truth: Array, rows: Rows, chosen: Ints, *, factory: HeadFactory, seed: int
) -> tuple[Head, float]:
    began = time.perf_counter()
    with calm_threads(len(chosen) * _width(vectors)):
        head = factory().fit(vectors[chosen], truth[chosen], components=rows.components[chosen], seed=seed)
    return head, time.perf_counter() - began


def _learnable(rows: Rows) -> Array:
    """Targets in the shape that heads take: (n, t) floats, or (n,) class indices."""
    return rows.truth[:, 0].astype(np.int64) if rows.kind == "classification" else rows.truth


def _width(vectors: Array) -> int:
    """Numbers in a row; 1 for texts, which BLAS does not see."""
    return math.prod(vectors.shape[1:])
