"""How fast texts were encoded: what many tokens say counts more than what few do."""

from __future__ import annotations

import pytest

from semascope.store.speeds import Speeds


@pytest.mark.parametrize(
    ("runs", "speed"),
    [
        ([], None),
        ([(499, 1.0)], None),  # too few tokens to say anything
        ([(500, 1.0)], 500.0),
        ([(1000, 0.0)], None),  # nor did the clock see anything
        ([(1000, 2.0)], 500.0),
        ([(600, 6.0), (100_000, 100.0)], 1000.0),  # a trial on a few texts, then the real run
        ([(100_000, 100.0), (600, 6.0), (700, 7.0)], 1000.0),  # the rest that a killed run left
        ([(1000, 1.0), (1000, 10.0), (1000, 2.0)], 500.0),  # equal runs: their median
        ([(1000, 1.0)] * 5 + [(1000, 2.0)] * 5, 500.0),  # the last five alone
    ],
)
def test_the_speed_is_that_of_the_median_token(tmp_path, runs, speed):
    speeds = Speeds(tmp_path)
    for tokens, seconds in runs:
        speeds.note("a", tokens=tokens, seconds=seconds)
        speeds.note("other", tokens=1000, seconds=1.0)
    assert speeds.of("a") == speed


def test_each_device_has_its_own_speed_and_a_line_of_an_earlier_version_counts_for_all(tmp_path):
    speeds = Speeds(tmp_path)
    speeds.note("a", tokens=1000, seconds=10.0)
    speeds.note("a", tokens=1000, seconds=0.1, device="cuda")
    assert (speeds.of("a"), speeds.of("a", device="cuda"), speeds.of("a", device="mps")) == (
        100.0,
        10_000.0,
        None,
    )
    speeds.file.write_text('{"fingerprint": "a", "tokens": 1000, "seconds": 2.0}\n', encoding="utf8")
    assert speeds.of("a") == speeds.of("a", device="cuda") == 500.0
