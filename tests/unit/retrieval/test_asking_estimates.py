"""From judged queries to all of them: unbiased whatever was drawn and whatever a machine says, and words that hold at every look."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semascope.retrieval.asking.drawing import Drawing
from semascope.retrieval.asking.estimates import estimate
from semascope.retrieval.asking.forecast import Effort, Forecast
from semascope.retrieval.asking.pool import Looked, Pool
from semascope.retrieval.asking.quality import quality
from semascope.retrieval.asking.worth import differences
from semascope.retrieval.measuring.naming import query_measure
from semascope.stats.always_valid import Bound
from semascope.studies.retrieval.few.verdicts import FEWEST, Standing

LOOKED = Looked.by(query_measure("nDCG@5"))


def make_pools(queries: int, *, seed: int = 0) -> list[Pool]:
    """Two cells that agree on some queries and not on others; the first documents tend to stand first in both."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(queries):
        noise = rng.choice([0.0, 1.0, 4.0])
        ranks = np.array(
            [np.argsort(np.argsort(np.arange(8) + noise * rng.normal(size=8))) + 1 for _ in range(2)]
        )
        found.append(
            Pool(
                query=f"q{number}",
                documents=list("abcdefgh"),
                ranks=np.minimum(ranks, LOOKED.cutoff + 1),
                looked=LOOKED,
            )
        )
    return found


def relevant_ones(pools: list[Pool], *, seed: int = 1, favours: float = 0.0) -> dict[str, dict[str, float]]:
    """One relevant document a query, likely one near the top; where it ``favours``, of the second cell's top."""
    rng = np.random.default_rng(seed)
    grades = {}
    for pool in pools:
        likely = 1.0 / pool.ranks[1 if rng.random() < favours else rng.integers(2)]
        grades[pool.query] = {pool.documents[rng.choice(8, p=likely / likely.sum())]: 1.0}
    return grades


@pytest.fixture(scope="module")
def world():
    pools = make_pools(40)
    grades = relevant_ones(pools)
    return pools, grades, differences(pools, grades, query_measure("nDCG@5"))


@pytest.mark.parametrize("judged", [1, 3, 15, 39])
@pytest.mark.parametrize("says", ["nothing", "the truth", "something else"])
def test_estimates_are_unbiased_whatever_the_machine_says(world, judged, says):
    pools, _, human = world
    machine = {
        "nothing": None,
        "the truth": human,
        "something else": np.abs(np.random.default_rng(5).normal(0.4, 0.3, human.shape)),
    }[says]
    found = []
    for seed in range(3_000):
        drawing = _drawn(pools, seed)
        few = human[:, drawing.order[: min(judged, len(drawing.order))]]
        found.append(estimate(drawing, few, machine, trust=None if machine is None else 1.0).difference[0])
    error = np.std(found) / np.sqrt(len(found)) + 1e-12
    assert abs(np.mean(found) - human.mean()) < 4 * error


_DRAWN: dict[int, Drawing] = {}


def _drawn(pools: list[Pool], seed: int) -> Drawing:
    """Drawings of the same pools share their weights."""
    if not _DRAWN:
        _DRAWN[-1] = Drawing.of(pools, seed=0)
    base = _DRAWN[-1]
    uniform = 1 - np.random.default_rng(seed).random(len(pools))
    times = np.divide(uniform, base.weights, out=np.full(len(pools), np.inf), where=base.weights > 0)
    return replace(base, times=times)


def test_the_seed_and_the_id_draw_and_nothing_else(world):
    pools, _, _ = world
    first, again, other = (Drawing.of(pools, seed=seed) for seed in (1, 1, 2))
    assert first.order.tolist() == again.order.tolist() != other.order.tolist()
    asked = first.weights > 0
    uniform = np.where(asked, first.times, 0) * first.weights
    fewer = Drawing.of(pools[10:], seed=1)
    np.testing.assert_allclose(np.where(asked[10:], fewer.times, 0) * fewer.weights, uniform[10:])
    many = np.concatenate(
        [Drawing.of(pools, seed=seed).times[asked] * first.weights[asked] for seed in range(200)]
    )
    assert abs(many.mean() - 0.5) < 0.02
    assert abs((many < 0.1).mean() - 0.1) < 0.02


