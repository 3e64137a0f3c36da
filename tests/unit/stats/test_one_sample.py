"""A measure against a number without rows: the test that belongs to its interval."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_1samp

from semascope.stats.intervals import estimate
from semascope.stats.measures import get_measure
from semascope.stats.one_sample import against_number

MAE = get_measure("mae", "regression")
ACCURACY = get_measure("accuracy", "classification")
SPEARMAN = get_measure("spearman", "regression")


def against(truth, prediction, number, measure):
    found = estimate(truth, prediction, measure=measure, draws=500)
    return against_number(found.value, found.low, found.high, number=number, measure=measure)


@pytest.mark.parametrize("hits", [3, 40, 66, 75, 97])
def test_of_hits_it_is_the_score_test(hits):
    """Rao's score test of a share: |share - number| against 1.96 standard errors under the number."""
    truth, n = np.zeros(100), 100
    prediction = (np.arange(n) >= hits).astype(float)
    for number in np.linspace(0.01, 0.99, 99):
        z = abs(hits / n - number) / math.sqrt(number * (1 - number) / n)
        word = against(truth, prediction, float(number), ACCURACY).word
        if abs(z - 1.96) > 1e-3:
            assert (word != "unresolved") == (z > 1.96)
        assert word != ("worse" if hits / n > number else "better")
    ends = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert against(truth, prediction, ends.high + 1e-6, ACCURACY).word == "worse"
    assert against(truth, prediction, ends.high - 1e-6, ACCURACY).word == "unresolved"


def test_of_errors_it_says_what_students_test_says_where_that_is_clear():
    rng = np.random.default_rng(4)
    truth = np.zeros(400)
    errors = np.abs(rng.normal(size=400))
    for number in np.linspace(0.6, 1.0, 41):
        p = ttest_1samp(errors, number).pvalue
        word = against(truth, errors, float(number), MAE).word
        if p < 0.02:
            assert word == ("better" if errors.mean() < number else "worse")
        if p > 0.15:
            assert word == "unresolved"


def test_the_right_number_is_called_wrong_in_one_study_of_twenty():
    """Absolute errors of a normal law have the mean sqrt(2 / pi); 400 studies of 60 rows, within three standard errors."""
    rng = np.random.default_rng(11)
    number = math.sqrt(2 / math.pi)
    words = [against(np.zeros(60), rng.normal(size=60), number, MAE).word for _ in range(400)]
    wrong = sum(word != "unresolved" for word in words)
    assert (
        400 * 0.05 - 3 * math.sqrt(400 * 0.05 * 0.95)
        <= wrong
        <= 400 * 0.05 + 3 * math.sqrt(400 * 0.05 * 0.95)
    )


def test_more_is_better_of_a_correlation():
    assert against_number(0.7, 0.6, 0.8, number=0.5, measure=SPEARMAN).word == "better"
    found = against_number(0.7, 0.6, 0.8, number=0.9, measure=SPEARMAN)
    assert (found.word, found.difference, found.gain) == ("worse", pytest.approx(-0.2), pytest.approx(-0.2))


def test_without_an_interval_nothing_is_said():
    nan = float("nan")
    found = against_number(0.7, nan, nan, number=0.1, measure=SPEARMAN, reason="too few rows")
    assert (found.word, found.reason) == ("unresolved", "too few rows")
