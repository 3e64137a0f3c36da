import numpy as np
import pytest

from semascope.errors import ConfigError, DataError
from semascope.probes.logistic import LogisticHead
from semascope.probes.logistic_path import PATIENCE
from semascope.probes.softmax_core import Axes, Softmax, _Problem


def blobs(n: int, c: int, d: int = 6, *, spread: float = 1.0, seed: int = 0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, c, n)
    y[:c] = np.arange(c)
    return (3 * np.eye(c, d)[y] + spread * rng.standard_normal((n, d))).astype(np.float32), y


@pytest.mark.parametrize("c", [2, 4])
def test_the_gradient_is_that_of_the_loss(c) -> None:
    x, y = blobs(30, c)
    rng = np.random.default_rng(1)
    start = Softmax(slopes=rng.standard_normal((6, c)), intercepts=rng.standard_normal(c), converged=False)
    problem = _Problem(Axes.of(x.astype(np.float64)), y, 2.0, start)
    at = problem.pack(start)
    _, gradient = problem.loss(at)
    step = 1e-6
    for i in range(0, len(at), 3):
        nudge = np.zeros_like(at)
        nudge[i] = step
        slope = (problem.loss(at + nudge)[0] - problem.loss(at - nudge)[0]) / (2 * step)
        assert gradient[i] == pytest.approx(slope, abs=1e-7)


def test_separable_classes_are_told_apart_with_probabilities_that_sum_to_one() -> None:
    x, y = blobs(120, 3, spread=0.2)
    head = LogisticHead().fit(x, y)
    np.testing.assert_array_equal(head.predict(x), y)
    np.testing.assert_allclose(head.predict_proba(x).sum(axis=1), 1.0)


def test_a_class_without_training_rows_has_probability_zero() -> None:
    x, y = blobs(60, 3)
    y[y == 1] = 3  # classes 0, 2, 3 of 5
    head = LogisticHead(n_classes=5).fit(x, y)
    probabilities = head.predict_proba(x)
    assert probabilities.shape == (60, 5)
    assert (probabilities[:, [1, 4]] == 0).all()
    assert np.isfinite(probabilities).all()


def test_a_class_of_one_component_is_missing_in_one_fold_and_still_learned() -> None:
    x, y = blobs(80, 3, spread=0.3)
    rare = np.flatnonzero(y == 2)
    components = np.arange(80)
    components[rare] = rare[0]
    head = LogisticHead(n_classes=3).fit(x, y, components=components)
    assert (head.predict(x)[rare] == 2).all()


def test_one_class_only_is_always_predicted_with_a_note() -> None:
    x, _ = blobs(10, 2)
    head = LogisticHead(n_classes=3).fit(x, np.full(10, 1))
    np.testing.assert_array_equal(head.predict(x), np.ones(10))
    np.testing.assert_array_equal(head.predict_proba(x)[0], [0.0, 1.0, 0.0])
    assert "same class" in head.notes[0]


def test_the_path_ends_when_nothing_gets_better() -> None:
    x, y = blobs(150, 3, spread=3.0)
    head = LogisticHead().fit(x, y)
    tried = head.choices["tried"]
    assert len(tried) < len(head.strengths)
    assert head.choices["C"] in tried[: len(tried) - PATIENCE]


def test_the_edge_is_reported() -> None:
    x, y = blobs(60, 2, spread=0.5)
    head = LogisticHead(strengths=(1e-3, 1e-2)).fit(x, y)
    assert head.choices["edge"] == "high"  # the log loss still falls
    assert "edge of the grid" in head.notes[0]


def test_settings_are_checked() -> None:
    x, y = blobs(10, 2)
    with pytest.raises(ConfigError, match="positive and ascending"):
        LogisticHead(strengths=(1.0, 1.0)).fit(x, y)
    with pytest.raises(ConfigError, match="folds is 1"):
        LogisticHead(folds=1).fit(x, y)
    with pytest.raises(DataError, match="has 1 distinct training rows"):
        LogisticHead().fit(x, y, components=np.zeros(10, dtype=np.int64))
