"""Targets in any sensible unit give the same answer, and others are refused in one line."""

from __future__ import annotations

import math

import numpy as np
import pytest

from semascope.errors import DataError
from semascope.learner.example import check_score
from semascope.learner.ridge.errors import errors
from semascope.probes.head import make_head
from semascope.probes.magnitude import LARGEST, SMALLEST, check_magnitude


@pytest.mark.parametrize("largest", [1e-12, -1e-6, 1.0, 1e30, -1e30])
def test_what_can_be_computed_with_is_accepted(largest):
    for values in (np.array([0.0, math.nan, largest]), np.zeros(3), np.full(3, math.nan)):
        assert check_magnitude("y", values) is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            [1.0, 1.895e200],
            r"target 'y' goes up to 1\.9e200 \(row 11, counted from 0\); its largest may lie between",
        ),
        ([math.nan, -1e31], r"target 'y' goes up to 1e31 \(row 11"),
        (
            [1e-13, 1e-14],
            r"target 'y' goes up to 1e−13 \(row 10.*between 1e−12 and 1e30; write it in another unit",
        ),
    ],
)
def test_what_cannot_is_refused_with_its_row(values, said):
    with pytest.raises(DataError, match=said):
        check_magnitude("y", np.array(values), np.array([10, 11]))


def test_a_score_that_is_too_large_for_squares_is_refused():
    assert check_score(-LARGEST) == -LARGEST
    for score in (1.1 * LARGEST, 1e200, math.inf, math.nan):
        with pytest.raises(DataError, match="must be a finite number of magnitude 1e\\+30 at most"):
            check_score(score)


@pytest.mark.parametrize("unit", [SMALLEST, 1e-6, 1e15, LARGEST])
@pytest.mark.parametrize("head", ["ridge", "mlp", "boosting"])
def test_heads_answer_alike_in_any_unit(head, unit):
    if head == "boosting":
        pytest.importorskip("lightgbm")
    rng = np.random.default_rng(3)
    x = rng.normal(size=(80, 4)).astype(np.float32)
    y = np.clip(x[:, :1] + rng.normal(size=(80, 1)), -1, 1).astype(np.float64)

    def predicted(scale: float) -> np.ndarray:
        fitted = make_head(head, kind="regression", measure="mae", target_names=("y",))
        return np.asarray(fitted.fit(x, y * scale).predict(x))

    np.testing.assert_allclose(predicted(unit) / unit, predicted(1.0), rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("unit", [1e-100, 1e-13, 1.0, 1e30])
def test_r2_does_not_depend_on_the_unit(unit):
    truth, answer = np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.0, 2.5])
    # Residuals .5, 0, .5 against deviations 1, 0, 1: 1 - 0.5 / 2.
    assert errors(truth * unit, answer * unit).r2 == pytest.approx(0.75)
    assert math.isnan(errors(np.full(3, 0.1 * unit), answer * unit).r2)