def test_weights_follow_disagreement_and_are_bounded(world):
    pools, _, _ = world
    drawing = Drawing.of(pools, seed=1)
    agreed = np.array([pool.apart == 0 for pool in pools])
    assert agreed.any()
    assert (drawing.weights[agreed] == 0).all()
    assert not set(np.flatnonzero(agreed)) & set(drawing.order.tolist())
    rest = drawing.weights[~agreed]
    assert rest.mean() == pytest.approx(1.0)
    assert rest.min() >= 0.3
    assert np.corrcoef(rest, [abs(p.ranks[1] - p.ranks[0]).sum() for p in pools if p.apart])[0, 1] > 0.4
    even = Drawing.of(pools, seed=1, even=1.0).weights[~agreed]
    np.testing.assert_allclose(even, 1.0)


def test_when_all_is_judged_it_is_the_plain_mean(world):
    pools, _, human = world
    drawing = Drawing.of(pools, seed=3)
    machine = np.ones_like(human)
    for said in (None, machine):
        found = estimate(drawing, human[:, drawing.order], said)
        assert found.difference[0] == pytest.approx(human.mean())
        assert found.drawn[0] == 0.0
        assert found.among[0] == pytest.approx(human.var() / 40, rel=0.15)


def test_queries_that_all_differ_alike_leave_no_variance_among_them(world):
    pools, _, _ = world
    drawing = Drawing.of([pool for pool in pools if pool.apart], seed=3)
    alike = np.full((1, len(drawing.order)), 0.4)
    assert estimate(drawing, alike).among[0] < 0.1 * 0.4**2 / len(drawing.order)


def test_the_variance_is_that_of_the_estimates(world):
    pools, _, human = world
    found = [estimate(d, human[:, d.order[:20]]) for d in (_drawn(pools, seed) for seed in range(2_000))]
    spread = np.var([each.difference[0] for each in found])
    told = np.mean([each.drawn[0] for each in found])
    assert told == pytest.approx(spread, rel=0.2)


def test_a_machine_is_trusted_as_far_as_it_is_right():
    pools = make_pools(400, seed=2)
    human = differences(pools, relevant_ones(pools), query_measure("nDCG@5"))
    drawing = Drawing.of(pools, seed=0)
    few = human[:, drawing.order[:80]]
    noise = np.random.default_rng(0).normal(0, human.std(), human.shape)
    alone = estimate(drawing, few)
    by_said = {name: estimate(drawing, few, said) for name, said in {
        "right": human, "half right": human + noise, "wrong": noise, "the opposite": -human,
    }.items()}  # fmt: skip
    assert by_said["right"].trust[0] == pytest.approx(80 / 82)
    assert 0.3 < by_said["half right"].trust[0] < 0.7
    assert by_said["wrong"].trust[0] < 0.25
    assert by_said["the opposite"].trust[0] == 0.0
    assert by_said["right"].variance[0] < by_said["half right"].variance[0] < alone.variance[0]
    assert by_said["wrong"].variance[0] < 1.02 * alone.variance[0]
    untuned = estimate(drawing, few, noise, trust=1.0)
    assert untuned.variance[0] > 1.3 * alone.variance[0]


def test_answers_that_agree_so_far_do_not_claim_to_know_all():
    pools = make_pools(400, seed=2)
    human = differences(pools, relevant_ones(pools), query_measure("nDCG@5"))
    drawing = Drawing.of(pools, seed=0)
    found = [estimate(drawing, human[:, drawing.order[:judged]], human) for judged in (1, 5, 10, 100)]
    widths = [
        Bound(settles=0.07).half_width(float(each.variance[0])) for each in found
    ]  # it was never wrong yet
    assert widths[0] > widths[1] > 0.1
    assert widths[2] > 0.07
    assert widths[3] < 0.07


def words_at_any_look(pools, human, machine, *, seed: int) -> bool:
    drawing, bound = Drawing.of(pools, seed=seed), Bound(settles=0.07)
    for judged in range(FEWEST, len(drawing.order) + 1):
        found = estimate(drawing, human[:, drawing.order[:judged]], machine)
        standing = Standing.of(
            found, done=judged, askable=len(drawing.order), bound=bound, margin=1e-6, alike=[False]
        )
        if standing.settled:
            return True
    return False


