"""A batch in two passes is the batch in one: loss and every gradient, with dropout, for every option of the loss."""

from __future__ import annotations

import gc
import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from semascope.encoders.loading import load_encoder
from semascope.errors import ConfigError, EncoderError
from semascope.tuning.contrastive.cached import Passes, cached_gradients
from semascope.tuning.contrastive.losses import Contrast, contrast_loss
from semascope.tuning.contrastive.pairing import Pairing
from semascope.tuning.contrastive.parts import token_parts
from semascope.tuning.dropout import SeededDropout, masks_from
from semascope.tuning.loop import autocast
from semascope.tuning.recipe import Tuned
from semascope.tuning.start import Start

M, EXTRA = 5, 3
PAIRING = Pairing(
    queries=np.array([0, 1, 2, 3, 3]),
    documents=np.array([0, 1, 2, 3, 4, 5, 6, 1]),
    owners=np.array([0, 2, 4]),
    weights=np.array([1.0, 0.5, 1.0, 0.2, 1.0]),
)
OPTIONS = [
    dict(zip(("both", "shared", "hardness", "margin", "widths"), values, strict=True))
    for values in itertools.product(
        (True, False), (True, False), (0.0, 0.5), (None, 0.05), (None, {2: 1.0, 6: 0.5})
    )
]


class Tiny(torch.nn.Module):
    """Words, dropout, two layers and a mean, in float64; one parameter that no text reaches."""

    def __init__(self, dropout):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(2)
            self.words = torch.nn.Embedding(30, 6)
            self.first, self.second = torch.nn.Linear(6, 7), torch.nn.Linear(7, 6)
            self.unused = torch.nn.Parameter(torch.ones(2))
        self.dropout = dropout
        self.with_graph = []
        self.double()

    def rows(self, sequences):
        self.with_graph.append(torch.is_grad_enabled())
        means = []
        for ids in sequences:
            states = torch.tanh(self.first(self.dropout(self.words(torch.tensor(ids)))))
            means.append(self.dropout(self.second(states)).mean(0))
        return torch.nn.functional.normalize(torch.stack(means), dim=1)


def texts(seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 30, rng.integers(1, 12)).tolist() for _ in range(2 * M + EXTRA)]


def passes_of(network, sequences, *, most, **more):
    lengths = np.array([len(ids) for ids in sequences])
    given = {
        "network": network,
        "parameters": list(network.parameters()),
        "sequences": sequences,
        "parts": token_parts(lengths, most=most, at_once=more.get("at_once", 1)),
        "seed": [4, 0, 7],
        "device": torch.device("cpu"),
        "precision": "float32",
    }
    return Passes(**(given | more))


def loss_by(contrast):
    return lambda rows: contrast_loss(rows[:M], rows[M:], PAIRING, contrast)


def in_one(passes, contrast):
    """Loss and gradients with one graph over all parts, whose masks are those of the parts."""
    rows = [None] * len(passes.sequences)
    for number, part in enumerate(passes.parts):
        with masks_from([*passes.seed, number]), autocast(passes.device, passes.precision):
            for place, row in zip(
                part, passes.network.rows([passes.sequences[place] for place in part]), strict=True
            ):
                rows[place] = row
    loss = loss_by(contrast)(torch.stack(rows))
    return loss.item(), torch.autograd.grad(loss, passes.parameters, allow_unused=True)


def assert_same(found, expected, *, atol):
    loss, gradients = expected
    assert found.loss == pytest.approx(loss, rel=1e-6)
    assert len(found.gradients) == len(gradients)
    for one, other in zip(found.gradients, gradients, strict=True):
        if other is None:
            assert one is None
        else:
            torch.testing.assert_close(one, other, atol=atol, rtol=0)
    assert max(float(one.abs().max()) for one in gradients if one is not None) > 1e3 * atol


@pytest.mark.parametrize("most", [1, 25, 1_000])
@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(map(str, options.values())))
def test_two_passes_are_one_with_dropout_and_any_option(options, most):
    contrast = Contrast(temperature=0.3, **options)
    network = Tiny(SeededDropout(0.3)).train()
    passes = passes_of(network, texts(), most=most)
    assert_same(cached_gradients(passes, loss_by(contrast)), in_one(passes, contrast), atol=1e-12)


def test_dropout_was_drawn():
    network = Tiny(SeededDropout(0.3)).train()
    passes = passes_of(network, texts(), most=25)
    losses = {cached_gradients(passes, loss_by(Contrast())).loss for _ in range(2)}
    assert len(losses) == 1
    assert (
        cached_gradients(passes_of(network, texts(), most=25, seed=[4, 0, 8]), loss_by(Contrast())).loss
        not in losses
    )
    network.eval()
    assert cached_gradients(passes, loss_by(Contrast())).loss not in losses


