"""The promises of the encoder protocol, for every encoder."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.encoders.catalogue import load_encoder

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
    name, _, precision = request.param.partition(" ")
    if name.startswith("tiny"):
        name = str(request.getfixturevalue(name))
    return load_encoder(name, precision=precision or "auto", device="cpu")


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


def test_a_prompt_over_the_limit_is_cut(encoder):
    if encoder.max_tokens >= 1_000_000:
        pytest.skip("the hash encoder has no limit worth reaching")
    long = "the ship " * 2 * encoder.max_tokens
    longer = long + "storm"
    np.testing.assert_allclose(encoder.encode([long]), encoder.encode([longer]), atol=encoder.tolerance)


def test_the_space_and_the_fingerprint_are_stable(encoder):
    again = load_encoder(encoder.name, precision=getattr(encoder, "precision", "auto"), device="cpu")
    assert again.space == encoder.space
    assert again.fingerprint == encoder.fingerprint
    assert again.space.digest in again.fingerprint
