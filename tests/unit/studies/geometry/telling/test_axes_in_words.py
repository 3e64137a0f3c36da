"""Sentences about two axes, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semascope.geometry.measured import Measured
from semascope.stats.results import Estimate
from semascope.studies.geometry.comparing.axes import Axes, TwoScores, _angle, _judged
from semascope.studies.geometry.telling.axes import axes_sentences


def estimate(value, low, high):
    return Estimate(value=value, low=low, high=high, n=100)


def measured(value, low=0.3, high=0.99, floor=0.1):
    return Measured(name="", estimate=estimate(value, low, high), floor=estimate(0.0, -floor, floor))


def axes(cosine, common, **changes):
    found = Axes(
        space="s",
        word="open",
        reason="",
        own=(measured(0.8), measured(0.7)),
        cross=(measured(0.6), measured(0.5)),
        reliability=(measured(0.9), measured(0.85)),
        agreement=measured(0.4),
        cosine=estimate(*cosine),
        angle=_angle(estimate(*cosine)),
        in_common=estimate(*common),
    )
    found = replace(found, **changes)
    word, reason = _judged(found, ("a", "b"), varies=True)
    return replace(found, word=word, reason=reason)


def scores(found, **changes):
    told = TwoScores(
        first="a",
        second="b",
        texts=1200,
        correlation=estimate(0.1, 0.0, 0.2),
        measures=("Spearman", "AUC"),
        plain=(measured(0.1), measured(0.1)),
        spaces={"s": found},
    )
    return replace(told, **changes)


ONE, TWO = (0.97, 0.9, 1.0), (0.1, -0.1, 0.3)


@pytest.mark.parametrize(
    ("cosine", "common", "word"),
    [
        (ONE, ONE, "one"),
        ((-0.97, -1.0, -0.9), (-0.98, -1.0, -0.9), "one"),
        (TWO, ONE, "two"),
        (ONE, TWO, "two"),
        ((-0.1, -0.3, 0.1), TWO, "two"),
        ((0.85, 0.6, 1.0), ONE, "open"),
        (ONE, (0.9, 0.8, 1.0), "open"),
        ((0.9, 0.87, 0.93), (0.9, 0.87, 0.93), "open"),  # near, but what they read differs
        ((0.0, -0.9, 0.9), (0.0, -0.9, 0.9), "open"),
        ((0.9, np.nan, np.nan), ONE, "open"),
    ],
)
def test_the_word(cosine, common, word):
    found = axes(cosine, common)
    assert found.word == word
    assert bool(found.reason) == (word == "open")


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    ("which", "reason"), [("own", "not shown to read it"), ("reliability", "do not point the same way")]
)
def test_a_score_that_is_not_read_leaves_it_open(place, which, reason):
    lost = [measured(0.9), measured(0.9)]
    lost[place] = measured(0.2, low=0.05)
    found = axes(ONE, ONE, **{which: tuple(lost)})
    assert found.word == "open"
    assert reason in found.reason
    assert repr("ab"[place]) in found.reason


def test_two_axes():
    said = axes_sentences(scores(axes(TWO, TWO)), "s")
    assert said == [
        "In 's', 'a' and 'b' are two axes: their probe directions stand 84 degrees apart (95 % 73 to 96).",
        "Fitted on different texts, the cosine of a direction with itself is .90 for 'a' and .85 for 'b', of one with the"
        " other .40 and of shuffled scores −.10 to .10; the angle allows for that noise.",
        "The probe of 'a' orders 'b' with an AUC of .60, its own probe with .70, 'a' itself with .10.",
    ]
    caution = axes_sentences(scores(axes(TWO, TWO), correlation=estimate(-0.4, -0.5, -0.3)), "s")[3]
    assert (
        caution
        == "The two scores go together in these texts (Spearman −.40); that does not make them one axis."
    )


@pytest.mark.parametrize(
    ("correlation", "ending"),
    [
        (0.6, "directions of scores that go together towards each other: the true angle may be larger."),
        (-0.6, "directions of scores that go against each other apart: the true angle may be smaller."),
        (0.1, "; the angle allows for that noise."),
    ],
)
def test_the_pull_of_ridge_is_told_where_scores_go_together(correlation, ending):
    told = scores(axes(TWO, TWO), correlation=estimate(correlation, 0.0, 0.0))
    assert axes_sentences(told, "s")[1].endswith(ending)


def test_one_axis_turned_round():
    said = axes_sentences(
        scores(axes((-0.97, -1.0, -0.9), (-0.98, -1.0, -0.9)), measures=("AUC", "Spearman")), "s"
    )
    assert said[0].startswith(
        "In 's', 'a' and 'b' are one axis, read the other way round: their probe directions stand 166"
    )
    assert "with a Spearman of" in said[2]
    assert len(said) == 3


def test_two_by_what_they_read_alone():
    said = axes_sentences(scores(axes(ONE, (0.6, 0.5, 0.7))), "s")[0]
    assert (
        "are two axes: over these texts what their probes read correlates by .60 (95 % .50 to .70), though"
        in said
    )


def test_open():
    said = axes_sentences(scores(axes((0.85, 0.6, 1.0), ONE)), "s")
    assert said == [
        "Whether 'a' and 'b' are one axis of 's' cannot be told from 1,200 texts: the angle between them is shown to be neither"
        " below 30 degrees nor above (95 % 0 to 53 degrees)."
    ]
    said = axes_sentences(scores(axes(ONE, (0.9, 0.8, 1.0))), "s")
    assert (
        "their probes read nearly the same of these texts, and are not shown to read the same (95 %"
        in said[0]
    )
    said = axes_sentences(scores(axes((0.9, np.nan, np.nan), ONE)), "s")
    assert said[0].endswith("the directions are too uncertain for an angle.")
