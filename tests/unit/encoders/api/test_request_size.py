"""How large requests become: by texts, by what a provider takes, and by what a minute holds."""

from __future__ import annotations

import pytest
from tests.api_server import FaultServer

from semascope.embedding.path import embed
from semascope.encoders.api.loading import load_api_encoder
from semascope.encoders.api.settings import ApiSettings

TEXTS = [f"{'tide ' * 60}{place}" for place in range(64)]  # some 62 tokens each


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        ("{}", 32),
        ("{inputs: 10}", 10),
        ("{request_tokens: 500}", 8),
        ("{tokens_per_minute: 60000}", 9),
        ("{tokens_per_minute: 60000, requests_per_minute: 100}", 32),
        ("{tokens_per_minute: 60000, request_tokens: 200}", 3),
    ],
)
def test_no_request_is_larger_than_it_may_be(limits, most, tmp_path, quick):
    table = tmp_path / "providers.yaml"
    with FaultServer(dim=8) as server:
        table.write_text(f"mine: {{base_url: '{server.url}', limits: {limits}, models: {{m: {{dim: 8}}}}}}\n")
        embed(TEXTS, encoder=load_api_encoder("api:mine/m", settings=ApiSettings(providers=table)))
        sizes = [len(entry.texts) for entry in server.requests][1:]
        assert max(sizes) <= most
        assert sum(sizes) == 64 and max(sizes) >= most // 2


def test_a_batch_size_that_was_asked_for_is_the_limit(encoder_at):
    with FaultServer(dim=8) as server:
        embed(TEXTS, encoder=encoder_at(server, batch_size=5))
        assert max(len(entry.texts) for entry in server.requests) == 5
