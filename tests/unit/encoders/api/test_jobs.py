"""One job after another on one line: what ended the first, however it ended, does not reach the next."""

from __future__ import annotations

import multiprocessing
import threading

import numpy as np
import pytest
from tests.api_server import FaultServer, Service, faults, make_rows, when

from semascope.embedding.path import embed
from semascope.encoders.api import breaker, encoder, line
from semascope.encoders.api.breaker import Breaker
from semascope.errors import EncoderError, StoreError

TEXTS = [f"lock {place} of the canal" for place in range(64)]
DIM = 16


def right(found, texts=TEXTS):
    np.testing.assert_allclose(found.vectors, make_rows(texts, DIM), atol=1e-6)


def in_time(work, seconds=30.0):
    """What ``work`` gives; a failure where it does not end."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "it does not end"
    return found[0]


def known(asked):
    return len(asked.texts) == 1 and asked.texts[0].startswith("At 12:07")


def test_a_generator_that_is_closed_leaves_no_lane(encoder_at):
    with FaultServer(dim=DIM, service=Service(seconds=0.02)) as server:
        one = encoder_at(server, max_concurrent=3)
        for _ in range(3):
            parts = one.encode_parts(TEXTS)
            next(parts)
            parts.close()
        right(in_time(lambda: embed(TEXTS, encoder=encoder_at(server, max_concurrent=3))))


def test_when_whoever_takes_the_rows_fails_what_is_in_flight_is_stored(encoder_at, store):
    class Failed(Exception):
        pass

    def failing(step):
        if step.done:
            raise Failed

    with FaultServer(dim=DIM, service=Service(seconds=0.05)) as server:
        one = encoder_at(server, max_concurrent=4)
        with pytest.raises(Failed):
            embed(TEXTS, encoder=one, store=store, progress=failing)
        paid = sum(server.paid()[text] for text in TEXTS)
        assert 0 < paid < len(TEXTS)
        again = in_time(lambda: embed(TEXTS, encoder=one, store=store))
        right(again)
        assert again.account.hits == paid  # nothing that was paid for is asked again
        assert max(server.paid()[text] for text in TEXTS) == 1


def test_a_store_that_cannot_be_written_ends_the_job_and_not_the_line(encoder_at, store, monkeypatch):
    with FaultServer(dim=DIM, service=Service(seconds=0.02)) as server:
        one = encoder_at(server, max_concurrent=2)
        with monkeypatch.context() as patch:
            patch.setattr(store, "put", lambda *_: (_ for _ in ()).throw(StoreError("no space left")))
            with pytest.raises(StoreError, match="no space left"):
                embed(TEXTS, encoder=one, store=store)
        right(in_time(lambda: embed(TEXTS, encoder=one, store=store)))


def test_two_jobs_of_which_one_waits_for_the_other_come_to_their_end(encoder_at):
    """Rows of the first hold all lanes while the second one's are waited for."""
    with FaultServer(dim=DIM) as server:
        one = encoder_at(server, max_concurrent=2)

        def both():
            pairs = 0
            for _, rows in one.encode_parts(TEXTS):
                pairs += len(rows) and sum(len(more) for _, more in one.encode_parts(TEXTS[:8]))
            return pairs

        assert in_time(both) > 0


def test_after_a_dead_provider_has_ended_a_job_the_next_one_asks_again(encoder_at, monkeypatch):
    monkeypatch.setattr(line, "Breaker", lambda: Breaker(patience=0.5))
    monkeypatch.setattr(breaker, "FIRST_PAUSE", 0.05)
    with FaultServer(dim=DIM) as server:
        one = encoder_at(server)
        one.load()
        server.script = lambda asked: faults.status(503)
        for _ in range(3):
            with pytest.raises(EncoderError, match="nothing was answered for"):
                in_time_raising(lambda: embed(TEXTS, encoder=one))
        server.script = None
        right(in_time(lambda: embed(TEXTS, encoder=one)))


def in_time_raising(work):
    raised = []

    def run():
        try:
            work()
        except EncoderError as error:
            raised.append(error)

    in_time(run)
    if raised:
        raise raised[0]


