"""What columns explain of planted spaces."""

import numpy as np
import pytest

from semascope.geometry.columns.explaining import explained_by
from semascope.geometry.halves import draw_halves


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def planted(n=300, d=20):
    """Labels of two languages apart along dim 0, lengths along dim 1, and a column that says nothing."""
    rng = np.random.default_rng(1)
    languages, lengths = rng.integers(0, 2, n), rng.standard_normal(n)
    rows = rng.standard_normal((n, d))
    rows[:, 0] += 6 * languages
    rows[:, 1] += 2 * lengths
    columns = {
        "language": [("en", "de")[code] for code in languages],
        "length": lengths,
        "month": [f"month {code}" for code in rng.integers(0, 12, n)],
    }
    return unit(rows), columns


def test_what_is_planted_is_explained_and_what_is_not_is_chance():
    rows, columns = planted()
    found = explained_by(rows, columns, halves=draw_halves(300))
    assert list(found) == ["language", "length", "month"]
    assert found["language"].share.above_floor
    assert found["length"].share.above_floor
    assert found["month"].share.above_floor is None
    assert found["language"].components[0] > 0.8
    assert found["language"].components[0] > found["language"].component_floors[0]
    assert np.mean(found["month"].components < found["month"].component_floors) == 1
    assert found["month"].adjusted.value == pytest.approx(0, abs=0.01)
    assert found["month"].adjusted.estimate.low < 0 < found["month"].adjusted.estimate.high
    assert (found["month"].kind, found["month"].values, found["length"].kind) == ("labels", 12, "numbers")


def test_share_and_adjusted_share_by_hand():
    rows, columns = planted(60)
    wide = rows.astype(float)
    codes = np.array(columns["language"]) == "en"
    total = ((wide - wide.mean(axis=0)) ** 2).sum()
    between = sum(
        own.sum() * ((wide[own].mean(axis=0) - wide.mean(axis=0)) ** 2).sum() for own in (codes, ~codes)
    )
    found = explained_by(rows, columns, halves=draw_halves(60))["language"]
    assert found.share.value == pytest.approx(between / total, abs=1e-6)
    assert found.adjusted.value == pytest.approx(1 - (1 - between / total) * 59 / 58, abs=1e-6)  # Ezekiel
    assert found.share.floor.value == pytest.approx(1 / 59)
    assert found.adjusted.floor.value == 0
    assert found.adjusted.floor.high == pytest.approx((found.share.floor.high - 1 / 59) / (58 / 59))
    assert found.component_shares.sum() < 1
    assert len(found.component_shares) == len(found.components) == 10


def test_components_are_those_of_all_texts():
    rows, columns = planted(80)
    wide = rows.astype(float) - rows.astype(float).mean(axis=0)
    left, lengths, _ = np.linalg.svd(wide, full_matrices=False)
    expected = [np.corrcoef(left[:, place], columns["length"])[0, 1] ** 2 for place in range(10)]
    found = explained_by(rows, columns, halves=draw_halves(80))["length"]
    assert found.components == pytest.approx(expected, abs=1e-5)
    assert found.component_shares == pytest.approx((lengths**2 / (lengths**2).sum())[:10], abs=1e-6)


def test_texts_without_a_value_are_left_out_of_their_column_alone():
    rows, columns = planted(120)
    gaps = [None if row % 3 == 0 else value for row, value in enumerate(columns["language"])]
    found = explained_by(rows, {"language": gaps, "length": columns["length"]}, halves=draw_halves(120))
    kept = np.array([row % 3 != 0 for row in range(120)])
    alone = explained_by(rows[kept], {"language": [each for each in gaps if each]}, halves=draw_halves(80))
    assert found["language"].texts == found["language"].share.estimate.n == 80
    assert found["language"].share.value == pytest.approx(alone["language"].share.value, abs=1e-6)
    assert found["language"].share.floor.high == pytest.approx(alone["language"].share.floor.high, abs=1e-6)
    assert found["length"].texts == 120


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (["a"] * 40, "all texts have the same value"),
        ([None] * 40, "0 texts are too few with a value"),
        (["a", "b"] + [None] * 38, "2 texts are too few with a value"),
        ([str(row) for row in range(40)], "every text has a value of its own"),
        ([3.0] * 40, "all texts have the same value"),
    ],
)
def test_columns_that_explain_nothing_have_a_reason(values, reason):
    rows = planted(40)[0]
    found = explained_by(rows, {"x": values}, halves=draw_halves(40))["x"]
    for number in (found.share, found.adjusted):
        assert np.isnan(number.value)
        assert number.estimate.reason == reason
    assert len(found.components) == 0


def test_nearly_as_many_values_as_texts_are_no_finding():
    rows = planted(60)[0]
    values = [str(row) for row in range(59)] + ["0"]
    found = explained_by(rows, {"x": values}, halves=draw_halves(60))["x"]
    assert found.share.value > 0.9
    assert found.share.floor.value == pytest.approx(58 / 59)
    assert not found.share.above_floor


def test_equal_vectors_leave_nothing_to_explain():
    rows = np.tile(np.float32([0.6, 0.8]), (40, 1))
    found = explained_by(rows, {"x": ["a", "b"] * 20}, halves=draw_halves(40))["x"]
    assert found.share.estimate.reason == "all vectors are equal"


def test_no_columns_and_no_texts():
    assert explained_by(planted(10)[0], {}, halves=draw_halves(10)) == {}
    found = explained_by(np.zeros((0, 4), dtype=np.float32), {"x": []}, halves=draw_halves(0))
    assert found["x"].share.estimate.reason == "0 texts are too few with a value"


def test_fewer_dims_than_components():
    rows, columns = planted(60, 3)
    assert len(explained_by(rows, columns, halves=draw_halves(60))["length"].components) == 3