def test_without_dropout_it_is_one_batch_whatever_the_parts():
    network, contrast = Tiny(SeededDropout(0.0)).train(), Contrast(hardness=0.5, margin=0.1)
    sequences = texts()
    loss = loss_by(contrast)(network.rows(sequences))
    expected = (loss.item(), torch.autograd.grad(loss, list(network.parameters()), allow_unused=True))
    for most in (1, 20, 40, 1_000):
        found = cached_gradients(passes_of(network, sequences, most=most), loss_by(contrast))
        assert_same(found, expected, atol=1e-12)
        torch.testing.assert_close(found.rows, network.rows(sequences).detach())


def test_small_batches_added_up_would_be_another_loss():
    """What gradient accumulation does: the test above must be able to fail."""
    network, sequences = Tiny(SeededDropout(0.0)), texts()
    whole = cached_gradients(passes_of(network, sequences, most=20), loss_by(Contrast(both=False)))
    rows = network.rows(sequences)
    halves = 0
    for places in (slice(0, 2), slice(2, M)):
        some = Pairing(queries=PAIRING.queries[places], documents=PAIRING.documents[:M][places])
        halves = (
            halves + contrast_loss(rows[:M][places], rows[M : 2 * M][places], some, Contrast(both=False)) / 2
        )
    (other,) = torch.autograd.grad(halves, [network.words.weight])
    cosine = torch.nn.functional.cosine_similarity(whole.gradients[1].flatten(), other.flatten(), dim=0)
    assert cosine < 0.9


def test_several_at_once_give_the_same_bits_and_no_part_twice_more_than_needed():
    sequences, contrast = texts(), Contrast()
    with ThreadPoolExecutor(2) as workers:
        network = Tiny(SeededDropout(0.3)).train()
        passes = passes_of(network, sequences, most=10, at_once=2, workers=workers)
        found = [cached_gradients(passes, loss_by(contrast)) for _ in range(3)]
    assert_same(found[0], in_one(passes, contrast), atol=1e-12)
    for other in found[1:]:
        assert other.loss == found[0].loss
        for one, two in zip(found[0].gradients, other.gradients, strict=True):
            assert one is None or torch.equal(one, two)


def test_one_part_at_a_time_keeps_a_graph_and_the_last_goes_through_once():
    network = Tiny(SeededDropout(0.3)).train()
    passes = passes_of(network, texts(), most=25)
    cached_gradients(passes, loss_by(Contrast()))
    others = len(passes.parts) - 1
    assert others > 1
    assert network.with_graph == [False] * others + [True] + [True] * others


def test_graphs_that_fit_are_kept_and_change_nothing():
    network, contrast = Tiny(SeededDropout(0.3)).train(), Contrast()
    expected = in_one(passes_of(network, texts(), most=25), contrast)
    parts = passes_of(network, texts(), most=25).parts
    tokens = [sum(len(texts()[place]) for place in part) for part in parts]
    assert len(parts) > 3
    for kept, more in (
        (0, 1),
        (tokens[-1], 1),
        (sum(tokens[-2:]), 2),
        (sum(tokens[-2:]) - 1, 1),
        (sum(tokens), len(parts)),
    ):
        network.with_graph.clear()
        found = cached_gradients(passes_of(network, texts(), most=25, kept=kept), loss_by(contrast))
        again = len(parts) - more
        assert network.with_graph == [False] * again + [True] * more + [True] * again
        assert_same(found, expected, atol=1e-12)


def test_steps_along_the_gradient_bring_pairs_together():
    network = Tiny(SeededDropout(0.1)).train()
    sequences, pairing = texts(3)[: 2 * M], Pairing(queries=np.arange(M), documents=np.arange(M))
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.02)

    def loss_of(rows):
        return contrast_loss(rows[:M], rows[M:], pairing, Contrast())

    def without_dropout():
        rows = network.eval().rows(sequences)
        network.train()
        return loss_of(rows).item(), (rows[:M] @ rows[M:].T).argmax(dim=1).tolist()

    before, _ = without_dropout()
    for step in range(60):
        passes = passes_of(network, sequences, most=25, seed=[1, step])
        found = cached_gradients(passes, loss_of)
        for parameter, gradient in zip(passes.parameters, found.gradients, strict=True):
            parameter.grad = gradient
        optimiser.step()
    after, nearest = without_dropout()
    assert after < before / 4
    assert nearest == list(range(M))


def test_dropout_from_torchs_own_stream_is_refused():
    network = Tiny(torch.nn.Dropout(0.3)).train()
    with pytest.raises(
        EncoderError, match=r"rows of the same texts move by .* pass the network to seed_dropout"
    ):
        cached_gradients(passes_of(network, texts(), most=25), loss_by(Contrast()))


