"""Sides of a geometry: copies, groups and labels stay whole, and what cannot be split says why."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import DataError
from semascope.studies.geometry.judging import sides as module
from semascope.studies.geometry.judging.sides import (
    check_rows,
    equal_rows,
    rows_together,
    split_labels,
    units_of,
)

NAMES = list("abcdef")


def split(codes, components=None, **kwargs):
    codes = np.asarray(codes)
    components = np.arange(len(codes)) if components is None else np.asarray(components)
    return split_labels(
        codes, NAMES, components, **({"label": "subject", "test_size": 0.3, "seed": 1} | kwargs)
    )


@settings(deadline=None, max_examples=30)
@given(n=st.integers(40, 80), labels=st.integers(2, 5), groups=st.integers(15, 40), seed=st.integers(0, 50))
def test_no_component_is_torn_and_every_label_is_on_both_sides(n, labels, groups, seed):
    rng = np.random.default_rng(seed)
    codes, components = rng.integers(-1, labels, size=n), rng.integers(groups, size=n)
    found = split(codes, components)
    if found.reason:
        return
    assert not set(components[found.train]) & set(components[found.test])
    assert not set(found.train) & set(found.test)
    left = [code for code in range(labels) if len(set(components[codes == code])) >= 2]
    kept = np.flatnonzero(np.isin(codes, left))
    assert sorted([*found.train, *found.test]) == kept.tolist()
    assert found.labels == len(left)


def test_a_label_that_cannot_be_on_both_sides_is_left_out():
    codes = [0] * 15 + [1] * 15 + [2, 3, 3]
    components = [*range(31), 40, 40]  # both texts of the fourth label are copies
    found = split(codes, components)
    assert not {30, 31, 32} & {*found.train, *found.test}
    assert found.labels == 2
    assert found.notes[0].startswith("2 labels stand in one row alone, or in copies of it")
    assert "c and d" in found.notes[0]


@pytest.mark.parametrize(
    ("codes", "components", "why"),
    [
        ([-1] * 30, None, "'subject' has no label"),
        ([0] * 30, None, "'subject' has only one label"),
        ([0] * 29 + [1], None, "fewer than two labels of 'subject' have two rows that differ"),
        ([0, 1] * 9, None, "18 rows with such a label; a split needs 20"),
        ([0, 1] * 20, [0] * 40, "fewer than two labels of 'subject' have two rows that differ"),
    ],
)
def test_labels_that_cannot_be_split_say_why(codes, components, why):
    found = split(codes, components)
    assert found.reason == why
    assert len(found.train) == len(found.test) == 0


def test_units_are_rows_where_no_copy_is_held_out():
    assert units_of(np.array([4, 2, 9])) is None
    assert units_of(np.array([4, 2, 4])) == [4, 2, 4]
    assert split([0, 1] * 20).units is None
    found = split([0, 1] * 20, np.arange(40) // 4)
    assert len(found.units) == len(found.test)
    assert len(set(found.units)) < len(found.units)


def test_a_probe_of_many_rows_is_fitted_on_some_of_every_label(monkeypatch):
    monkeypatch.setattr(module, "MOST_TRAINED", 12)
    codes = np.array([0] * 60 + [1] * 4)
    found = split(codes)
    rows = found.probed(codes, seed=0)
    assert len(rows) == 12
    assert set(rows) <= set(found.train)
    assert set(codes[rows]) == {0, 1}
    assert found.trained_note() == f"Probes are fitted on 12 of {len(found.train)} training rows."
    monkeypatch.undo()
    assert found.probed(codes, seed=0) is found.train
    assert found.trained_note() == ""


def test_texts_groups_and_equal_vectors_are_kept_together():
    texts = ["high tide", "High  Tide", "ebb", "moon", "wind"]
    assert rows_together(texts).tolist() == [0, 0, 1, 2, 3]
    assert rows_together(texts, groups=["", "", "x", "x", ""]).tolist() == [0, 0, 1, 1, 2]
    assert rows_together(texts, kinds=np.array([0, 1, 2, 3, 2])).tolist() == [0, 0, 1, 2, 1]


def test_rows_are_equal_only_where_all_spaces_say_so():
    a, b = np.array([[1.0, 0], [1, 0], [0, 1]]), np.array([[1.0], [2], [1]])
    assert equal_rows([a]).tolist() == [0, 0, 1]
    assert equal_rows([a, b]).tolist() == [0, 1, 2]
    assert equal_rows([a[:, ::-1]]).tolist() == [0, 0, 1]


def test_unequal_numbers_of_rows_are_refused():
    with pytest.raises(DataError, match="'minilm' has 2 rows for 3 labels"):
        check_rows(np.zeros(3), {"minilm": np.zeros((2, 4))})
    with pytest.raises(DataError, match="'components' has 2 rows for 3 labels"):
        split([0, 1, 0], [0, 1])
