"""One rule for numbers: significant digits at any size, and the same rounding wherever a number is written."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from semascope.words import numbers
from semascope.words.numbers import (
    between,
    decimals_for,
    exact,
    fixed,
    measure_decimals,
    p_value,
    percent,
    roughly,
    share,
    signed,
    significant,
)

ANY = st.floats(allow_nan=False, allow_infinity=False)


def read(written: str) -> tuple[Decimal, Decimal]:
    """A printed number read back, and the unit of its last digit."""
    number = Decimal(written.replace("−", "-").replace(",", ""))
    return number, Decimal(1).scaleb(number.as_tuple().exponent)


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (1e-9, 2, "0.00"),
        (1e-9, 10, "1.0e−9"),
        (1.956e-6, 8, "1.96e−6"),
        (-1.956e-6, 8, "−1.96e−6"),
        (1.956e-6, 6, "0.000002"),
        (0.0, 9, "0"),
        (-0.0, 3, "0.000"),
        (0.0123, 3, "0.012"),
        (1.0, 3, "1.000"),
        (1.0, 18, "1.000000"),  # an interval of 1e-17 is a rounding, and no reason for 18 digits
        (1234.5, 0, "1,235"),
        (1e6, 0, "1,000,000"),
        (123_456_789_012.0, 0, "123,456,789,012"),
        (6.68329526761124e14, 0, "6.683e14"),
        (1.8950051502153462e200, 0, "1.895e200"),
        (1.8950051502153462e200, -198, "1.90e200"),
        (9.9996e200, 2, "1.0000e201"),
        (-1e200, 3, "−1.000e200"),
        (1.7976931348623157e308, 0, "1.798e308"),
        (5e-324, 330, "5.000e−324"),
        (math.nan, 2, "–"),
        (math.inf, 2, "∞"),
        (-math.inf, 2, "−∞"),
        # ties of the number as it is written: 0.815 is kept as 0.81499999999999994671
        (0.815, 2, "0.82"),
        (0.825, 2, "0.83"),
        (-0.815, 2, "−0.82"),
        (0.5, 0, "1"),
        (2.5, 0, "3"),
        (2.675, 2, "2.68"),
        (1.005, 2, "1.01"),
    ],
)
def test_a_number_with_fixed_decimals(value, decimals, written):
    assert fixed(value, decimals) == written


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (1e-9, 3, "1e−9"),
        (1e-6, 3, "1e−6"),
        (0.0123, 3, "0.0123"),
        (0.012345, 3, "0.0123"),
        (0.30000000000000004, 6, "0.3"),
        (1.0, 3, "1"),
        (1234.5, 3, "1,235"),
        (1234.5, 5, "1,234.5"),
        (1e6, 3, "1,000,000"),
        (2.5e200, 3, "2.5e200"),
        (0.0, 3, "0"),
        (math.nan, 3, "–"),
    ],
)
def test_a_number_with_significant_digits(value, digits, written):
    assert significant(value, digits) == written


@given(ANY, st.integers(-20, 20))
@example(0.0, 0)
@example(5e-324, 20)
def test_what_is_printed_lies_within_half_a_unit_of_its_last_digit(value, decimals):
    number, unit = read(fixed(value, decimals))
    assert abs(number - Decimal(value)) <= unit / 2 * (1 + Decimal("1e-9")) + Decimal(
        repr(value)
    ).copy_abs() * Decimal("1e-15")
    assert len(fixed(value, decimals)) < 40


@given(ANY, st.integers(1, 12))
def test_significant_digits_are_kept_at_any_size(value, digits):
    number, _ = read(significant(value, digits))
    assert abs(number - Decimal(repr(value))) <= abs(Decimal(repr(value))) * Decimal(10) ** (1 - digits) / 2


@given(ANY)
def test_a_number_that_somebody_gave_comes_back(value):
    assert float(exact(value).replace("−", "-")) == value


@given(st.integers(0, 100_000))
@example(81_500)
@example(500)
@example(12_500)
def test_a_share_and_its_percentage_never_disagree(thousandths):
    value = thousandths / 100_000
    digits = fixed(value, 2)
    assert percent(value, space=" ") == f"{round(100 * float(digits))} %"
    assert share(value) == digits.replace("0.", ".", 1)


@given(st.floats(1e-300, 1e300))
def test_a_step_is_shown_with_two_digits(step):
    number, unit = read(fixed(step, decimals_for(step)))
    assert unit <= max(Decimal(step) / 10 * (1 + Decimal("1e-9")), 1)
    assert number > 0


@pytest.mark.parametrize("scale", [1e-9, 1e-6, 1e-3, 1.0, 1e3, 1e100, 1e200])
def test_a_measure_has_three_digits_at_any_size(scale):
    values, half = [0.71 * scale, 0.776 * scale], [0.08 * scale, 0.07 * scale]
    places = measure_decimals(values, half)
    low, high = (
        float(end)
        for end in between(0.63 * scale, 0.79 * scale, places)
        .replace(",", "")
        .replace("−", "-")
        .split(" to ")
    )
    assert low == pytest.approx(0.63 * scale, rel=0.01)
    assert high == pytest.approx(0.79 * scale, rel=0.01)
    assert len(fixed(values[0], places)) <= 10


def test_noise_beside_a_value_asks_for_no_digits():
    assert fixed(0.695, measure_decimals([0.695], [1e-17])) == "0.695000"


def test_signs_and_small_ones():
    assert [signed(value, 8) for value in (2e-6, -2e-6, 1e-10)] == ["+2.00e−6", "−2.00e−6", "0"]
    assert percent(1e-9, 1, sign=True, space=" ") == "0.0 %"
    assert percent(0.005, sign=True, space=" ") == "+1 %"
    assert [p_value(p) for p in (0.0005, 0.0125, 0.125, 0.994, 0.995, math.nan)] == [
        "<0.001",
        "0.013",
        "0.13",
        "0.99",
        "1",
        "–",
    ]
    assert [roughly(value) for value in (0, 7, 87, 125, 62_500)] == ["0", "7", "87", "130", "63,000"]


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (0.0, 2, "0.00"),
        (-0.004, 2, "0.00"),
        (1234567.0, 0, "1,234,567"),
        (-2.5, 1, "−2.5"),
        (math.inf, 1, "∞"),
    ],
)
def test_numbers_have_a_true_minus_and_no_negative_zero(value, decimals, written):
    assert numbers.fixed(value, decimals) == written


def test_an_unknown_number_is_a_dash_everywhere():
    nan = math.nan
    assert {
        numbers.fixed(nan, 2),
        numbers.signed(nan, 2),
        numbers.percent(nan),
        numbers.p_value(nan),
        numbers.seconds(nan),
    } == {numbers.NOTHING}
    assert numbers.between(nan, 1.0, 2) == ""


def test_a_column_takes_the_decimals_of_its_median_interval():
    # widths 0.01, 0.04, 3.0: the median 0.04 needs three places to show two digits
    assert numbers.shared_decimals([3.0, 0.01, 0.04]) == 3
    assert numbers.shared_decimals([math.nan, 0.0], fallback=0.5) == 2


@pytest.mark.parametrize(
    ("value", "unit"), [(59.4, "s"), (59.6, "min"), (3599.6, "h"), (0.9996, "s"), (0.0, "ms")]
)
def test_durations_round_into_the_next_unit(value, unit):
    assert numbers.seconds(value).split(numbers.SPACE)[-1].endswith(unit)
    assert "60" not in numbers.seconds(value)


def test_a_duration_too_short_to_show_is_not_nothing():
    assert numbers.seconds(0.00001).startswith("<0.1")
