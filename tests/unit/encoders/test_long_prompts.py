"""What is read of a prompt over the limit: promises on lists of ids, then the real tokenizers of tiny checkpoints."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.loading import load_encoder
from semascope.encoders.long import (
    LONG_WAYS,
    Frame,
    Window,
    add_windows,
    check_long,
    common_start,
    ends,
    find_frame,
    read_long,
    shares,
    to_unit_length,
    usable_prefix,
    window_spans,
)
from semascope.errors import ConfigError

LONG = "the ship sail to the harbour and the storm was calm " * 12 + "one two three four anchor"


@st.composite
def prompts_over_the_limit(draw) -> dict:
    """Ids that tell where they stand: 0 and up for the text, 10,000 and up for the prefix, negative for the frame."""
    frame = Frame(
        tuple(-1 - n for n in range(draw(st.integers(0, 2)))),
        tuple(-9 - n for n in range(draw(st.integers(0, 2)))),
    )
    prefix, room = draw(st.integers(0, 6)), draw(st.integers(1, 40))
    text = draw(st.integers(room + 1, 20 * room))
    ids = [*frame.before, *range(10_000, 10_000 + prefix), *range(text), *frame.after]
    return {"ids": ids, "frame": frame, "prefix": prefix, "limit": frame.size + prefix + room, "text": text}


def read(case: dict, long: str) -> list[list[int]]:
    """The text tokens of each window, after checking the frame, the prefix and the limit."""
    frame, prefix = case["frame"], case["prefix"]
    found = []
    for window in read_long(
        case["ids"], frame=frame, prefix=prefix, limit=case["limit"], long=check_long(long)
    ):
        assert len(window.ids) <= case["limit"]
        assert tuple(window.ids[: len(frame.before)]) == frame.before
        assert tuple(window.ids[len(window.ids) - len(frame.after) :]) == frame.after
        content = frame.content(window.ids)
        assert content[:prefix] == list(range(10_000, 10_000 + prefix))
        assert window.text_tokens == len(content) - prefix
        found.append(content[prefix:])
    return found


@given(prompts_over_the_limit())
def test_windows_cover_the_text_in_order_with_the_stated_overlap(case):
    windows = read(case, "chunk")
    room = case["limit"] - case["frame"].size - case["prefix"]
    shared = room // 8
    assert len(windows) > 1
    joined = list(windows[0])
    for one, other in pairwise(windows):
        assert one[len(one) - shared :] == other[:shared]
        joined += other[shared:]
    assert joined == list(range(case["text"]))
    lengths = [len(window) for window in windows]
    assert max(lengths) - min(lengths) <= 1
    assert min(lengths) >= room / 2
    # One window fewer would not hold the text.
    assert (len(windows) - 1) * room - (len(windows) - 2) * shared < case["text"]


@given(prompts_over_the_limit())
def test_head_tail_keeps_the_beginning_and_the_end(case):
    (kept,) = read(case, "head-tail")
    room = case["limit"] - case["frame"].size - case["prefix"]
    head, tail = ends(room)
    text = list(range(case["text"]))
    assert head + tail == room
    assert kept == text[:head] + text[len(text) - tail :]


@given(st.integers(1, 40_000))
def test_about_a_quarter_is_head(room):
    head, tail = ends(room)
    assert head >= 0
    assert tail >= 1
    assert abs(head - room * 128 / 510) <= 0.5


def test_the_split_is_that_of_the_paper():
    assert ends(510) == (128, 382)


@pytest.mark.parametrize(("tokens", "spans"), [(0, [(0, 0)]), (1, [(0, 1)]), (8, [(0, 8)])])
def test_a_text_that_fits_is_one_window(tokens, spans):
    assert window_spans(tokens, 8) == spans


def test_a_frame_is_what_explains_all_samples():
    # The content of the first sample also fits one place further on.
    assert find_frame([([1, 5, 5, 2], [5]), ([1, 5, 7, 2], [7])]) == Frame((1, 5), (2,))
    assert find_frame([([7], [7]), ([], [])]) == Frame()
    assert find_frame([([1, 7, 2], [7]), ([1, 8, 3], [8])]) is None


def test_a_prefix_over_half_of_the_window_is_text():
    frame = Frame((1,), (2,))
    assert usable_prefix(5, limit=12, frame=frame) == 5
    assert usable_prefix(6, limit=12, frame=frame) == 0


def test_common_start():
    assert common_start([1, 2, 3], [1, 2, 4, 5]) == 2
    assert common_start([1, 2], [1, 2, 4, 5]) == 2
    assert common_start([], [1]) == 0


def test_windows_are_added_by_their_tokens_of_text():
    # 3 and 1 tokens: (3 * (1, 0) + 1 * (0, 1)) / 4 = (.75, .25), of length sqrt(.625)
    weights = shares([Window([], 3), Window([], 1)])
    rows = np.zeros((2, 2), dtype=np.float32)
    add_windows(
        rows,
        np.array([1, 1, 0]),
        np.array([*weights, 1.0]),
        np.array([[1, 0], [0, 1], [0, 2]], dtype=np.float32),
    )
    to_unit_length(rows, np.array([1]))
    np.testing.assert_allclose(rows, [[0, 2], [0.75 / 0.625**0.5, 0.25 / 0.625**0.5]], atol=1e-7)


def test_windows_that_cancel_stay_zero_for_the_caller_to_find():
    rows = np.zeros((1, 2), dtype=np.float32)
    to_unit_length(rows, np.array([0]))
    assert rows.tolist() == [[0, 0]]


@pytest.fixture(scope="module", params=["tiny_bert", "tiny_qwen3"])
def folder(request) -> str:
    return str(request.getfixturevalue(request.param))


def test_a_prompt_that_fits_has_the_same_row_in_every_way(folder):
    short = ["storm", "", "high water at noon", " ".join(["the"] * 22)]
    assert load_encoder(folder).count_tokens(short)[-1] == 24  # exactly the limit
    rows = [load_encoder(folder, precision="float32", long=way).encode([*short, LONG]) for way in LONG_WAYS]
    for other in rows[1:]:
        np.testing.assert_allclose(other[:-1], rows[0][:-1], atol=2e-6)
        assert np.abs(other[-1] - rows[0][-1]).max() > 0.01


def test_the_account_of_each_way_adds_up(folder):
    prompts = ["storm", LONG]
    whole = load_encoder(folder).count_tokens(prompts)
    found = {way: load_encoder(folder, long=way).lengths(prompts) for way in LONG_WAYS}
    for way, lengths in found.items():
        assert lengths.tokens.tolist() == whole
        assert lengths.encoded[0] == whole[0]
        sequences = load_encoder(folder)._tokens.windows(prompts, long=way, family="plain")
        assert lengths.windows.tolist() == [len(windows) for windows in sequences]
        assert lengths.encoded.tolist() == [
            sum(len(window.ids) for window in windows) for windows in sequences
        ]
    for way in ("truncate", "head-tail"):
        assert found[way].encoded.tolist() == [whole[0], 24]
        assert found[way].lost.tolist() == [0, whole[1] - 24]
    assert found["chunk"].lost.tolist() == [0, 0]
    assert found["chunk"].encoded[1] > whole[1]


def test_every_window_carries_the_instruction(tmp_path, make_tiny):
    # The instruction is 19 tokens: more than half of the usual 24 and less than half of 42.
    folder = make_tiny(tmp_path / "tiny", "qwen3", pooling="last", max_tokens=42)
    tokens = load_encoder(str(folder))._tokens
    (plain,) = tokens.windows(["Instruct: tide tables\nQuery:" + LONG], long="chunk", family="plain")
    (windows,) = tokens.windows(["Instruct: tide tables\nQuery:" + LONG], long="chunk", family="qwen3")
    end = tokens.tokenizer.convert_tokens_to_ids("<|endoftext|>")
    prefix = tokens.tokenizer("Instruct: tide tables\nQuery:", add_special_tokens=False)["input_ids"]
    text = tokens.tokenizer(LONG, add_special_tokens=False)["input_ids"]
    assert [window.ids[: len(prefix)] for window in windows] == [prefix] * len(windows)
    assert {window.ids[-1] for window in windows} == {end}
    assert windows[-1].ids[-6:-1] == text[-5:]
    assert sum(window.ids[: len(prefix)] == prefix for window in plain) == 1
    (kept,) = tokens.windows(["Instruct: tide tables\nQuery:" + LONG], long="head-tail", family="qwen3")
    assert kept[0].ids[: len(prefix)] == prefix
    assert kept[0].ids[-6:-1] == text[-5:]
    assert len(kept[0].ids) == 42


def test_the_ways_share_weights_and_threads_and_differ_in_space(tiny_bert):
    encoder = load_encoder(str(tiny_bert))
    chunk = encoder.in_way("chunk")  # before anything is loaded
    again = chunk.in_way("truncate")
    chunk.encode([LONG])
    assert chunk._path is encoder._path is again._path
    assert chunk._tokens is encoder._tokens
    assert chunk._workers is encoder._workers
    assert chunk._dense is encoder._dense
    assert (encoder.space.long, chunk.space.long) == ("truncate", "chunk")
    assert len({encoder.fingerprint, chunk.fingerprint, encoder.in_way("head-tail").fingerprint}) == 3
    assert chunk.space == load_encoder(str(tiny_bert), long="chunk").space
    assert again.fingerprint == encoder.fingerprint
    assert encoder.in_way("truncate") is encoder


def test_a_million_tokens_are_read_in_bounded_groups(tiny_bert):
    encoder = load_encoder(str(tiny_bert), long="chunk")
    seen = []
    states = encoder.path.states
    encoder.path.states = lambda sequences: seen.append(sum(map(len, sequences))) or states(sequences)
    rows = encoder.encode(["ship " * 60_000, "storm"])
    assert np.isfinite(rows).all()
    assert max(seen) <= encoder.path.cpu_tokens
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_an_unknown_way_lists_the_three(tiny_bert):
    message = "long is 'middle'; known are truncate, head-tail, chunk; choose one of them"
    for name in ("hash:8", str(tiny_bert), "minilm"):
        with pytest.raises(ConfigError, match=message):
            load_encoder(name, long="middle")
    with pytest.raises(ConfigError, match=message):
        load_encoder(str(tiny_bert)).in_way("middle")


def test_the_hash_encoder_takes_truncate_only():
    assert load_encoder("hash:8", long="truncate").space.long == "truncate"
    with pytest.raises(
        ConfigError, match="long is 'chunk'; encoder 'hash:8' makes its vector of the whole text"
    ):
        load_encoder("hash:8", long="chunk")


def test_a_tokenizer_that_does_more_than_frame_is_refused_where_it_matters(tiny_bert, monkeypatch):
    encoder = load_encoder(str(tiny_bert))
    tokens = encoder._tokens
    call = type(tokens)._call

    def odd(self, prompts, **settings):  # one more token at the end, another for each length
        rows = call(self, prompts, **settings)
        return [[*row, 100 + len(row)] for row in rows] if settings.get("special", True) else rows

    monkeypatch.setattr(type(tokens), "_call", odd)
    assert encoder.encode(["storm"]).shape == (1, 16)
    for way in ("head-tail", "chunk"):
        with pytest.raises(ConfigError, match=f"long is '{way}'; the tokenizer of encoder .* take truncate"):
            encoder.in_way(way).lengths(["storm"])


def test_calls_from_several_threads_do_not_cut_by_each_others_limit(tiny_bert, monkeypatch):
    """The tokenizer keeps its cut between setting it and using it; a count beside an encode lost tokens silently."""
    tokens = load_encoder(str(tiny_bert))._tokens
    found, inside, most = tokens.tokenizer, [], []

    def slow(*args, **kwargs):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.02)
        try:
            return found(*args, **kwargs)
        finally:
            inside.pop()

    monkeypatch.setattr(tokens, "tokenizer", slow)
    prompts = ["storm and wind " * 30]
    with ThreadPoolExecutor(4) as threads:
        counted = [threads.submit(tokens.count, prompts) for _ in range(4)]
        cut = [threads.submit(tokens.ids, prompts) for _ in range(4)]
        assert {whole.result()[0] for whole in counted} == {92}
        assert {len(ids.result()[0]) for ids in cut} == {24}
    assert max(most) == 1


def cut_on_the_left(folder, how: str) -> None:
    """Let the tokenizer in ``folder`` cut on the left as its configuration or its own file says."""
    named = json.loads((folder / "tokenizer_config.json").read_text())
    named.pop("truncation_side", None)
    if how == "tokenizer_config.json":
        named["truncation_side"] = "left"
    else:
        saved = json.loads((folder / how).read_text())
        saved["truncation"] = {"direction": "Left", "max_length": 8, "strategy": "LongestFirst", "stride": 0}
        (folder / how).write_text(json.dumps(saved))
    (folder / "tokenizer_config.json").write_text(json.dumps(named))


@pytest.mark.parametrize("how", ["tokenizer_config.json", "tokenizer.json"])
@pytest.mark.parametrize("family", ["bert", "xlm-roberta", "qwen3"])
def test_a_tokenizer_that_cuts_on_the_left_is_obeyed_and_stated(family, how, make_tiny, tmp_path):
    right = load_encoder(str(make_tiny(tmp_path / "right", family, max_tokens=12)))
    folder = make_tiny(tmp_path / "left", family, max_tokens=12)
    cut_on_the_left(folder, how)
    left = load_encoder(str(folder))
    prompt = "Judge the mood\n" + LONG
    (kept,) = left.tokens([prompt])
    (whole,) = right._tokens._call([prompt], cut=False)
    assert len(kept) == 12
    assert kept[1:] == right._tokens.tokenizer.convert_ids_to_tokens(whole)[-11:]
    assert kept[:-1] != right.tokens([prompt])[0][:-1]
    assert (left.cut, right.cut) == ("beginning", "end")
    assert any("loses its beginning, an instruction" in sentence for sentence in left.stated)
    assert not any("loses its beginning" in sentence for sentence in right.stated)
    assert left.space != right.space
    for way in ("head-tail", "chunk"):  # they take the whole prompt and cut it themselves
        assert left.in_way(way).tokens([prompt]) == right.in_way(way).tokens([prompt])
        np.testing.assert_allclose(
            left.in_way(way).encode([prompt]), right.in_way(way).encode([prompt]), atol=left.tolerance
        )


def test_the_configuration_overrules_what_the_tokenizer_was_saved_with(make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "left", "bert", max_tokens=12)
    cut_on_the_left(folder, "tokenizer.json")
    named = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(named | {"truncation_side": "right"}))
    encoder = load_encoder(str(folder))
    assert encoder.cut == "end"
    assert encoder.tokens([LONG])[0][1] == "the"
