"""Columns shuffled among whole groups: silent where the column is drawn per group, and right where it is not."""

import numpy as np
import pytest

from semascope.errors import DataError
from semascope.geometry.columns.by_groups import shuffled_among_groups
from semascope.geometry.columns.column import read_column
from semascope.geometry.columns.explaining import explained_by
from semascope.geometry.columns.regression import fit
from semascope.geometry.halves import draw_halves


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def grouped(seed, sizes=(10,) * 40):
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    rows = rng.standard_normal((len(sizes), 16))[groups] + 0.5 * rng.standard_normal((len(groups), 16))
    labels = [f"source {code}" for code in rng.integers(0, 3, len(sizes))[groups]]
    numbers = rng.standard_normal(len(sizes))[groups]
    mixed = numbers + 0.5 * rng.standard_normal(len(groups))  # alike within a group, not equal
    return unit(rows), groups, {"source": labels, "year": numbers, "length": mixed}


def test_a_column_drawn_per_group_is_not_above_its_floor():
    above, components, without = 0, 0, 0
    for seed in range(4):
        rows, groups, columns = grouped(seed, (6,) * 30 if seed % 2 else (2, 10) * 15)
        halves = draw_halves(len(rows), groups=groups)
        for each in explained_by(rows, columns, halves=halves, groups=groups).values():
            assert each.share.above_floor is None
            above += each.share.value > each.share.floor.high
            components += bool((each.components > each.component_floors).any())
        for each in explained_by(rows, columns, halves=halves).values():
            without += each.share.value > each.share.floor.high
    assert above <= 2  # of 12, one in 40 of which is expected
    assert components <= 3
    assert without >= 8  # as texts alone would have it


def test_what_groups_have_in_truth_is_found():
    rows, groups, columns = grouped(7)
    codes = np.array([int(value[-1]) for value in columns["source"]])
    rows = unit(rows + 0.8 * np.eye(16)[codes])
    found = explained_by(rows, columns, halves=draw_halves(400, groups=groups), groups=groups)["source"]
    assert found.share.above_floor
    assert found.adjusted.above_floor
    assert found.share.floor.value == pytest.approx(2 / 39 * _between(rows, groups), rel=0.2)


def _between(rows, groups):
    """Share of the variance that lies between groups."""
    wide = rows.astype(float) - rows.astype(float).mean(axis=0)
    means = np.stack([wide[groups == group].mean(axis=0) for group in range(groups.max() + 1)])
    return 10 * (means**2).sum() / (wide**2).sum()


def test_the_shares_of_draws_are_those_of_a_regression():
    """With two groups there are two orders: the column as it is, and the other way round."""
    rows, groups, _ = grouped(8, (30, 30))
    for values in (np.repeat(["a", "b"], 30), np.repeat([1.0, 3.0], 30)):
        column = read_column("x", values, 60)
        drawn = shuffled_among_groups(rows, column, groups)
        fitted = fit(rows, column, draw_halves(60, draws=1))
        assert drawn.of_all == pytest.approx(fitted.shares[0], abs=1e-6)
        assert drawn.of_each == pytest.approx(np.tile(fitted.each[0], (len(drawn.of_all), 1)), abs=1e-6)


def test_groups_of_one_text_are_no_groups():
    rows, _, columns = grouped(9)
    halves = draw_halves(400)
    alone = explained_by(rows, columns, halves=halves, groups=np.arange(400))
    for name, each in explained_by(rows, columns, halves=halves).items():
        assert alone[name].share == each.share


def test_one_group_and_wrong_groups():
    rows, _, columns = grouped(10)
    found = explained_by(rows, columns, halves=draw_halves(400), groups=["a"] * 400)["year"]
    assert found.share.estimate.reason == "all texts with a value are of one group"
    with pytest.raises(DataError, match="there are 3 groups for 400 texts"):
        explained_by(rows, columns, halves=draw_halves(400), groups=[1, 2, 3])
