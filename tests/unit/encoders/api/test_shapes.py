"""Servers that differ in what they answer, serve and refuse: one encoder over each of them."""

from __future__ import annotations

import numpy as np
import pytest
from tests.api_server import SHAPES, FaultServer, make_rows

from semascope.embedding.path import embed
from semascope.errors import EncoderError

TEXTS = [f"pier {place}" for place in range(70)]
LONG = "the tide " * 9_000  # more than any of them reads
DIM = 16


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_texts_get_their_rows(shape, encoder_at):
    with FaultServer(dim=DIM, shape=shape) as server:
        found = embed(TEXTS, encoder=encoder_at(server))
        np.testing.assert_allclose(found.vectors, make_rows(TEXTS, DIM), atol=1e-6)


@pytest.mark.parametrize(
    "shape", [each for each in SHAPES.values() if each.inputs], ids=lambda each: each.name
)
def test_a_batch_over_what_a_server_takes_is_split_until_it_fits(shape, encoder_at):
    """Whoever sets ``batch_size`` too high pays with requests, not with texts."""
    many = [f"pier {place}" for place in range(shape.inputs + 1)]
    with FaultServer(dim=DIM, shape=shape) as server:
        found = embed(many, encoder=encoder_at(server, batch_size=len(many)))
        np.testing.assert_allclose(found.vectors, make_rows(many, DIM), atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_an_empty_text_has_a_row_or_is_named_by_its_own(shape, encoder_at, store):
    texts = [*TEXTS[:9], "", *TEXTS[9:20]]
    with FaultServer(dim=DIM, shape=shape) as server:
        if "empty text" not in shape.refusals:
            assert embed(texts, encoder=encoder_at(server), store=store).vectors.shape == (21, DIM)
            return
        with pytest.raises(EncoderError, match=r"1 row \(row 9\)"):
            embed(texts, encoder=encoder_at(server), store=store)
        kept = [text for text in texts if text]
        assert embed(kept, encoder=encoder_at(server), store=store).account.hits == 20


@pytest.mark.parametrize("shape", [SHAPES["openai"], SHAPES["siliconflow"]], ids=lambda each: each.name)
def test_a_text_over_a_limit_that_nobody_told_is_named_by_its_row(shape, encoder_at, store):
    texts = [*TEXTS[:9], LONG * 2, *TEXTS[9:20]]
    with (
        FaultServer(dim=DIM, shape=shape) as server,
        pytest.raises(EncoderError, match=r"1 row \(row 9\): status 4"),
    ):
        embed(texts, encoder=encoder_at(server), store=store)


def test_a_text_that_may_be_too_long_is_sent_whole_then_cut_when_it_is_refused(tmp_path, quick):
    """Only an estimate is at hand; the table says 200 tokens, and the server means it."""
    from semascope.encoders.api.loading import load_api_encoder
    from semascope.encoders.api.settings import ApiSettings

    openai = SHAPES["openai"]
    strict = type(openai)(name="strict", refusals=openai.refusals, input_tokens=200)
    table = tmp_path / "providers.yaml"
    fits, long = (
        "tide " * 150,
        "noon: " * 99,
    )  # expected below 200 tokens; the second has 198 words and marks, and 3 more
    with FaultServer(dim=DIM, shape=strict, factor=1.0, special=3) as server:
        table.write_text(
            f"mine:\n  base_url: {server.url}\n  models:\n    m: {{dim: {DIM}, max_tokens: 200}}\n"
        )
        encoder = load_api_encoder("api:mine/m", settings=ApiSettings(providers=table, batch_size=4))
        found = embed([fits, long, "short"], encoder=encoder)
        sent = {text for entry in server.requests for text in entry.texts}
        np.testing.assert_allclose(found.vectors[[0, 2]], make_rows([fits, "short"], DIM), atol=1e-6)
        assert long in sent  # it was tried whole
        cut = [text for text in sent if long.startswith(text) and text != long]
        assert len(cut) == 1
        np.testing.assert_allclose(found.vectors[1], make_rows(cut, DIM)[0], atol=1e-6)
