"""Verdicts widened by halves: seldom wrong where spaces are equal, and silent where halves say nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import t as student

from semascope.geometry.halves import draw_halves
from semascope.geometry.labels.numbers import GAP, SILHOUETTE, space_numbers
from semascope.geometry.labels.widening import Spread, judge_spread, widened_estimate
from semascope.stats.results import Estimate
from semascope.stats.scores import judge_scores

N = 120


@cache
def numbers(seed, better=1.0):
    """The numbers of two spaces that share half of their noise; ``better`` scales the second one's centres."""
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.arange(N) % 3)
    shared = rng.standard_normal((N, 6))
    halves = draw_halves(N, seed=seed)
    found = {}
    for name, scale in (("first", 1.0), ("second", better)):
        vectors = scale * np.eye(3, 6)[codes] + shared + rng.standard_normal((N, 6))
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        voters = np.zeros((N, 1), dtype=np.int64)
        found[name] = space_numbers(vectors, voters, codes, 3, halves=halves, seed=0, tick=lambda: None)
    return found


def gaps(found):
    return Spread(
        per_text={name: each.gap for name, each in found.items()},
        over_halves={name: each.halves.within - each.halves.across for name, each in found.items()},
        degrees=31,
    )


def silhouettes(found):
    return Spread(
        per_text={name: each.silhouette for name, each in found.items()},
        over_halves={name: each.halves.silhouette for name, each in found.items()},
        degrees=31,
    )


def test_equal_spaces_are_seldom_called_better_or_worse():
    alone = widened = 0
    for seed in range(8):
        spread = gaps(numbers(seed))
        word = judge_spread(spread, measure=GAP).verdicts["second"].word
        plain = judge_scores(dict(spread.per_text), baseline="first", measure=GAP).verdicts["second"].word
        widened += word in ("better", "worse")
        alone += plain in ("better", "worse")
    assert widened == 0
    assert alone >= 2  # a pair of texts counts for both: rows that are taken as independent are too sure


def test_a_gap_varies_twice_as_much_as_its_texts_let_expect():
    factors = [gaps(numbers(seed)).factor("second", "first") for seed in range(6)]
    assert 1.6 < np.mean(factors) < 2.5


@pytest.mark.parametrize(("measure", "of"), [(GAP, gaps), (SILHOUETTE, silhouettes)])
def test_a_better_space_is_better(measure, of):
    family = judge_spread(of(numbers(1, better=4.0)), measure=measure)
    assert family.verdicts["second"].word == "better"
    assert family.baseline == "first"
    assert family.test.endswith("widened by half-samples for neighbours in common")


def spread_of(first, second, *, degrees=np.inf, halves=None):
    """Texts as given; halves whose differences have the standard deviation of ``halves``."""
    n = len(first)
    wave = np.tile([1.0, -1.0], 30)
    over = np.zeros(60) if halves is None else halves * wave / wave.std(ddof=1)
    return Spread(
        per_text={"a": np.asarray(first), "b": np.asarray(second)},
        over_halves={"a": np.full(60, np.mean(first)), "b": np.mean(second) + over},
        degrees=degrees,
    ), n


def test_ends_and_p_are_those_of_the_halves_standard_error():
    rng = np.random.default_rng(0)
    first = rng.uniform(-0.2, 0.2, 400)
    second = first + rng.uniform(-0.3, 0.4, 400)
    error = 0.024
    spread, n = spread_of(first, second, halves=error, degrees=31)
    alone = (second - first).std() / n**0.5
    assert spread.factor("b", "a") == pytest.approx(error / alone)
    plain = judge_scores(dict(spread.per_text), baseline="a", measure=SILHOUETTE, unit="text").verdicts["b"]
    found = judge_spread(spread, measure=SILHOUETTE).verdicts["b"]
    stretch = error / alone * student.ppf(0.975, 31) / 1.959964
    assert found.high - found.difference == pytest.approx(stretch * (plain.high - plain.difference), rel=1e-6)
    assert found.p == pytest.approx(2 * student.sf(found.difference / error, 31))
    assert found.p > plain.p


def test_halves_never_narrow():
    rng = np.random.default_rng(0)
    first = rng.uniform(-0.2, 0.2, 400)
    second = first + rng.uniform(-0.3, 0.4, 400)
    spread, _ = spread_of(first, second, halves=1e-6)
    plain = judge_scores(dict(spread.per_text), baseline="a", measure=SILHOUETTE, unit="text").verdicts["b"]
    found = judge_spread(spread, measure=SILHOUETTE).verdicts["b"]
    assert (found.low, found.high) == (plain.low, plain.high)
    assert found.p >= plain.p


def test_the_same_space_again_is_equivalent_and_takes_no_place():
    found = numbers(0)
    spread = gaps({"first": found["first"], "again": found["first"], "second": found["second"]})
    family = judge_spread(spread, measure=GAP)
    assert family.verdicts["again"].word == "equivalent"
    assert family.comparisons == 1
    assert family.verdicts["second"].p_holm == family.verdicts["second"].p


def test_p_is_corrected_over_the_spaces():
    found = numbers(0)
    other = numbers(3)
    spread = gaps({"first": found["first"], "second": found["second"], "third": other["second"]})
    verdicts = judge_spread(spread, measure=GAP).verdicts
    p = sorted([verdicts["second"].p, verdicts["third"].p])
    assert min(verdicts[name].p_holm for name in ("second", "third")) == pytest.approx(min(2 * p[0], 1))


def test_without_halves_there_is_no_word():
    found = numbers(1, better=4.0)
    spread = replace(gaps(found), reason="3 texts are too few for an interval")
    verdict = judge_spread(spread, measure=GAP).verdicts["second"]
    assert (verdict.word, verdict.reason) == ("unresolved", "3 texts are too few for an interval")
    assert np.isnan([verdict.low, verdict.high, verdict.p, verdict.p_holm]).all()
    assert verdict.difference > 0


def test_a_number_that_some_half_lacks_has_no_word():
    spread = gaps(numbers(1, better=4.0))
    spread.over_halves["second"][3] = np.nan
    verdict = judge_spread(spread, measure=GAP).verdicts["second"]
    assert verdict.word == "unresolved"
    assert "undefined on some halves" in verdict.reason


def test_an_estimate_without_halves_has_no_interval():
    share = Estimate(value=0.5, low=0.4, high=0.6, n=100, method="Wilson")
    hits = np.tile([0.0, 1.0], 50)
    over = 0.5 + 0.1 * np.tile([1.0, -1.0], 30)
    spread = Spread(per_text={"a": hits}, over_halves={"a": over})
    found = widened_estimate(share, spread, "a")
    factor = over.std(ddof=1) / 0.05
    assert (found.low, found.high) == pytest.approx((0.5 - 0.1 * factor, 0.5 + 0.1 * factor))
    assert found.method == "Wilson, widened by half-samples"
    nothing = widened_estimate(share, replace(spread, reason="too few"), "a")
    assert np.isnan([nothing.low, nothing.high]).all()
    assert nothing.reason == "too few"


def test_one_space_has_no_candidate():
    spread = gaps({"first": numbers(0)["first"]})
    assert list(judge_spread(spread, measure=GAP).verdicts) == ["first"]
