from typing import ClassVar

import numpy as np
import pytest

from semascope.errors import DataError
from semascope.probes.baseline import MeanHead
from semascope.probes.evaluate import out_of_fold


class Spy(MeanHead):
    """A mean head that writes down what it was fitted on: vectors hold the row number."""

    seen: ClassVar[list[set[int]]] = []

    def fit(self, vectors, targets, *, components=None, seed=42):
        Spy.seen.append(set(vectors[:, 0].astype(int).tolist()))
        self.components_given = components
        return super().fit(vectors, targets, components=components, seed=seed)

    def predict(self, vectors):
        assert not Spy.seen[-1] & set(vectors[:, 0].astype(int).tolist())
        return super().predict(vectors)


def test_no_row_is_predicted_by_a_head_that_saw_it_and_rows_come_back_in_order() -> None:
    Spy.seen = []
    rows = np.arange(12, dtype=np.float32)[:, None]
    targets = np.arange(12.0)[:, None]
    predicted, ranking, fold = out_of_fold(Spy, rows, targets, components=None, strata=None, folds=3, seed=1)
    assert [len(seen) for seen in Spy.seen] == [8, 8, 8]
    np.testing.assert_array_equal(predicted, ranking)
    assert [sorted(np.flatnonzero(fold != one)) for one in range(3)] == [sorted(seen) for seen in Spy.seen]
    for row in range(12):  # the mean of all targets outside the row's fold
        outside = next(seen for seen in Spy.seen if row not in seen)
        assert predicted[row, 0] == pytest.approx(np.mean(sorted(outside)))


def test_components_stay_in_one_fold() -> None:
    Spy.seen = []
    rows = np.arange(12, dtype=np.float32)[:, None]
    components = np.repeat(np.arange(4), 3)
    out_of_fold(Spy, rows, rows.astype(float), components=components, strata=None, folds=2, seed=1)
    for seen in Spy.seen:
        assert len(seen) == 3 * len({components[row] for row in seen})


def test_class_indices_stay_integers() -> None:
    from semascope.probes.baseline import MajorityHead

    rows = np.zeros((9, 1), dtype=np.float32)
    classes = np.array([0, 1, 1] * 3)
    got, _, _ = out_of_fold(MajorityHead, rows, classes, components=None, strata=classes, folds=3, seed=1)
    assert got.dtype == np.int64
    np.testing.assert_array_equal(got, np.ones(9))


def test_fewer_components_than_folds_is_an_error() -> None:
    with pytest.raises(DataError, match="2 components"):
        out_of_fold(
            MeanHead,
            np.zeros((4, 1), dtype=np.float32),
            np.zeros((4, 1)),
            components=np.array([0, 0, 1, 1]),
            strata=None,
            folds=3,
            seed=1,
        )
