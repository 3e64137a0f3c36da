"""IsoScore, effective rank and the first component on spaces whose numbers are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.geometry.halves import draw_halves
from semascope.geometry.shape.alignment import moments_of
from semascope.geometry.shape.isotropic import drawn_moments, isotropic_numbers, isotropic_rows
from semascope.geometry.shape.spectrum import effective_rank, isoscore, spectral
from semascope.geometry.shape.sums import Moments, add_up
from semascope.geometry.shape.variances import measure_variances


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def variances(rows, **kwargs):
    return measure_variances(
        add_up(rows, draw_halves(len(rows))),
        null=isotropic_numbers(max(len(rows), 2), rows.shape[1], seed=1).spectra,
    )


def written_out(values):
    """IsoScore by the steps of the paper."""
    d = len(values)
    scaled = np.sqrt(d) * values / np.linalg.norm(values)
    defect = np.linalg.norm(scaled - 1) / np.sqrt(2 * (d - np.sqrt(d)))
    return ((d - defect**2 * (d - np.sqrt(d))) ** 2 - d) / (d * (d - 1))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=30))
def test_isoscore_is_the_papers(values):
    values = np.array(values)
    found = isoscore(values.sum(), (values**2).sum(), len(values))
    assert found == pytest.approx(written_out(values), abs=1e-9)
    assert -1e-12 <= found <= 1 + 1e-12


@pytest.mark.parametrize("n", [90, 6])  # of six texts, their own span is looked at
def test_numbers_of_the_centred_rows_against_a_decomposition(n):
    rows = unit(np.random.default_rng(1).normal(0.3, 1, (n, 7)) * [3, 2, 1, 1, 1, 1, 0.2])
    found = variances(rows)
    lengths = np.linalg.svd(rows.astype(float) - rows.astype(float).mean(axis=0), compute_uv=False)
    lengths = np.append(lengths, np.zeros(7 - len(lengths)))
    lengths[min(n - 1, 7) :] = 0
    parts = lengths[lengths > 0] / lengths.sum()
    assert found.measured["effective_rank"].value == pytest.approx(np.exp(-(parts * np.log(parts)).sum()))
    assert found.measured["first_component"].value == pytest.approx(lengths[0] ** 2 / (lengths**2).sum())
    assert found.measured["isoscore"].value == pytest.approx(written_out(lengths**2))
    assert found.shares == pytest.approx(lengths**2 / (lengths**2).sum())


def test_isotropic_data_lies_in_its_own_floor():
    rng = np.random.default_rng(2)
    inside = dict.fromkeys(("isoscore", "isoscore_star", "effective_rank", "first_component"), 0)
    for _ in range(20):
        for key, number in variances(isotropic_rows(100, 10, rng)).measured.items():
            inside[key] += number.floor.low <= number.value <= number.floor.high
            assert number.above_floor is None, key
    assert min(inside.values()) >= 16


def test_a_plane_has_two_axes():
    rng = np.random.default_rng(3)
    rows = unit(rng.standard_normal((500, 2)) @ np.linalg.qr(rng.standard_normal((12, 2)))[0].T)
    found = variances(rows).measured
    assert found["effective_rank"].value == pytest.approx(2, abs=0.01)
    assert found["isoscore"].value == pytest.approx(1 / 11, abs=0.003)  # two of twelve: (2 - 1) / (12 - 1)
    assert found["effective_rank"].above_floor is False


def test_one_loud_dim_is_the_first_component():
    rows = np.random.default_rng(4).standard_normal((400, 30))
    rows[:, 3] *= 10
    found = variances(unit(rows)).measured
    assert found["first_component"].above_floor
    assert found["first_component"].value > 0.5
    assert found["isoscore"].above_floor is False


def test_a_cone_is_even_about_its_mean():
    """Numbers are about the mean: a cone of round section has the rank of its section."""
    rng = np.random.default_rng(5)
    rows = 0.02 * rng.standard_normal((2000, 10))
    rows[:, 0] = 1
    found = variances(unit(rows)).measured
    assert found["effective_rank"].value == pytest.approx(9, abs=0.3)


def test_few_texts_are_shrunk_towards_a_round_space():
    rows = isotropic_rows(30, 60, np.random.default_rng(6))
    found = variances(rows).measured
    assert found["isoscore"].value < 0.4
    assert found["isoscore_star"].value > 0.95
    assert "fewer texts than dims" in found["isoscore"].note


@pytest.mark.parametrize(
    ("n", "reason"), [(0, "0 texts are too few"), (1, "1 text is too few"), (20, "all vectors are equal")]
)
def test_without_variance_there_is_a_reason(n, reason):
    found = variances(np.tile(np.float32([0.6, 0.8]), (n, 1)))
    for number in found.measured.values():
        assert np.isnan(number.value)
        assert reason in number.estimate.reason


def test_one_dim_has_no_isoscore():
    rows = np.sign(np.random.default_rng(7).standard_normal((40, 1))).astype(np.float32)
    found = variances(rows).measured
    assert found["isoscore"].estimate.reason == "one dim has no directions to compare"
    assert found["effective_rank"].value == pytest.approx(1)


def test_drawn_scatter_and_drawn_rows_have_the_same_spectrum():
    rng = np.random.default_rng(8)
    n, d = 300, 40
    by_rows = [spectral(moments_of(isotropic_rows(n, d, rng), np.arange(n)), equal=0.0) for _ in range(40)]
    by_scatter = [spectral(drawn_moments(n, d, rng), equal=0.0) for _ in range(40)]
    for field in ("isoscore", "effective_rank", "first"):
        ours = [getattr(each, field) for each in by_scatter]
        theirs = [getattr(each, field) for each in by_rows]
        assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.02), field


def test_products_in_merged_blocks_give_the_halves_own_covariances(monkeypatch):
    """A wide space has fewer, larger blocks: its halves are still halves of texts."""
    from semascope.geometry.shape import sums as module

    monkeypatch.setattr(
        module, "_HELD", 8 * 6 * 6 * 10
    )  # ten blocks of 6 dims at the most: eight of four each
    rows = isotropic_rows(100, 6, np.random.default_rng(9))
    sums = add_up(rows, draw_halves(100))
    assert sums.coarse.blocks == 8
    for mask, half in zip(sums.coarse.masks(), sums.each_half(), strict=False):
        part = rows[mask].astype(float)
        assert half.count == len(part)
        assert half.sum == pytest.approx(part.sum(axis=0))
        assert half.products == pytest.approx(part.T @ part)
    assert sums.whole.products == pytest.approx(rows.T.astype(float) @ rows.astype(float))


def test_effective_rank_of_equal_shares_is_their_number():
    assert effective_rank(np.array([0.25] * 4)) == pytest.approx(4)
    assert effective_rank(np.array([1.0, 0.0])) == pytest.approx(1)


def test_scatter_is_about_the_mean():
    rows = np.array([[0.0, 1.0], [2.0, 3.0]])
    moments = Moments(count=2.0, sum=rows.sum(axis=0), products=rows.T @ rows, dims=2)
    assert moments.scatter == pytest.approx(np.array([[2.0, 2.0], [2.0, 2.0]]))
