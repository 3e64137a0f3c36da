"""Packed attention against torch's own, one text at a time in float64; and the packed path when scores run away."""

from __future__ import annotations

import json
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from semascope.encoders.engine import (  # noqa: E402
    batched_attention,
    linear,
    packed,
    packed_attention,
    prepacked,
    products,
)
from semascope.encoders.engine.packed_attention import NEVER, attend, lay_out  # noqa: E402
from semascope.encoders.loading import load_encoder  # noqa: E402

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=6).flatmap(
    # neighbours of one length make a run: repeats on purpose
    lambda lengths: st.permutations(lengths).flatmap(
        lambda order: st.sampled_from([lengths, order, lengths + order, sorted(lengths + order)])
    )
)
HEADS = st.sampled_from([(1, 1), (2, 2), (4, 2), (6, 2), (3, 1)])  # of queries, of keys
# Rows of a block, those of a causal one, and scores that exist at once.
STEPS = st.sampled_from(
    [(512, (64, 256), 524_288), (7, (5, 7), 524_288), (512, (64, 256), 90), (7, (3, 9), 90)]
)
OWN_FROM = st.sampled_from([NEVER, 0, 9])
WITHIN = {torch.float64: 1e-12, torch.float32: 2e-5, torch.bfloat16: 6e-2}


def reference(query, key, value, lengths, *, scale, causal=False, bias=None):
    """(t, h, d) float64: torch's attention inside each text, computed alone."""
    shared = query.shape[1] // key.shape[1]
    found, start = [], 0
    for length in lengths:
        part = slice(start, start + length)
        q, k, v = (rows[part].double().transpose(0, 1) for rows in (query, key, value))  # (h, l, d)
        mask = torch.zeros((length, length), dtype=torch.float64)
        if bias is not None:
            mask = bias[:, :length, :length].double().clone()
        if causal:
            mask = mask.masked_fill(torch.ones(length, length).triu(1).bool(), -torch.inf)
        attended = torch.nn.functional.scaled_dot_product_attention(
            q, k.repeat_interleave(shared, 0), v.repeat_interleave(shared, 0), attn_mask=mask, scale=scale
        )
        found.append(attended.transpose(0, 1))
        start += length
    return torch.cat(found)


def draw(lengths, heads, dtype, *, seed, biased=False, width=8):
    generator = torch.Generator().manual_seed(seed)
    tokens = sum(lengths)
    query, key, value = (
        torch.randn((tokens, number, width), generator=generator, dtype=torch.float64).to(dtype)
        for number in (heads[0], heads[1], heads[1])
    )
    longest = max(lengths) + 3  # longer than any text, as a table of relative positions is
    bias = torch.randn((heads[0], longest, longest), generator=generator, dtype=torch.float64).to(dtype)
    return query, key, value, bias if biased else None


@contextmanager
def in_steps(steps, *, through_numpy):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in zip(("_QUERY_ROWS", "_CAUSAL_ROWS", "_CACHED"), steps, strict=True):
            patch.setattr(batched_attention, name, value)
        patch.setattr(products, "kernels_of_numpy", lambda: "SkylakeX" if through_numpy else "")
        yield


@pytest.mark.parametrize("dtype", WITHIN, ids=str)
@settings(deadline=None, max_examples=60)
@given(
    lengths=LENGTHS,
    heads=HEADS,
    steps=STEPS,
    through_numpy=st.booleans(),
    causal=st.booleans(),
    biased=st.booleans(),
    own_from=OWN_FROM,
    seed=st.integers(0, 2**32),
)
@example(
    lengths=[1],
    heads=(1, 1),
    steps=(7, (3, 9), 90),
    through_numpy=True,
    causal=True,
    biased=True,
    own_from=0,
    seed=0,
)
@example(
    lengths=[14, 14, 7, 8],
    heads=(4, 2),
    steps=(7, (3, 9), 90),
    through_numpy=True,
    causal=True,
    biased=True,
    own_from=9,
    seed=1,
)
def test_it_is_attention_inside_each_text(
    dtype, lengths, heads, steps, through_numpy, causal, biased, own_from, seed
):
    query, key, value, bias = draw(lengths, heads, dtype, seed=seed, biased=biased)
    layout = lay_out([[0] * length for length in lengths], own_from=own_from)
    with in_steps(steps, through_numpy=through_numpy):
        found = attend(query, key, value, layout, scale=0.3, causal=causal, bias=bias)
    assert layout.sums_are_safe()
    # One sum a query and head where products were batched, none where torch's own attention was taken.
    batched = sum(len(run.lengths) * run.length for run in layout.runs if run.length < own_from)
    assert sum(map(len, layout.sums)) == batched * heads[0]
    assert found.dtype is dtype
    expected = reference(query, key, value, lengths, scale=0.3, causal=causal, bias=bias)
    torch.testing.assert_close(found.double(), expected, atol=WITHIN[dtype], rtol=WITHIN[dtype])


