from pathlib import Path

import numpy as np
import pytest

from semascope.data.read import read_table
from semascope.data.shortcut import share_explained, share_explained_classes
from semascope.errors import DataError

SHARED = Path(__file__).parents[3] / "../shared/data"


def slow_r2(values, target):
    """Each row left out in turn, with plain means."""
    residual, total = 0.0, 0.0
    for i, (value, y) in enumerate(zip(values, target, strict=True)):
        others = [t for j, t in enumerate(target) if j != i]
        alike = [t for j, (v, t) in enumerate(zip(values, target, strict=True)) if j != i and v == value]
        total += (y - np.mean(others)) ** 2
        residual += (y - np.mean(alike or others)) ** 2
    return 1 - residual / total


def slow_tau(values, labels):
    within, overall = [], []
    for i, (value, label) in enumerate(zip(values, labels, strict=True)):
        others = [x for j, x in enumerate(labels) if j != i]
        alike = [x for j, (v, x) in enumerate(zip(values, labels, strict=True)) if j != i and v == value]
        overall.append(np.mean([x == label for x in others]))
        within.append(np.mean([x == label for x in alike or others]))
    return (np.mean(within) - np.mean(overall)) / (1 - np.mean(overall))


def test_agrees_with_leaving_each_row_out():
    rng = np.random.default_rng(3)
    values = [f"g{i}" for i in rng.integers(0, 12, 60)]
    target = rng.normal(size=60) + np.array([hash_ % 3 for hash_ in range(60)])
    labels = [f"c{i}" for i in rng.integers(0, 3, 60)]
    assert share_explained(values, target) == pytest.approx(slow_r2(values, target), abs=1e-12)
    assert share_explained_classes(values, labels) == pytest.approx(slow_tau(values, labels), abs=1e-12)


def test_ids_and_random_small_groups_explain_nothing():
    rng = np.random.default_rng(0)
    target = rng.normal(size=2000)
    assert share_explained([str(i) for i in range(2000)], target) == pytest.approx(0.0, abs=1e-12)
    pairs = [str(i // 2) for i in range(2000)]
    assert share_explained(pairs, target) < 0  # plain R2 of the means would be .5
    labels = [str(i) for i in rng.integers(0, 2, 2000)]
    assert abs(share_explained_classes(pairs, labels)) < 0.1
    assert share_explained_classes([str(i) for i in range(2000)], labels) == pytest.approx(0.0, abs=1e-12)


def test_a_column_that_settles_the_target_explains_all():
    assert share_explained(["a", "b"] * 10, np.array([1.0, 5.0] * 10)) == 1.0
    assert share_explained_classes(["a", "b"] * 10, ["x", "y"] * 10) == 1.0


def test_balanced_classes_in_groups_by_hand():
    # four classes of 100, two to a value: within 99 / 199, overall 99 / 399
    labels = [c for c in "wxyz" for _ in range(100)]
    values = ["left" if c in "wx" else "right" for c in labels]
    expected = (99 / 199 - 99 / 399) / (1 - 99 / 399)
    assert share_explained_classes(values, labels) == pytest.approx(expected)


def test_missing_targets_are_left_out():
    values = ["a", "a", "b", "b", "a", "c"]
    assert share_explained(values, np.array([0, 2, 10, 12, np.nan, np.nan])) == pytest.approx(
        1 - 16 / (104 * 16 / 9)
    )
    assert share_explained_classes(values, ["x", "x", "y", "y", "", ""]) == 1.0


def test_nothing_to_explain_is_nan():
    assert np.isnan(share_explained(["a", "b"], np.array([1.0, 1.0])))
    assert np.isnan(share_explained(["a", "b"], np.array([1.0, np.nan])))
    assert np.isnan(share_explained([], np.array([])))
    assert np.isnan(share_explained_classes(["a", "b"], ["x", "x"]))
    assert np.isnan(share_explained_classes([], []))
    with pytest.raises(DataError, match="the column has 1 values for 2 targets"):
        share_explained(["a"], np.array([1.0, 2.0]))


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data")
def test_on_large_groups_it_is_just_below_plain_r2():
    table = read_table(SHARED / "article_scores.jsonl")
    values = np.array(table.strings("source"))
    assert len(set(values)) == 14
    for column in table.columns[8:]:
        target = table.numbers(column)
        residual = sum(((target[values == v] - target[values == v].mean()) ** 2).sum() for v in set(values))
        plain = 1 - residual / ((target - target.mean()) ** 2).sum()
        assert plain - 0.015 < share_explained(values.tolist(), target) < plain
