"""Which form of attention is taken: the rule on given times, how they are taken, and rows that do not depend on it."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from semascope.encoders.engine import attention_form, batched_attention  # noqa: E402
from semascope.encoders.engine.attention_form import CLEAR, LENGTHS, Heads, choose  # noqa: E402
from semascope.encoders.engine.packed_attention import NEVER  # noqa: E402
from semascope.encoders.loading import load_encoder  # noqa: E402

HEADS = Heads(queries=4, keys=2, width=8, precision="float32", causal=True)
# Measured in isolation: torch's own over batched products on an Intel processor with AMX, and on an AMD processor.
INTEL = {512: 0.37, 256: 0.45, 128: 0.55, 64: 0.7, 32: 0.86}
AMD = {512: 1.48, 256: 1.61, 128: 1.88, 64: 1.78, 32: 1.75}


@pytest.mark.parametrize(
    ("shares", "own_from", "asked"),
    [
        (INTEL, 32, 5),
        (AMD, NEVER, 1),  # the first one tells
        (INTEL | {64: 1.05}, 128, 4),  # shorter texts lose: no further length is asked for
        (INTEL | {512: 0.97}, 32, 5),  # a tie at the end, clear wins below it
        (INTEL | {64: 0.99, 32: 0.93}, 128, 5),  # ties stay with batched products
        (INTEL | {512: 1.0}, NEVER, 1),
        (dict.fromkeys(LENGTHS, CLEAR), NEVER, 5),
        (INTEL | {128: math.nan}, 256, 3),  # no time left
        (dict.fromkeys(LENGTHS, math.nan), NEVER, 1),
    ],
)
def test_torchs_own_form_is_taken_from_its_last_clear_win_on(shares, own_from, asked):
    seen = []
    choice = choose(lambda length: seen.append(length) or shares[length])
    assert choice.own_from == own_from
    assert seen == sorted(LENGTHS, reverse=True)[:asked]
    assert choice.shares == tuple(
        (length, shares[length]) for length in seen if not math.isnan(shares[length])
    )


def test_what_was_found_is_told():
    assert str(choose(INTEL.__getitem__, (512, 256))) == (
        "batched products below 256 tokens, torch's own from there (torch's own took this share of their time:"
        " 0.37 at 512 tokens, 0.45 at 256 tokens)"
    )
    assert str(choose(AMD.__getitem__)) == (
        "batched products at every length (torch's own took this share of their time: 1.48 at 512 tokens)"
    )
    assert str(choose(AMD.__getitem__, ())) == "batched products: no text has 32 tokens"


@pytest.fixture
def afresh():
    attention_form.measured.cache_clear()
    yield
    attention_form.measured.cache_clear()


def takes(monkeypatch, *, own, batched):
    """Let the two forms take these times, one after the other; what they really compute is run as well."""
    times = {0: iter(own), NEVER: iter(batched)}

    def seconds(compute):
        compute()
        return next(times[compute.args[0]])

    monkeypatch.setattr(attention_form, "_seconds", seconds)
    monkeypatch.setattr(attention_form, "_MOST_SECONDS", math.inf)


@pytest.mark.parametrize(("share", "own_from"), [(0.5, 32), (0.95, NEVER), (2.0, NEVER)])
def test_the_times_of_both_forms_decide(share, own_from, afresh, monkeypatch):
    takes(monkeypatch, own=[share] * 99, batched=[1.0] * 99)
    assert attention_form.measured(HEADS, longest=10_000).own_from == own_from


def test_an_interruption_and_the_first_pass_do_not_decide(afresh, monkeypatch):
    """In each length torch's own is the slower one at first and twice among five, by far."""
    takes(monkeypatch, own=[50, 0.5, 30, 0.5, 30, 0.5] * 9, batched=[1.0] * 99)
    assert attention_form.measured(HEADS, longest=10_000).own_from == 32


def test_lengths_that_no_text_has_are_not_tried(afresh, monkeypatch):
    takes(monkeypatch, own=[0.5] * 99, batched=[1.0] * 99)
    assert [length for length, _ in attention_form.measured(HEADS, longest=128).shares] == [128, 64, 32]
    assert attention_form.measured(HEADS, longest=24).shares == ()


@pytest.fixture
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_it_is_measured_once_a_shape_on_a_thread_of_its_own_that_computes_alone(
    afresh, three_threads, monkeypatch
):
    inside = []
    monkeypatch.setattr(
        attention_form, "_seconds", lambda compute: inside.append(torch.get_num_threads()) or 1.0
    )
    first = attention_form.measured(HEADS, longest=512)
    calls = len(inside)
    assert set(inside) == {1}
    assert attention_form.measured(HEADS, longest=512) is first
    assert len(inside) == calls
    attention_form.measured(Heads(queries=4, keys=2, width=8, precision="float32", causal=False), longest=512)
    assert len(inside) == 2 * calls
    assert torch.get_num_threads() == 3