@pytest.mark.parametrize("helped", [False, True])
def test_words_at_any_look_are_false_less_often_than_one_in_twenty(helped):
    draws, false = 150, 0
    pools = make_pools(90, seed=4)
    measure = query_measure("nDCG@5")
    human = differences(pools, relevant_ones(pools), measure)
    wrong = differences(pools, relevant_ones(pools, seed=9, favours=1.0), measure)  # prefers one cell
    for seed in range(draws):
        sign = np.random.default_rng(seed).choice([-1.0, 1.0], len(pools))  # swapped at random: no difference
        said = 0.5 * human * sign + 0.5 * wrong if helped else None
        false += words_at_any_look(pools, human * sign, said, seed=seed)
    assert false / draws <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / draws)


def test_a_difference_that_is_there_is_found():
    pools = make_pools(400, seed=4)
    human = differences(pools, relevant_ones(pools, favours=0.9), query_measure("nDCG@5"))
    assert human.mean() > 0.09
    assert all(words_at_any_look(pools, human, None, seed=seed) for seed in range(5))


def test_a_forecast_is_what_it_then_takes():
    pools = make_pools(600, seed=6)
    grades = relevant_ones(pools)  # every query has one among those in question, or on equal places
    human = differences(pools, grades, query_measure("nDCG@5"))
    bound = Bound(settles=0.1)
    needed = []
    for seed in range(20):
        drawing = Drawing.of(pools, seed=seed)
        forecast = Forecast.of(drawing, pools)
        told = forecast.beforehand(bound, 0.1)
        half, whole = told.half, told.whole
        assert half.judgements < whole.judgements < told.everything.judgements
        reached = next(
            judged
            for judged in range(5, 600)
            if bound.half_width(float(estimate(drawing, human[:, drawing.order[:judged]]).variance[0])) < 0.1
        )
        needed.append((half.queries, reached, whole.queries))
        at_30 = estimate(drawing, human[:, drawing.order[:30]])
        later = forecast.from_here(at_30, 0, bound.variance_for(0.1))
        assert isinstance(later, Effort)
        assert 0.4 < later.queries / reached < 2.5
    half, reached, whole = np.median(needed, axis=0)
    assert half < reached < 1.2 * whole


def test_too_few_queries_are_told_what_they_can_settle():
    pools = make_pools(60, seed=6)
    bound = Bound(settles=0.02)
    told = Forecast.of(Drawing.of(pools, seed=0), pools).beforehand(bound, 0.02)
    assert told.half is told.whole is None
    assert told.everything.judgements == sum(pool.apart for pool in pools)
    human = differences(pools, relevant_ones(pools), query_measure("nDCG@5"))
    # here all queries have a relevant document, but not all among those whose place differs
    reached = bound.half_width(float((human**2).mean() / 60))
    assert told.finest < reached < 1.5 * told.finest


def test_quality_by_weight_and_without_a_pair():
    human = np.array([True, True, True, False, False])
    machine = np.array([True, False, True, False, True])
    found = quality(human, machine, np.array([2.0, 1.0, 1.0, 1.0, 3.0]))
    assert found.sensitivity.value == pytest.approx(0.75)
    assert found.specificity.value == pytest.approx(0.25)
    assert found.sensitivity.low < 0.75 < found.sensitivity.high
    assert (found.sensitivity.pairs, found.specificity.pairs) == (3, 2)
    none = quality(np.array([False]), np.array([False]), np.ones(1))
    assert none.sensitivity.pairs == 0
    assert np.isnan(none.sensitivity.value)
    # Wilson's interval for 81 of 263: .2553, .3662 (Newcombe, Statistics in Medicine 17, 1998)
    right = np.arange(263) < 81
    newcombe = quality(np.ones(263, dtype=bool), right, np.full(263, 2.5)).sensitivity
    assert (round(newcombe.low, 4), round(newcombe.high, 4)) == (0.2553, 0.3662)
