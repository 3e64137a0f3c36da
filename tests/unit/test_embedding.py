"""The one path from texts to vectors."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.embedding import missing
from semascope.embedding.path import embed
from semascope.embedding.stored import fill_store, stored_vectors
from semascope.embedding.width import cut
from semascope.encoders.hashing import HashEncoder
from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError, DataError, EncoderError, PromptTooLarge
from semascope.store.vectors import VectorStore


class Counting(HashEncoder):
    """Remembers every prompt that it was asked for."""

    def __init__(self, dim: int = 8, *, limit: int | None = None) -> None:
        super().__init__(dim)
        self.seen: list[str] = []
        self.limit = limit
        if limit is not None:
            self.max_tokens = limit

    def encode(self, prompts):
        self.seen += prompts
        return super().encode(prompts)


def test_each_distinct_prompt_is_encoded_once():
    encoder = Counting()
    result = embed(["ebb", "flow", "ebb", "ebb"], encoder=encoder)
    assert sorted(encoder.seen) == ["ebb", "flow"]
    assert (result.account.rows, result.account.distinct) == (4, 2)
    np.testing.assert_array_equal(result.vectors[0], result.vectors[3])


def test_the_store_is_asked_first(tmp_path):
    store, encoder = VectorStore(tmp_path), Counting()
    first = embed(["ebb", "flow"], encoder=encoder, store=store)
    encoder.seen.clear()
    again = embed(["flow", "slack", "ebb"], encoder=encoder, store=store)
    assert encoder.seen == ["slack"]
    assert (again.account.hits, again.account.encoded) == (2, 1)
    np.testing.assert_array_equal(again.vectors[[2, 0]], first.vectors)


def test_instruction_and_role_are_part_of_the_key(tmp_path):
    store, encoder = VectorStore(tmp_path), Counting()
    embed(["ebb"], encoder=encoder, store=store)
    embed(["ebb"], encoder=encoder, store=store, instruction="Find the tide")
    assert encoder.seen == ["ebb", "Find the tide\nebb"]


def test_another_encoder_shares_nothing(tmp_path):
    store = VectorStore(tmp_path)
    embed(["ebb"], encoder=HashEncoder(8), store=store)
    assert embed(["ebb"], encoder=HashEncoder(16), store=store).account.hits == 0


def test_a_width_is_cut_after_the_store_and_renormalised(tmp_path):
    store, encoder = VectorStore(tmp_path), Counting(8)
    wide = embed(["ebb", "flow"], encoder=encoder, store=store).vectors
    narrow = embed(["ebb", "flow"], encoder=encoder, store=store, dim=3).vectors
    assert len(encoder.seen) == 2
    np.testing.assert_allclose(
        narrow, wide[:, :3] / np.linalg.norm(wide[:, :3], axis=1, keepdims=True), rtol=1e-6
    )


@pytest.mark.parametrize("dim", [0, -1, 9])
def test_a_width_that_is_not_there_is_refused(dim):
    with pytest.raises(ConfigError, match=f"dim is {dim}; encoder 'hash:8' has 8 dims"):
        embed(["ebb"], encoder=HashEncoder(8), dim=dim)


def test_truncation_is_accounted_for_by_row():
    result = embed(["one two", "one two three four five", ""], encoder=Counting(limit=3))
    assert result.tokens.tolist() == [2, 5, 0]
    assert result.truncated.tolist() == [False, True, False]
    assert (result.account.truncated_rows, result.account.tokens_lost) == (1, 2)
    assert result.account.tokens_lost_share == pytest.approx(2 / 7)


def test_odd_texts_are_reported_by_row():
    account = embed(["ebb", " \n", "half \ud83d pair", ""], encoder=HashEncoder(4)).account
    assert account.empty_rows == (1, 3)
    assert account.repaired_rows == (2,)


def test_a_surrogate_pair_that_is_whole_is_left_alone():
    """UTF-16 halves that belong together are one character."""
    assert embed(["\ud83d\ude00"], encoder=HashEncoder(4)).account.repaired_rows == (0,)


def test_something_that_is_no_text_is_refused():
    with pytest.raises(DataError, match=r"text 1 is NoneType .*a text must be a string"):
        embed(["ebb", None], encoder=HashEncoder(4))


class Broken(Counting):
    def encode(self, prompts):
        rows = super().encode(prompts)
        for row, prompt in enumerate(prompts):
            if prompt == "bad":
                rows[row] = np.nan
            if prompt == "zero":
                rows[row] = 0
        return rows


@pytest.mark.parametrize("text", ["bad", "zero"])
def test_a_row_that_is_no_vector_is_an_error_and_never_stored(tmp_path, text):
    store, encoder = VectorStore(tmp_path), Broken()
    with pytest.raises(EncoderError, match="for 1 row, the first is row 1"):
        embed(["ebb", text, "flow"], encoder=encoder, store=store)
    assert embed(["ebb", "flow"], encoder=encoder, store=store).account.hits == 2
    assert not stored_vectors([text], encoder=encoder, store=store)[1].any()


def test_the_way_out_is_one_that_was_not_taken_yet():
    with pytest.raises(EncoderError, match="it computes in float32 already, so its weights may be damaged"):
        embed(["bad"], encoder=Broken())
    coarse = Broken()
    coarse.fingerprint = "broken-bfloat16"
    with pytest.raises(EncoderError, match="try --precision float32, or leave these texts out"):
        embed(["bad"], encoder=coarse)


def test_a_text_in_which_an_encoder_sees_no_token_is_called_so(make_tiny, tmp_path):
    encoder = load_encoder(str(make_tiny(tmp_path / "base", "qwen2", end=False, pooling=None)))
    with pytest.raises(
        EncoderError, match=r"sees no token in 2 rows, the first is row 7: .* leave these texts out"
    ):
        embed(["ebb", "", "flow", ""], encoder=encoder, numbers=[6, 7, 8, 9])


class Short(Counting):
    def encode(self, prompts):
        return super().encode(prompts)[:-1]


def test_an_encoder_that_returns_too_few_rows_is_an_error():
    with pytest.raises(
        EncoderError, match=r"returned \(1, 8\) for 2 prompts; rows of 8 numbers are needed, one a prompt"
    ):
        embed(["ebb", "flow"], encoder=Short())


class Asked(HashEncoder):
    """Answers in requests of 8 prompts, the last one first, until one fails, like an encoder behind an API."""

    batch_factor = 16  # one batch of many requests

    def __init__(self, *, fails: int = 0) -> None:
        super().__init__(8)
        self.fails = fails  # request, counted from 1; 0 for none
        self.paid: list[str] = []

    def encode_parts(self, prompts):
        for number, start in enumerate(reversed(range(0, len(prompts), 8)), 1):
            if number == self.fails:
                raise EncoderError("request 8 failed")
            places = np.arange(start, min(start + 8, len(prompts)))
            chosen = [prompts[place] for place in places]
            self.paid += chosen
            yield places, self.encode(chosen)


def test_what_was_handed_over_before_a_request_failed_is_not_paid_for_again(tmp_path):
    texts, steps = [f"text {number}" for number in range(90)], []
    store, first = VectorStore(tmp_path), Asked(fails=8)
    with pytest.raises(EncoderError, match="request 8 failed"):
        embed(texts, encoder=first, store=store, progress=lambda step: steps.append(step.done))
    assert len(first.paid) == 7 * 8 - 6  # the last request, which came first, is of two
    assert steps == [0, *range(2, 51, 8)]  # every part is told
    second = Asked()
    found = embed(texts, encoder=second, store=store)
    assert sorted(first.paid + second.paid) == sorted(texts)
    np.testing.assert_array_equal(found.vectors, HashEncoder(8).encode(texts))


def test_an_encoder_that_hands_over_too_little_is_an_error():
    class Forgetful(Asked):
        def encode_parts(self, prompts):
            return list(super().encode_parts(prompts))[1:]

    with pytest.raises(EncoderError, match=r"handed over 8 of 10 rows; each prompt needs one"):
        embed([f"text {number}" for number in range(10)], encoder=Forgetful())


class Dying(Counting):
    """Fails after some batches, like a process that is interrupted."""

    def encode(self, prompts):
        if len(self.seen) >= 128:
            raise KeyboardInterrupt
        return super().encode(prompts)


def test_finished_batches_are_kept_when_the_run_dies(tmp_path):
    texts, encoder = [f"text {number}" for number in range(900)], Dying()
    with pytest.raises(KeyboardInterrupt):
        embed(texts, encoder=encoder, store=VectorStore(tmp_path))
    assert 128 <= len(encoder.seen) < 900
    _, there = stored_vectors(texts, encoder=HashEncoder(8), store=VectorStore(tmp_path))
    assert there.sum() == len(encoder.seen)


def test_progress_counts_what_is_encoded():
    steps = []
    embed([f"text {n}" for n in range(650)], encoder=HashEncoder(4), progress=steps.append)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert (steps[-1].done, steps[-1].total, steps[-1].unit) == (650, 650, "texts")


def test_a_set_larger_than_memory_fills_the_store(tmp_path, monkeypatch):
    monkeypatch.setattr("semascope.embedding.stored._CHUNK", 10)
    store = VectorStore(tmp_path)
    account = fill_store((f"text {n}" for n in range(35)), encoder=HashEncoder(4), store=store)
    assert (account.rows, account.distinct, account.hits) == (35, 35, 0)
    assert stored_vectors([f"text {n}" for n in range(35)], encoder=HashEncoder(4), store=store)[1].all()
    assert fill_store(iter(()), encoder=HashEncoder(4), store=store).rows == 0


def test_rows_are_called_by_their_numbers_in_the_file(tmp_path, monkeypatch):
    """A sample, or a study that left rows out, passes texts whose places are not the file's rows."""
    numbers = [40, 7, 12]
    account = embed(["a", " ", "b\ud800"], encoder=HashEncoder(4), numbers=numbers).account
    assert (account.empty_rows, account.repaired_rows) == ((7,), (12,))
    with pytest.raises(EncoderError, match="the first is row 12"):
        embed(["a", "b", "bad"], encoder=Broken(4), numbers=numbers)
    with pytest.raises(DataError, match="text 7 is int"):
        embed(["a", 3, "b"], encoder=HashEncoder(4), numbers=numbers)
    with pytest.raises(EncoderError, match="row 7: too large"):
        embed(["a", "b", "c"], encoder=Full(4), numbers=numbers)
    monkeypatch.setattr("semascope.embedding.stored._CHUNK", 2)
    texts = ["a", "b", "c", "", "d", "e\ud800"]
    account = fill_store(texts, encoder=HashEncoder(4), store=VectorStore(tmp_path / "whole"))
    assert (account.empty_rows, account.repaired_rows) == ((3,), (5,))
    with pytest.raises(EncoderError, match="the first is row 3"):
        fill_store(["a", "b", "c", "bad"], encoder=Broken(4), store=VectorStore(tmp_path / "broken"))


