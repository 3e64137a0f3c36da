import numpy as np
import pytest

from semascope.errors import ConfigError, MissingExtra
from semascope.extras import is_installed
from semascope.probes import boosting, boosting_core
from semascope.probes.head import make_head

needs_lightgbm = pytest.mark.skipif(not is_installed("lightgbm"), reason="needs LightGBM")


def rows(n: int = 150):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n, 8)).astype(np.float32)
    return x, x[:, 0] + 0.5 * rng.standard_normal(n)


def test_without_lightgbm_the_install_line_is_given(monkeypatch) -> None:
    monkeypatch.setattr("semascope.extras.is_installed", lambda package: False)
    with pytest.raises(MissingExtra, match=r"pip install 'semascope\[probes\]'"):
        make_head("boosting", kind="regression", measure="mae").fit(*rows())


@needs_lightgbm
def test_all_rows_are_fitted_with_the_best_number_of_rounds() -> None:
    x, y = rows()
    head = boosting.BoostingHead(measure="mse", target_names=("y",)).fit(x, y)
    rounds = head.choices["rounds"]["y"]
    assert head.boosters_[0].num_trees() == rounds
    assert head.boosters_[0].train_set.num_data() == len(x)  # the watched rows included


@needs_lightgbm
def test_the_number_of_threads_changes_nothing(monkeypatch) -> None:
    monkeypatch.setattr(boosting_core, "MOST_ROUNDS", 8)
    x, y = rows(60)
    one, two = (boosting.BoostingHead(measure="mse", threads=threads).fit(x, y) for threads in (1, 2))
    np.testing.assert_array_equal(one.predict(x), two.predict(x))


@needs_lightgbm
def test_each_target_has_its_own_booster_on_the_rows_that_have_it() -> None:
    x, y = rows()
    targets = np.column_stack([y, -y])
    targets[::3, 1] = np.nan
    head = boosting.BoostingHead(measure="mse").fit(x, targets)
    have = ~np.isnan(targets[:, 1])
    alone = boosting.BoostingHead(measure="mse").fit(x[have], targets[have, 1])
    np.testing.assert_array_equal(head.predict(x)[:, 1], alone.predict(x)[:, 0])


@needs_lightgbm
def test_mae_is_trained_by_the_error_that_does_better_on_the_watched_rows() -> None:
    # Nine of ten targets are exactly 5: only the absolute error predicts the median.
    x, _ = rows(200)
    y = np.where(np.arange(200) % 10 == 0, 1.0, 5.0)
    assert boosting.BoostingHead(target_names=("y",)).fit(x, y).choices["objective"] == {"y": "regression_l1"}
    squared = boosting.BoostingHead(measure="mse", target_names=("y",)).fit(x, y)
    assert squared.choices["objective"] == {"y": "regression"}


@needs_lightgbm
def test_it_writes_nothing_to_the_terminal(capfd) -> None:
    x, y = rows(30)
    boosting.BoostingHead().fit(x, y).predict(x)
    assert capfd.readouterr() == ("", "")


@needs_lightgbm
def test_settings_are_checked() -> None:
    with pytest.raises(ConfigError, match="threads is 0"):
        boosting.BoostingHead(threads=0).fit(*rows())


@needs_lightgbm
def test_boosters_of_squared_errors_are_mapped_where_those_of_absolute_errors_never_leave_the_median() -> (
    None
):
    def sparse(n: int, seed: int):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((n, 24)).astype(np.float32)  # no single dim takes a leaf's median off 0
        hidden = 0.85 * x[:, :12].sum(axis=1) / 12**0.5 + 0.53 * rng.standard_normal(n)
        return x, (hidden[:, None] > [0.5244, 1.0364, 1.7]).sum(axis=1).astype(np.float64)

    x, y = sparse(1200, 1)
    new, truth = sparse(2000, 2)
    head = boosting.BoostingHead(measure="mae", target_names=("joy",)).fit(x, y)
    assert head.choices["objective"] == {"joy": "regression"}
    found = head.choices["median_map"]["joy"]
    assert found["with"] < found["without"]
    error = np.abs(head.predict(new)[:, 0] - truth).mean()
    assert error < 0.9 * np.abs(truth).mean()  # of the median, 0
    assert error < np.abs(head.predict_unmapped(new)[:, 0] - truth).mean()
    plain = boosting.BoostingHead(measure="mae", median_map=False).fit(x, y)
    assert plain.maps_ == [None]
    assert boosting.BoostingHead(measure="mse").fit(x, y).maps_ == []


@needs_lightgbm
def test_the_rounds_are_those_of_the_class_that_the_measure_speaks_about() -> None:
    rng = np.random.default_rng(5)
    x = rng.standard_normal((300, 6)).astype(np.float32)
    y = (x[:, 0] + rng.standard_normal(300) > 1).astype(np.int64)

    def rounds(classes: np.ndarray, positive: int) -> int:
        head = make_head("boosting", kind="classification", measure="f1", n_classes=2, positive=positive)
        return head.fit(x, classes).choices["rounds"]

    assert rounds(y, 0) != rounds(y, 1)
    assert rounds(1 - y, 0) == rounds(y, 1)  # the same class under another number
