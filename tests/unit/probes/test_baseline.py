import numpy as np
import pytest

from semascope.errors import DataError
from semascope.probes.baseline import MajorityHead, MeanHead, MedianHead

VECTORS = np.zeros((4, 2), dtype=np.float32)
NAN = float("nan")


def test_mean_and_median_leave_out_missing_targets() -> None:
    targets = np.array([[1.0, NAN], [2.0, 10.0], [9.0, 20.0], [NAN, 60.0]])
    mean = MeanHead(target_names=("a", "b")).fit(VECTORS, targets)
    np.testing.assert_array_equal(mean.predict(VECTORS[:2]), [[4.0, 30.0], [4.0, 30.0]])
    median = MedianHead().fit(VECTORS, targets)
    np.testing.assert_array_equal(median.predict(VECTORS[:1]), [[2.0, 20.0]])
    assert mean.choices == {"constant": {"a": 4.0, "b": 30.0}}


def test_majority_gives_the_shares_and_ties_go_to_the_lower_class() -> None:
    head = MajorityHead(n_classes=4).fit(VECTORS, np.array([2, 1, 2, 1]))
    np.testing.assert_array_equal(head.predict(VECTORS), [1, 1, 1, 1])
    np.testing.assert_array_equal(head.predict_proba(VECTORS[:1]), [[0.0, 0.5, 0.5, 0.0]])


def test_a_target_that_no_row_has_is_named() -> None:
    with pytest.raises(DataError, match="target 'b' is missing in every row"):
        MeanHead(target_names=("a", "b")).fit(VECTORS, np.array([[1.0, NAN]] * 4))


@pytest.mark.parametrize(
    ("vectors", "targets", "message"),
    [
        (np.zeros(4), np.zeros(4), "vectors have shape"),
        (np.array([[0.0], [NAN]]), np.zeros(2), "row 1 of the vectors is not finite"),
        (VECTORS, np.zeros(3), "targets have shape"),
        (VECTORS, np.array([0, 1, np.inf, 0]), "row 2 of the targets is infinite"),
    ],
)
def test_bad_input_is_one_clear_line(vectors, targets, message) -> None:
    with pytest.raises(DataError, match=message):
        MeanHead().fit(vectors, targets)


def test_class_indices_outside_the_range_are_refused() -> None:
    with pytest.raises(DataError, match=r"lie in 0\.\.3; they must lie in 0\.\.2"):
        MajorityHead(n_classes=3).fit(VECTORS, np.array([0, 1, 2, 3]))
    with pytest.raises(DataError, match="must be integers"):
        MajorityHead().fit(VECTORS, np.array(["a", "b", "a", "b"]))
