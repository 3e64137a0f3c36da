"""What a shuffled column explains, against shuffling it."""

import numpy as np
import pytest

from semascope.geometry.columns.column import read_column
from semascope.geometry.columns.regression import fit
from semascope.geometry.columns.shuffled import floor_of_component, floor_of_share, highest_of_components
from semascope.geometry.halves import draw_halves
from semascope.geometry.shape.alignment import moments_of

LENGTHS = np.random.default_rng(1).lognormal(3, 1, 80).tolist()
LANGUAGES = [f"language {code}" for code in np.random.default_rng(2).integers(0, 6, 80).tolist()]


def rows_of(shift):
    rng = np.random.default_rng(3)
    rows = rng.normal(shift, 1, (80, 5)) * [3, 2, 1, 1, 1]
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("values", [LENGTHS, LANGUAGES, [*LANGUAGES[:60], *map(str, range(20))]])
@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_the_range_of_shuffled_columns(values, shift):
    rows, rng, halves = rows_of(shift), np.random.default_rng(4), draw_halves(80, draws=1)
    floor = floor_of_share(read_column("x", values, 80), moments_of(rows, np.arange(80)))
    shares = np.array(
        [
            fit(rows, read_column("x", [values[row] for row in rng.permutation(80)], 80), halves).shares[0]
            for _ in range(300)
        ]
    )
    assert floor.value == pytest.approx(shares.mean(), rel=0.1)
    assert 0.005 < np.mean((shares < floor.low) | (shares > floor.high)) < 0.09


def test_a_component_explained_by_chance():
    rng = np.random.default_rng(5)
    floor = floor_of_component(60, 4)
    codes = np.repeat(np.arange(4), 15)
    shares = []
    for _ in range(500):
        values = rng.standard_normal(60)
        means = np.array([values[codes == code].mean() for code in range(4)])
        shares.append(15 * ((means - values.mean()) ** 2).sum() / ((values - values.mean()) ** 2).sum())
    assert floor.value == pytest.approx(np.mean(shares), rel=0.1)
    assert 0.02 < np.mean(np.array(shares) > floor.high) + np.mean(np.array(shares) < floor.low) < 0.08
    assert np.mean(np.array(shares) > highest_of_components(60, 4, 1)) == pytest.approx(0.05, abs=0.025)
    assert highest_of_components(60, 4, 10) > highest_of_components(60, 4, 1)


def test_three_texts_have_a_mean_and_no_range():
    rows = rows_of(0.0)[:3]
    floor = floor_of_share(read_column("x", ["a", "a", "b"], 3), moments_of(rows, np.arange(3)))
    assert floor.value == 0.5
    assert np.isnan(floor.low)
