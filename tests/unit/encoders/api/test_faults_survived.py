"""Every fault on the wire, between an encoder and a server of real HTTP: right rows, or an error that says what to do."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from tests.api_server import FaultServer, chain, each, faults, first, make_rows, once_each, steps, when

from semascope.embedding.path import embed
from semascope.encoders.api import breaker, line
from semascope.encoders.api.breaker import Breaker
from semascope.errors import EncoderError

TEXTS = [f"tide number {place} of the month" for place in range(40)]
DIM = 16


def holds(asked, text):
    return text in asked.texts


def known(asked):
    """Whether it is the short text that an encoder asks for first."""
    return len(asked.texts) == 1 and asked.texts[0].startswith("At 12:07")


def only_batches(script):
    """Of the requests for the texts themselves."""
    return lambda asked: None if known(asked) else script(asked)


TRANSIENT = {
    "408": faults.status(408),
    "409": faults.status(409),
    "424": faults.status(424),
    "429, no word": faults.status(429),
    "429, seconds": faults.status(429, Retry_After="0.01"),
    "429, milliseconds": faults.status(429, retry_after_ms="10"),
    "429, date that has passed": faults.status(429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
    "429, garbage": faults.status(429, Retry_After="soon"),
    "500": faults.status(500),
    "502, page": faults.html_page(502),
    "503": faults.status(503),
    "504": faults.status(504),
    "cut": faults.CUT,
    "closed": faults.CLOSE,
    "reset": faults.RESET,
    "not JSON": faults.NOT_JSON,
    "empty body": faults.EMPTY_BODY,
    "no data": faults.NO_DATA,
    "a list": faults.A_LIST,
    "error in a 200": faults.BODY_ERROR,
    "fewer rows": faults.FEWER,
    "more rows": faults.MORE,
    "index twice": faults.DOUBLE_INDEX,
    "index too far": faults.FAR_INDEX,
    "ragged": faults.RAGGED,
    "no row": faults.NO_ROW,
    "zeros": faults.ZEROS,
    "NaN": faults.entry(float("nan")),
    "infinity": faults.entry(float("inf")),
    "null": faults.entry(None),
    "text": faults.entry("x"),
}


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
def test_what_passes_is_asked_again_and_nothing_is_lost(fault, encoder_at, store):
    """Every third request fails once; rows are right, each text is stored, and none was paid for more often than it failed."""
    with FaultServer(dim=DIM, script=only_batches(each(3, fault))) as server:
        found = embed(TEXTS, encoder=encoder_at(server), store=store)
        np.testing.assert_allclose(found.vectors, make_rows(TEXTS, DIM), atol=1e-6)
        asked = len(server.requests)
        again = embed(TEXTS, encoder=encoder_at(server), store=store)
        assert again.account.hits == len(TEXTS)
        assert len(server.requests) <= asked  # nothing is asked for that is stored


HARMLESS = {
    "shuffled": faults.SHUFFLED,
    "no index": faults.NO_INDEX,
    "base64": faults.BASE64,
    "floats": faults.FLOATS,
    "gzip": faults.GZIP,
    "chunked": faults.CHUNKED,
    "no usage": faults.NO_USAGE,
    "padded": faults.padded(300_000),
    "late": faults.slow(0.05),
}


@pytest.mark.parametrize("encoding", ["float", "base64"])
@pytest.mark.parametrize("fault", HARMLESS.values(), ids=HARMLESS)
def test_what_differs_and_is_right_is_taken(fault, encoding, encoder_at):
    with FaultServer(dim=DIM, script=lambda asked: fault) as server:
        found = embed(TEXTS, encoder=encoder_at(server, encoding=encoding))
        np.testing.assert_allclose(found.vectors, make_rows(TEXTS, DIM), atol=1e-6)
        assert max(server.asked().values()) == 1


@pytest.mark.parametrize("code", [400, 413, 422])
def test_a_refused_batch_is_split_down_to_the_text_at_fault(code, encoder_at, store):
    bad = {TEXTS[5], TEXTS[23]}
    script = when(lambda asked: bool(bad & set(asked.texts)), faults.status(code))
    with FaultServer(dim=DIM, script=script) as server:
        with pytest.raises(EncoderError, match=rf"2 rows \(rows 105, 123\): status {code}") as caught:
            embed(TEXTS, encoder=encoder_at(server), store=store, numbers=range(100, 140))
        assert "the 38 others are in the store" in str(caught.value)
        assert max(count for text, count in server.paid().items()) == 1  # nobody pays for the others twice
        rest = [text for text in TEXTS if text not in bad]
        before = len(server.requests)
        kept = embed(rest, encoder=encoder_at(server), store=store)
        assert kept.account.hits == 38
        assert len(server.requests) == before
        np.testing.assert_allclose(kept.vectors, make_rows(rest, DIM), atol=1e-6)


def test_a_text_whose_row_is_never_finite_is_found(encoder_at, store):
    script = when(lambda asked: holds(asked, TEXTS[7]), faults.Fault(
        name="its row is NaN", encoding="float",
        change=lambda payload: [row.update(embedding=[float("nan")] * DIM) for row in payload["data"][:1]],
    ))  # fmt: skip
    with FaultServer(dim=DIM, script=script) as server:
        with pytest.raises(EncoderError, match=r"1 row \(row 7\): 1 of 1 vectors are zero or not finite"):
            embed(TEXTS, encoder=encoder_at(server), store=store)
        rest = TEXTS[:7] + TEXTS[8:]
        assert embed(rest, encoder=encoder_at(server), store=store).account.hits == 39


FINAL = {
    "401": (
        faults.status(401),
        "answers nobody without a key .* MINE_API_KEY is neither in the environment nor in .env",
    ),
    "403": (faults.status(403), "answers nobody without a key"),
    "404": (faults.status(404), "check model 'm', the address and the settings"),
    "no quota, OpenAI": (faults.out_of_money("openai"), "has no quota left"),
    "no quota, SiliconFlow": (faults.out_of_money("siliconflow"), "has no quota left"),
    "no quota, DashScope": (faults.out_of_money("dashscope"), "has no quota left"),
    "never again": (faults.status(500, x_should_retry="false"), "does not serve this"),
    "an hour": (faults.status(429, Retry_After="3600"), "asks to wait 3,600 s"),
    "301": (
        faults.redirect(301, "http://127.0.0.1:1/v1/embeddings"),
        "status 301 and leads to http://127.0.0.1",
    ),
}


@pytest.mark.parametrize(("fault", "words"), FINAL.values(), ids=FINAL)
def test_what_no_request_survives_ends_the_job_at_once(fault, words, encoder_at, store):
    """What came before is stored; few requests went after it."""
    script = only_batches(lambda asked: fault if asked.number > 5 else None)
    with FaultServer(dim=DIM, script=script) as server:
        with pytest.raises(EncoderError, match=words):
            embed(TEXTS, encoder=encoder_at(server, max_concurrent=2), store=store)
        assert sum(entry.status != 200 for entry in server.requests) <= 2
        server.script = None
        kept = embed(TEXTS, encoder=encoder_at(server), store=store)
        assert kept.account.hits >= 20 - 8
        assert max(server.paid()[text] for text in TEXTS) == 1


def test_a_key_that_does_not_hold_is_told_in_one_line_without_it(encoder_at):
    said = {
        "error": {"message": "Incorrect API key provided: sk-planted-0123456789", "code": "invalid_api_key"}
    }
    with FaultServer(dim=DIM, script=lambda asked: faults.status(401, said)) as server:
        with pytest.raises(EncoderError, match=r"does not take the key .*check it") as caught:
            embed(TEXTS, encoder=encoder_at(server, key="sk-planted-0123456789"))
        assert "planted" not in str(caught.value) and "\n" not in str(caught.value)
        assert len(server.requests) == 1


@pytest.mark.parametrize("provider", ["openai", "siliconflow", "dashscope"])
def test_a_rate_is_no_quota(provider, encoder_at):
    script = only_batches(once_each(faults.out_of_rate(provider)))
    with FaultServer(dim=DIM, script=script) as server:
        found = embed(TEXTS, encoder=encoder_at(server))
        np.testing.assert_allclose(found.vectors, make_rows(TEXTS, DIM), atol=1e-6)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            {"code": 402, "message": "Insufficient credits"},
            "has no quota left .status 402: Insufficient credits",
        ),
        ({"code": 404, "message": "No endpoints found"}, "does not serve this"),
    ],
)
def test_an_error_in_a_reply_of_status_200_is_what_it_says(error, words, encoder_at):
    fault = faults.Fault(name="error", body=json.dumps({"error": error}).encode())
    with FaultServer(dim=DIM, script=only_batches(lambda asked: fault)) as server:
        with pytest.raises(EncoderError, match=words):
            embed(TEXTS, encoder=encoder_at(server, max_concurrent=2))
        assert len(server.requests) <= 3


def test_the_first_answer_says_what_is_wrong_with_the_request_itself(encoder_at):
    """Not split for ever, not once a batch: one short text is asked for first."""
    with FaultServer(dim=DIM, script=lambda asked: faults.status(400)) as server:
        with pytest.raises(EncoderError, match="does not embed even a short text"):
            embed(TEXTS, encoder=encoder_at(server))
        assert len(server.requests) == 1


def test_another_width_stops_and_nothing_of_it_is_kept(encoder_at, store):
    with FaultServer(
        dim=DIM, script=lambda asked: faults.other_width(8) if asked.number > 4 else None
    ) as server:
        with pytest.raises(EncoderError, match="gives rows of 8 numbers, and 16 are its width"):
            embed(TEXTS, encoder=encoder_at(server, max_concurrent=1), store=store)
        server.script = None
        kept = embed(TEXTS, encoder=encoder_at(server), store=store)
        np.testing.assert_allclose(kept.vectors, make_rows(TEXTS, DIM), atol=1e-6)


def test_another_name_of_the_model_stops(encoder_at):
    with (
        FaultServer(dim=DIM, script=lambda asked: faults.OTHER_NAME if asked.number > 4 else None) as server,
        pytest.raises(EncoderError, match="answered as model 'm' and now answers as 'another'"),
    ):
        embed(TEXTS, encoder=encoder_at(server))


def test_a_model_that_changed_between_two_runs_is_found_by_its_canary(encoder_at, store, monkeypatch):
    with FaultServer(dim=DIM) as server:
        embed(TEXTS[:8], encoder=encoder_at(server), store=store)
        server.drift = 1
        monkeypatch.setattr(line, "_lines", {})
        with pytest.raises(EncoderError, match="gives the store's canary prompt another row"):
            embed(TEXTS, encoder=encoder_at(server), store=store)
        server.drift = 0
        assert embed(TEXTS, encoder=encoder_at(server), store=store).account.hits == 8


def test_a_model_that_changes_in_the_middle_is_found(encoder_at, store, monkeypatch):
    from semascope.encoders.api import encoder

    monkeypatch.setattr(encoder, "_PROVE_EVERY", 4)
    with FaultServer(
        dim=DIM, script=lambda asked: faults.OTHER_MODEL if asked.number > 3 else None
    ) as server:
        with pytest.raises(EncoderError, match="gives the known prompt another row"):
            embed(TEXTS, encoder=encoder_at(server, max_concurrent=1), store=store)
        assert len(server.requests) <= 1 + 4 + 1


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(encoder_at):
    with FaultServer(dim=DIM, script=only_batches(first(3, faults.trickle(20.0)))) as server:
        began = time.monotonic()
        found = embed(TEXTS, encoder=encoder_at(server, timeout=0.3))
        np.testing.assert_allclose(found.vectors, make_rows(TEXTS, DIM), atol=1e-6)
        assert time.monotonic() - began < 5


def test_a_server_that_never_answers_is_given_up(encoder_at):
    with FaultServer(dim=DIM, script=only_batches(once_each(faults.HANG))) as server:
        found = embed(TEXTS[:8], encoder=encoder_at(server, timeout=0.2))
        np.testing.assert_allclose(found.vectors, make_rows(TEXTS[:8], DIM), atol=1e-6)


def test_a_text_at_which_a_server_always_fails_is_told_by_row_and_the_rest_goes_on(encoder_at, store):
    """As a server does that answers 500 to a text over its batch."""
    script = when(lambda asked: holds(asked, TEXTS[0]), faults.status(500))
    with FaultServer(dim=DIM, script=script) as server:
        with pytest.raises(EncoderError, match=r"1 row \(row 0\): status 500: status 500, 2 times"):
            embed(TEXTS, encoder=encoder_at(server, max_retries=3), store=store)
        server.script = None
        assert embed(TEXTS[1:], encoder=encoder_at(server), store=store).account.hits == 39


def test_a_dead_provider_ends_the_job(encoder_at, monkeypatch):
    """In three minutes, which are one second here; meanwhile it is asked now and then, not by every lane."""
    monkeypatch.setattr(line, "Breaker", lambda: Breaker(patience=1.5))
    monkeypatch.setattr(breaker, "FIRST_PAUSE", 0.1)
    with FaultServer(dim=DIM, script=only_batches(lambda asked: faults.status(503))) as server:
        with pytest.raises(
            EncoderError, match=r"nothing was answered for [12] seconds: [0-9]+ requests failed in a row"
        ):
            embed(TEXTS, encoder=encoder_at(server))
        assert len(server.requests) < 100  # smaller ones are tried first: the size might be at fault


def test_nothing_but_refusals_for_rate_ends_the_job(encoder_at, monkeypatch):
    monkeypatch.setattr(line, "_MOST_REFUSALS", 0.5)
    with (
        FaultServer(
            dim=DIM, script=only_batches(lambda asked: faults.status(429, Retry_After="0.05"))
        ) as server,
        pytest.raises(EncoderError, match="every request was refused for its rate for"),
    ):
        embed(TEXTS, encoder=encoder_at(server))


def test_nobody_is_there(encoder_at):
    with FaultServer(dim=DIM) as server:
        encoder = encoder_at(server, max_retries=1)
    with pytest.raises(
        EncoderError,
        match=r"mine does not answer .ConnectError.*2 times.; see whether http://127.0.0.1:.*/v1 is the address",
    ):
        embed(TEXTS, encoder=encoder)


def test_a_redirect_to_another_host_loses_the_key_and_one_that_keeps_it_does_not(encoder_at):
    from pydantic import SecretStr

    with FaultServer(dim=DIM) as other, FaultServer(dim=DIM, host="127.0.0.1") as server:
        server.script = lambda asked: faults.redirect(307, f"{other.url}/embeddings")
        found = embed(TEXTS[:4], encoder=encoder_at(server, key=SecretStr("sk-planted-0123456789")))
        np.testing.assert_allclose(found.vectors, make_rows(TEXTS[:4], DIM), atol=1e-6)
        assert all(entry.headers.get("authorization", "").endswith("0123456789") for entry in server.requests)
        assert other.requests
        assert not any("authorization" in entry.headers for entry in other.requests)


def test_steps_of_different_faults_one_after_the_other(encoder_at):
    script = chain(
        steps([None, faults.CLOSE, faults.status(429), faults.NOT_JSON, faults.status(500), faults.FEWER])
    )
    with FaultServer(dim=DIM, script=script) as server:
        found = embed(TEXTS, encoder=encoder_at(server))
        np.testing.assert_allclose(found.vectors, make_rows(TEXTS, DIM), atol=1e-6)