def test_a_job_that_used_up_its_retries_leaves_the_next_one_its_own(encoder_at):
    with FaultServer(dim=DIM) as server:
        one = encoder_at(server, max_retries=50, batch_size=1)
        one.load()
        server.script = when(lambda asked: asked.number % 3 != 0, faults.status(500))
        with pytest.raises(EncoderError, match="more than a fifth of all requests"):
            embed(TEXTS, encoder=one)
        server.script = when(lambda asked: not asked.before and asked.number % 5 == 0, faults.status(500))
        right(embed(TEXTS, encoder=one))


def _in_child(one, texts, answers):
    answers.put(embed(texts, encoder=one).vectors)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_a_forked_process_opens_connections_of_its_own(encoder_at):
    context = multiprocessing.get_context("fork")
    with FaultServer(dim=DIM, service=Service(seconds=0.01)) as server:
        one = encoder_at(server)
        right(embed(TEXTS[:8], encoder=one), TEXTS[:8])
        answers = context.Queue()
        theirs = [f"theirs {place}" for place in range(48)]
        child = context.Process(target=_in_child, args=(one, theirs, answers))
        child.start()
        right(in_time(lambda: embed(TEXTS, encoder=one)))
        np.testing.assert_allclose(answers.get(timeout=30), make_rows(theirs, DIM), atol=1e-6)
        child.join(30)


@pytest.mark.parametrize("fault", [faults.status(500), faults.NOT_JSON], ids=["500", "not JSON"])
def test_a_server_that_always_fails_at_large_requests_gets_smaller_ones(fault, encoder_at, store):
    """As one does that answers 500 to what is over its batch."""
    with FaultServer(dim=DIM, script=lambda asked: fault if len(asked.texts) > 2 else None) as server:
        right(in_time(lambda: embed(TEXTS, encoder=encoder_at(server, batch_size=16), store=store)))
        failed = sum(len(entry.texts) > 2 for entry in server.requests)
        assert (
            failed <= 60
        )  # three sizes, two tries, ten lanes at most: a size is learnt once, not by every batch


def test_a_model_that_changes_between_two_calls_is_found(encoder_at, monkeypatch):
    monkeypatch.setattr(encoder, "_PROVE_AFTER", (10, 1e9))
    with FaultServer(dim=DIM) as server:
        one = encoder_at(server)
        embed(TEXTS, encoder=one)  # 16 requests
        server.drift = 1
        with pytest.raises(EncoderError, match="gives the known prompt another row than"):
            embed([f"{text} again" for text in TEXTS], encoder=one)


def test_a_short_call_soon_after_another_one_asks_for_no_proof(encoder_at):
    with FaultServer(dim=DIM) as server:
        one = encoder_at(server)
        for part in range(4):
            embed(TEXTS[part::4], encoder=one)
        assert sum(known_texts(server)) == 1


def known_texts(server):
    return [entry.texts[0].startswith("At 12:07") for entry in server.requests if len(entry.texts) == 1]


def test_replies_without_vectors_stand_in_the_bill(encoder_at):
    """They were answered with 200: the provider counts them, and so does the bill. The known prompt stands in none."""
    script = when(lambda asked: not known(asked) and not asked.before, faults.ZEROS)
    with FaultServer(dim=DIM, script=script) as server:
        found = embed(TEXTS, encoder=encoder_at(server))
        right(found)
        counted = sum(entry.tokens for entry in server.requests[1:] if entry.paid)
        assert found.account.bill.tokens == counted


def test_nothing_comes_for_a_while_and_somebody_is_told_why(encoder_at):
    said = []
    with FaultServer(dim=DIM) as server:
        one = encoder_at(server)
        one.load()
        until = threading.Event()
        server.script = lambda asked: None if until.is_set() else faults.status(429, Retry_After="1")

        def progress(step):
            said.append(step.detail)
            if "refuses" in step.detail:
                until.set()

        right(in_time(lambda: embed(TEXTS, encoder=one, progress=progress)))
    assert any(
        "waiting for" in each and "the provider refuses more requests for now" in each for each in said
    )
    assert "waiting" not in said[-1]
