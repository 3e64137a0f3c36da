"""Predictions of training rows by heads that did not see them: what ranks the cells of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.data.splits import make_folds
from semascope.probes.head import predict_both
from semascope.probes.inputs import check_components

if TYPE_CHECKING:
    from collections.abc import Callable

    from semascope.probes.head import Head
    from semascope.types import Array, Ints


def out_of_fold(
    head_factory: Callable[[], Head],
    vectors: Array,
    targets: Array,
    *,
    components: Ints | None,
    strata: Ints | None,
    folds: int,
    seed: int,
    from_next: bool = False,
) -> tuple[Array, Array, Ints]:
    """Predictions of every row by a head fitted on the other folds, what ranks the rows, and the folds.

    Each of these heads chooses its penalty, its epochs or its rounds by splits inside its own rows, so the rows that
    are predicted here serve neither early stopping nor any other choice.

    Parameters
    ----------
    head_factory
        Makes a fresh head; called once a fold.
    vectors, targets
        As in ``Head.fit``.
    components
        (n,) labels; rows of one component share a fold. None means that every row is its own.
    strata
        (n,) class indices whose shares every fold keeps, or None.
    folds
        2 or more.
    from_next
        Whether a head learns from the fold behind the predicted one alone: what the same rows reach from fewer.

    Returns
    -------
    tuple
        Twice (n, t) numbers or (n,) class indices, as from ``predict_both``, and (n,) the fold of each row.

    Raises
    ------
    DataError
        With fewer components than folds, or when the rows outside a fold lack a target altogether.
    """
    labels = check_components(components, len(vectors))
    fold_of = make_folds(labels, strata=strata, folds=folds, seed=seed)
    pieces: list[tuple[Array, Array]] = []
    order: list[Ints] = []
    for fold in range(folds):
        held = np.flatnonzero(fold_of == fold)
        others = np.flatnonzero(fold_of == (fold + 1) % folds if from_next else fold_of != fold)
        head = head_factory().fit(vectors[others], targets[others], components=labels[others], seed=seed)
        pieces.append(predict_both(head, vectors[held]))
        order.append(held)
    back = np.argsort(np.concatenate(order))
    predicted, ranking = (np.concatenate(part)[back] for part in zip(*pieces, strict=True))
    return predicted, ranking, fold_of
