"""Targets that are a number of the row, or the length of the text."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from semascope.data.identity import why_an_id
from semascope.data.length_rule import classes_by_length, lengths_of, numbers_by_length, told_by_length

RNG = np.random.default_rng(6)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (np.arange(30.0), "nearly all the whole numbers from 0 to 29"),
        (RNG.permutation(40).astype(float) + 1000, "nearly all the whole numbers from 1000 to 1039"),
        (RNG.permutation(np.linspace(0, 1, 25)), "stand at even distances"),
        (np.cumsum(RNG.integers(1, 900, 50)).astype(float), "rise from row to row"),
        (-np.cumsum(RNG.integers(1, 900, 50)).astype(float), "fall from row to row"),
        (np.array([*np.arange(30.0), np.nan]), "all 30 values differ"),
    ],
)
def test_an_id_or_a_rank(values, why):
    assert why in why_an_id(values)


@pytest.mark.parametrize(
    "values",
    [
        np.sort(RNG.lognormal(3, 1, 60)),  # a file that is sorted by a price
        RNG.integers(1, 6, 60).astype(float),
        RNG.choice(5000, 60, replace=False).astype(float),
        RNG.normal(size=60),
        np.arange(19.0),  # too few
        np.full(30, 2.0),
        np.full(30, np.nan),
        np.empty(0),
        np.array([*np.arange(30.0), 29.0]),  # a tie
    ],
)
def test_what_is_none(values):
    assert why_an_id(values) == ""


def test_the_rule_of_length_is_the_better_isotonic_line():
    lengths = RNG.integers(10, 500, 80)
    falling = -np.log(lengths) + RNG.normal(0, 0.1, 80)
    asked = np.array([5, 100, 600])
    reference = IsotonicRegression(increasing=False, out_of_bounds="clip").fit(lengths, falling)
    assert numbers_by_length(lengths, falling, asked).tolist() == reference.predict(asked).tolist()


def test_the_share_is_that_of_a_constant():
    truth = np.array([0.0, 2.0, 4.0])
    assert told_by_length(truth, truth, np.full(3, 2.0)) == 1
    assert told_by_length(truth, np.array([0.0, 2.0, 2.0]), np.full(3, 2.0)) == 0.5  # 4 of 8 are left
    assert told_by_length(np.zeros(3), np.ones(3), np.zeros(3)) == 0  # the guess makes no error


def test_classes_take_the_commonest_of_texts_about_as_long():
    lengths = np.array([1, 2, 3, 4, 90, 91, 92, 93])
    classes = np.array([0, 0, 0, 1, 1, 1, 1, 0])
    assert classes_by_length(lengths, classes, np.array([0, 40, 1000])).tolist() == [0, 0, 1]
    alike = np.full(8, 7)
    assert classes_by_length(alike, np.array([2, 2, 2, 2, 2, 1, 0, 0]), np.array([7, 9])).tolist() == [2, 2]


def test_lengths_are_characters():
    assert lengths_of(["", "é", "ab\n"]).tolist() == [0, 1, 3]
