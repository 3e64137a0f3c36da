"""Texts of requests stand in the log where they were asked for, and nowhere else: not of requests, not in errors."""

import io
import logging

import pytest
from tests.running_service import make_learner, running, service_of, status_of

from semascope.encoders.hashing import HashEncoder
from semascope.serve.guarding.tokens import Tokens
from semascope.serve.log_lines import LogLines

SECRET, TOKEN = "the vault opens at dawn", "0123456789abcdef0123"
ASKED = [
    ("/predict", {"text": SECRET}),
    ("/rank", {"texts": [SECRET] * 7}),
    ("/v1/embeddings", {"input": SECRET, "model": "hash:16"}),
    ("/v1/explain", {"text": SECRET}),
    ("/v1/learn", {"examples": [{"text": SECRET, "score": 1.0}]}),
    ("/v1/forget", {"text": SECRET + "!"}),
    ("/v1/suggest", {"texts": [SECRET]}),
    ("/v1/score", {"texts": SECRET}),
    ("/v1/nothing", {"text": SECRET}),
]


@pytest.fixture
def log():
    """What all loggers write at any level, as a service formats it: by whether texts may stand there."""
    root, written = logging.getLogger(), {texts: io.StringIO() for texts in (False, True)}
    handlers, level = [logging.StreamHandler(stream) for stream in written.values()], root.level
    for handler, texts in zip(handlers, written, strict=True):
        handler.setFormatter(LogLines(texts=texts))
        root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(level)
    for handler in handlers:
        root.removeHandler(handler)


def said_by(model, log, *, texts, **settings):
    """The log of a service that was asked all of this; with a token, so that it may not stand there."""
    service = service_of(model, "hash:16", learn=True, log_requests=True, **settings)
    with running(service, Tokens(reading=TOKEN[::-1].encode(), learning=TOKEN.encode())) as address:
        statuses = [status_of(address, *each, Authorization=f"Bearer {TOKEN}") for each in ASKED]
    return log[texts].getvalue(), statuses


def test_no_text_stands_in_the_log_unless_asked_for(tmp_path, log):
    said, statuses = said_by(make_learner(tmp_path / "model"), log, texts=False)
    assert "POST /predict 200" in said
    assert {200, 400, 404} <= set(statuses)
    assert "vault" not in said
    assert TOKEN not in said


def test_texts_stand_in_the_line_of_their_request_where_asked_for(tmp_path, log):
    said, _ = said_by(make_learner(tmp_path / "model"), log, texts=True, log_texts=True)
    lines = [line for line in said.splitlines() if " POST " in line]
    assert any("POST /predict 200" in line and line.endswith(f"ms: {SECRET!r}") for line in lines)
    assert any(line.endswith(f"{', '.join([repr(SECRET)] * 5)} and 2 more") for line in lines)
    assert TOKEN not in said


class Quoting(HashEncoder):
    """Fails in words that hold what it was given, as tokenizers and decoders do."""

    def encode(self, prompts):
        try:
            raise KeyError(prompts[0])
        except KeyError as error:
            raise ValueError(f"cannot read {prompts[0]!r}") from error


@pytest.mark.parametrize("texts", [False, True])
def test_an_error_that_quotes_a_text_is_logged_by_kind_and_place(tmp_path, log, monkeypatch, texts):
    monkeypatch.setattr("semascope.serve.served.wanted.load_encoder", lambda *_, **__: Quoting(16))
    with running(service_of("quoting", log_requests=True)) as address:
        assert status_of(address, "/v1/embeddings", {"input": SECRET, "model": "quoting"}) == 500
    said = log[texts].getvalue()
    assert ("vault" in said) == texts
    assert "in encode" in said
    assert "builtins.KeyError (its words are left out" in said or texts
    assert "ValueError" in said


def test_a_long_text_is_cut_and_breaks_no_line(tmp_path, log):
    service = service_of(make_learner(tmp_path / "model"), log_requests=True, log_texts=True)
    with running(service) as address:
        assert status_of(address, "/predict", {"text": "ebb\nflow " * 100}) == 200
    (line,) = [line for line in log[True].getvalue().splitlines() if "POST /predict" in line]
    assert line.endswith("...")
    assert "ebb\\nflow" in line
    assert 200 < len(line) < 350