@settings(deadline=None, max_examples=40)
@given(
    lengths=LENGTHS,
    heads=HEADS,
    steps=STEPS,
    through_numpy=st.booleans(),
    causal=st.booleans(),
    sign=st.sampled_from([1.0, -1.0]),
    seed=st.integers(0, 2**32),
)
@example(
    lengths=[9, 9],
    heads=(2, 1),
    steps=(7, (3, 9), 90),
    through_numpy=True,
    causal=True,
    sign=-1.0,
    seed=0,
)
def test_scores_out_of_range_are_seen_and_torchs_own_form_is_right(
    lengths, heads, steps, through_numpy, causal, sign, seed
):
    """Scores of about 400 (2 ** 577 overflows) or -400 (underflows): every text has some such row."""
    query, key, value, _ = draw(lengths, heads, torch.float32, seed=seed)
    query, key = query.abs() + 3, sign * (key.abs() + 3)
    scale = 400 / 8 / 16  # width 8, entries from 3 on
    layout = lay_out([[0] * length for length in lengths])
    with in_steps(steps, through_numpy=through_numpy):
        attend(query, key, value, layout, scale=scale, causal=causal)
        assert not layout.sums_are_safe()
        again = lay_out([[0] * length for length in lengths], own_from=0)
        found = attend(query, key, value, again, scale=scale, causal=causal)
    assert torch.isfinite(found).all()
    assert again.sums_are_safe()
    expected = reference(query, key, value, lengths, scale=scale, causal=causal)
    # float32 scores of 400 to 1,000 are off by up to 1e-4, and so are their exponentials
    torch.testing.assert_close(found.double(), expected, atol=2e-3, rtol=2e-3)


def test_one_row_out_of_range_among_many_is_seen():
    lengths = [5] * 30
    query, key, value, _ = draw(lengths, (2, 2), torch.float32, seed=3)
    query[77, 1] *= 400
    layout = lay_out([[0] * length for length in lengths])
    attend(query, key, value, layout, scale=1.0)
    assert not layout.sums_are_safe()


def test_a_later_key_out_of_range_does_not_reach_an_earlier_query():
    """The short form computes powers of hidden scores before it hides them: infinity must not become nan."""
    query, key, value, _ = draw([6], (1, 1), torch.float32, seed=4)
    query, key = query.abs(), key.abs()
    key[5] *= 1e4
    for own_from in (NEVER, 0):
        layout = lay_out([[0] * 6], own_from=own_from)
        found = attend(query, key, value, layout, scale=0.3, causal=True)
        expected = reference(query, key, value, [6], scale=0.3, causal=True)
        torch.testing.assert_close(found[:5].double(), expected[:5], atol=2e-5, rtol=2e-5)
        assert layout.sums_are_safe() == (own_from == 0)


@given(lengths=LENGTHS)
def test_the_layout_holds_every_token_once(lengths):
    layout = lay_out([[0] * length for length in lengths])
    assert layout.lengths == tuple(lengths)
    assert [length for run in layout.runs for length in run.lengths] == lengths
    starts = np.cumsum([0, *(sum(run.lengths) for run in layout.runs)])
    assert [run.start for run in layout.runs] == starts[:-1].tolist()
    assert all(run.length == max(run.lengths) for run in layout.runs)
    for run in layout.runs:  # each token once, and filled rows repeat one of the same text
        held = np.repeat(np.arange(len(run.lengths)), run.lengths)
        rows = np.arange(len(held)) if run.rows is None else run.rows.numpy()
        filled = np.zeros(len(rows), bool) if run.filled is None else run.filled.numpy().ravel()
        assert rows[~filled].tolist() == list(range(len(held)))
        assert (held[rows] == np.repeat(np.arange(len(run.lengths)), run.length)).all()


def test_short_texts_of_like_length_are_one_run_and_long_ones_are_not():
    def runs(*lengths, on_gpu=False):
        return [list(run.lengths) for run in packed_attention._runs(lengths, filled=0 if on_gpu else 1_500)]

    assert runs(40, 30, 20, 12, 9) == [[40, 30, 20, 12], [9]]  # 40 ** 2 - 12 ** 2 is 1,456
    assert runs(9, 12, 40) == [[9, 12], [40]]
    assert runs(256, 256, 254, 253, 252) == [[256, 256, 254], [253, 252]]
    assert runs(40, 40, 39, on_gpu=True) == [[40, 40], [39]]