@pytest.mark.parametrize("lora", [0, 4])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_bert_with_its_own_dropout(tiny_bert, lora, precision):
    recipe = Tuned(model="x", lora=lora, dropout=0.2)
    start = Start.of(load_encoder(str(tiny_bert), precision="float32"), recipe)
    network = start.load(outputs=1, recipe=recipe, device="cpu", seed=1).train()
    sequences = start.tokens.ids(
        [f"the tide {'high ' * (row % 5)}at noon {row}" for row in range(2 * M + EXTRA)]
    )
    parameters = list(network.trained().values())
    if lora:  # an adapter begins with a product of 0, behind which no gradient passes
        for value in parameters:
            torch.nn.init.normal_(value, std=0.3, generator=torch.Generator().manual_seed(value.numel()))
    passes = passes_of(network, sequences, most=40, parameters=parameters, precision=precision)
    contrast = Contrast(margin=0.1)
    found = cached_gradients(passes, loss_by(contrast))
    expected = in_one(passes, contrast)
    assert len(passes.parts) > 2
    assert_same(found, expected, atol=1e-5)


@given(
    lengths=st.lists(st.integers(0, 40), min_size=1, max_size=30),
    most=st.integers(1, 100),
    at_once=st.integers(1, 3),
    padded=st.booleans(),
)
def test_parts_hold_every_text_once_and_few_tokens(lengths, most, at_once, padded):
    lengths = np.array(lengths)
    parts = token_parts(lengths, most=most, at_once=at_once, padded=padded)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(lengths)))
    assert np.all(np.diff(lengths[np.concatenate(parts)]) <= 0)
    for part in parts:
        tokens = len(part) * lengths[part].max() if padded else lengths[part].sum()
        assert len(part) == 1 or tokens <= most
    assert len(parts) % at_once == 0 or len(parts) == len(lengths)


@settings(deadline=None)
@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=9),
    most=st.integers(40, 100),
    at_once=st.integers(1, 3),
    padded=st.booleans(),
)
def test_no_other_cut_has_a_smaller_largest_part(lengths, most, at_once, padded):
    """Against all ways to cut the row of texts into as many parts."""
    row = np.sort(lengths)[::-1]

    def largest(cuts):
        ends = [0, *cuts, len(row)]
        return max(
            (last - first) * row[first] if padded else row[first:last].sum()
            for first, last in itertools.pairwise(ends)
        )

    parts = token_parts(np.array(lengths), most=most, at_once=at_once, padded=padded)
    found = largest(np.cumsum([len(part) for part in parts])[:-1].tolist())
    every = itertools.combinations(range(1, len(row)), len(parts) - 1)
    assert found == min(largest(cuts) for cuts in every)


def test_a_part_of_no_tokens():
    with pytest.raises(ConfigError, match="a part is to have 0 tokens"):
        token_parts(np.array([1]), most=0)


@pytest.mark.parametrize("at_once", [1, 2])
def test_no_more_gradients_are_held_than_are_computed_at_once_and_their_sum(at_once, monkeypatch):
    network, alive = Tiny(SeededDropout(0.3)).train(), []
    shape, compute = network.first.weight.shape, torch.autograd.grad

    def noted(*arguments, **more):
        alive.append(
            sum(
                type(one) is torch.Tensor and not one.requires_grad and one.shape == shape
                for one in gc.get_objects()
            )
        )
        return compute(*arguments, **more)

    monkeypatch.setattr(torch.autograd, "grad", noted)
    with ThreadPoolExecutor(2) as workers:
        more = {"at_once": at_once, "workers": workers if at_once > 1 else None}
        passes = passes_of(network, texts(), most=10, **more)
        assert len(passes.parts) > 3
        cached_gradients(passes, loss_by(Contrast()))
    assert max(alive) <= at_once  # without the one that is about to be computed


class Shared(torch.nn.Module):
    """Two parameters of one sum, and two that are views of one gradient: autograd gives them the same memory."""

    def __init__(self):
        super().__init__()
        self.one, self.two = (torch.nn.Parameter(torch.full((1, 3), value)) for value in (0.2, 0.5))
        self.left, self.right = (torch.nn.Parameter(torch.full((1, 3), value)) for value in (0.3, 0.1))

    def rows(self, sequences):
        values = torch.tensor([[float(ids[0]), float(len(ids)), 1.0] for ids in sequences])
        given = torch.cat([self.one + self.two, self.left + self.right])
        return torch.nn.functional.normalize(values * given[0] + given[1], dim=1)


def test_parameters_that_share_the_memory_of_a_gradient_each_get_their_own():
    network = Shared()
    passes = passes_of(network, texts(), most=10)
    assert len(passes.parts) > 3
    assert_same(cached_gradients(passes, loss_by(Contrast())), in_one(passes, Contrast()), atol=1e-5)
