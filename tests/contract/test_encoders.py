"""The promises of the encoder protocol, for every encoder."""

from __future__ import annotations

import numpy as np
import pytest
from tests.api_server import SHAPES, FaultServer

from semascope.encoders.loading import load_encoder
from semascope.encoders.long import LONG_WAYS
from semascope.encoders.naming import source_of

NAMES = [
    "hash:16",
    "minilm float32",
    "minilm bfloat16",
    "tiny_bert float32",
    "tiny_bert_plain float32",
    "tiny_qwen3 float32",
    "tiny_xlm_roberta float32",
    "tiny_mpnet float32",
    "tiny_electra float32",
    "tiny_electra bfloat16",
    "tiny_bert float32 head-tail",
    "tiny_bert float32 chunk",
    "tiny_qwen3 float32 chunk",
    "minilm bfloat16 chunk",
    "tiny_model2vec float32",
    "tiny_model2vec float32 head-tail",
    "tiny_model2vec float32 chunk",
    "tiny_static float32",
    "tiny_static float32 chunk",
    "tiny_modernbert float32",
    "tiny_modernbert bfloat16",
    "tiny_modernbert float32 head-tail",
    "tiny_modernbert float32 chunk",
    "tiny_gemma float32",
    "tiny_gemma bfloat16",
    "tiny_gemma float32 head-tail",
    "tiny_gemma float32 chunk",
    "tiny_adapter float32",
    "tiny_adapter bfloat16",
    "tiny_adapter float32 chunk",
    "hash_kept float32",
    "tiny_kept float32",
    "tiny_kept float32 head-tail",
    "tiny_kept float32 chunk",
    "api auto",
    "api auto head-tail",
    "api auto chunk",
]
AWKWARD = [
    "tide tables",
    "",
    "Gezeiten",
    "tide tables",
    "   ",
    "the ship " * 200,
    "⛵🌊 maré alta",
    "مد وجزر",
    "a\x00b",
    "x",
]


@pytest.fixture(scope="module", params=NAMES)
def encoder(request):
    given = request.param.split()
    name, precision, long = given + ["auto", "truncate"][len(given) - 1 :]
    if name == "api":
        yield request.getfixturevalue("over_the_loopback").in_way(long)
        return
    if name.startswith("tiny") or name.endswith("kept"):
        name = str(request.getfixturevalue(name))
    yield load_encoder(name, precision=precision, device="cpu", long=long)


@pytest.fixture(scope="module")
def over_the_loopback(tmp_path_factory):
    """A model of 200 tokens behind an address, whose tokens are estimated; its server takes empty texts, as some do."""
    with FaultServer(dim=24, shape=SHAPES["ollama"]) as server, pytest.MonkeyPatch.context() as patch:
        table = tmp_path_factory.mktemp("table") / "providers.yaml"
        patch.setenv("SEMASCOPE_PROVIDERS", str(table))
        table.write_text(f"mine:\n  base_url: {server.url}\n  models:\n    m: {{dim: 24, max_tokens: 200}}\n")
        yield load_encoder("api:mine/m")


def test_rows_have_unit_length_and_the_stated_width(encoder):
    rows = encoder.encode(AWKWARD)
    assert rows.shape == (len(AWKWARD), encoder.dim)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_a_row_does_not_depend_on_its_batch(encoder):
    alone = np.concatenate([encoder.encode([text]) for text in AWKWARD])
    np.testing.assert_allclose(encoder.encode(AWKWARD), alone, atol=encoder.tolerance)


def test_rows_follow_the_order_of_the_prompts(encoder):
    rows, reverse = encoder.encode(AWKWARD), encoder.encode(AWKWARD[::-1])
    np.testing.assert_allclose(rows, reverse[::-1], atol=encoder.tolerance)


def test_different_prompts_have_different_rows(encoder):
    one, other = encoder.encode(["high water at noon", "five ropes"])
    assert one @ other < 0.999


def test_no_prompts_give_no_rows(encoder):
    assert encoder.encode([]).shape == (0, encoder.dim)
    assert encoder.count_tokens([]) == []


def test_tokens_are_counted_before_the_cut(encoder):
    short, long = encoder.count_tokens(["tide tables", "the ship " * 200])
    assert 0 < short < long
    if encoder.max_tokens < 1_000_000:
        assert long > encoder.max_tokens


def test_the_end_of_a_prompt_over_the_limit_counts_unless_it_is_cut(encoder):
    if encoder.max_tokens >= 1_000_000:
        pytest.skip("no limit worth reaching")
    long = "the ship " * 2 * encoder.max_tokens
    longer = long + "storm " * (encoder.max_tokens // 2)
    moved = np.abs(encoder.encode([long]) - encoder.encode([longer])).max()
    assert (moved <= encoder.tolerance) == (encoder.space.long == "truncate")


def test_the_account_of_a_prompt_adds_up(encoder):
    found = encoder.lengths(AWKWARD)
    assert found.tokens.tolist() == encoder.count_tokens(AWKWARD)
    assert ((found.lost > 0) <= (found.tokens > encoder.max_tokens)).all()
    assert ((found.windows > 1) <= (found.lost == 0)).all()
    seen = found.tokens - found.lost
    assert (found.encoded[found.windows == 1] == seen[found.windows == 1]).all()
    assert (found.encoded[found.windows > 1] > seen[found.windows > 1]).all()
    assert encoder.lengths([]).tokens.shape == (0,)


def test_a_prompt_that_loses_nothing_is_read_the_same_in_every_way(encoder):
    """A study gives its row from one way to the other."""
    if encoder.space.pooling == "none":
        pytest.skip("it makes one vector of a text, however long")
    cut = encoder.in_way("truncate")
    prompts = [*AWKWARD, *("harbour " * count for count in range(1, 30))]
    same = [prompt for prompt, lost in zip(prompts, cut.lengths(prompts).lost, strict=True) if not lost]
    assert len(same) > len(AWKWARD)
    expected = cut.encode(same)
    for way in LONG_WAYS:
        np.testing.assert_allclose(encoder.in_way(way).encode(same), expected, atol=encoder.tolerance)


def test_truncate_is_a_way_of_every_encoder(encoder):
    plain = encoder.in_way("truncate")
    assert plain.space.long == "truncate"
    assert (plain.fingerprint == encoder.fingerprint) == (encoder.space.long == "truncate")


def test_the_space_and_the_fingerprint_are_stable(encoder):
    again = load_encoder(
        source_of(encoder),
        precision=getattr(encoder, "precision", "auto"),
        device="cpu",
        long=encoder.space.long,
    )
    assert again.space == encoder.space
    assert again.fingerprint == encoder.fingerprint
    assert again.space.digest in again.fingerprint