class Full(HashEncoder):
    def encode(self, prompts):
        if "b" in prompts:
            raise PromptTooLarge("too large", place=list(prompts).index("b"))
        return super().encode(prompts)


def test_no_texts_give_no_vectors():
    assert embed([], encoder=HashEncoder(4)).vectors.shape == (0, 4)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=20), max_size=40))
def test_rows_follow_the_texts_whatever_they_are(texts):
    encoder = HashEncoder(4)
    found = embed(texts, encoder=encoder).vectors
    clean = [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in texts]
    np.testing.assert_array_equal(found, encoder.encode(clean))


def test_a_zero_row_stays_zero_when_cut():
    assert cut(np.zeros((1, 4), dtype=np.float32), 2).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("given", ["ebb and flow", b"ebb", None, 3])
def test_one_string_is_not_taken_for_its_letters(given):
    with pytest.raises(DataError, match=r"texts is .* put a single text into one"):
        embed(given, encoder=HashEncoder(8), numbers=[0])


class OnAClock(HashEncoder):
    """A tenth of a second for a text, ten seconds to load, on a clock of its own."""

    now, loaded = 0.0, False

    def load(self) -> None:
        self.now += 0.0 if self.loaded else 10.0
        self.loaded = True

    def encode(self, prompts):
        self.load()
        self.now += 0.1 * len(prompts)
        return super().encode(prompts)