# --- the packed path of a whole network ---


@pytest.fixture
def runaway_bert(tmp_path, make_tiny):
    """A tiny BERT whose query weights are 50 times as large: its scores leave the range of the short softmax."""
    from safetensors.torch import load_file, save_file

    folder = make_tiny(tmp_path / "tiny", "bert")
    weights = load_file(folder / "model.safetensors")
    for name, weight in weights.items():
        if ".query." in name:
            weights[name] = weight * 50
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


TEXTS = ["high water at noon", "storm", "", "the ship sail " * 30, "a calm harbour, three boats!", "storm"]


def load(folder, engine="auto"):
    return load_encoder(str(folder), precision="float32", device="cpu", engine=engine)


def test_runaway_scores_are_computed_again_and_equal_the_plain_path(runaway_bert):
    encoder = load(runaway_bert)
    rows = encoder.encode(TEXTS)
    assert encoder.path.name == "packed"
    assert encoder.path._redone > 0
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(rows, load(runaway_bert, "plain").encode(TEXTS), atol=1e-4)


def test_a_network_that_runs_away_often_stays_with_torchs_own_form(runaway_bert, monkeypatch):
    encoder = load(runaway_bert)
    path, safe = encoder.path, []
    real = path._forward
    monkeypatch.setattr(path, "_forward", lambda *given: safe.append(not given[2].own_from) or real(*given))
    sequences = encoder._tokens.ids(TEXTS)
    with torch.inference_mode():
        found = [path.states(sequences) for _ in range(packed._REDONE_AT_MOST + 3)]
    assert safe == [False, True] * packed._REDONE_AT_MOST + [True] * 3
    for states in found:
        torch.testing.assert_close(states, found[0])


def test_an_ordinary_network_is_computed_once(tiny_bert, monkeypatch):
    path = load(tiny_bert).path
    calls = []
    real = path._forward
    monkeypatch.setattr(path, "_forward", lambda *given: calls.append(1) or real(*given))
    with torch.inference_mode():
        path.states([[5, 6, 7], [8]])
    assert len(calls) == 1


@pytest.mark.parametrize("name", ["tiny_bert", "tiny_llama", "tiny_qwen3"])
def test_without_the_private_operators_rows_are_the_same(name, request, monkeypatch):
    folder = request.getfixturevalue(name)
    expected = load(folder).encode(TEXTS)
    monkeypatch.setattr(linear, "prepacking_works", lambda precision: False)
    encoder = load(folder)
    found = encoder.encode(TEXTS)
    assert (encoder.path.name, encoder.path.prepacked) == ("packed", 0)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("error", [RuntimeError, AttributeError, NotImplementedError])
def test_operators_that_fail_are_not_used(error, monkeypatch):
    def fail(*given):
        raise error("no such operator")

    prepacked.prepacking_works.cache_clear()
    monkeypatch.setattr(prepacked, "multiply", fail)
    try:
        assert not prepacked.prepacking_works("float32")
    finally:
        prepacked.prepacking_works.cache_clear()


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_operators_that_compute_something_else_are_not_used(precision, monkeypatch):
    real = prepacked.multiply
    prepacked.prepacking_works.cache_clear()
    monkeypatch.setattr(prepacked, "multiply", lambda *given: real(*given).roll(1, -1))
    try:
        assert not prepacked.prepacking_works(precision)
    finally:
        prepacked.prepacking_works.cache_clear()


# --- rows of an encoder, however they are batched ---

WORDS = ["the", "tide", "storm", "harbour", "!", "ship", "x", "é", "⛵", "مد", "5"]
PROMPTS = st.lists(
    st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join) | st.text(max_size=12), max_size=8
)
AT_THE_LIMITS = [  # prompts, budget, characters
    ([], 1024, 10**6),
    ([""], 1024, 10**6),
    (["tide"], 1, 30),
    (["", "tide", "", "tide", "the ship " * 40], 10, 30),
]
NAMES = ["tiny_bert", "tiny_llama", "tiny_qwen3"]


@pytest.fixture(scope="module", params=NAMES)
def packed_encoder(request):
    return load(request.getfixturevalue(request.param), "packed")


@pytest.fixture(scope="module", params=NAMES)
def plain_encoder(request):
    return load(request.getfixturevalue(request.param), "plain")


