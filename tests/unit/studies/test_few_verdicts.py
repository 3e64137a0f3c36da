"""The four words of estimates, by bounds that hold at every look."""

from __future__ import annotations

import math

import numpy as np
import pytest

from semascope.retrieval.asking.estimates import Estimated
from semascope.retrieval.asking.forecast import Beforehand, Effort
from semascope.stats.always_valid import Bound
from semascope.studies.retrieval.few.told import beforehand_line
from semascope.studies.retrieval.few.verdicts import FEWEST, Standing

BOUND = Bound(settles=0.07)


def standing(
    *rows: tuple[float, float], done: int = 100, askable: int = 500, margin: float = 0.02, alike=None
) -> Standing:
    """Of pairs of a difference and its standard error."""
    difference, error = np.array(rows).T
    zeros = np.zeros(len(rows))
    return Standing.of(
        Estimated(difference=difference, among=zeros, drawn=error**2, surprise=zeros, trust=zeros),
        done=done,
        askable=askable,
        bound=BOUND,
        margin=margin,
        alike=alike or [False] * len(rows),
    )


def error_with(p: float, difference: float) -> float:
    """The standard error at which a difference has this p."""
    low, high = 1e-6, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if BOUND.p(difference, middle**2) < p else (low, middle)
    return low


@pytest.mark.parametrize(
    ("difference", "p", "word"),
    [(0.1, 0.049, "better"), (-0.1, 0.049, "worse"), (0.1, 0.051, "unresolved"), (-0.1, 0.051, "unresolved")],
)
def test_a_word_of_one_cell(difference, p, word):
    found = standing((difference, error_with(p, difference)))
    verdict = found.verdicts[0]
    assert verdict.word == word
    assert found.settled == (word != "unresolved")
    assert (verdict.low > 0 or verdict.high < 0) == (word != "unresolved")  # word and interval agree
    assert verdict.p == verdict.p_holm == pytest.approx(p)


def test_several_cells_are_one_family():
    error = error_with(0.03, 0.1)
    both = standing((0.1, error), (0.1, error))
    assert [verdict.word for verdict in both.verdicts] == ["unresolved", "unresolved"]
    assert both.verdicts[0].p_holm == pytest.approx(0.06)
    clear = standing((0.1, error), (0.1, error_with(0.02, 0.1)))  # 2 x .02, then .03
    assert [verdict.word for verdict in clear.verdicts] == ["better", "better"]
    beside = standing((0.1, error), (0.0, 0.0), alike=[False, True])  # one that never differs takes no place
    assert [verdict.word for verdict in beside.verdicts] == ["better", "equivalent"]
    assert beside.verdicts[0].p_holm == pytest.approx(0.03)


def test_equivalent_where_the_90_percent_interval_lies_inside_the_margin():
    error = 0.01
    half = BOUND.half_width(error**2, alpha=0.1)
    assert standing((0.01, error), margin=0.01 + half * 1.001).verdicts[0].word == "equivalent"
    assert standing((0.01, error), margin=0.01 + half * 0.999).verdicts[0].word == "unresolved"


def test_no_word_before_the_tenth_query_or_the_last():
    clear = (0.5, 0.01)
    for done, word in ((FEWEST - 1, "unresolved"), (FEWEST, "better")):
        assert standing(clear, done=done).verdicts[0].word == word
    assert "9 of the 10 queries" in standing(clear, done=9).verdicts[0].reason
    assert standing(clear, done=4, askable=4).verdicts[0].word == "better"  # there are no more to ask
    assert standing(clear, done=3, askable=4).verdicts[0].word == "unresolved"


def test_intervals_end_where_differences_do():
    verdict = standing((0.9, 0.1)).verdicts[0]
    assert (verdict.high, verdict.high90) == (1.0, 1.0)
    assert verdict.low > -1.0


def test_what_would_settle_it():
    for difference in (0.1, 0.004):
        variance = standing((difference, 0.5)).variance_needed(0)
        assert standing((difference, math.sqrt(variance) * 0.999)).settled
        assert not standing((difference, math.sqrt(variance) * 1.001)).settled


def test_no_difference_is_named_that_no_measure_can_have():
    effort = Effort(queries=8, judgements=87)
    nothing = Beforehand(half=None, whole=None, everything=effort, finest=1.03)
    assert beforehand_line(nothing, 0.07, "nDCG@10") == (
        "These queries are too few to settle a difference of 0.07 nDCG@10, or any other: all that differs, 87 judgements, leaves the"
        " whole range open."
    )
    some = Beforehand(half=None, whole=None, everything=effort, finest=0.4)
    assert "settles one of about 0.40 if half" in beforehand_line(some, 0.07, "nDCG@10")
