"""A purse never pays more than it holds, whatever is in flight; a meter counts what one call costs."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.api.meter import Meter, cost_of
from semascope.encoders.api.purse import Purse
from semascope.encoders.api.sending import Stopped
from semascope.encoders.api.session import Session, purse, session
from semascope.errors import ConfigError

AMOUNTS = st.lists(st.floats(0.001, 10), max_size=30)


@given(AMOUNTS, st.floats(0.1, 50), st.randoms(use_true_random=False))
def test_what_is_held_and_paid_never_passes_the_most(amounts, most, draw):
    paying = Purse(most)
    held: dict[int, float] = {}
    for amount in amounts:
        before = paying.paid + sum(held.values())
        ticket = paying.take(amount)
        assert (ticket is None) == (before + amount > most)
        if ticket is not None:
            held[ticket] = amount
        if held and draw.random() < 0.5:
            gone = draw.choice(sorted(held))
            paying.settle(gone, held.pop(gone))
        assert paying.paid + sum(held.values()) <= most + 1e-9
        assert paying.in_flight == bool(held)


@given(AMOUNTS)
def test_what_is_paid_is_the_sum_of_what_things_cost_and_not_of_what_was_held(costs):
    paying = Purse(1_000)
    for cost in costs:
        paying.settle(paying.take(1.0), cost)
    assert paying.paid == pytest.approx(sum(costs))


def test_nothing_may_be_spent_where_the_most_is_0():
    paying = Purse(0)
    assert paying.take(1e-12) is None
    assert paying.take(0.0) is not None  # what is free


@pytest.mark.parametrize("most", [-1.0, float("nan"), float("inf"), True])
def test_an_amount_that_caps_nothing_is_refused(most):
    with pytest.raises(
        ConfigError, match=r"max_cost is .*; it must be a finite amount of 0 or more; leave it out"
    ):
        Purse(most)


def test_one_amount_does_not_cap_two_currencies():
    paying = Purse(1)
    paying.check_currency("USD", name="a")
    paying.check_currency("USD", name="b")
    with pytest.raises(ConfigError, match="in USD and, of encoder 'c', in CNY; one amount caps one currency"):
        paying.check_currency("CNY", name="c")


def test_a_limit_without_a_price_is_refused_with_the_way_to_give_one():
    with pytest.raises(ConfigError, match=r"no price is known of encoder 'a'.*providers.yaml.*price"):
        Meter(name="a", price=None, currency="", purses=[Purse(1)])


def reply(tokens):
    return SimpleNamespace(tokens=tokens)


@given(
    st.lists(
        st.tuples(
            st.floats(1, 5_000),  # estimate
            st.one_of(st.none(), st.integers(0, 5_000)),  # usage; None: not said
            st.booleans(),  # answered
            st.integers(0, 3),  # retries
        )
    )
)
def test_a_meter_adds_up_what_was_used_and_says_what_of_it_is_estimated(sent):
    meter = Meter(name="a", price=3.0, currency="USD")
    for estimate, used, answered, retries in sent:
        meter.settle([], reply(used) if answered else None, estimate=estimate, texts=2, retries=retries)
    came = [(estimate, used) for estimate, used, answered, _ in sent if answered]
    guessed = sum(round(estimate) for estimate, used in came if used is None)
    tokens = guessed + sum(used for _, used in came if used is not None)
    spent = meter.spent
    assert (spent.requests, spent.texts) == (len(came), 2 * len(came))
    assert (spent.tokens, spent.estimated) == (tokens, guessed)
    assert spent.retries == sum(retries for *_, retries in sent)
    assert meter.money == pytest.approx(tokens * 3.0 / 1e6)


def test_a_request_waits_for_what_is_in_flight_and_goes_when_that_was_cheaper():
    paying = Purse(1.0)
    meter = Meter(name="a", price=1.0, currency="USD", purses=[paying])

    async def job():
        first = await meter.hold(900_000)
        second = asyncio.ensure_future(meter.hold(500_000))
        await asyncio.sleep(0.05)
        assert not second.done()  # .9 are held, .1 left
        meter.settle(first, reply(300_000), estimate=900_000, texts=1, retries=0)
        await second
        meter.settle(second.result(), reply(500_000), estimate=500_000, texts=1, retries=0)
        with pytest.raises(Stopped, match=r"0.8.* USD of max_cost 1 USD are spent.*about 500,000 tokens"):
            await meter.hold(500_000)

    asyncio.run(job())
    assert paying.paid == pytest.approx(0.8)
    assert not paying.in_flight


def test_what_the_second_purse_does_not_pay_is_not_held_in_the_first():
    wide, narrow = Purse(10.0), Purse(0.1)
    meter = Meter(name="a", price=1.0, currency="USD", purses=[wide, narrow])
    with pytest.raises(Stopped, match=r"max_cost 0\.1 USD"):
        asyncio.run(meter.hold(500_000))
    assert not wide.in_flight


def test_a_session_has_one_purse_while_it_lasts():
    assert purse() is None
    with session(Session(max_cost=2.0)):
        assert purse().most == 2.0
        with session(Session()):
            assert purse() is None
        assert purse().most == 2.0
    assert purse() is None


def test_a_cost_is_tokens_times_the_price_of_a_million():
    assert cost_of(1_500_000, 0.02) == pytest.approx(0.03)
    assert cost_of(5, None) is None