def any_batches(examples: int):
    """So many sets of prompts with groups and slices of any size, and those at the limits."""

    def decorate(test):
        for prompts, budget, characters in AT_THE_LIMITS:
            test = example(prompts=prompts, budget=budget, characters=characters, data=None)(test)
        test = given(
            prompts=PROMPTS,
            budget=st.sampled_from([1, 10, 64, 1024]),
            characters=st.sampled_from([30, 10**6]),
            data=st.data(),
        )(test)
        return settings(deadline=None, max_examples=examples, suppress_health_check=[HealthCheck.too_slow])(
            test
        )

    return decorate


def check_rows(encoder, prompts, budget, characters, data) -> None:
    """Order, duplicates, neighbours, groups and slices change no row."""
    order = (
        list(range(len(prompts)))[::-1] if data is None else data.draw(st.permutations(range(len(prompts))))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder.path, "cpu_tokens", budget, raising=False)
        patch.setattr("semascope.encoders.engine.grouping._SLICE_CHARACTERS", (1, characters))
        rows = encoder.encode(prompts)
        shuffled_and_again = encoder.encode([*(prompts[place] for place in order), *prompts])
    alone = [encoder.encode([prompt])[0] for prompt in prompts]
    assert rows.shape == (len(prompts), 16)
    np.testing.assert_allclose(rows, np.reshape(alone, rows.shape), atol=5e-6)
    np.testing.assert_allclose(shuffled_and_again, np.concatenate([rows[order], rows]), atol=5e-6)


@any_batches(40)
def test_rows_depend_on_nothing_but_their_prompt(packed_encoder, prompts, budget, characters, data):
    check_rows(packed_encoder, prompts, budget, characters, data)


@any_batches(12)  # what groups and slices are is the same code; the layers are those of transformers
def test_rows_of_the_plain_path_depend_on_nothing_but_their_prompt(
    plain_encoder, prompts, budget, characters, data
):
    check_rows(plain_encoder, prompts, budget, characters, data)


@pytest.mark.parametrize("causal", [False, True])
def test_on_a_gpu_the_same_function_asks_torch_for_attention_over_the_same_texts(monkeypatch, causal):
    """No GPU is needed: torch's function is replaced by its definition, so what is checked is what it is asked for."""

    def by_definition(
        query, key, value, ends_q, ends_k, longest_q, longest_k, *, scale, window_size, enable_gqa
    ):
        assert torch.equal(ends_q, ends_k)
        assert ends_q.dtype == torch.int32
        lengths = ends_q.diff().tolist()
        assert max(lengths) == longest_q == longest_k
        assert window_size == ((-1, 0) if causal else (-1, -1))
        assert enable_gqa == (query.shape[1] != key.shape[1])
        parts = []
        for start, length in zip(ends_q.tolist(), lengths, strict=False):
            q, k, v = (tensor[start : start + length].transpose(0, 1) for tensor in (query, key, value))
            parts.append(
                torch.nn.functional.scaled_dot_product_attention(
                    q[None], k[None], v[None], is_causal=causal, scale=scale, enable_gqa=enable_gqa
                )[0].transpose(0, 1)
            )
        return torch.cat(parts)

    monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", by_definition)
    generator = torch.Generator().manual_seed(3)
    lengths = [5, 5, 1, 17]
    query = torch.randn((28, 4, 8), generator=generator).to(torch.bfloat16)
    key, value = (torch.randn((28, 2, 8), generator=generator).to(torch.bfloat16) for _ in range(2))
    layout = lay_out([[0] * length for length in lengths])
    expected = attend(query, key, value, layout, scale=0.3, causal=causal)
    layout.ends = torch.tensor([0, 5, 10, 11, 28], dtype=torch.int32)
    found = attend(query, key, value, layout, scale=0.3, causal=causal)
    torch.testing.assert_close(found, expected, atol=0.03, rtol=0.03)


@pytest.mark.parametrize("family", ["roberta", "mpnet"])
def test_positions_start_where_the_network_starts_them(family, make_tiny, tmp_path):
    """RoBERTa takes its padding index from the configuration; MPNet has its own, whatever stands there."""
    folder = make_tiny(tmp_path / "tiny", family)
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"pad_token_id": 0}))
    texts = ["storm and tide", "noon"]
    packed_rows, plain_rows = (
        load_encoder(str(folder), precision="float32", device="cpu", engine=engine).encode(texts)
        for engine in ("packed", "plain")
    )
    np.testing.assert_allclose(packed_rows, plain_rows, atol=2e-6)