def test_the_seconds_of_the_encoder_are_those_of_its_texts_alone(tmp_path, monkeypatch):
    encoder = OnAClock(4)
    monkeypatch.setattr(
        missing, "time", SimpleNamespace(perf_counter=lambda: encoder.now, monotonic=lambda: 0.0)
    )
    assert embed(["a", "b", "a"], encoder=encoder).account.encode_seconds == pytest.approx(0.2)
    monkeypatch.setattr("semascope.embedding.stored._CHUNK", 2)
    account = fill_store(["c", "d", "e", "f", "g"], encoder=encoder, store=VectorStore(tmp_path))
    assert account.encode_seconds == pytest.approx(0.5)  # of three parts


@given(st.lists(st.integers(0, 300), min_size=1, max_size=200), st.integers(1, 40))
def test_an_encoder_that_makes_batches_of_its_own_gets_texts_of_all_lengths_in_each_call(counts, whole):
    """Short texts alone would be limited by requests, long ones by tokens."""
    lengths = np.array(counts)
    groups = missing._plan(np.arange(len(counts)), lengths, 1, whole)
    assert sorted(np.concatenate(groups).tolist()) == list(range(len(counts)))
    assert max(map(len, groups)) <= whole
    means = [lengths[group].mean() for group in groups]
    smallest = min(map(len, groups))
    assert max(means) - min(means) <= 2 * (max(counts) - min(counts)) / smallest + 1e-9
