"""Moments over all orders against every order of a few texts."""

from itertools import permutations

import numpy as np
import pytest

from semascope.geometry.shape.alignment import moments_of
from semascope.geometry.shape.shuffling import Weights, shuffled_pairs, shuffled_sum, weights_of_labels


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def every_order(weights, rows):
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, 0)
    n = len(rows)
    return [
        float((weights * cosines[np.ix_(order, order)]).sum())
        for order in (list(order) for order in permutations(range(n)))
    ]


@pytest.mark.parametrize("shift", [0.0, 0.7, 20.0])
def test_mean_and_spread_of_weighted_cosines(shift):
    rng = np.random.default_rng(1)
    rows = unit(rng.normal(shift, 1, (6, 3)))
    weights = rng.random((6, 6))
    weights = weights + weights.T
    np.fill_diagonal(weights, 0)
    values = every_order(weights, rows)
    sums = Weights(total=weights.sum(), squares=(weights**2).sum(), rows=(weights.sum(axis=1) ** 2).sum())
    mean, spread = shuffled_sum(sums, moments_of(rows, np.arange(6)))
    assert mean == pytest.approx(np.mean(values))
    assert spread == pytest.approx(np.std(values), rel=1e-6)


def test_weights_of_labels_are_those_of_the_table():
    codes = np.array([0, 0, 0, 1, 1, 2])  # one alone
    weights = np.zeros((6, 6))
    for code, size in ((0, 3), (1, 2)):
        own = codes == code
        weights[np.ix_(own, own)] = 1 / (size - 1) / 5
    np.fill_diagonal(weights, 0)
    found = weights_of_labels(np.array([3.0, 2.0]), 5)
    assert found.total == pytest.approx(weights.sum()) == 1
    assert found.squares == pytest.approx((weights**2).sum())
    assert found.rows == pytest.approx((weights.sum(axis=1) ** 2).sum())


def test_pairs_in_every_order():
    rng = np.random.default_rng(2)
    first, second = unit(rng.normal(0.3, 1, (5, 3))), unit(rng.normal(0.3, 1, (5, 3)))
    products = first @ second.T
    values = [products[np.arange(5), list(order)].mean() for order in permutations(range(5))]
    mean, spread = shuffled_pairs(moments_of(first, np.arange(5)), moments_of(second, np.arange(5)))
    assert mean == pytest.approx(np.mean(values))
    assert spread == pytest.approx(np.std(values))


def test_few_texts_have_a_mean_and_no_spread():
    rows = unit(np.random.default_rng(3).normal(0, 1, (3, 2)))
    weights = Weights(total=1.0, squares=0.5, rows=0.5)
    mean, spread = shuffled_sum(weights, moments_of(rows, np.arange(3)))
    assert mean == pytest.approx((np.sum(rows @ rows.T) - 3) / 6)
    assert np.isnan(spread)
    assert np.isnan(shuffled_sum(weights, moments_of(rows, np.arange(1)))[0])
    assert np.isnan(shuffled_pairs(moments_of(rows, np.arange(1)), moments_of(rows, np.arange(1)))[1])
