"""Encoders over a loopback server whose pauses take no time."""

from __future__ import annotations

import pytest

from semascope.encoders.api import background, line, retrying
from semascope.encoders.api.loading import load_api_encoder
from semascope.encoders.api.settings import ApiSettings
from semascope.store.vectors import VectorStore


@pytest.fixture
def quick(monkeypatch):
    """Pauses are a hundredth of what they are, and no test shares a line with another one."""
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.005)
    lines: dict[tuple[object, ...], line.Line] = {}
    monkeypatch.setattr(line, "_lines", lines)
    yield
    for each in lines.values():
        background.start(each.client.close()).result(timeout=10)


@pytest.fixture
def encoder_at(quick):
    """An encoder over a server, four texts a request."""

    def made(server, *, model="m", key=None, **settings):
        return load_api_encoder(
            f"api:mine/{model}@{server.url}",
            called="mine",
            settings=ApiSettings(**{"batch_size": 4, "timeout": 5.0, **settings}),
            key=key,
        )

    return made


@pytest.fixture
def store(tmp_path):
    return VectorStore(tmp_path / "store")
