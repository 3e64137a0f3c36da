"""What all evidence together says."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from semascope.studies.switching.deciding import decide, rows_missing
from semascope.studies.switching.result import NEW, OLD


def near(low, asked=1_000):
    estimate = SimpleNamespace(low=low)
    return SimpleNamespace(overlap=SimpleNamespace(estimate=estimate), asked=asked)


def cosines(rounding, tied=0.5):
    return SimpleNamespace(rounding=rounding, tied=tied)


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
    assert decide(tasks(*stands), near(low), cosines(same_cosines), margin=0.02) == answer


@pytest.mark.parametrize(
    ("rounding", "tied", "margin", "answer"),
    [
        (True, 0.99, 0.02, "switch"),
        (False, 0.99, 0.02, "cannot be told"),
        (True, 0.97, 0.02, "cannot be told"),
        (
            True,
            0.97,
            0.2,
            "cannot be told",
        ),  # what changes places with ties is nearly all, whatever the margin
        (True, 0.99, 0.005, "cannot be told"),
        (True, np.nan, 0.02, "cannot be told"),
    ],
)
def test_ties_change_nothing_in_same_cosines_alone(rounding, tied, margin, answer):
    assert decide([], near(0.7), cosines(rounding, tied), margin=margin) == answer
    assert decide(tasks(True, None), near(0.7), cosines(rounding, tied), margin=margin) == answer
    assert decide(tasks(False, None), near(0.7), cosines(rounding, tied), margin=margin) == "do not switch"


def test_one_and_the_same_changes_nothing_but_never_stands_over_a_task_that_is_worse():
    for stands in itertools.product((True, False, None), repeat=2):
        answer = decide(tasks(*stands), near(np.nan), cosines(True), margin=0.02, same=True)
        assert answer == ("do not switch" if False in stands else "switch")


def test_a_side_that_tells_nothing_apart():
    for stands in ((), (True,), (None,)):
        assert decide(tasks(*stands), near(1.0), cosines(True), margin=0.02, constant=NEW) == "do not switch"
    assert decide([], near(1.0), cosines(True), margin=0.02, constant=OLD) == "cannot be told"
    assert decide(tasks(None), near(1.0), cosines(True), margin=0.02, constant=OLD) == "cannot be told"
    assert decide(tasks(True), near(0.1), cosines(False), margin=0.02, constant=OLD) == "switch"  # better


def test_a_wider_margin_never_forbids():
    for low in np.linspace(0, 1, 11):
        words = [decide([], near(low), cosines(False), margin=margin) for margin in (0.01, 0.1, 0.5)]
        assert words == sorted(words)  # "cannot be told" before "switch"


def test_rows_missing_are_those_of_the_neediest_open_task():
    def task(stands, needed, n=100):
        return SimpleNamespace(stands=stands, needed=needed, values={OLD: SimpleNamespace(n=n)})

    assert rows_missing([task(True, None), task(None, 300), task(None, 500, n=250)]) == 250
    assert rows_missing([task(None, 300), task(None, None)]) is None
    assert rows_missing([task(True, None)]) is None
