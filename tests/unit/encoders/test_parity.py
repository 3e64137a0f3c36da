"""Two paths to the same weights: equal ones are called so, broken ones are caught by the row that they break."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from semascope.encoders.checks.parity import EQUAL, SAME_DIRECTION, awkward_texts, compare
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError


class Altered:
    """An encoder that keeps the protocol and changes the rows of another one."""

    def __init__(self, inner, alter, *, precision=None, **space):
        self._inner, self._alter = inner, alter
        self.space = replace(inner.space, **space)
        self.fingerprint = f"{self.space.digest}-{precision or inner.fingerprint.rpartition('-')[2]}"

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def encode(self, prompts):
        rows = self._inner.encode(prompts).copy()
        for place, tokens in enumerate(self._inner.count_tokens(prompts)):
            rows[place] = self._alter(rows[place], tokens)
        return rows


def turned(row, cosine):
    """A unit row that has this cosine with ``row``."""
    other = np.roll(row, 1)
    other -= (other @ row) * row
    other /= np.linalg.norm(other)
    return cosine * row + np.sqrt(1 - cosine**2) * other


@pytest.mark.parametrize(
    "name",
    ["tiny_bert", "tiny_bert_plain", "tiny_xlm_roberta", "tiny_mpnet", "tiny_llama", "tiny_qwen3"],
)
def test_packed_and_plain_are_equal(name, request):
    folder = str(request.getfixturevalue(name))
    packed = load_encoder(folder, precision="float32", device="cpu", engine="packed")
    plain = load_encoder(folder, precision="float32", device="cpu", engine="plain")
    found = compare(packed, plain, names=("packed", "plain"))
    assert (packed.path.name, plain.path.name) == ("packed", "plain")
    assert found.verdict == "equal"
    assert found.holds
    assert "because both sides compute in float32" in found.threshold
    assert not any("texts at the limit" in sentence for sentence in found.left_out)
    assert found.worst.difference == max(row.difference for row in found.rows) > 0


def test_bfloat16_is_equal_within_its_rounding():
    exact, coarse = (load_encoder("minilm", precision=p, device="cpu") for p in ("float32", "bfloat16"))
    found = compare(exact, coarse)
    assert found.verdict == "equal within bfloat16"
    assert "compute in float32 and bfloat16" in found.threshold
    assert SAME_DIRECTION <= found.worst.cosine == min(row.cosine for row in found.rows) < 1


def test_bfloat16_against_itself_is_equal():
    encoder = Altered(HashEncoder(8), lambda row, tokens: row, precision="bfloat16")
    assert compare(encoder, encoder).verdict == "equal"


def test_the_texts_are_fitted_to_the_tokenizer(tiny_bert, tiny_qwen3):
    for folder, special in ((tiny_bert, 2), (tiny_qwen3, 1)):
        encoder = load_encoder(str(folder), precision="float32", device="cpu")
        texts = {text.what: text.prompt for text in awkward_texts(encoder).texts}
        count = dict(zip(texts, encoder.count_tokens(list(texts.values())), strict=True))
        assert encoder.max_tokens == 24
        assert (count["empty"], count["one token"]) == (special, special + 1)
        assert [count[f"{what} the limit"] for what in ("one below", "exactly", "one over")] == [23, 24, 25]
        assert count["far over the limit"] > 40
        assert texts["a text given twice"] == texts["the same text again"]


def test_words_of_several_tokens_are_filled_up_with_letters():
    """A tokenizer that makes two tokens of every word longer than one letter: odd numbers need a letter."""

    class Halves(HashEncoder):
        def __init__(self):
            super().__init__(8)
            self.max_tokens = 7

        def count_tokens(self, prompts):
            return [sum(1 + (len(word) > 1) for word in prompt.split()) for prompt in prompts]

    encoder = Halves()
    texts = {text.what: text.prompt for text in awkward_texts(encoder).texts}
    assert encoder.count_tokens([texts["exactly the limit"], texts["one over the limit"]]) == [7, 8]


def test_what_cannot_be_made_is_stated():
    class Pairs(HashEncoder):
        """Nothing makes an odd number of tokens."""

        def count_tokens(self, prompts):
            return [2 * len(prompt.split()) for prompt in prompts]

    found = awkward_texts(Pairs(8), longest=50)
    assert "one token: no text of 1 tokens could be made for this tokenizer" in found.left_out
    assert found.left_out[0].startswith(
        "texts at the limit of 1,000,000 tokens: 50 was the longest asked for"
    )
    assert not any("limit" in text.what for text in found.texts)


BROKEN = {
    "one token": (lambda row, tokens: np.roll(row, 1) if tokens == 3 else row),
    "empty": (lambda row, tokens: np.full_like(row, np.nan) if tokens == 2 else row),
    "one over the limit": (lambda row, tokens: turned(row, 0.99) if tokens > 24 else row),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_path_is_different_and_its_row_is_named(what, tiny_bert):
    encoder = load_encoder(str(tiny_bert), precision="float32", device="cpu")
    found = compare(encoder, Altered(encoder, BROKEN[what]))
    assert found.verdict == "different"
    assert not found.holds
    broken = {row.what for row in found.rows if not row.holds}
    assert what in broken
    assert found.worst.what in broken
    assert "mixed lengths, 5 words" not in broken


def test_a_forgotten_end_token_is_found(tiny_qwen3, monkeypatch):
    """The tokenizer cuts a long text without keeping the end token: only rows over the limit change."""
    encoder, broken = (load_encoder(str(tiny_qwen3), precision="float32", device="cpu") for _ in range(2))
    real = broken._tokens.ids

    def ids(prompts):
        whole = broken._tokens._call(prompts, cut=False)
        return [
            long[:24] if len(long) > 24 else kept for long, kept in zip(whole, real(prompts), strict=True)
        ]

    monkeypatch.setattr(broken._tokens, "ids", ids)
    found = compare(encoder, broken)
    assert found.verdict == "different"
    assert found.worst.tokens > 24
    assert {row.holds for row in found.rows if row.tokens > 24} == {False}
    assert {row.holds for row in found.rows if row.tokens <= 24} == {True}


@pytest.mark.parametrize(
    ("cosine", "precision", "verdict"),
    [
        (SAME_DIRECTION + 1e-4, "bfloat16", "equal within bfloat16"),
        (SAME_DIRECTION - 1e-4, "bfloat16", "different"),
        (SAME_DIRECTION + 1e-4, "float32", "different"),
        (SAME_DIRECTION + 1e-4, "somebody's own", "equal within bfloat16"),
    ],
)
def test_the_threshold_follows_the_precision(cosine, precision, verdict):
    encoder = HashEncoder(64)
    other = Altered(
        encoder, lambda row, tokens: turned(row, cosine) if tokens == 34 else row, precision=precision
    )
    found = compare(encoder, other)
    assert found.verdict == verdict
    assert found.worst.what == "mixed lengths, 34 words"
    assert found.worst.cosine == pytest.approx(cosine, abs=1e-6)


@pytest.mark.parametrize(("step", "verdict"), [(0.5 * EQUAL, "equal"), (2 * EQUAL, "different")])
def test_the_float32_threshold_is_the_stated_one(step, verdict):
    encoder = HashEncoder(8)

    def alter(row, tokens):
        row = row.copy()
        row[3] += step if tokens == 13 else 0
        return row

    found = compare(encoder, Altered(encoder, alter))
    assert found.verdict == verdict
    assert found.worst.what == "mixed lengths, 13 words"
    assert found.worst.difference == pytest.approx(step, abs=2e-7)


def test_rows_of_zeros_equal_only_each_other():
    zeros = Altered(HashEncoder(8), lambda row, tokens: row * (tokens > 0))
    assert compare(zeros, zeros).verdict == "equal"
    found = compare(zeros, HashEncoder(8))
    assert found.verdict == "different"
    assert found.worst.cosine == 0
    assert {row.what for row in found.rows if not row.holds} == {"empty", "blanks only"}


def test_other_weights_are_refused_with_the_field(tiny_bert, tiny_bert_plain):
    one, other = (load_encoder(str(folder), device="cpu") for folder in (tiny_bert, tiny_bert_plain))
    with pytest.raises(ConfigError, match=r"a and b are not paths .* max_tokens 24 and 64; parity compares"):
        compare(one, other, names=("a", "b"))
    with pytest.raises(ConfigError, match="they differ in template 'plain' and 'e5'; parity"):
        compare(one, Altered(one, lambda row, tokens: row, template="e5"))


def test_no_length_is_refused():
    with pytest.raises(ConfigError, match="longest is 0; it must be 1 or more tokens"):
        compare(HashEncoder(8), HashEncoder(8), longest=0)


def test_an_architecture_that_is_not_known_cannot_be_asked_to_be_packed(tmp_path, make_tiny):
    import json

    folder = make_tiny(tmp_path / "tiny", "bert")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_act": "relu"}))
    asked = load_encoder(str(folder), precision="float32", device="cpu", engine="packed")
    with pytest.raises(
        ConfigError, match=r"takes the plain path \(its activation is 'relu'.*choose auto or plain"
    ):
        asked.encode(["tide"])
    chosen = load_encoder(str(folder), precision="float32", device="cpu")
    chosen.load()
    assert chosen.path.name == "plain"
    assert chosen.path_reason == "its activation is 'relu'; the packed layers have gelu"
