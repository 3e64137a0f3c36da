"""The weighted mean of several predictions, and its weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.errors import ConfigError
from semascope.learner.ensemble import average, check_weights


def test_weights_are_worked_out_by_hand() -> None:
    # 3 : 1 of 1 and 5 is (3 + 5) / 4
    assert average([np.array([1.0]), np.array([5.0])], check_weights([3, 1], 2)) == [2.0]


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=1, max_size=12),
)
def test_equal_weights_are_the_plain_sum_divided(values) -> None:
    arrays = [np.array(row) for row in values]
    found = average(arrays, check_weights([1.0] * len(arrays), len(arrays)))
    np.testing.assert_array_equal(found, sum(arrays[1:], start=arrays[0]) / len(arrays))


@settings(max_examples=100, deadline=None)
@given(weights=st.lists(st.floats(0, 1e300), min_size=1, max_size=8).filter(any))
def test_weights_sum_to_one_and_keep_their_bits_the_second_time(weights) -> None:
    shares = check_weights(weights, len(weights))
    assert shares.sum() == pytest.approx(1, abs=1e-12)
    assert (shares >= 0).all()
    np.testing.assert_array_equal(check_weights(shares.tolist(), len(weights)), shares)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, -0.1], "must be numbers of 0 or more"),
        ([1.0, float("nan")], "must be numbers of 0 or more"),
        ([1.0, float("inf")], "must be numbers of 0 or more"),
        (["a", "b"], "must be numbers of 0 or more"),
        ([1.0], "1 weights for 2 members"),
        ([1.0, 1.0, 1.0], "3 weights for 2 members"),
        ([0.0, 0.0], "one at least must be above 0"),
    ],
)
def test_weights_that_do_not_fit(weights, message) -> None:
    with pytest.raises(ConfigError, match=message):
        check_weights(weights, 2)
