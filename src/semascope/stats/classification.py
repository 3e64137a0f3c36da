"""The measures of a classification: what each sums over rows, and how the sums become the measure.

Truth and predictions are class indices, 0 or more. Letters: c cells, m rows, k parts, classes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from semascope.stats.measure import RowMeasure
from semascope.stats.regression import mean_of

if TYPE_CHECKING:
    from semascope.types import Array, Floats, Mask


def hit_parts(truth: Array, predictions: Array) -> Floats:
    """(c, m, 2): one, 1 where the prediction is right."""
    hit = (predictions == truth).astype(np.float64)
    return np.stack([np.ones_like(hit), hit], axis=-1)


def class_parts(truth: Array, predictions: Array) -> Floats:
    """(c, m, 3 * classes): per class whether the row is a hit of it, predicted as it, truly of it."""
    classes = int(max(truth.max(initial=0), predictions.max(initial=0))) + 1
    one_hot = np.eye(classes, dtype=np.float32)
    of_truth = np.broadcast_to(one_hot[truth.astype(np.int64)], (*predictions.shape, classes))
    of_prediction = one_hot[predictions.astype(np.int64)]
    return np.concatenate([of_truth * of_prediction, of_prediction, of_truth], axis=-1)


def positive_parts(truth: Array, predictions: Array, positive: int | None) -> Floats:
    """(c, m, 3): whether the row is a hit of the positive class, predicted as it, truly of it."""
    of_truth = np.broadcast_to(truth == positive, predictions.shape)
    of_prediction = predictions == positive
    return np.stack([of_truth & of_prediction, of_prediction, of_truth], axis=-1).astype(np.float64)


def largest_move(sums: Floats) -> float:
    """The most that another answer to one row can move the mean F1 over classes, or that of one class, to first order.

    Parameters
    ----------
    sums
        (3 * classes,) as ``class_parts`` or ``positive_parts`` add up to. Another answer is one less of one class, and one
        more of another: where there is one class alone it is either.

    Examples
    --------
    >>> round(largest_move(np.array([50.0, 50, 50, 50, 50, 50])), 3)  # two classes of 50 rows, all right: about 1 / 100
    0.01
    """
    hits, predicted, actual = sums.reshape(3, -1)
    value = np.nan_to_num(_f1(hits, predicted, actual))
    misses, wrong = (
        actual > hits,
        predicted > hits,
    )  # rows of the class that were missed, and others that were taken for it

    def most(change: int, hit: int, possible: Mask) -> float:
        moved = np.nan_to_num(_f1(hits + hit, predicted + change, actual))
        return float(np.max(np.abs(moved - value), where=possible, initial=0.0))

    lost, won = most(-1, -1, hits > 0), most(1, 1, misses)
    falsely, no_more = most(1, 0, actual > 0), most(-1, 0, wrong)
    classes = int((predicted + actual > 0).sum())
    if len(hits) == 1:
        return max(lost, won, falsely, no_more)
    return max(lost + falsely, won + no_more, falsely + no_more) / max(classes, 1)


def macro_f1_of(sums: Floats) -> Floats:
    """Mean F1 over the classes that occur in the truth or in the prediction; NaN when none does."""
    f1 = _f1(*np.moveaxis(sums.reshape(*sums.shape[:-1], 3, -1), -2, 0))
    occurs = ~np.isnan(f1)
    count = occurs.sum(axis=-1)
    total = np.where(occurs, f1, 0.0).sum(axis=-1)
    mean: Floats = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return mean


def f1_of(sums: Floats) -> Floats:
    """F1 of the positive class; NaN when it occurs neither in the truth nor in the prediction."""
    return _f1(*np.moveaxis(sums, -1, 0))


def _f1(hits: Floats, predicted: Floats, actual: Floats) -> Floats:
    total = np.asarray(predicted + actual, dtype=np.float64)
    f1: Floats = np.divide(2.0 * hits, total, out=np.full(total.shape, np.nan), where=total > 0)
    return f1


def _share(name: str, short: str, long: str, **more: Any) -> RowMeasure:
    return RowMeasure(
        name=name,
        short=short,
        long=long,
        kind="classification",
        lower_is_better=False,
        ends=(0.0, 1.0),
        **more,
    )


MEASURES: tuple[RowMeasure, ...] = (
    _share("accuracy", "Accuracy", "accuracy", is_mean=True, of_hits=True, parts=hit_parts, combine=mean_of),
    _share(
        "macro_f1",
        "Macro F1",
        "macro F1",
        is_mean=False,
        by_class=True,
        parts=class_parts,
        combine=macro_f1_of,
    ),
)
"""The default one first; F1 exists once for every class."""


def f1(positive: int | None) -> RowMeasure:
    """F1 of the class of that index; None for its words alone."""
    return _share(
        "f1",
        "F1",
        "F1 of the positive class",
        is_mean=False,
        by_class=True,
        positive=positive,
        parts=partial(positive_parts, positive=positive),
        combine=f1_of,
    )
