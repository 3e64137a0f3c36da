"""A logistic probe of every space: how well a line through it tells the labels of rows that it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semascope.geometry.measured import Measured
from semascope.stats.intervals import estimate
from semascope.stats.measures import get_measure
from semascope.stats.results import Estimate
from semascope.stats.verdict import judge
from semascope.studies.geometry.judging.probed import Probed
from semascope.studies.geometry.judging.sides import check_rows, split_labels
from semascope.types import Step, silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semascope.studies.geometry.judging.sides import LabelSides
    from semascope.types import Ints, Progress, Vectors


def judge_probes(
    spaces: Mapping[str, Vectors],
    codes: Ints,
    names: Sequence[str],
    *,
    label: str,
    components: Ints,
    test_size: float = 0.3,
    margin: float | None = None,
    seed: int = 42,
    progress: Progress = silent,
) -> Probed:
    """The accuracy of a probe in every space on the same held-out rows, and its verdict against the first space's.

    Parameters
    ----------
    spaces
        (n, d) rows of unit length by space; the first is what the others are held against.
    codes
        (n,) label of each row, -1 for none: such a row takes no part.
    names
        (l,) of the labels.
    label
        Name of the column, for the words.
    components
        (n,) rows that stay on one side and count as one in the verdict: copies, groups (``sides.rows_together``).
    margin
        What counts as equal, a difference of accuracies; None: 0.02, less near 0 and 1.

    Returns
    -------
    Probed
        With a reason instead of numbers where labels cannot be split (one alone, too few rows).

    Notes
    -----
    One split, so the verdict is about these probes: with other training rows of the same sort it can be another one. A
    constant space gives a probe that always says the most frequent label.
    """
    check_rows(codes, spaces)
    sides = split_labels(codes, names, components, label=label, test_size=test_size, seed=seed)
    if sides.reason:
        return Probed(
            label=label,
            trained_on=0,
            held_out=0,
            labels=sides.labels,
            accuracies={},
            family=None,
            notes=sides.notes,
            reason=sides.reason,
        )
    predictions = {}
    for place, (name, vectors) in enumerate(spaces.items()):
        predictions[name] = probe_predictions(vectors, codes, sides, seed=seed)
        progress(Step(stage="fitting probes", done=place + 1, total=len(spaces), unit="spaces"))
    accuracy = get_measure("accuracy", "classification")
    truth = codes[sides.test]
    note = sides.trained_note()
    return Probed(
        label=label,
        trained_on=len(sides.probed(codes, seed=seed)),
        held_out=len(sides.test),
        labels=sides.labels,
        accuracies={
            name: Measured(
                name="probe accuracy",
                estimate=estimate(truth, predicted, measure=accuracy, groups=sides.units),
                floor=hits_by_chance(truth, predicted),
                null="shuffled labels",
                note=note,
            )
            for name, predicted in predictions.items()
        },
        family=judge(
            truth,
            predictions,
            baseline=next(iter(spaces)),
            measure=accuracy,
            margin=margin,
            groups=sides.units,
            seed=seed,
        ),
        notes=(*sides.notes, *filter(None, [note])),
    )


def probe_predictions(vectors: Vectors, codes: Ints, sides: LabelSides, *, seed: int) -> Ints:
    """(k,) labels of the held-out rows by a logistic head that is fitted on the training rows alone."""
    from semascope.probes.logistic import LogisticHead

    rows = sides.probed(codes, seed=seed)
    seen, targets = np.unique(codes[rows], return_inverse=True)
    head = LogisticHead(n_classes=len(seen))
    head.fit(vectors[rows], targets, components=sides.components[rows], seed=seed)
    predicted: Ints = seen[head.predict(vectors[sides.test])]
    return predicted


def hits_by_chance(truth: Ints, predicted: Ints) -> Estimate:
    """The share that these predictions hit when the held-out labels are shuffled, and the range of 95 % of shuffles.

    Notes
    -----
    Closed form: over all permutations the mean is the sum of the products of the shares of each label in truth and
    prediction, and the variance that of Hoeffding's combinatorial sum (Annals of Mathematical Statistics 22, 1951). Range:
    1.96 standard deviations. Agrees with permutations: ``tests/unit/studies/geometry/judging/test_probe.py``.

    Examples
    --------
    >>> found = hits_by_chance(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]))
    >>> found.value  # 1/2 * 1/4 + 1/2 * 3/4
    0.5
    """
    m = len(truth)
    labels = int(max(truth.max(), predicted.max())) + 1
    own, said = (np.bincount(values, minlength=labels) / m for values in (truth, predicted))
    mean = float(own @ said)
    # d_ij = [y_j = s_i] - own[s_i] - said[y_j] + mean, whose squares are summed over all pairs of rows
    squares = m**2 * (mean - float(said @ own**2) - float(own @ said**2) + mean**2)
    deviation = (max(squares, 0.0) / max(m - 1, 1)) ** 0.5 / m
    return Estimate(
        value=mean,
        low=max(mean - 1.96 * deviation, 0.0),
        high=min(mean + 1.96 * deviation, 1.0),
        n=m,
        method="all permutations, in closed form",
    )
