import math

import pyarrow as pa
import pytest

from semascope.data.cells import two_ways
from semascope.data.number_rule import not_all_numbers, why_no_number
from semascope.data.table import Table
from semascope.errors import DataError


@pytest.mark.parametrize("cell", ["", " ", "nan", "NaN", "1", "-12", " .5 ", "1e3", "+2.", "1.200", "1e308"])
def test_numbers_and_missing_cells_need_no_reason(cell):
    assert why_no_number(cell) is None


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("calm", ""),
        ("2024-01-02", ""),
        ("1-2", ""),
        ("A1", ""),
        ("1.2.3", ""),
        ("(5)", ""),
        ("10:30", ""),
        ("inf", "infinite"),
        ("-Infinity", "infinite"),
        ("1e400", "beyond the largest float"),
        ("1_000", "underscore: write 1000"),
        ("NA", "missing cell"),
        ("n/a", "missing cell"),
        ("4,5", "decimal comma: write 4.5"),
        ("-0,25", "decimal comma: write -0.25"),
        ("1,200", "write 1200 or 1.200"),
        ("1,234,567", "write 1234567"),
        ("1.234.567", "write 1234567"),
        ("1.234,5", "write 1234.5"),
        ("1,234.5", "write 1234.5"),
        ("1 234", "write 1234"),
        ("1\u202f234,5", "write 1234.5"),
        ("12 %", "percent sign: write 12"),
        ("$5", "write 5"),
        ("€ 3,50", "write 3.50"),
        ("5 stars", "write 5"),
        ("720 s", "write 720"),
        ("\u22125", "write -5"),
        ("\uff15", "write 5"),
    ],
)
def test_what_stands_in_the_way_of_a_number(cell, why):
    assert why in why_no_number(cell)
    assert (why == "") == (why_no_number(cell) == "")


def test_every_suggestion_that_is_one_number_is_one():
    for cell in ("1_000", "4,5", "1.234,5", "1 234", "12 %", "$5", "€ 3,50", "720 s", "\u22125", "7,5 km"):
        written = why_no_number(cell).rpartition("write ")[2]
        assert why_no_number(written) is None
        assert math.isfinite(float(written))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["1", "2", "3", "inf"], r"most of them are numbers and 'inf' is not (infinite"),
        (["1", "2", "3", "1e400"], r"'1e400' is not (beyond"),
        (["1", "2", "calm"], "most of them are numbers and 'calm' is not"),
        (["1,5", "2,5", "calm"], "numbers with a decimal comma ('1,5'): write 1.5"),
        (["$5", "$6", "NA"], "most of them look like numbers, such as '$5' ("),
        (["1", "2", "NA"], "'NA' is not (a word for a missing cell"),
    ],
)
def test_words_of_which_most_look_like_numbers(cells, said):
    assert said in not_all_numbers(cells)


@pytest.mark.parametrize(
    "cells", [["1", "2", ""], [], ["yes", "no", "NA"], ["na", "-"], ["calm", "gale", "3"], ["a", "b"]]
)
def test_nothing_is_said_of_numbers_and_of_words(cells):
    assert not_all_numbers(cells) == ""


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["1.200", "800", "12.500"], ("1.200", "800")),
        (["-1.200", "800", "", "nan"], ("-1.200", "800")),
        (["1.200", "1.350"], None),  # nothing under a thousand to tell by
        (["1.333", "2", "2.667", "3"], None),  # means of three marks
        (["0.125", "800"], None),  # no thousand begins with 0
        (["1.25", "1.200", "800"], None),  # another number of decimals
        (["1.200", "800", "calm"], None),
        (["800", "3"], None),
        ([None], None),
    ],
)
def test_points_that_part_thousands_are_seen_beside_numbers_without(cells, found):
    assert two_ways(pa.chunked_array([cells], pa.large_string())) == found


def test_a_column_written_in_two_ways_is_refused_as_numbers():
    table = Table.from_columns({"fare": ["1.200", "800", "950"]}, source="fares.csv")
    assert not table.is_numeric("fare")
    assert table.why_words("fare") == "'1.200' stands beside '800', so its points may part thousands"
    with pytest.raises(DataError, match=r"fares\.csv, column 'fare' has '1\.200' beside '800': one column"):
        table.numbers("fare")


def test_the_error_of_a_column_says_why_the_cell_is_no_number():
    table = Table.from_columns({"fare": ["1", "3,5"]}, source="fares.csv")
    with pytest.raises(DataError, match=r"row 1 .*'3,5' is not a number \(a decimal comma: write 3\.5\)"):
        table.numbers("fare")
    with pytest.raises(DataError, match=r"inf is not a number \(infinite: only finite numbers are taken\)"):
        Table.from_columns({"fare": [1.0, float("inf")]}).numbers("fare")
