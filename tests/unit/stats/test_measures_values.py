"""Measures worked by hand, their undefined cases, their names."""

import math

import numpy as np
import pytest

from semascope.errors import ConfigError
from semascope.stats.measures import all_measures, default_measure, get_measure, measure_named


@pytest.mark.parametrize(
    ("name", "expected"),
    [("mae", 1.5), ("mse", 3.5), ("rmse", np.sqrt(3.5)), ("r2", 1 - 14 / 5), ("spearman", -0.4)],
)
def test_regression_by_hand(name, expected):
    truth, prediction = np.array([1.0, 2.0, 3.0, 4.0]), np.array([4.0, 1.0, 3.0, 2.0])  # errors 3, 1, 0, 2
    assert get_measure(name, "regression").of(truth, prediction) == pytest.approx(expected)


def test_classification_by_hand():
    truth, prediction = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0])
    values = {m.name: m.of(truth, prediction) for m in all_measures("classification", positive=1)}
    # class 0: hit 1, predicted 2, true 2 -> 0.5; class 1: hits 2, predicted 3, true 3 -> 2/3
    assert values == pytest.approx({"accuracy": 0.6, "macro_f1": (0.5 + 2 / 3) / 2, "f1": 2 / 3})


@pytest.mark.parametrize("name", ["r2", "spearman", "pearson"])
def test_a_constant_truth_leaves_agreement_undefined(name):
    constant = np.full(7, 0.1)
    assert np.isnan(get_measure(name, "regression").of(constant, np.arange(7.0)))


@pytest.mark.parametrize("name", ["spearman", "pearson"])
def test_a_constant_prediction_leaves_a_correlation_undefined(name):
    assert np.isnan(get_measure(name, "regression").of(np.arange(7.0), np.full(7, 1 / 3)))


def test_no_rows_leave_every_measure_undefined():
    for kind in ("regression", "classification"):
        for measure in all_measures(kind, positive=1):
            assert np.isnan(measure.of(np.zeros(0), np.zeros(0)))


def test_f1_of_a_class_that_occurs_nowhere_is_undefined():
    assert np.isnan(get_measure("f1", "classification", positive=2).of(np.array([0, 1]), np.array([1, 0])))


def test_losses_are_what_the_mean_is_of():
    truth, prediction = np.array([1.0, 5.0]), np.array([2.0, 1.0])
    assert get_measure("mae", "regression").losses(truth, prediction).tolist() == [1.0, 4.0]
    assert get_measure("mse", "regression").losses(truth, prediction).tolist() == [1.0, 16.0]
    assert get_measure("accuracy", "classification").losses(np.array([1, 0]), np.array([1, 1])).tolist() == [
        1.0,
        0.0,
    ]


def test_defaults_and_equality():
    assert default_measure("regression").name == "mae"
    assert default_measure("classification").name == "accuracy"
    assert get_measure("f1", "classification", positive=1) == get_measure("f1", "classification", positive=1)
    assert get_measure("f1", "classification", positive=1) != get_measure("f1", "classification", positive=0)
    assert len(set(all_measures("regression"))) == 6
    assert "f1" not in {measure.name for measure in all_measures("classification")}


def test_an_unknown_measure_lists_the_known_ones():
    with pytest.raises(
        ConfigError, match="measure 'mape' is not known for a regression; known are mae, mse, pearson"
    ):
        get_measure("mape", "regression")
    with pytest.raises(ConfigError, match="known are accuracy, macro_f1, f1; take one"):
        get_measure("mae", "classification")


def test_f1_needs_its_class():
    with pytest.raises(ConfigError, match="measure 'f1' has no positive class"):
        get_measure("f1", "classification")


def test_losses_of_a_measure_that_is_no_mean_are_refused():
    with pytest.raises(ConfigError, match="measure 'r2' is not a mean over rows"):
        get_measure("r2", "regression").losses(np.arange(3.0), np.arange(3.0))


@pytest.mark.parametrize(
    ("values", "measure", "winner"),
    [
        ({"a": 2.0, "b": 1.0, "c": 3.0}, get_measure("mae", "regression"), "b"),
        ({"a": 0.2, "b": 0.9, "c": 0.3}, get_measure("accuracy", "classification"), "b"),
        ({"a": 1.0, "b": 1.0}, get_measure("mae", "regression"), "a"),
        ({"a": math.nan, "b": 5.0, "c": 4.0}, get_measure("mae", "regression"), "c"),
        ({"a": math.nan, "b": 0.0, "c": math.nan}, get_measure("accuracy", "classification"), "b"),
        ({"a": math.inf, "b": 9.0}, get_measure("mae", "regression"), "b"),
    ],
)
def test_the_best_is_the_first_of_the_best_and_never_an_undefined_one(values, measure, winner):
    assert measure.best(values) == winner


def test_a_measure_is_called_and_told_in_its_own_words():
    mae, accuracy = get_measure("mae", "regression"), get_measure("accuracy", "classification")
    f1 = get_measure("f1", "classification", positive=1)
    assert (mae.side, mae.arrow, accuracy.side, accuracy.arrow) == ("lower", "←", "higher", "→")
    assert [one.spoken("spam") for one in (mae, accuracy, f1)] == [
        "mean absolute error",
        "accuracy",
        "F1 of “spam”",
    ]
    assert f1.spoken() == measure_named("f1").long == "F1 of the positive class"
    assert mae.amount(-0.003, 0.6, decimals=2) == "0.5 %"  # below one per cent one decimal
    assert mae.amount(0.2, 0.0, decimals=2) == "0.20"  # no share of nothing
    assert accuracy.change(0.02, decimals=2, shares=False) == "+0.02"
    assert mae.change(-0.02, decimals=2, shares=True).replace("\u202f", " ") == "−2.0 %"
    assert mae.beside(0.5, 0.4, decimals=2) == "has 25 % more error"
    assert accuracy.beside(0.5, 0.4, decimals=2) == "is 0.10 above that"
    with pytest.raises(ConfigError, match="measure 'kappa' is not known; known are mae, mse"):
        measure_named("kappa")
