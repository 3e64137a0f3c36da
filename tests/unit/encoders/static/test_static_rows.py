"""Rows of a table of token vectors: what they are made of, and that nothing else moves them."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from semascope.embedding.path import embed
from semascope.embedding.stored import fill_store
from semascope.encoders.loading import load_encoder
from semascope.encoders.protocol import KNOWN_PROMPT
from semascope.encoders.static import tokens as static_tokens
from semascope.encoders.static.means import Ragged, plain_rows, to_unit, unit_rows
from semascope.encoders.static.tokens import RecentIds
from semascope.encoders.static.weights import Table
from semascope.errors import EncoderError
from semascope.store.vectors import VectorStore

pytest.importorskip("tokenizers")

WORDS = [
    "the",
    "tide",
    "tables",
    "HIGH",
    "water",
    "gezeiten",
    "⛵",
    "潮",
    "ab12",
    "\n",
    "  ",
    "[UNK]",
    "x" * 30,
    "é",
    "",
]
PROMPTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), min_size=1, max_size=12)
ANYTHING = st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=30), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def encoders(static_folders, tmp_path_factory):
    place = tmp_path_factory.mktemp("static")
    config = {"model_type": "model2vec", "max_length": 6}
    tokenizer = static_folders.make_tokenizer("wordpiece")
    draw, size = np.random.default_rng(3), static_folders.size_of(tokenizer)
    folders = [
        static_folders.write_model2vec(place / "m", config=config),
        static_folders.write_model2vec(
            place / "quantised",
            config=config,
            table=draw.standard_normal((5, 7)).astype(np.float32),
            mapping=draw.integers(0, 5, size),
            weights=draw.uniform(0.5, 2, size),
        ),
        *(static_folders.write_sentence_transformers(place / kind, kind) for kind in static_folders.KINDS),
    ]
    return [
        load_encoder(str(folder), long=long)
        for folder in folders
        for long in ("truncate", "head-tail", "chunk")
    ]


@settings(max_examples=60, deadline=None)
@given(prompts=st.one_of(PROMPTS, ANYTHING), data=st.data())
def test_a_row_is_the_same_to_the_last_bit_whatever_its_batch_and_its_place(encoders, prompts, data):
    order = data.draw(st.permutations(range(len(prompts))))
    for encoder in encoders:
        rows = encoder.encode(prompts)
        mixed = encoder.encode([prompts[place] for place in order])
        np.testing.assert_array_equal(mixed, rows[list(order)])
        np.testing.assert_array_equal(np.concatenate([encoder.encode([one]) for one in prompts]), rows)


@settings(max_examples=60, deadline=None)
@given(prompts=st.one_of(PROMPTS, ANYTHING))
def test_many_at_once_are_what_the_definition_gives_one_at_a_time(encoders, prompts):
    for encoder in encoders:
        plain = load_encoder(encoder.source, engine="plain", long=encoder.long)
        np.testing.assert_allclose(encoder.encode(prompts), plain.encode(prompts), atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(prompts=st.one_of(PROMPTS, ANYTHING))
def test_the_account_of_a_prompt_adds_up(encoders, prompts):
    for encoder in encoders:
        found = encoder.lengths(prompts)
        assert found.tokens.tolist() == encoder.count_tokens(prompts)
        assert (
            found.encoded >= found.tokens - found.lost
        ).all()  # a word that is cut may fall into more tokens
        assert ((found.lost >= 0) & (found.unknown >= 0) & (found.unknown <= found.encoded)).all()
        assert (found.windows == 1).all()
        assert encoder.long != "chunk" or not found.lost.any()
        assert [len(pieces) for pieces in encoder.tokens(prompts)] == found.encoded.tolist()
        same = [prompt for prompt, lost in zip(prompts, found.lost, strict=True) if not lost]
        np.testing.assert_array_equal(encoder.encode(same), encoder.in_way("chunk").encode(same))


@given(
    counts=st.lists(st.integers(0, 700), min_size=1, max_size=5),
    left_out=st.sampled_from([None, 0]),
    weighed=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_sums_of_many_tokens_lose_no_digit(counts, left_out, weighed):
    draw = np.random.default_rng(len(counts) + sum(counts))
    table = Table(
        vectors=(draw.standard_normal((9, 4)) + 1).astype(np.float32),
        rows=draw.integers(0, 9, 12) if weighed else None,
        weights=draw.uniform(0.1, 3, 12).astype(np.float32) if weighed else None,
    )
    ids = draw.integers(0, 12 if weighed else 9, sum(counts)).astype(np.int32)
    texts = Ragged(ids, np.array(counts))
    ours = unit_rows(table, texts, left_out=left_out, fallback=None)
    np.testing.assert_allclose(ours, plain_rows(table, texts, left_out=left_out, fallback=None), atol=1e-6)


def test_a_very_long_text_is_added_up_in_parts():
    """A hundred thousand times one vector: float32 alone is off by 2e-4."""
    table = Table(vectors=np.array([[0.1, 0.7, -0.3]], np.float32), rows=None, weights=None)
    texts = Ragged(np.zeros(100_000, np.int32), np.array([100_000]))
    np.testing.assert_allclose(
        unit_rows(table, texts, left_out=None, fallback=None), to_unit(table.vectors), atol=5e-7
    )


def test_weights_and_mapping_are_the_tokens_own(static_folders, tmp_path):
    """By hand: two tokens that share a row and differ in weight, and one of its own."""
    tokenizer = static_folders.make_tokenizer("words")
    size = static_folders.size_of(tokenizer)
    mapping, weights = np.zeros(size, np.int64), np.ones(size)
    tide, ship = tokenizer.token_to_id("tide"), tokenizer.token_to_id("ship")
    mapping[ship], weights[tide] = 1, 3.0
    table = np.array([[1, 0], [0, 1]], np.float32)
    folder = static_folders.write_model2vec(
        tmp_path / "m", "words", table=table, mapping=mapping, weights=weights
    )
    rows = load_encoder(str(folder)).encode(["tide ship", "the ship", "tide tide ship ship ship"])
    expected = np.array([[3, 1], [1, 1], [6, 3]])
    np.testing.assert_allclose(rows, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)


def test_a_text_of_which_nothing_is_known_has_the_vector_of_the_unknown_token(tiny_model2vec):
    encoder = load_encoder(str(tiny_model2vec))
    unknown = encoder._held.tokens.unknown
    expected = to_unit(encoder.table.vectors[[unknown]])[0]
    rows = encoder.encode(["⛵ 🌊", "⛵", "", "  ", "the ⛵ tide", "the tide"])
    for row in rows[:4]:
        np.testing.assert_array_equal(row, expected)
    np.testing.assert_array_equal(rows[4], rows[5])  # beside words that it knows it is left out


def test_a_tokenizer_without_an_unknown_token_gives_zeros_which_embed_refuses_by_row(
    static_folders, tmp_path
):
    folder = static_folders.write_sentence_transformers(tmp_path / "s", "bytes")
    encoder = load_encoder(str(folder))
    assert not encoder.encode([""]).any()
    with pytest.raises(
        EncoderError, match=r"sees no token in 1 row, the first is row 1: .*; leave these texts out"
    ):
        embed(["tide", "", "port"], encoder=encoder)


def test_a_table_without_a_vector_for_unknown_words_is_not_called_damaged(static_folders, tmp_path):
    tokenizer = static_folders.make_tokenizer("wordpiece")
    table = static_folders.make_table(tokenizer)
    table[tokenizer.token_to_id("[UNK]")] = 0
    encoder = load_encoder(str(static_folders.write_model2vec(tmp_path / "m", table=table)))
    with pytest.raises(
        EncoderError,
        match=r"knows no word of 2 rows, the first is row 5, and its table has no vector for an unknown one; .*leave these",
    ):
        embed(["tide", "⛵", "port ⛵", "🌊"], encoder=encoder, numbers=range(4, 8))
    assert embed(["tide", "port ⛵"], encoder=encoder).account.unknown_tokens == 1


def test_the_account_names_texts_of_which_nothing_is_known(tiny_model2vec, tmp_path):
    encoder = load_encoder(str(tiny_model2vec))
    texts = ["the tide", "⛵ 🌊", "", "tide ⛵", "⛵ 🌊"]
    account = embed(texts, encoder=encoder, numbers=range(10, 15)).account
    assert account.unknown_rows == (11, 14)
    assert account.empty_rows == (12,)
    assert account.unknown_tokens == 5
    store = VectorStore(tmp_path / "store")
    filled = fill_store(texts * 2, encoder=encoder, store=store)
    assert (filled.unknown_rows, filled.unknown_tokens) == ((1, 4, 6, 9), 10)


def test_ways_of_reading_a_long_text(static_folders, tmp_path):
    """Six tokens are read: the first six, or the first two and the last four, or all."""
    config = {"model_type": "model2vec", "max_length": 6}
    encoder = load_encoder(str(static_folders.write_model2vec(tmp_path / "m", "words", config=config)))
    text = "a at la le on of in um im au"  # short words, so that the characters of six tokens hold all of six
    table, ids = encoder.table.vectors, encoder._held.tokens.whole([text]).ids
    assert len(ids) == 10
    for long, taken in (("truncate", ids[:6]), ("head-tail", [*ids[:2], *ids[-4:]]), ("chunk", ids)):
        (row,) = encoder.in_way(long).encode([text])
        np.testing.assert_allclose(row, to_unit(table[taken].mean(axis=0, keepdims=True))[0], atol=1e-6)
        assert encoder.in_way(long).lengths([text]).lost.tolist() == [10 - len(taken)]


def test_a_text_that_loses_nothing_is_read_the_same_in_every_way(static_folders, tmp_path):
    """A study gives rows of such texts from one way to the other. Characters are cut too, so a word may fall apart."""
    config = {"model_type": "model2vec", "max_length": 16}
    encoder = load_encoder(str(static_folders.write_model2vec(tmp_path / "m", config=config)))
    assert encoder._held.tokens.characters == 48
    draw = np.random.default_rng(0)
    texts = [" ".join(draw.choice(static_folders.WORDS[:16], size)) for size in draw.integers(4, 14, 400)]
    texts += ["harbour " * 5 + "harbour noon noon", "harbour " * 6 + " " * 9, "tide ⛵ " * 8]
    #          48 characters end in "harbour ";         blanks alone are cut;    14 of 16 tokens are read
    found = encoder.lengths(texts)
    whole, cut = encoder.in_way("chunk").encode(texts), encoder.encode(texts)
    same = found.lost == 0
    assert 100 < same.sum() < 400
    np.testing.assert_array_equal(cut[same], whole[same])
    assert found.lost[-3:].tolist() == [2, 0, 2]
    pieces = encoder.tokens(texts)
    assert found.encoded.tolist() == list(map(len, pieces))
    assert found.unknown.tolist() == [each.count("[UNK]") for each in pieces]


def test_an_encoder_reads_its_files_once_for_all_ways(tiny_model2vec, monkeypatch):
    encoder = load_encoder(str(tiny_model2vec))
    encoder.load()
    other = encoder.in_way("chunk")
    monkeypatch.setattr("semascope.encoders.static.encoder.read_table", None)
    assert other.table is encoder.table
    assert other.in_way("truncate").fingerprint == encoder.fingerprint != other.fingerprint


def test_an_encoder_that_has_not_loaded_can_be_sent_to_another_process(tiny_model2vec):
    encoder = load_encoder(str(tiny_model2vec))
    sent = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(sent.encode(["the tide"]), encoder.encode(["the tide"]))


def test_threads_that_use_it_first_at_once_get_its_rows(tiny_model2vec):
    encoder = load_encoder(str(tiny_model2vec))
    texts = [f"the tide {number} at noon" for number in range(64)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda text: encoder.encode([text])[0], texts))
    np.testing.assert_array_equal(np.array(found), load_encoder(str(tiny_model2vec)).encode(texts))


def test_many_slices_and_a_forgetful_memory_change_nothing(tiny_model2vec, static_folders, monkeypatch):
    texts = static_folders.TEXTS * 3
    expected = load_encoder(str(tiny_model2vec)).encode(texts)
    monkeypatch.setattr(static_tokens, "_SLICE_CHARACTERS", 40)
    encoder = load_encoder(str(tiny_model2vec))
    encoder._held.tokens._recent = RecentIds(room=600)
    encoder.lengths(texts)
    np.testing.assert_array_equal(encoder.encode(texts), expected)
    assert encoder._held.tokens._recent._held <= 600


def test_what_was_counted_is_not_tokenized_again(tiny_model2vec, static_folders):
    encoder = load_encoder(str(tiny_model2vec))
    encoder.lengths(static_folders.TEXTS[:4])
    spent = encoder.tokenizing_seconds
    encoder.encode(static_folders.TEXTS[:4])
    assert encoder.tokenizing_seconds == spent > 0
    encoder.encode(["a text that nobody counted"])
    assert encoder.tokenizing_seconds > spent


def test_seconds_of_encoding_hold_the_tokenizing_that_was_done_before(tiny_model2vec, static_folders):
    """A study counts tokens for its forecast, then again, then encodes: it tokenizes once and the cost must say so."""
    encoder = load_encoder(str(tiny_model2vec))
    encoder.lengths(static_folders.TEXTS)
    encoder._held.tokens.seconds = 1e6  # as if it had taken that long
    account = embed(static_folders.TEXTS, encoder=encoder).account
    read = account.encoded_tokens / encoder._held.tokens.made
    assert account.encode_seconds == pytest.approx(1e6 * read, rel=1e-3)
    assert (
        embed(
            ["a text that nobody counted"], encoder=load_encoder(str(tiny_model2vec))
        ).account.encode_seconds
        < 60
    )


def test_rows_of_a_table_that_changes_under_it_are_not_stored(static_folders, tmp_path):
    folder, store = static_folders.write_model2vec(tmp_path / "m"), VectorStore(tmp_path / "store")
    encoder = load_encoder(str(folder))
    before = embed(["the tide"], encoder=encoder, store=store)
    table = load_file(folder / "model.safetensors")["embeddings"]
    save_file({"embeddings": table + 1}, folder / "model.safetensors")
    with pytest.raises(EncoderError, match=r"model\.safetensors there has changed since"):
        embed(["a port"], encoder=encoder, store=store)
    new = load_encoder(str(folder))
    after = embed(["the tide"], encoder=new, store=store)
    assert (after.account.hits, new.fingerprint == encoder.fingerprint) == (0, False)
    assert np.abs(after.vectors - before.vectors).max() > 0.01


@pytest.mark.parametrize("first", ["fingerprint", "count_tokens"])
def test_what_is_loaded_is_what_the_fingerprint_speaks_of(static_folders, tmp_path, first):
    folder = static_folders.write_model2vec(tmp_path / "m")
    encoder = load_encoder(str(folder))
    _ = encoder.fingerprint if first == "fingerprint" else encoder.count_tokens(["the tide"])
    table = load_file(folder / "model.safetensors")["embeddings"]
    save_file({"embeddings": table + 1}, folder / "model.safetensors")
    with pytest.raises(EncoderError, match=r"model\.safetensors there has changed since"):
        encoder.encode(["the tide"])


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json", "modules.json"])
def test_other_files_of_a_table_are_watched_too(static_folders, tmp_path, name):
    folder = static_folders.write_model2vec(tmp_path / "m")
    encoder = load_encoder(str(folder))
    encoder.load()
    file = folder / name
    file.write_text(f"{file.read_text()} " if file.exists() else "[]")
    with pytest.raises(EncoderError, match=f"{name} there has changed since"):
        embed(["the tide"], encoder=encoder, store=VectorStore(tmp_path / "store"))


def test_the_store_keeps_a_canary_and_the_recipe_makes_the_encoder_again(tiny_model2vec, tmp_path):
    store = VectorStore(tmp_path / "store")
    encoder = load_encoder(str(tiny_model2vec), long="chunk")
    embed(["the tide"], encoder=encoder, store=store)
    canary = store.canary(encoder.fingerprint)
    np.testing.assert_array_equal(canary.vector, encoder.encode([KNOWN_PROMPT])[0])
    made = load_encoder(**canary.encoder)
    assert made.fingerprint == encoder.fingerprint
