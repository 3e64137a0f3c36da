import numpy as np
import pytest

from semascope.errors import ConfigError, DataError
from semascope.probes.inner import least_of
from semascope.probes.ridge import RidgeHead
from semascope.probes.ridge_core import Moments, fold_predictions, ridge_at, ridge_path

NAN = float("nan")


def planted(n: int, d: int, noise: float, *, targets: int = 1, seed: int = 0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)).astype(np.float32)
    return x, x @ rng.standard_normal((d, targets)) + noise * rng.standard_normal((n, targets))


def test_one_dim_ridge_by_hand() -> None:
    # x = -1, 0, 1 and y = 0, 1, 5: centred x'y = 5, x'x = 2, so w = 5 / (2 + alpha); b = mean(y) = 2.
    x, y = np.array([[-1.0], [0.0], [1.0]]), np.array([[0.0], [1.0], [5.0]])
    lines = ridge_at(x, y, np.array([0.5]))
    assert lines.slopes[0, 0] == pytest.approx(2.0)
    assert lines.intercepts[0] == pytest.approx(2.0)
    path = ridge_path(Moments.of(x, y), np.array([0.5, 3.0]))
    np.testing.assert_allclose(path.slopes, [[2.0, 1.0]])


@pytest.mark.parametrize("shape", [(60, 8), (30, 45)])
def test_fold_predictions_equal_fits_that_never_saw_the_fold(shape) -> None:
    x32, y = planted(*shape, noise=1.0, targets=2)
    x = x32.astype(np.float64) + 0.5
    folds = np.arange(len(x)) % 4
    alphas = np.array([1e-2, 1.0, 50.0])
    got = fold_predictions(x, y, folds, alphas)
    for a, alpha in enumerate(alphas):
        for fold in range(4):
            lines = ridge_at(x[folds != fold], y[folds != fold], np.full(2, alpha))
            np.testing.assert_allclose(got[a, folds == fold], lines.predict(x[folds == fold]), rtol=1e-8)


def test_moments_of_parts_add_up_and_subtract() -> None:
    x, y = planted(20, 3, 1.0)
    x = x.astype(np.float64)
    whole, part = Moments.of(x, y), Moments.of(x[:5], y[:5])
    rest = whole - part
    again = rest + part
    np.testing.assert_allclose(rest.xx, x[5:].T @ x[5:], atol=1e-12)
    np.testing.assert_allclose(again.xy, whole.xy, atol=1e-12)
    assert (rest.count, again.count) == (15, 20)


def test_a_missing_target_is_fitted_as_if_its_rows_were_not_there() -> None:
    x, y = planted(80, 5, 0.5, targets=2)
    y[::4, 1] = NAN
    both = RidgeHead(target_names=("a", "b")).fit(x, y)
    have = ~np.isnan(y[:, 1])
    np.testing.assert_array_equal(both.coef_[0], RidgeHead().fit(x, y[:, 0]).coef_[0])
    np.testing.assert_array_equal(both.coef_[1], RidgeHead().fit(x[have], y[have, 1]).coef_[0])
    assert both.predict(x).shape == (80, 2)


@pytest.mark.parametrize(("measure", "alpha"), [("mae", 1.0), ("mse", 2.0)])
def test_alpha_follows_the_measure(measure, alpha) -> None:
    # errors (0, 0, 9) and (4, 4, 4): mean absolute 3 < 4, mean squared 27 > 16
    head = RidgeHead(measure=measure, alphas=(1.0, 2.0, 3.0))
    head.choices, head.notes = {"alpha": {}, "edge": {}}, []
    out_of_fold = np.array([[0.0, 0.0, 9.0], [4.0, 4.0, 4.0], [50.0, 50.0, 50.0]])
    of_row = np.arange(3)
    place = head.choose_alpha(np.zeros(3), out_of_fold, of_row, of_row, 0, "y", mapped=False)
    assert head.alphas[place] == head.choices["alpha"]["y"] == alpha


def test_the_edge_of_the_grid_is_reported() -> None:
    x, y = planted(100, 5, 0.0)
    low = RidgeHead(target_names=("rating",)).fit(x, y)
    assert low.choices["edge"] == {"rating": "low"}
    assert low.notes == ["the best alpha of 'rating' lies on the edge of the grid (0.0001)"]
    high = RidgeHead(target_names=("rating",), alphas=(1e-9, 1e-8)).fit(x, planted(100, 5, 1e3, seed=9)[1])
    assert high.choices["edge"] == {"rating": "high"}


def test_ties_go_to_the_larger_alpha() -> None:
    assert least_of(np.array([0.5, 0.2, 0.2 * (1 + 1e-13), 0.4])) == 2
    assert least_of(-np.array([0.5, 0.9, 0.9, 0.4])) == 2
    assert least_of(np.array([np.inf, 0.9, NAN])) == 1
    zero = np.zeros((12, 3), dtype=np.float32)  # nothing to learn: every alpha predicts the mean
    assert RidgeHead().fit(zero, np.arange(12.0)).choices["alpha"] == {"target 0": 1e4}


