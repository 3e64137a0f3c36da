"""What all evidence together says."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from semascope.studies.switching.deciding import decide, rows_missing
from semascope.studies.switching.result import OLD


def near(low, given_up=0.5, asked=1_000):
    estimate = SimpleNamespace(low=low)
    return SimpleNamespace(overlap=SimpleNamespace(estimate=estimate), given_up=given_up, asked=asked)


def tasks(*stands):
    return [SimpleNamespace(stands=each) for each in stands]


@pytest.mark.parametrize(
    ("stands", "low", "same_cosines", "answer"),
    [
        ((True,), 0.1, False, "switch"),
        ((True, True), 0.1, False, "switch"),
        ((False,), 1.0, False, "do not switch"),
        ((True, False, None), 1.0, True, "do not switch"),
        ((None,), 0.1, False, "cannot be told"),
        ((True, None), 0.99, False, "cannot be told"),  # where cosines differ, neighbours settle no task
        ((True, None), 0.99, True, "switch"),
        ((None,), 0.9, True, "cannot be told"),
        ((), 0.98, False, "switch"),
        ((), 0.979, False, "cannot be told"),
        ((), np.nan, False, "cannot be told"),
    ],
)
def test_the_strictest_rules(stands, low, same_cosines, answer):
    assert decide(tasks(*stands), near(low), margin=0.02, same_cosines=same_cosines) == answer


def test_ties_change_nothing_in_same_cosines_alone():
    assert decide([], near(0.9, given_up=0.0005), margin=0.02, same_cosines=True) == "switch"
    assert decide([], near(0.9, given_up=0.0005), margin=0.02, same_cosines=False) == "cannot be told"
    assert decide([], near(0.9, given_up=0.002), margin=0.02, same_cosines=True) == "cannot be told"


def test_one_and_the_same_changes_nothing_but_never_stands_over_a_task_that_is_worse():
    for stands in itertools.product((True, False, None), repeat=2):
        answer = decide(tasks(*stands), near(np.nan), margin=0.02, same_cosines=True, same=True)
        assert answer == ("do not switch" if False in stands else "switch")


def test_ties_are_as_near_as_the_cosines_lie():
    close = near(0.9, given_up=0.0005)
    assert decide([], close, margin=0.02, same_cosines=True, spread=0.1) == "switch"
    assert decide([], close, margin=0.02, same_cosines=True, spread=0.02) == "cannot be told"


def test_a_wider_margin_never_forbids():
    for low in np.linspace(0, 1, 11):
        words = [decide([], near(low), margin=margin, same_cosines=False) for margin in (0.01, 0.1, 0.5)]
        assert words == sorted(words)  # "cannot be told" before "switch"


def test_rows_missing_are_those_of_the_neediest_open_task():
    def task(stands, needed, n=100):
        return SimpleNamespace(stands=stands, needed=needed, values={OLD: SimpleNamespace(n=n)})

    assert rows_missing([task(True, None), task(None, 300), task(None, 500, n=250)]) == 250
    assert rows_missing([task(None, 300), task(None, None)]) is None
    assert rows_missing([task(True, None)]) is None
