"""A ridge at penalties of almost nothing, beside refits in arithmetic of 50 digits.

The rows have 53 bits, so what is compared is what float64 has lost. No number here hangs on one processor: the limits are
ten times and more what was met on any, and what they guard against is larger by many powers of ten.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest

from semascope.learner.ridge.axes import Axes
from semascope.learner.ridge.left_out import group_residuals
from semascope.learner.ridge.online import OnlineRidge
from semascope.probes.ridge_core import fold_predictions, ridge_at

DIGITS = 50
ALPHAS = [1e-2, 1e-6, 1e-8, 1e-9, 4e-10]


def problem(n, d, seed):
    """Unit vectors with a common part and a falling spectrum, like those of an encoder, and scores."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) / np.sqrt(1 + np.arange(d) / 5)
    x[:, 0] += 1.0
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x, 3 + x @ rng.standard_normal(d) * 4 + rng.standard_normal(n)


def with_copies(x):
    """Rows 3 and 5 as row 0, row 7 as row 2, and labels that say so; all keep their own scores."""
    x = x.copy()
    x[[3, 5]], x[7] = x[0], x[2]
    labels = list(range(len(x)))
    labels[3] = labels[5] = 0
    labels[7] = 2
    return x, labels


def products(x):
    """(n, n) products of the rows, and nothing rounded before the 50th digit."""
    rows = [[Decimal(float(number)) for number in row] for row in x]
    return [[sum(a * b for a, b in zip(one, other, strict=True)) for other in rows] for one in rows]


def solve(matrix, right):
    """Gauss with pivots."""
    lines = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    size = len(lines)
    for place in range(size):
        pivot = max(range(place, size), key=lambda row: abs(lines[row][place]))
        lines[place], lines[pivot] = lines[pivot], lines[place]
        for row in range(place + 1, size):
            if factor := lines[row][place] / lines[place][place]:
                lines[row] = [a - factor * b for a, b in zip(lines[row], lines[place], strict=True)]
    found = [Decimal(0)] * size
    for place in reversed(range(size)):
        known = sum(lines[place][other] * found[other] for other in range(place + 1, size))
        found[place] = (lines[place][size] - known) / lines[place][place]
    return found


def predict(inner, y, alpha, fit, other):
    """Predictions of the rows ``other`` by the ridge of the rows ``fit``: weights w and intercept b with
    (K + alpha I) w + b = y, and w adding up to zero."""
    one, nothing = Decimal(1), Decimal(0)
    matrix = [[inner[i][j] + (Decimal(alpha) if i == j else 0) for j in fit] + [one] for i in fit]
    *weights, intercept = solve([*matrix, [one] * len(fit) + [nothing]], [*(y[i] for i in fit), nothing])
    return [sum(w * inner[i][j] for w, i in zip(weights, fit, strict=True)) + intercept for j in other]


def exact_residuals(x, y, labels, alpha):
    """(n,) score less prediction by a refit without the rows of the same label."""
    with localcontext(prec=DIGITS):
        inner, scores = products(x), [Decimal(float(score)) for score in y]
        found = np.empty(len(y))
        for label in set(labels):
            own = [row for row, other in enumerate(labels) if other == label]
            rest = [row for row, other in enumerate(labels) if other != label]
            predicted = predict(inner, scores, alpha, rest, own)
            found[own] = [float(scores[i] - value) for i, value in zip(own, predicted, strict=True)]
    return found


def exact_predictions(x, y, alpha, new):
    with localcontext(prec=DIGITS):
        inner, scores = products(np.concatenate([x, new])), [Decimal(float(score)) for score in y]
        n = len(x)
        return np.array(
            [float(each) for each in predict(inner, scores, alpha, range(n), range(n, n + len(new)))]
        )


def off(found, expected):
    """The largest error, relative to the largest of the numbers."""
    return np.abs(found - expected).max() / np.abs(expected).max()


# Fewer rows than dims (every leverage is 1 - 1e-9 or so), as many, a few more (some leverages are), many more.
SHAPES = [(12, 30), (12, 12), (13, 12), (14, 12), (20, 12)]


def test_the_reference_itself_by_hand():
    # Offsets -1 and 1, scatter 2, product 4: slope 4 / (2 + 2) = 1, intercept 3 - 2. Alone, a row predicts its score.
    x, y = np.array([[1.0], [3.0]]), np.array([1.0, 5.0])
    assert exact_predictions(x, y, 2.0, np.array([[0.0], [7.0]])).tolist() == [1.0, 8.0]
    assert exact_residuals(x, y, [0, 1], 2.0).tolist() == [-4.0, 4.0]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize(("n", "d"), SHAPES)
def test_each_row_left_out(n, d, alpha, seed):
    x, y = problem(n, d, seed)
    expected = exact_residuals(x, y, range(n), alpha)
    assert off(group_residuals(x, y, alpha=alpha), expected) < 1e-12
    assert off(OnlineRidge(x, y, alpha=alpha).leave_one_out(), expected) < 1e-12


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize(("n", "d"), SHAPES)
def test_copies_left_out_together_and_apart(n, d, alpha, seed):
    """Copies with scores of their own: the other rows keep their digits as well."""
    x, y = problem(n, d, seed)
    x, labels = with_copies(x)
    together = exact_residuals(x, y, labels, alpha)
    assert off(group_residuals(x, y, labels, alpha=alpha), together) < 1e-12
    apart = exact_residuals(x, y, range(n), alpha)
    assert off(OnlineRidge(x, y, alpha=alpha).leave_one_out(), apart) < 1e-12
    labels[5], labels[9], labels[10] = 5, 0, 2  # one copy by itself; other texts beside copies
    mixed = exact_residuals(x, y, labels, alpha)
    assert off(group_residuals(x, y, labels, alpha=alpha), mixed) < 1e-12


