"""All numbers of one space at once: planted spaces, and little or odd input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import DataError
from semascope.geometry.halves import draw_halves
from semascope.geometry.shape.describing import describe_shape
from semascope.geometry.shape.isotropic import isotropic_rows
from semascope.neighbors import top_k

KEYS = [
    "mean_cosine",
    "isoscore",
    "isoscore_star",
    "effective_rank",
    "first_component",
    "partition_isotropy",
    "uniformity",
    "alignment",
    "intrinsic_dimension",
    "hubness",
]


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def described(rows, **kwargs):
    return describe_shape(rows, halves=draw_halves(len(rows)), **kwargs)


def test_isotropic_data_is_told_from_nothing():
    rng = np.random.default_rng(1)
    found = described(isotropic_rows(300, 20, rng), codes=rng.integers(0, 4, 300))
    assert list(found.measured) == KEYS
    assert (found.texts, found.dims) == (300, 20)
    for key, number in found.measured.items():
        assert number.above_floor is None, key
        assert number.floor.n == 300
    assert found.spectrum.sum() == pytest.approx(1)
    assert found.null_spectrum == pytest.approx(found.spectrum, abs=0.01)


def test_a_cone_is_told_from_isotropic_data():
    rng = np.random.default_rng(2)
    found = described(unit(rng.standard_normal((300, 20)) + 2)).measured
    assert "alignment" not in found
    assert found["mean_cosine"].above_floor
    assert found["partition_isotropy"].above_floor is False
    assert found["uniformity"].above_floor


def test_low_rank_is_told_from_isotropic_data():
    rng = np.random.default_rng(3)
    found = described(unit(rng.standard_normal((300, 3)) @ rng.standard_normal((3, 20)))).measured
    for key in ("isoscore", "isoscore_star", "effective_rank", "intrinsic_dimension"):
        assert found[key].above_floor is False, key
    assert found["first_component"].above_floor
    assert found["intrinsic_dimension"].value == pytest.approx(2, rel=0.2)


def test_one_outlier_dim_is_told():
    rng = np.random.default_rng(4)
    rows = rng.standard_normal((300, 20))
    rows[:, 3] += 8
    found = described(unit(rows))
    assert found.outlying.dims == (3,)
    assert found.outlying.carried.above_floor
    assert found.outlying.cosine_without.above_floor is None
    assert found.measured["mean_cosine"].value > 0.5


def test_neighbours_that_are_given_are_those_that_are_found():
    rng = np.random.default_rng(5)
    rows = isotropic_rows(100, 8, rng)
    nearest = top_k(rows, rows, 30, exclude_self=True)
    ours, given = described(rows), described(rows, nearest=nearest)
    for key in ("hubness", "intrinsic_dimension"):
        assert ours.measured[key] == given.measured[key]


def test_pairs_make_the_alignment():
    rng = np.random.default_rng(6)
    rows = isotropic_rows(60, 8, rng)
    found = described(
        rows, codes=np.zeros(60, dtype=int), pairs=unit(rows + 0.1 * isotropic_rows(60, 8, rng))
    )
    assert found.measured["alignment"].null == "shuffled pairs"
    assert found.measured["alignment"].above_floor is False


def test_the_same_seed_gives_the_same_numbers_and_rows_may_be_half_precision():
    rows = isotropic_rows(80, 8, np.random.default_rng(7))
    first, second = described(rows), described(rows)
    assert first.measured == second.measured
    rough = described(rows.astype(np.float16))
    assert rough.measured["mean_cosine"].value == pytest.approx(first.measured["mean_cosine"].value, abs=1e-4)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("d", [1, 2, 12])
def test_few_texts_give_numbers_or_reasons(n, d):
    rows = isotropic_rows(n, d, np.random.default_rng(8))
    found = described(rows, codes=np.arange(n) % 2)
    for key, number in found.measured.items():
        if np.isnan(number.value) or np.isnan(number.estimate.low):
            assert number.estimate.reason, key
        else:
            assert number.estimate.low <= number.value <= number.estimate.high, key
    assert (found.cosines is None) == (n < 2)
    assert found.components.coordinates.shape == (n, 2)


def test_fewer_texts_than_dims():
    found = described(isotropic_rows(20, 50, np.random.default_rng(9)))
    assert found.measured["isoscore"].note
    assert found.measured["effective_rank"].value <= 19
    assert (found.spectrum[19:] == 0).all()


def test_equal_vectors():
    found = described(np.tile(np.float32([0.6, 0.8, 0, 0]), (40, 1)), codes=np.zeros(40, dtype=int))
    assert found.measured["mean_cosine"].value == pytest.approx(1, abs=1e-6)
    assert found.measured["alignment"].value == pytest.approx(0, abs=1e-6)
    for key in ("isoscore", "isoscore_star", "effective_rank", "first_component"):
        assert found.measured[key].estimate.reason == "all vectors are equal"
    assert np.isnan(found.spectrum).all()


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_a_rotation_changes_nothing_but_the_dims(seed):
    n, d, rng = 40, 5, np.random.default_rng(seed)
    rows = unit(rng.standard_normal((n, d)) + 0.3)
    turned = unit(rows.astype(float) @ np.linalg.qr(rng.standard_normal((d, d)))[0])
    codes = rng.integers(-1, 3, n)
    first, second = described(rows, codes=codes), described(turned, codes=codes)
    for key, number in first.measured.items():
        other = second.measured[key]
        assert other.value == pytest.approx(number.value, rel=1e-3, abs=1e-4, nan_ok=True), key
        assert other.estimate.high == pytest.approx(number.estimate.high, rel=1e-2, abs=1e-3, nan_ok=True), (
            key
        )
    assert second.spectrum == pytest.approx(first.spectrum, abs=1e-5)


def test_halves_of_other_texts_are_refused():
    rows = isotropic_rows(20, 4, np.random.default_rng(10))
    with pytest.raises(DataError, match="the halves are of 10 texts and there are 20"):
        describe_shape(rows, halves=draw_halves(10))


def test_progress_is_told():
    steps = []
    described(isotropic_rows(50, 5, np.random.default_rng(11)), progress=steps.append)
    stages = {step.stage for step in steps}
    assert {
        "adding up the vectors",
        "pairs of texts",
        "finding neighbours",
        "isotropic neighbours",
        "removing dims",
    } <= stages
    assert all(0 < step.done <= step.total for step in steps)


def test_groups_of_texts_widen_the_intervals():
    """Texts of one group say the same: with whole groups in a half, less is known."""
    rng = np.random.default_rng(12)
    rows = unit(np.repeat(rng.standard_normal((40, 6)), 10, axis=0) + 0.1 * rng.standard_normal((400, 6)))
    groups = np.repeat(np.arange(40), 10)
    alone = describe_shape(rows, halves=draw_halves(400)).measured["effective_rank"].estimate
    grouped = describe_shape(rows, halves=draw_halves(400, groups=groups)).measured["effective_rank"].estimate
    assert grouped.high - grouped.low > 1.5 * (alone.high - alone.low)
