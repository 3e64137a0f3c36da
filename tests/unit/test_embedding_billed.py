"""What an embedding behind an API is billed: by the server's own count, for this call alone, within what may be spent."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.embedding import consent, estimate
from semascope.embedding.bill import Bill, in_all
from semascope.embedding.estimate import ToEmbed, estimates_of
from semascope.embedding.path import embed
from semascope.embedding.stored import fill_store
from semascope.encoders.api.session import Session, session
from semascope.encoders.api.settings import ApiSettings
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.encoders.protocol import Billed
from semascope.errors import ConfigError, EncoderError
from semascope.store.vectors import VectorStore

WORDS = 7  # of each text below, which the server counts as its tokens


def texts(n, start=0):
    return [f"one text of many has number {row}" for row in range(start, start + n)]


@pytest.fixture
def server(api_server):
    with api_server.FaultServer(dim=16) as found:
        yield found


@pytest.fixture
def encoder(server, priced):
    return load_encoder(priced(server))


def test_an_api_is_billed_and_a_local_encoder_is_not(encoder):
    assert isinstance(encoder, Billed)
    assert not isinstance(HashEncoder(8), Billed)
    assert embed(texts(3), encoder=HashEncoder(8)).account.bill is None


def test_the_bill_holds_the_server_s_count_and_the_price_of_it(server, encoder):
    bill = embed(texts(100), encoder=encoder).account.bill
    expected = int(encoder.lengths(texts(100)).encoded.sum())
    assert bill == Bill(
        requests=4,
        tokens=100 * WORDS,
        money=100 * WORDS * 2 / 1e6,
        currency="USD",
        expected_tokens=expected,
        expected_money=expected * 2 / 1e6,
    )
    assert str(bill).startswith("700 tokens were billed in 4 requests, for 0.0014 USD (estimate 0.0")


def test_what_the_store_has_is_not_billed(server, encoder, tmp_path):
    store = VectorStore(tmp_path / "store")
    embed(texts(60), encoder=encoder, store=store)
    again = embed(texts(100), encoder=encoder, store=store).account.bill
    assert again.tokens == 40 * WORDS
    nothing = embed(texts(100), encoder=encoder, store=store).account.bill
    assert nothing == Bill(money=0.0, currency="USD", expected_money=0.0)


def test_a_server_that_does_not_count_is_billed_by_estimates_and_the_bill_says_so(
    server, encoder, api_server
):
    server.script = api_server.each(1, api_server.faults.NO_USAGE)
    bill = embed(texts(40), encoder=encoder).account.bill
    assert bill.tokens == bill.estimated_tokens > 0
    assert "(all of them estimated: the provider did not say)" in str(bill)


def test_retries_stand_in_the_bill_and_cost_nothing(server, encoder, api_server):
    encoder.load()
    server.script = api_server.once_each(api_server.faults.status(503))
    bill = embed(texts(32), encoder=encoder).account.bill
    assert (bill.requests, bill.tokens) == (1, 32 * WORDS)
    assert bill.retries == 1


def test_an_unknown_price_is_no_money(server, priced):
    bill = embed(texts(3), encoder=load_encoder(priced(server, "free"))).account.bill
    assert (bill.tokens, bill.money, bill.currency) == (3 * WORDS, None, "")
    assert str(bill).endswith("; no price is known")


def test_two_threads_on_one_encoder_each_get_their_own_bill(server, encoder, api_server):
    server.service = api_server.Service(seconds=0.01)
    found = {}

    def work(name, n, start):
        found[name] = embed(texts(n, start), encoder=encoder).account.bill

    jobs = [threading.Thread(target=work, args=each) for each in (("a", 90, 0), ("b", 170, 1_000))]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert (found["a"].tokens, found["a"].requests) == (90 * WORDS, 3)
    assert (found["b"].tokens, found["b"].requests) == (170 * WORDS, 6)


def test_a_store_that_is_filled_in_chunks_adds_up(server, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("semascope.embedding.stored._CHUNK", 40)
    account = fill_store(texts(100), encoder=encoder, store=VectorStore(tmp_path / "store"))
    assert account.bill.tokens == 100 * WORDS
    assert account.bill.money == pytest.approx(100 * WORDS * 2 / 1e6)


BILLS = st.builds(
    Bill,
    requests=st.integers(0, 9),
    retries=st.integers(0, 9),
    tokens=st.integers(0, 10_000),
    estimated_tokens=st.integers(0, 9),
    money=st.floats(0, 9),
    currency=st.sampled_from(["USD", "CNY"]),
    expected_tokens=st.integers(0, 10_000),
    expected_money=st.floats(0, 9),
) | st.builds(Bill, tokens=st.integers(0, 10_000), requests=st.integers(0, 9))


@given(st.lists(BILLS))
def test_bills_in_all_keep_currencies_apart_and_lose_nothing(bills):
    found = in_all(bills)
    keys = [(one.money is None, one.currency) for one in found]
    assert len(keys) == len(set(keys))
    for name in ("requests", "retries", "tokens", "estimated_tokens", "expected_tokens"):
        assert sum(getattr(one, name) for one in found) == sum(getattr(one, name) for one in bills)
    for one in found:
        same = [bill.money for bill in bills if bill.currency == one.currency and bill.money is not None]
        assert (one.money is None and not one.currency) or one.money == pytest.approx(sum(same))


def test_bills_in_two_currencies_have_no_sum():
    with pytest.raises(ValueError, match="USD and CNY have no sum"):
        Bill(money=1.0, currency="USD").plus(Bill(money=1.0, currency="CNY"))


def test_an_estimate_is_of_what_the_store_lacks_and_of_each_prompt_once(server, encoder, tmp_path):
    store = VectorStore(tmp_path / "store")
    embed(texts(30), encoder=encoder, store=store)
    work = [
        ToEmbed(texts=texts(50), encoder=encoder),
        ToEmbed(texts=texts(60), encoder=encoder),
        ToEmbed(texts=texts(5), encoder=HashEncoder(8)),
    ]
    (found,) = estimates_of(work, store=store)
    lacking = texts(30, 30)
    tokens = int(encoder.lengths(lacking).encoded.sum())
    assert (found.texts, found.tokens) == (30, tokens)
    assert found.money == pytest.approx(tokens * 2 / 1e6)
    assert estimates_of(work[:1], store=None)[0].texts == 50


def test_many_prompts_are_estimated_from_a_sample(encoder, monkeypatch):
    monkeypatch.setattr(estimate, "_COUNTED", 50)
    some = [f"{'word ' * (row % 7)}{row:04}" for row in range(1_000)]
    exact = int(encoder.lengths(some).encoded.sum())
    assert estimate.estimate_of(encoder, some).tokens == pytest.approx(exact, rel=0.2)


@pytest.mark.parametrize(
    ("limits", "least"),
    [
        ({"requests_per_minute": 10}, 60 * 4 / 10),  # 100 texts in 4 requests
        ({"tokens_per_minute": 300}, None),
    ],
)
def test_minutes_come_from_the_rates_that_are_allowed(server, priced, limits, least):
    encoder = load_encoder(priced(server, **limits))
    (found,) = estimates_of([ToEmbed(texts=texts(100), encoder=encoder)], store=None)
    assert found.seconds == pytest.approx(60 * found.tokens / 300 if least is None else least)


def test_without_rates_minutes_come_from_the_latency_that_was_seen(server, priced, api_server):
    server.service = api_server.Service(seconds=0.2)
    name = priced(server)
    with session(Session(settings=ApiSettings(max_concurrent=3))):
        encoder = load_encoder(name)
        before = encoder.expected_seconds(texts=32 * 30, tokens=1)
        encoder.load()
        after = encoder.expected_seconds(texts=32 * 30, tokens=1)
    assert before == pytest.approx(30 * 1.0 / 3)
    assert 30 * 0.2 / 3 <= after < 30 * 0.6 / 3


def test_an_estimate_above_the_most_sends_nothing(server, encoder):
    with pytest.raises(
        ConfigError, match=r"max_cost is 0.0001 USD, and about .* none of them was sent; raise max_cost"
    ):
        embed(texts(100), encoder=encoder, max_cost=0.0001)
    assert not server.requests


def test_a_most_that_is_held_lets_everything_through(server, encoder):
    assert len(embed(texts(100), encoder=encoder, max_cost=0.01).vectors) == 100


def test_without_a_price_there_is_no_most(server, priced):
    with pytest.raises(ConfigError, match=r"no price is known of encoder 'api:paid/free'.*providers.yaml"):
        embed(texts(2), encoder=load_encoder(priced(server, "free")), max_cost=1.0)
    assert not server.requests


def test_a_job_that_turns_out_dearer_stops_at_the_most_and_keeps_what_came(
    server, encoder, tmp_path, api_server
):
    # each text has eight times the tokens that anybody expects
    server.special, server.service = 60, api_server.Service(seconds=0.01)
    rows, each = texts(2_000), 67 * 2 / 1e6
    expected = encoder.lengths(rows).encoded.sum() * 2 / 1e6
    most, store = float(expected) * 1.2, VectorStore(tmp_path / "store")
    with pytest.raises(
        EncoderError, match=r"is at its limit: .* of max_cost .* are spent.*what came is stored"
    ):
        embed(rows, encoder=encoder, store=store, max_cost=most)
    came = sum(server.paid().values())
    in_flight = 10 * 32 * each  # lanes, texts a request
    assert most * 0.8 < came * each <= most + in_flight
    # every row that was paid for is there, and the next run asks for the others alone
    there = estimates_of([ToEmbed(texts=rows, encoder=encoder)], store=store)[0].texts
    known = 1  # the prompt that every encoder is asked for first
    assert 2_000 - there == came - known
    rest = embed(rows, encoder=encoder, store=store)
    assert rest.account.bill.tokens == there * 67
    np.testing.assert_allclose(rest.vectors, api_server.make_rows(rows, 16), atol=2e-3)


def test_what_a_session_may_spend_is_shared_by_all_its_calls(server, encoder):
    with session(Session(max_cost=0.003)):
        embed(texts(100), encoder=encoder)
        with pytest.raises(ConfigError, match=r"beside the 0.0014 USD that are spent"):
            embed(texts(150, 500), encoder=encoder)


def test_one_amount_does_not_pay_in_two_currencies(server, priced):
    dollars, yuan = (load_encoder(priced(server, model)) for model in ("m", "y"))
    with session(Session(max_cost=5.0)):
        embed(texts(3), encoder=dollars)
        with pytest.raises(ConfigError, match="USD and, of encoder 'api:paid/y', in CNY"):
            embed(texts(3), encoder=yuan)


@pytest.fixture
def cheap(monkeypatch):
    monkeypatch.setattr(consent, "ASK_MONEY", 0.001)
    monkeypatch.setattr(consent, "ASK_TOKENS", 500)


def test_in_python_nobody_is_asked(server, encoder, cheap):
    embed(texts(300), encoder=encoder)


def test_somebody_is_asked_above_the_threshold_and_once_for_all_of_it(server, encoder, cheap):
    asked = []
    with consent.asking(lambda words: asked.append(words) or True):
        embed(texts(3), encoder=encoder)
        assert not asked
        consent.agree_to(
            [ToEmbed(texts=texts(300), encoder=encoder), ToEmbed(texts=texts(200, 900), encoder=encoder)],
            store=None,
        )
        embed(texts(300), encoder=encoder)
        embed(texts(200, 900), encoder=encoder)
    (words,) = asked
    assert "500 texts go to api:paid/m, for about" in words


@pytest.mark.parametrize("settled", [Session(yes=True), Session(max_cost=1.0)])
def test_who_said_yes_or_set_a_limit_is_not_asked(server, encoder, cheap, settled):
    with session(settled), consent.asking(lambda _: pytest.fail("was asked")):
        embed(texts(300), encoder=encoder)


def test_a_no_sends_nothing(server, encoder, cheap):
    with (
        consent.asking(lambda _: False),
        pytest.raises(ConfigError, match="none of the texts was sent, as asked"),
    ):
        embed(texts(300), encoder=encoder)
    assert not server.requests


def test_where_no_price_is_known_tokens_are_what_is_asked_about(server, priced, cheap):
    asked = []
    with consent.asking(lambda words: asked.append(words) or True):
        embed(texts(300), encoder=load_encoder(priced(server, "free")))
    assert "at a price that is not known" in asked[0]


def test_progress_says_tokens_retries_and_money(server, encoder, api_server):
    encoder.load()
    server.script = api_server.when(
        lambda asked: len(asked.texts) > 1, api_server.faults.status(503), times=1
    )
    steps = []
    embed(texts(64), encoder=encoder, progress=steps.append)
    assert steps[0].detail == ""
    assert steps[-1].detail == "448 tokens, 1 retry, 0.00090 USD"
    assert steps[-1].window == 60.0