@pytest.mark.parametrize("alpha", [1e-6, 1e-9])
def test_rows_that_all_have_a_copy(alpha):
    x, y = problem(5, 16, 0)
    x, y = np.tile(x, (2, 1)), np.random.default_rng(1).standard_normal(10)
    for labels in (list(range(10)), [0, 1, 2, 3, 4] * 2, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]):
        expected = exact_residuals(x, y, labels, alpha)
        assert off(group_residuals(x, y, labels, alpha=alpha), expected) < 1e-12
    assert (
        off(OnlineRidge(x, y, alpha=alpha).leave_one_out(), exact_residuals(x, y, range(10), alpha)) < 1e-12
    )


@pytest.mark.parametrize("alpha", [1e-6, 1e-9])
def test_near_copies_lose_no_more_than_they_must(alpha):
    """Rows 1e-7 apart, as one text in two batches: the slope between them is s / (s^2 + alpha) with s = 1e-7, and the
    last bit of a row moves it by 1e-16 / alpha."""
    x, y = problem(12, 30, 0)
    x, labels = with_copies(x)
    x[[3, 5, 7]] += 1e-7 * np.random.default_rng(1).standard_normal((3, 30)) / np.sqrt(30)
    expected = exact_residuals(x, y, labels, alpha)
    assert off(group_residuals(x, y, labels, alpha=alpha), expected) < 1e-15 / alpha


@pytest.mark.parametrize("direction", [False, True])
def test_a_row_that_stands_alone(direction):
    """A leverage of 1 - 1e-10: a difference would have 6 digits left."""
    x, y = problem(20, 5, 2)
    x[7, 4] = 9e4
    if direction:  # not along a coordinate axis
        x = x @ np.linalg.qr(np.random.default_rng(0).standard_normal((5, 5)))[0]
    expected = exact_residuals(x, y, range(20), 1.0)
    assert off(OnlineRidge(x, y, alpha=1.0).leave_one_out(), expected) < 1e-9
    assert off(group_residuals(x, y, alpha=1.0), expected) < 1e-9


@pytest.mark.parametrize("alpha", [1e-2, 1e-6, 1e-9])
@pytest.mark.parametrize("copies", [False, True])
@pytest.mark.parametrize(("n", "d"), [(12, 30), (13, 12)])
def test_weights_of_the_examples_in_a_prediction(n, d, copies, alpha):
    """What an explanation and strict intervals are made of, after changes."""
    x, y = problem(n, d, 1)
    if copies:
        x, _ = with_copies(x)
    new, _ = problem(3, d, 5)
    ridge = OnlineRidge(x[:-2], y[:-2], alpha=alpha)
    for row, score in zip(x[-2:], y[-2:], strict=True):
        ridge.add(row, score)
    weights, expected = ridge.hat_rows(new), exact_predictions(x, y, alpha, new)
    assert off(weights @ y, expected) < 1e-11
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-11)
    assert off(ridge.line.predict(new), expected) < 1e-6  # of scores that contradict each other on one text


def test_scores_learnt_and_forgotten_at_a_penalty_of_almost_nothing():
    x, y = problem(12, 30, 3)
    ridge = OnlineRidge(x[:6], y[:6], alpha=1e-9)
    ridge.leave_one_out()
    for row in range(6, 12):
        ridge.add(x[row], y[row])
    ridge.remove(0)
    expected = exact_residuals(x[1:], y[1:], range(11), 1e-9)
    assert off(ridge.leave_one_out(), expected) < 1e-12


@pytest.mark.parametrize("copies", [False, True])
@pytest.mark.parametrize(("n", "d"), [(12, 30), (12, 11), (20, 12)])
def test_what_the_choice_of_a_penalty_rests_on_keeps_six_digits(n, d, copies):
    """Predictions of folds and of one split: sums of products, in which nothing small is divided."""
    x, y = problem(n, d, 4)
    folds = np.arange(n) % 3
    if copies:
        x, labels = with_copies(x)
        folds = folds[labels]
    alpha = 1e-9
    origin = x.mean(axis=0)
    found = (
        fold_predictions(x - origin, (y - y.mean())[:, None], folds, np.array([alpha]))[0, :, 0] + y.mean()
    )
    assert off(y - found, exact_residuals(x, y, folds.tolist(), alpha)) < 1e-5
    new, _ = problem(3, d, 6)
    line = ridge_at(x, y[:, None], np.array([alpha]))
    assert off(line.predict(new)[:, 0], exact_predictions(x, y, alpha, new)) < 1e-5


def test_the_axes_span_the_contrasts_alone():
    """n rows about their mean have n - 1 axes at most, none of them of length zero."""
    x, _ = problem(8, 20, 0)
    axes = Axes.of(np.tile(x, (3, 1)), alpha=1e-9)
    assert axes.rows.shape == (8, 7)
    assert axes.values.min() > 1e-3
    np.testing.assert_allclose(axes.basis.T @ axes.basis, np.eye(7), atol=1e-12)
    np.testing.assert_allclose(axes.values.sum(), 3 * np.square(x - x.mean(axis=0)).sum(), rtol=1e-12)
