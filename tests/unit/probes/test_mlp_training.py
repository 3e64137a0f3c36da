"""Early stopping that really restores, and a refit that wastes no row."""

import numpy as np
import pytest

from semascope.errors import DataError
from semascope.probes.mlp import MLPHead
from semascope.probes.mlp_core import Adam, Network
from semascope.probes.mlp_train import Recipe, train_for, train_watched
from semascope.probes.scaling import VectorScale
from semascope.probes.stopping import Stopper


def noisy(n: int = 60, d: int = 10):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n, d)).astype(np.float32)
    return x, (x[:, :1] + 2 * rng.standard_normal((n, 1))).astype(np.float32)


def test_the_weights_after_stopping_are_those_of_the_best_epoch() -> None:
    x, y = noisy()
    recipe = Recipe(widths=(10, 32, 16, 1), loss="squared", rate=3e-3)
    copies: list[np.ndarray] = []

    def watched(network: Network) -> tuple[float, ...]:
        copies.append(network.flat.copy())
        return (float(np.abs(network.forward(x[40:]) - y[40:]).mean()),)

    trained = train_watched(x[:40], y[:40], watched, recipe=recipe, seed=3)
    epochs = len(trained.scores)
    assert trained.best_epoch == epochs - recipe.patience  # it went on for ten epochs, and got worse
    assert not np.array_equal(copies[-1], copies[trained.best_epoch - 1])
    np.testing.assert_array_equal(trained.network.flat, copies[trained.best_epoch - 1])
    best = watched(trained.network)  # measured again on the returned network
    assert best == min(trained.scores) == trained.scores[trained.best_epoch - 1]


def test_training_for_as_many_epochs_reaches_the_same_weights() -> None:
    x, y = noisy()
    recipe = Recipe(widths=(10, 8, 1), loss="squared")
    trained = train_watched(x, y, lambda _: (0.0,), recipe=recipe, seed=3)  # never better than after epoch 1
    assert trained.best_epoch == 1
    again = train_for(x, y, epochs=1, recipe=recipe, seed=3)
    np.testing.assert_array_equal(again.flat, trained.network.flat)


def test_the_last_fit_uses_every_row() -> None:
    x, y = noisy(40)
    head = MLPHead(hidden=(8, 4), measure="mse").fit(x, y.astype(np.float64))
    moved = y.astype(np.float64).copy()
    for row in range(0, 40, 13):  # whichever row is moved, the fitted network differs
        moved[:] = y
        moved[row] += 1e-3
        other = MLPHead(hidden=(8, 4), measure="mse").fit(x, moved)
        assert not np.array_equal(other.network_.flat, head.network_.flat)


def test_a_row_without_its_target_adds_nothing_to_the_gradient() -> None:
    x, y = noisy(20)
    targets = np.hstack([y, y])
    targets[5:, 1] = np.nan
    network = Network((10, 6, 2), np.random.default_rng(0))
    rng = np.random.default_rng(1)
    _, gradient = network.gradients(x, targets, loss="squared", dropout=0.0, generator=rng)
    changed = x.copy()
    changed[5:] += 1  # rows that lack target 1: its output weights must not notice
    _, other = network.gradients(changed, targets, loss="squared", dropout=0.0, generator=rng)
    one, two = network.views(gradient)[0][-1], network.views(other)[0][-1]
    np.testing.assert_array_equal(one[:, 1], two[:, 1])
    assert not np.array_equal(one[:, 0], two[:, 0])


def test_the_first_step_of_adam_by_hand() -> None:
    # After one step the corrected moments are g and g^2, so every weight moves by rate * sign(g), after decay.
    flat = np.array([1.0, -2.0, 3.0], dtype=np.float32)
    Adam(flat, rate=0.1, decay=0.5).step(np.array([4.0, -5.0, 1e-3], dtype=np.float32))
    np.testing.assert_allclose(flat, [0.95 - 0.1, -1.9 + 0.1, 2.85 - 0.1], rtol=1e-4)