@pytest.mark.parametrize("biased", [False, True])
def test_measuring_draws_nothing_from_the_users_random_numbers(afresh, biased):
    """How many lengths are measured hangs on the clock: a seeded training after it would differ from run to run."""
    before = torch.get_rng_state()
    heads = Heads(queries=4, keys=4, width=8, precision="float32", causal=False, biased=biased)
    assert attention_form.measured(heads, longest=64).shares
    assert torch.equal(torch.get_rng_state(), before)


def test_measuring_ends_when_its_time_is_over(afresh, monkeypatch):
    clock = iter(np.arange(0, 100, 0.6 * attention_form._MOST_SECONDS))
    monkeypatch.setattr(attention_form, "_clock", lambda: next(clock))
    monkeypatch.setattr(attention_form, "_seconds", lambda compute: 0.5 if compute.args[0] == 0 else 1.0)
    choice = attention_form.measured(HEADS, longest=10_000)
    assert choice.shares == ((512, 0.5),)  # 0.6 of the time was gone before it, 1.2 before the next
    assert choice.own_from == 512


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("biased", [False, True])
def test_large_heads_are_measured_on_fewer_of_them(precision, biased):
    heads = Heads(queries=64, keys=16, width=128, precision=precision, causal=not biased, biased=biased)
    with torch.inference_mode():
        for compute in attention_form._both_forms(heads, 256):
            attended = compute()
            assert attended.shape == (512, 4, 128)  # of one key head
            assert attended.isfinite().all()


# --- the rows of a network ---

FAMILIES = ["bert", "mpnet", "llama", "mistral", "qwen2", "qwen3"]
WORDS = ["tide", "harbour", "storm,", "the", "ship", "noon", "x", "5"]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("steps", [(512, (64, 256)), (5, (3, 7))])
def test_rows_are_the_plain_paths_whichever_form_is_taken(
    family, precision, steps, make_tiny, tmp_path, monkeypatch
):
    """Blocks of few queries, so that texts are longer than one; from no length, every length, and lengths over nine."""
    monkeypatch.setattr(batched_attention, "_QUERY_ROWS", steps[0])
    monkeypatch.setattr(batched_attention, "_CAUSAL_ROWS", steps[1])
    folder = make_tiny(tmp_path / "tiny", family)
    draw = np.random.default_rng(5)
    prompts = [" ".join(draw.choice(WORDS, size=size)) for size in (1, 2, 2, 3, 3, 3, 5, 8, 13, 40)]
    packed, plain = (
        load_encoder(str(folder), precision=precision, device="cpu", engine=engine)
        for engine in ("packed", "plain")
    )
    expected = plain.encode(prompts)
    found = {}
    for own_from in (NEVER, 0, 9):
        packed.path.own_from = own_from
        found[own_from] = packed.encode(prompts)
        if precision == "float32":
            np.testing.assert_allclose(found[own_from], expected, atol=3e-6)
        else:
            assert (found[own_from] * expected).sum(axis=1).min() > 0.999
    for rows in found.values():
        np.testing.assert_allclose(rows, found[NEVER], atol=packed.tolerance)
    assert packed.path._redone == 0


@pytest.mark.parametrize("family", ["bert", "llama"])
def test_scores_of_any_size_are_right_in_torchs_own_form_at_once(family, make_tiny, tmp_path):
    """Query weights a hundred times as large: batched products notice and compute again, torch's own need not."""
    from safetensors.torch import load_file, save_file

    folder = make_tiny(tmp_path / "tiny", family)
    weights = load_file(folder / "model.safetensors")
    large = {
        name: weight * 100 for name, weight in weights.items() if ".query." in name or ".q_proj." in name
    }
    assert large
    save_file(weights | large, folder / "model.safetensors", metadata={"format": "pt"})
    prompts = ["high water at noon", "storm", "the ship sail " * 30]
    plain = load_encoder(str(folder), precision="float32", device="cpu", engine="plain").encode(prompts)
    for own_from, redone in ((0, False), (NEVER, True)):
        packed = load_encoder(str(folder), precision="float32", device="cpu", engine="packed")
        packed.path.own_from = own_from
        np.testing.assert_allclose(packed.encode(prompts), plain, atol=2e-4)
        assert bool(packed.path._redone) is redone
