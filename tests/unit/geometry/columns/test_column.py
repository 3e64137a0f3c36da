"""Columns read as labels or numbers."""

import numpy as np
import pytest

from semascope.errors import DataError
from semascope.geometry.columns.column import read_column


def test_numbers_are_brought_to_spread_one_about_their_mean():
    column = read_column("length", [2, None, 4.0, float("nan"), 6], 5)
    assert column.kind == "numbers"
    assert column.known.tolist() == [0, 2, 4]
    assert column.numbers[column.known].mean() == pytest.approx(0)
    assert column.numbers[column.known].std() == pytest.approx(1)
    assert column.numbers[[1, 3]].tolist() == [0, 0]
    assert column.values == 3


@pytest.mark.parametrize("values", [np.array([1, 2, 3]), np.array([1.5, 2, 3], dtype=np.float16)])
def test_arrays_of_numbers_are_numbers(values):
    assert read_column("x", values, 3).kind == "numbers"


def test_labels_are_counted_from_nought():
    column = read_column("language", ["en", "", "de", None, "en"], 5)
    assert column.kind == "labels"
    assert column.codes.tolist() == [0, -1, 1, -1, 0]
    assert column.known.tolist() == [0, 2, 4]


@pytest.mark.parametrize("values", [[True, False, True], ["1", "2", "3"], [1, "a", 2]])
def test_what_is_not_all_numbers_is_labels(values):
    assert read_column("x", values, 3).kind == "labels"


def test_nothing_there():
    column = read_column("x", [None, None], 2)
    assert column.known.tolist() == []
    assert column.values == 0


def test_a_wrong_number_of_values_is_refused():
    with pytest.raises(DataError, match="column 'x' has 2 values for 3 texts"):
        read_column("x", ["a", "b"], 3)


def test_an_infinite_number_is_refused():
    with pytest.raises(DataError, match="column 'x' holds an infinite number"):
        read_column("x", [1.0, float("inf")], 2)


def test_one_number_everywhere_has_no_spread():
    column = read_column("x", [3, 3, 3], 3)
    assert column.values == 1
    assert column.numbers.tolist() == [0, 0, 0]