def test_an_undefined_measure_takes_the_largest_alpha_and_says_so() -> None:
    x, _ = planted(30, 4, 1.0)
    head = RidgeHead(measure="r2", target_names=("y",)).fit(x, np.full(30, 7.0))
    assert head.choices["alpha"] == {"y": 1e4}
    assert any("undefined for every alpha" in note for note in head.notes)
    np.testing.assert_allclose(head.predict(x), 7.0)


def test_copies_never_straddle_inner_folds() -> None:
    # Pure noise, every row four times. Kept together, nothing generalises and alpha is large; torn apart,
    # the copies leak and the smallest alpha looks best.
    x, _ = planted(40, 60, 1.0)
    y = np.random.default_rng(5).standard_normal(40)
    x4, y4, copies = np.tile(x, (4, 1)), np.tile(y, 4), np.tile(np.arange(40), 4)
    together = RidgeHead(measure="mse").fit(x4, y4, components=copies)
    torn = RidgeHead(measure="mse").fit(x4, y4)
    assert together.choices["alpha"]["target 0"] > 10
    assert torn.choices["alpha"]["target 0"] < 0.1


def test_few_rows_take_fewer_folds_with_a_note_and_one_is_an_error() -> None:
    x, y = planted(3, 2, 1.0)
    assert any("3 inner folds instead of 5" in note for note in RidgeHead().fit(x, y).notes)
    with pytest.raises(DataError, match="has 1 distinct training rows"):
        RidgeHead().fit(x, y, components=np.zeros(3, dtype=np.int64))


def test_settings_are_checked() -> None:
    x, y = planted(10, 2, 1.0)
    with pytest.raises(ConfigError, match="positive and ascending"):
        RidgeHead(alphas=(1.0, 0.5)).fit(x, y)
    with pytest.raises(ConfigError, match="folds is 1"):
        RidgeHead(folds=1).fit(x, y)


def test_another_width_is_refused() -> None:
    x, y = planted(10, 3, 1.0)
    with pytest.raises(DataError, match="vectors have 2 dims; this head was fitted on 3"):
        RidgeHead().fit(x, y).predict(x[:, :2])


def mostly_zero(n: int, *, signal: float = 0.8, seed: int = 1):
    """Two targets of 0 to 3, 70 % zeros, whose hidden scores are linear in the vectors."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 6)).astype(np.float32)
    seen = x @ np.array([[1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0]]).T / np.sqrt(2)
    hidden = signal * seen + np.sqrt(1 - signal**2) * rng.standard_normal((n, 2))
    return x, (hidden[:, :, None] > [0.5244, 1.0364, 1.7]).sum(axis=2).astype(np.float64)


def test_a_target_that_is_mostly_one_value_is_mapped_to_medians() -> None:
    x, y = mostly_zero(1200)
    new, truth = mostly_zero(4000, seed=2)
    head = RidgeHead(target_names=("joy", "fear")).fit(x, y)
    line = RidgeHead(median_map=False).fit(x, y)
    guess = np.abs(truth - np.median(y, axis=0)).mean(axis=0)
    mapped, unmapped = (np.abs(each.predict(new) - truth).mean(axis=0) for each in (head, line))
    assert (mapped < 0.8 * guess).all()
    assert (mapped < 0.8 * unmapped).all()
    for number, name in enumerate(("joy", "fear")):
        found = head.choices["median_map"][name]
        assert found["with"] < found["without"]
        assert found["with"] == pytest.approx(mapped[number], rel=0.1)
        assert (np.diff(head.maps_[number].values) >= 0).all()


def test_what_ranks_is_the_line_and_not_the_map() -> None:
    x, y = mostly_zero(600)
    head = RidgeHead().fit(x, y)
    line = x.astype(np.float64) @ head.coef_.T + head.intercept_
    np.testing.assert_array_equal(head.predict_unmapped(x), line)
    assert len(np.unique(head.predict(x)[:, 0])) < 400 < len(np.unique(line[:, 0]))


def test_each_target_has_a_map_of_its_own_on_its_own_rows() -> None:
    x, y = mostly_zero(900)
    y[:, 1] = x[:, 5] + 0.3 * np.random.default_rng(0).standard_normal(900)  # a line is all that there is
    y[::3, 0] = NAN
    head = RidgeHead(target_names=("joy", "length")).fit(x, y)
    assert head.maps_[0] is not None
    assert head.maps_[1] is None
    assert set(head.choices["median_map"]) == {"joy"}
    have = ~np.isnan(y[:, 0])
    alone = RidgeHead().fit(x[have], y[have, 0])
    np.testing.assert_array_equal(alone.maps_[0].values, head.maps_[0].values)


@pytest.mark.parametrize("measure", ["mse", "rmse", "r2", "spearman", "pearson"])
def test_no_other_measure_is_served_by_medians(measure) -> None:
    head = RidgeHead(measure=measure).fit(*mostly_zero(300))
    assert head.maps_ == [None, None]
    assert head.choices["median_map"] == {}


def test_labels_without_a_link_to_the_vectors_give_the_median() -> None:
    x, y = mostly_zero(600, signal=0.0)
    head = RidgeHead().fit(x, y)
    np.testing.assert_array_equal(head.predict(x), np.zeros((600, 2)))
