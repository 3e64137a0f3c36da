"""The online ridge: after any changes it is the ridge that scikit-learn fits to the rows that are left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from semascope.errors import ConfigError, DataError
from semascope.learner.ridge import online, row_buffer
from semascope.learner.ridge.online import OnlineRidge
from semascope.learner.ridge.scatter_inverse import inverse_of_scatter


def unit_rows(rng, n, d):
    """Unit vectors with a common part and a falling spectrum, like those of an encoder."""
    rows = rng.standard_normal((n, d)) / np.sqrt(1 + np.arange(d) / 5)
    rows[:, 0] += 1.0
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def problem(n, d, seed=0):
    rng = np.random.default_rng(seed)
    x = unit_rows(rng, n, d)
    return x, 3 + x @ rng.standard_normal(d) * 4 + rng.standard_normal(n)


def churn(ridge, x, y, rng, changes, pool, scores):
    """Random adds and removals; the rows and scores that are then left, as kept by a plain list."""
    rows, values, at = list(x), list(y), 0
    for _ in range(changes):
        if rng.random() < 0.5 and len(rows) > 1:
            row = int(rng.integers(len(rows)))
            ridge.remove(row)
            del rows[row], values[row]
        else:
            ridge.add(pool[at % len(pool)], scores[at % len(pool)])
            rows.append(pool[at % len(pool)])
            values.append(scores[at % len(pool)])
            at += 1
    return np.array(rows), np.array(values)


def assert_same(ridge, x, y, tolerance=1e-9):
    """The ridge of exactly these rows, in this order; the tolerance is relative to the largest value."""
    np.testing.assert_array_equal(ridge.vectors, x)
    np.testing.assert_array_equal(ridge.scores, y)
    assert ridge.count == len(x)
    expected = Ridge(alpha=ridge.alpha, solver="svd").fit(x, y)
    scale = max(np.abs(expected.coef_).max(), 1e-3)
    assert np.abs(ridge.coef - expected.coef_).max() <= tolerance * scale
    assert ridge.intercept == pytest.approx(expected.intercept_, rel=tolerance, abs=tolerance)


def brute_leave_one_out(x, y, alpha):
    rest = [np.delete(np.arange(len(x)), row) for row in range(len(x))]
    models = [Ridge(alpha=alpha, solver="svd").fit(x[kept], y[kept]) for kept in rest]
    return np.array([y[row] - model.predict(x[row : row + 1])[0] for row, model in enumerate(models)])


def brute_hat_rows(x, alpha, at):
    """Weight of each score: the prediction with that score 1 and all others 0."""
    models = [Ridge(alpha=alpha, solver="svd").fit(x, column) for column in np.eye(len(x))]
    return np.stack([model.predict(at) for model in models], axis=1)


SHAPES = [(1, 3), (2, 7), (6, 6), (7, 6), (40, 12), (12, 40)]
ALPHAS = [0.01, 1.0, 100.0]


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize(("n", "d"), SHAPES)
def test_a_new_ridge_is_that_of_scikit_learn(n, d, alpha):
    x, y = problem(n, d)
    assert_same(OnlineRidge(x, y, alpha=alpha), x, y)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize(("n", "d"), SHAPES)
def test_leave_one_out_and_hat_rows_are_those_of_brute_force(n, d, alpha):
    x, y = problem(n, d)
    new, _ = problem(5, d, seed=1)
    ridge = OnlineRidge(x, y, alpha=alpha)
    weights = ridge.hat_rows(new)
    np.testing.assert_allclose(weights, brute_hat_rows(x, alpha, new), atol=1e-10)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(weights @ y, ridge.line.predict(new), atol=1e-9)
    if n > 1:
        np.testing.assert_allclose(ridge.leave_one_out(), brute_leave_one_out(x, y, alpha), atol=1e-8)


def test_the_prediction_without_a_row_follows_from_its_weight():
    x, y = problem(20, 8)
    ridge = OnlineRidge(x, y, alpha=0.5)
    new = unit_rows(np.random.default_rng(3), 1, 8)
    without = ridge.line.predict(new) - ridge.hat_rows(new)[:, 4] * ridge.leave_one_out()[4]
    ridge.remove(4)
    np.testing.assert_allclose(ridge.line.predict(new), without, atol=1e-12)


def test_one_row_predicts_its_score():
    ridge = OnlineRidge([[3.0, 4.0]], [2.5], alpha=1.0)
    np.testing.assert_array_equal(ridge.coef, [0, 0])
    assert ridge.intercept == 2.5
    assert np.isnan(ridge.leave_one_out()).tolist() == [True]
    np.testing.assert_array_equal(ridge.hat_rows(np.ones((2, 2))), [[1.0], [1.0]])
    expected = Ridge(alpha=1.0).fit([[3.0, 4.0]], [2.5])
    np.testing.assert_array_equal(expected.coef_, ridge.coef)
    assert expected.intercept_ == ridge.intercept


def test_two_rows_by_hand():
    # Means 2 and 3, offsets -1 and 1: scatter 2, product 4. Slope 4 / (2 + 2) = 1, intercept 3 - 2.
    # Alone, the other row predicts its own score.
    ridge = OnlineRidge([[1.0], [3.0]], [1.0, 5.0], alpha=2.0)
    assert (ridge.coef.tolist(), ridge.intercept) == ([1.0], 1.0)
    np.testing.assert_allclose(ridge.leave_one_out(), [-4.0, 4.0])


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_changes_leave_the_full_fit(data):
    """Rows from a small pool, so that duplicates and lost directions are common; small buffers, all scales."""
    d = data.draw(st.integers(1, 9), label="dims")
    alpha = data.draw(st.sampled_from([0.01, 0.3, 10.0, 100.0]), label="alpha")
    scale = data.draw(st.sampled_from([0.1, 1.0, 3.0]), label="scale")
    offset = data.draw(st.sampled_from([0.0, 5.0]), label="offset")
    rng = np.random.default_rng(data.draw(st.integers(0, 9), label="seed"))
    pool = unit_rows(rng, 6, d) * scale + offset
    scores = rng.standard_normal(6)
    rows, values = [pool[0]], [scores[0]]
    ridge = OnlineRidge(np.array(rows), np.array(values), alpha=alpha)
    for action in data.draw(st.lists(st.integers(-1000, 1000), max_size=40), label="actions"):
        if action < 0 and len(rows) > 1:
            row = -action % len(rows)
            ridge.remove(row)
            del rows[row], values[row]
        else:
            score = float(rng.standard_normal())  # duplicates of a row may disagree
            ridge.add(pool[action % 6], score)
            rows.append(pool[action % 6])
            values.append(score)
        if (
            action % 3 == 0 and len(rows) > 1
        ):  # asked now and then, so that it catches up over several changes
            x, y = np.array(rows), np.array(values)
            np.testing.assert_allclose(ridge.leave_one_out(), brute_leave_one_out(x, y, alpha), atol=1e-7)
    assert_same(ridge, np.array(rows), np.array(values), 1e-8)


@pytest.mark.parametrize("alpha", [0.001, 0.01, 100.0])
@pytest.mark.parametrize(("n", "d"), [(60, 24), (24, 60), (40, 40)])
def test_three_thousand_changes_do_not_add_up(n, d, alpha):
    rng = np.random.default_rng(5)
    x, y = problem(n, d)
    ridge = OnlineRidge(x, y, alpha=alpha)
    x, y = churn(ridge, x, y, rng, 3000, *problem(500, d, seed=6))
    assert_same(ridge, x, y, 1e-8)
    fresh = OnlineRidge(x, y, alpha=alpha)
    np.testing.assert_allclose(ridge.leave_one_out(), fresh.leave_one_out(), atol=1e-7)


@pytest.mark.parametrize("alpha", [1e-4, 1e-6, 1e-8])
@pytest.mark.parametrize(("n", "d"), [(30, 80), (80, 80), (200, 80)])
def test_an_alpha_far_too_small_stays_exact_as_well(n, d, alpha):
    """The known bad case of Sherman and Morrison: without a fallback it drifts by standard deviations."""
    x, y = problem(n, d)
    ridge = OnlineRidge(x, y, alpha=alpha)
    x, y = churn(ridge, x, y, np.random.default_rng(7), 300, *problem(400, d, seed=8))
    assert_same(ridge, x, y, 1e-6)


def test_slopes_are_refined_where_the_inverse_has_lost_digits():
    x, y = problem(10, 50)
    ridge = OnlineRidge(x, y, alpha=1e-9)
    x, y = churn(ridge, x, y, np.random.default_rng(7), 50, *problem(60, 50, seed=8))
    assert_same(ridge, x, y, 1e-10)


def test_leave_one_out_keeps_its_digits_at_a_small_alpha():
    x, y = problem(20, 50)
    ridge = OnlineRidge(x, y, alpha=1e-6)  # 1 - leverage is about 1e-6 here
    np.testing.assert_allclose(ridge.leave_one_out(), brute_leave_one_out(x, y, 1e-6), rtol=1e-6)


def test_a_row_alone_in_its_direction_has_a_bounded_residual():
    """One row of many sticks out so far that its leverage rounds to 1: the residual is still of the right size."""
    x, y = problem(60, 5)
    x[7, 4] = 9e4
    ridge = OnlineRidge(x, y, alpha=1.0)
    np.testing.assert_allclose(ridge.leave_one_out(), brute_leave_one_out(x, y, 1.0), rtol=1e-4)


def test_a_large_feature_beside_unit_vectors():
    x, y = problem(300, 20)
    rng = np.random.default_rng(2)
    x[:, 3] = rng.lognormal(size=300) * 200  # words in the text
    ridge = OnlineRidge(x[:150], y[:150], alpha=0.1)
    x, y = churn(ridge, x[:150], y[:150], rng, 300, x[150:], y[150:])
    assert_same(ridge, x, y, 1e-8)


def test_down_to_one_row_and_up_again():
    x, y = problem(30, 10)
    ridge = OnlineRidge(x, y, alpha=0.01)
    for _ in range(29):
        ridge.remove(0)
    assert_same(ridge, x[29:], y[29:])
    np.testing.assert_array_equal(ridge.coef, np.zeros(10))
    for row in range(29):
        ridge.add(x[row], y[row])
    order = [29, *range(29)]
    assert_same(ridge, x[order], y[order])


def test_the_only_row_of_a_direction_may_leave():
    x = np.zeros((8, 4))
    x[:7, :3] = unit_rows(np.random.default_rng(0), 7, 3)
    x[7, 3] = 1.0
    y = np.arange(8.0)
    ridge = OnlineRidge(x, y, alpha=0.01)
    ridge.remove(7)
    assert_same(ridge, x[:7], y[:7])
    assert abs(ridge.coef[3]) < 1e-12


def test_a_far_row_that_comes_and_goes_leaves_nothing_behind():
    x, y = problem(40, 12)
    ridge = OnlineRidge(x, y, alpha=1.0)
    ridge.add(np.full(12, 2e4), 1e6)
    ridge.remove(40)
    assert ridge.refits == 1  # the removal would have lost all digits
    assert_same(ridge, x, y)


@pytest.mark.parametrize("damage", [1e-3, np.nan])
def test_the_check_finds_a_damaged_inverse(damage):
    x, y = problem(30, 30)
    ridge = OnlineRidge(x, y, alpha=1.0)
    ridge._inverse[3, 2] += damage
    new, scores = problem(online.CHECK_EVERY, 30, seed=1)
    for row, score in zip(new, scores, strict=True):
        ridge.add(row, score)
    assert ridge.refits == 1
    assert_same(ridge, np.vstack([x, new]), np.concatenate([y, scores]))


def test_the_check_puts_damaged_sums_right():
    x, y = problem(30, 30)
    ridge = OnlineRidge(x, y, alpha=1.0)
    ridge._products = ridge._products + 0.1
    new, scores = problem(online.CHECK_EVERY, 30, seed=1)
    for row, score in zip(new, scores, strict=True):
        ridge.add(row, score)
    assert ridge.refits == 0
    assert_same(ridge, np.vstack([x, new]), np.concatenate([y, scores]))


def test_ordinary_changes_need_no_new_fit():
    x, y = problem(100, 20)
    ridge = OnlineRidge(x, y, alpha=0.01)
    churn(ridge, x, y, np.random.default_rng(0), 1000, *problem(300, 20, seed=1))
    assert ridge.refits == 0


def test_distances_follow_changes_without_being_computed_anew(monkeypatch):
    x, y = problem(60, 40)
    ridge = OnlineRidge(x, y, alpha=0.1)
    ridge.leave_one_out()
    monkeypatch.setattr(online, "dtrmm", None)  # all of them anew would need it
    monkeypatch.setattr(row_buffer, "BLOCK_NUMBERS", 40 * 16)  # several blocks
    x, y = churn(ridge, x, y, np.random.default_rng(4), 9, *problem(9, 40, seed=2))
    np.testing.assert_allclose(ridge.leave_one_out(), brute_leave_one_out(x, y, 0.1), atol=1e-9)


def test_blocks_change_nothing(monkeypatch):
    x, y = problem(70, 9)
    whole = OnlineRidge(x, y, alpha=0.3)
    expected = whole.leave_one_out(), whole.hat_rows(x), whole.line.predict(x)
    monkeypatch.setattr(row_buffer, "BLOCK_NUMBERS", 9 * 8)
    parts = OnlineRidge(x, y, alpha=0.3)
    found = parts.leave_one_out(), parts.hat_rows(x), parts.line.predict(x)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
    x, y = churn(parts, x, y, np.random.default_rng(1), 40, *problem(40, 9, seed=1))
    assert_same(parts, x, y)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.sampled_from([1, 2, 3, 17, 384]), st.sampled_from([np.float32, np.float64]))
def test_a_prediction_has_the_same_bits_in_any_company(m, d, kind):
    rng = np.random.default_rng(m)
    x, y = problem(20, d)
    ridge = OnlineRidge(x, y, alpha=0.5)
    rows = rng.standard_normal((m, d)).astype(kind)
    together = ridge.line.predict(rows)
    alone = np.concatenate([ridge.line.predict(row[None]) for row in rows])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together[::-1], ridge.line.predict(rows[::-1]))
    np.testing.assert_array_equal(together, ridge.line.predict(np.asfortranarray(rows)))


def test_what_was_given_is_copied_and_what_is_shown_is_read_only():
    x, y = problem(5, 3)
    given_x = x.copy()
    ridge = OnlineRidge(given_x, y, alpha=1.0)
    given_x[:] = 0
    assert_same(ridge, x, y)
    for shown in (ridge.vectors, ridge.scores, ridge.coef):
        with pytest.raises(ValueError, match="read-only"):
            shown[0] = 1.0
    held = ridge.coef
    before = held.copy()
    ridge.remove(0)
    np.testing.assert_array_equal(held, before)
    assert ridge.vectors.dtype == ridge.coef.dtype == np.float64


def test_a_scatter_that_rounding_has_made_indefinite_is_still_inverted():
    # Eigenvalues 2e20 and -5e6: far below zero beside the error of an eigenvalue, 2e20 * 1e-16, on any processor.
    scatter = np.array([[1e20, 1e20], [1e20, 1e20 * (1 - 1e-13)]])
    inverse = np.tril(inverse_of_scatter(scatter, 1.0))
    assert np.isfinite(inverse).all()
    assert inverse.diagonal() == pytest.approx([0.5, 0.5], rel=1e-3)  # 1 / alpha across the one direction


@pytest.mark.parametrize("alpha", [0.0, -1.0, np.nan, np.inf])
def test_alpha_must_be_a_positive_number(alpha):
    with pytest.raises(ConfigError, match=r"alpha is .*; it must be a number above 0"):
        OnlineRidge([[1.0]], [1.0], alpha=alpha)


def test_an_alpha_beyond_float64_is_refused():
    with pytest.raises(ConfigError, match=r"alpha must be at least 1e-10 times the square"):
        OnlineRidge([[0.0], [2.0]], [1.0, 2.0], alpha=0.9e-10)
    ridge = OnlineRidge([[0.0], [2.0]], [1.0, 2.0], alpha=1e-10)
    with pytest.raises(DataError, match="a row lies 99 from the mean"):
        ridge.add([100.0], 1.0)
    assert ridge.count == 2


@pytest.mark.parametrize(
    ("vectors", "scores", "message"),
    [
        (np.empty((0, 3)), np.empty(0), r"vectors have shape \(0, 3\)"),
        (np.ones(3), np.ones(3), r"vectors have shape \(3,\)"),
        (np.ones((2, 3)), np.ones(3), r"scores have shape \(3,\) for 2 vectors"),
        ([[1.0], [np.nan]], [1.0, 2.0], "row 1 or its score is not finite"),
        ([[1.0], [2.0]], [np.inf, 2.0], "row 0 or its score is not finite"),
    ],
)
def test_rows_that_cannot_be_used(vectors, scores, message):
    with pytest.raises(DataError, match=message):
        OnlineRidge(vectors, scores, alpha=1.0)


def test_changes_that_cannot_be_made_change_nothing():
    x, y = problem(3, 4)
    ridge = OnlineRidge(x, y, alpha=1.0)
    with pytest.raises(DataError, match=r"it must be \(rows, 4\); embed at the same width"):
        ridge.add(np.ones(5), 1.0)
    with pytest.raises(DataError, match="not finite"):
        ridge.add(np.ones(4), np.nan)
    for row in (-1, 3):
        with pytest.raises(DataError, match=rf"row is {row}; it must lie in 0\.\.2"):
            ridge.remove(row)
    for wrong in (np.ones(4), np.ones((2, 5))):
        with pytest.raises(DataError, match="embed at the same width"):
            ridge.hat_rows(wrong)
    assert_same(ridge, x, y)
    ridge.remove(0)
    ridge.remove(0)
    with pytest.raises(DataError, match="row 0 is the only one"):
        ridge.remove(0)
    assert_same(ridge, x[2:], y[2:])
