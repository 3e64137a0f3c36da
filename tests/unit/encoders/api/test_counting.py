"""Tokens of texts, by an estimate and by a model's own tokenizer."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.api.counting import EstimatedCounter, ExactCounter, Learned, estimate, find_counter
from semascope.encoders.api.estimate_weights import (
    CLASSES,
    MEAN,
    MEAN_OF_A_TEXT,
    MOST,
    MOST_OF_A_TEXT,
    class_of_code,
)
from semascope.encoders.api.own_tokenizer import OwnTokenizer, find_tokenizer
from semascope.encoders.catalogue import PACKAGED
from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError, EncoderError

SENTENCES = {
    "en": "The tide tables of the harbour say that high water comes at noon, and low water at six.",
    "de": "Die Gezeitentafeln des Hafens sagen, dass das Hochwasser um zwölf Uhr kommt.",
    "fr": "Les horaires des marées du port annoncent la pleine mer à midi, et la basse mer à six heures.",
    "ru": "Таблицы приливов в гавани говорят, что полная вода наступит в полдень.",
    "zh": "港口的潮汐表说,正午涨潮,六点退潮。",
    "ar": "تقول جداول المد والجزر في الميناء إن المد العالي يأتي عند الظهر.",
    "hi": "बंदरगाह की ज्वार तालिका कहती है कि दोपहर में ज्वार आएगा।",
    "ja": "港の潮汐表によると、満潮は正午、干潮は六時です。",
}


def by_hand(text: str, weights: dict[str, float]) -> float:
    """The estimate character by character, written anew."""
    letters = {
        "lower",
        "upper",
        "latin",
        "cyrillic",
        "greek",
        "rtl",
        "devanagari",
        "indic",
        "caucasus",
        "hangul",
    }
    total, before = 0.0, "break"
    for sign in text:
        own = CLASSES[class_of_code()[ord(sign)]]
        total += weights[own]
        if own in letters and before not in letters:
            total += weights["word"]
        if own == "upper" and before == "upper":
            total += weights["capitals"]
        kinds = [
            "digit"
            if each == "digit"
            else "upper"
            if each == "upper"
            else "letter"
            if each in letters
            else ""
            for each in (before, own)
        ]
        if all(kinds) and kinds[0] != kinds[1] and not (before == "upper" and own == "lower"):
            total += weights["turn"]
        before = own
    return total


@given(st.lists(st.text(max_size=30), max_size=6))
def test_the_estimate_is_the_sum_over_the_characters(texts):
    mean, most = estimate(texts)
    np.testing.assert_allclose(mean, [1.8 + by_hand(text, MEAN) for text in texts], atol=1e-9)
    np.testing.assert_allclose(most, [MOST_OF_A_TEXT + by_hand(text, MOST) for text in texts], atol=1e-9)


@given(one=st.text(max_size=40), other=st.text(max_size=40))
def test_a_text_does_not_depend_on_its_neighbours(one, other):
    counter = EstimatedCounter()
    alone = [counter.count([text])[0] for text in (one, other)]
    assert counter.count([one, other]).tolist() == alone


def test_texts_beyond_one_slice_are_counted_in_their_order():
    texts = ["a " * 400_000, "", "b " * 700_000, "tide"]
    together = EstimatedCounter().count(texts)
    assert together.tolist() == [int(EstimatedCounter().count([text])[0]) for text in texts]
    assert EstimatedCounter().count([]).tolist() == []


def test_a_lone_surrogate_is_a_character():
    assert EstimatedCounter().count(["\ud800"])[0] >= 2


@pytest.mark.parametrize("language", SENTENCES)
def test_what_a_multilingual_tokenizer_counts_lies_below_the_one_for_limits(e5_small, language):
    """Against XLM-R's pieces, which these sentences were not fitted to."""
    text, exact = SENTENCES[language], ExactCounter(OwnTokenizer(e5_small / "tokenizer.json"))
    counter = EstimatedCounter()
    true = exact.count([text])[0]
    assert 0.5 * true <= counter.count([text])[0] <= 2 * true
    assert true <= counter.most([text])[0] <= 4 * true