def test_dropout_keeps_the_expected_output() -> None:
    rng = np.random.default_rng(0)
    network = Network((4, 2000, 1), rng)
    network.weights[-1][:] = 1.0
    x = np.abs(rng.standard_normal((1, 4))).astype(np.float32)
    target = np.zeros((1, 1), dtype=np.float32)
    losses = [
        network.gradients(x, target, loss="absolute", dropout=0.5, generator=rng)[0] for _ in range(200)
    ]
    assert np.mean(losses) == pytest.approx(float(network.forward(x)[0, 0]), rel=0.02)


def test_a_tie_is_no_improvement() -> None:
    stopper = Stopper(patience=1)
    assert stopper.improves(1, (0.5, 2.0))
    assert not stopper.improves(2, (0.5, 2.0))
    assert stopper.exhausted
    assert stopper.improves(3, (0.5, 1.0))  # same measure, lower loss


def test_a_row_without_any_target_is_left_out_and_a_target_without_rows_refused() -> None:
    x, y = noisy(30)
    values = y.astype(np.float64)
    values[3] = np.nan
    have = ~np.isnan(values[:, 0])
    whole = MLPHead(hidden=(4,)).fit(x, values)
    assert np.isfinite(whole.predict(x)).all()
    assert whole.choices["watched_rows"] < have.sum() / 2
    with pytest.raises(DataError, match="missing in every row"):
        MLPHead().fit(x, np.full((30, 1), np.nan))


def mostly_zero(n: int, *, signal: float, seed: int):
    """Vectors, and one target of 0 to 3 that is 0 in 70 of 100 rows."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 6)).astype(np.float32)
    hidden = signal * x[:, 0] + np.sqrt(1 - signal**2) * rng.standard_normal(n)
    return x, (hidden[:, None] > [0.5244, 1.0364, 1.7]).sum(axis=1).astype(np.float64)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_training_on_absolute_errors_starts_at_the_median(seed) -> None:
    # from the mean, 0.7 deviations away, the first epochs are up to a third worse than the median
    x, y = mostly_zero(400, signal=0.0, seed=seed)
    new, truth = mostly_zero(2000, signal=0.0, seed=seed + 10)
    head = MLPHead(measure="mae").fit(x, y)
    assert head.target_scale_.centre.tolist() == [0.0]
    assert np.abs(head.predict(new)[:, 0] - truth).mean() < 1.04 * np.abs(truth).mean()
    assert MLPHead(measure="mse").fit(x, y).target_scale_.centre == pytest.approx([y.mean()])


def test_the_network_too_passes_through_a_map_where_the_watched_rows_gain() -> None:
    rng = np.random.default_rng(5)
    x = rng.standard_normal((600, 6)).astype(np.float32)
    y = np.where(x[:, 0] + 0.4 * rng.standard_normal(600) > 0.3, 10.0, 0.0)  # only two values occur
    head = MLPHead(measure="mae", target_names=("y",)).fit(x, y)
    found = head.choices["median_map"]["y"]
    assert found["with"] < found["without"]
    line, mapped = head.predict_unmapped(x)[:, 0], head.predict(x)[:, 0]
    assert (np.diff(mapped[np.argsort(line)]) >= 0).all()  # the order is kept, but for ties
    assert MLPHead(measure="mae", median_map=False).fit(x, y).maps_ == [None]


def test_a_network_saved_before_there_were_maps_answers_as_it_did() -> None:
    x, y = mostly_zero(200, signal=0.8, seed=4)
    head = MLPHead(measure="mse").fit(x, y)
    arrays, settings = head.state()
    arrays = {"target_mean" if name == "target_centre" else name: each for name, each in arrays.items()}
    settings = settings | {"params": {k: v for k, v in settings["params"].items() if k != "median_map"}}
    np.testing.assert_array_equal(MLPHead.from_state(arrays, settings).predict(x), head.predict(x))


def test_equal_vectors_are_only_shifted() -> None:
    scale = VectorScale.of(np.full((5, 3), 2.0, dtype=np.float32))
    assert scale.apply(np.array([[2.0, 3.0, 5.0]], dtype=np.float32)).tolist() == [[0.0, 1.0, 3.0]]
