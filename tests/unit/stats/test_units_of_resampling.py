"""Units, what is dropped by the 1 % rule, and the blocks of resamples."""

import numpy as np
import pytest

from semascope.stats.paired import bootstrap_t, skewness, without_largest
from semascope.stats.resampling import bootstrap_draws, count_blocks, is_exact, swap_blocks
from semascope.stats.units import largest_last, make_units, trimmed_count


def test_group_sums_by_hand():
    units = make_units(["b", "a", "b", "c"], 4)
    assert (units.count, units.name) == (3, "groups")
    assert units.sums(np.array([[1.0], [2.0], [4.0], [8.0]]))[:, 0].tolist() == [5.0, 2.0, 8.0]
    assert units.sizes().tolist() == [2.0, 1.0, 1.0]
    assert units.of_rows(np.array([True, False, True, True])).count == 2


def test_one_per_cent_is_at_least_one():
    assert [trimmed_count(n) for n in (5, 99, 149, 151, 1_000)] == [1, 1, 1, 2, 10]


@pytest.mark.parametrize("unit", [1.0, 1e-15, 1e9])
def test_of_equally_large_differences_those_that_pull_go_first(unit):
    sums = unit * np.array([[2.0], [-2.0], [0.1 + 0.2], [0.3], [1.0]])  # the total is positive
    assert largest_last(sums)[:, 0].tolist()[-2:] == [1, 0]
    kept, sizes = without_largest(sums, np.array([9.0, 1.0, 1.0, 1.0, 1.0]))
    assert sorted(kept[:, 0] / unit) == pytest.approx([-2.0, 0.3, 0.3, 1.0])
    assert sizes.sum() == 4.0  # the large unit left with its rows


def test_all_ways_to_swap_are_listed_once():
    (ways,) = swap_blocks(4, draws=16, seed=0)
    assert len({tuple(way) for way in ways}) == 16
    assert is_exact(4, 16)
    assert not is_exact(4, 15)


@pytest.mark.parametrize("units", [14, 1_000, 60_000])
def test_blocks_hold_all_draws_in_bounded_memory(units):
    draws = 2_000 if units < 60_000 else 30
    swaps = list(swap_blocks(units, draws=draws, seed=3))
    counts = list(count_blocks(units, draws=draws, seed=3))
    assert sum(len(block) for block in swaps) == sum(len(block) for block in counts) == draws
    assert max(block.size for block in [*swaps, *counts]) <= max(50_000, units)
    assert all((block.sum(axis=1) == units).all() for block in counts)
    assert np.mean([block.mean() for block in swaps]) == pytest.approx(0.5, abs=0.01)
    assert np.array_equal(next(swap_blocks(units, draws=draws, seed=3)), swaps[0])


def test_large_sets_take_fewer_bootstrap_draws():
    assert [bootstrap_draws(n, 10_000) for n in (100, 5_000, 10_000, 10**6)] == [10_000, 10_000, 5_000, 2_000]
    assert bootstrap_draws(10**6, 500) == 500


def test_skewness_by_hand():
    left = np.array([[-1.0, 0.0], [-1.0, 0.0], [2.0, 0.0]])
    assert skewness(left) == pytest.approx([2.0 / 2.0**1.5, 0.0])  # moments 2 and 2


def test_nearly_constant_differences_have_no_interval():
    sums = np.zeros((40, 1))
    sums[0] = 1.0  # a third of the resamples do not draw the one row that differs
    assert np.isinf(bootstrap_t(sums, np.ones(40), draws=2_000, seed=0).half[0])
    equal = bootstrap_t(np.full((40, 1), 0.5), np.ones(40), draws=2_000, seed=0)
    assert (equal.mean[0], equal.half[0]) == (0.5, 0.0)