@pytest.mark.shared_data
def test_real_texts_hardly_exceed_the_one_for_limits(shared_data, e5_small):
    """The one of money is near on the whole; both tokenizers have it in its fit, texts of another half of the files."""
    counter = EstimatedCounter()
    own = [ExactCounter(OwnTokenizer(e5_small / "tokenizer.json")), find_counter(PACKAGED)]
    for file, field in (("reviews_food_clothing.jsonl", "text"), ("mint_tweet_intimacy.jsonl", "text")):
        with (shared_data / file).open(encoding="utf8") as lines:
            texts = [json.loads(line)[field] for line in lines][-1000:]
        for exact in own:
            true = exact.count(texts)
            assert (counter.most(texts) >= true).mean() >= 0.99
            assert 0.7 < counter.count(texts).sum() / true.sum() < 1.35


def test_weights_that_change_are_another_estimate():
    """Stored rows of long texts depend on where they were cut: change ``VERSION`` with any weight, then this digest."""
    weights = json.dumps([MEAN, MOST, MEAN_OF_A_TEXT, MOST_OF_A_TEXT], sort_keys=True)
    found = hashlib.sha256(weights.encode() + class_of_code().tobytes()).hexdigest()[:16]
    assert (EstimatedCounter.identity, found) == ("estimate 1", "5b25cf5cda1121de")


def test_usage_corrects_the_factor_and_no_count():
    counter = EstimatedCounter()
    before = counter.count(["low tide at noon"])
    assert counter.factor == 1.0
    counter.learn(estimated=100, used=300)  # one odd answer moves little
    assert counter.factor == pytest.approx(2300 / 2100)
    for _ in range(10_000):
        counter.learn(estimated=1000, used=800)
    assert counter.factor == pytest.approx(0.8, abs=1e-4)
    assert counter.count(["low tide at noon"]).tolist() == before.tolist()


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), max_size=20))
def test_a_factor_is_never_zero(answers):
    learned = Learned()
    for estimated, used in answers:
        learned.learn(estimated, used)
    assert learned.factor > 0
    if all(0.5 * estimated <= used <= 2 * estimated for estimated, used in answers):
        assert 0.5 <= learned.factor <= 2


def test_an_exact_count_is_the_local_encoders(tiny_bert, tiny_qwen3, tiny_modernbert, tiny_gemma):
    texts = [*SENTENCES.values(), "", " ", "a\n\nb", "[SEP] </s> <|endoftext|>", "🌊🌊"]
    for folder in (tiny_bert, tiny_qwen3, tiny_modernbert, tiny_gemma):
        counter = find_counter("", folder)
        digest = hashlib.sha256((folder / "tokenizer.json").read_bytes()).hexdigest()
        assert counter.exact and digest[:12] in counter.stated and str(folder) not in counter.stated
        assert counter.identity == f"tokenizer {digest[:32]}"
        assert counter.count(texts).tolist() == load_encoder(str(folder)).count_tokens(texts)
        assert counter.most(texts).tolist() == counter.count(texts).tolist()


def test_the_tokenizer_of_known_weights_is_found_without_the_network(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")  # nothing is asked for in any case: tests reach no host
    assert find_counter(PACKAGED).exact
    absent = find_counter("somebody/not-here")
    assert not absent.exact
    assert "the tokenizer of somebody/not-here is not on this machine" in absent.stated
    assert "nothing says which tokenizer" in find_counter("").stated
    assert not find_counter("no hub id at all").exact


def test_a_tokenizer_in_the_hub_cache_is_enough_without_weights(tiny_bert, tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    at = tmp_path / "models--somebody--small"
    snapshot = at / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (at / "refs").mkdir()
    (at / "refs" / "main").write_text("0" * 40)
    (snapshot / "tokenizer.json").write_bytes((tiny_bert / "tokenizer.json").read_bytes())
    import huggingface_hub.file_download as download

    real = download.try_to_load_from_cache
    monkeypatch.setattr(
        "huggingface_hub.try_to_load_from_cache", lambda *given: real(*given, cache_dir=tmp_path)
    )
    found, why = find_tokenizer("somebody/small")
    assert found is not None and why == ""
    assert (
        found.count(["the tide"]).tolist()
        == ExactCounter(OwnTokenizer(tiny_bert / "tokenizer.json")).count(["the tide"]).tolist()
    )


def test_a_tokenizer_that_was_given_and_is_none_is_an_error(tmp_path, tiny_bert):
    with pytest.raises(ConfigError, match=r"which holds no tokenizer.json; accepted is a folder with one"):
        find_counter("", tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(EncoderError, match=r"is no tokenizer that can be read"):
        find_counter("", tmp_path).count(["tide"])
    assert find_counter("", tiny_bert / "tokenizer.json").exact
