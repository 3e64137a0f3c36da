"""Without padding rows and gradients are those of the padded path, whatever lies in the network and computes beside it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tiny_checkpoints import CONFIGS, DIM, POSITIONS

from semascope.encoders.engine.plain import PlainPath
from semascope.encoders.loading import load_encoder
from semascope.tuning import unpadded
from semascope.tuning.contrastive.cached import Passes, cached_gradients
from semascope.tuning.contrastive.losses import Contrast, contrast_loss
from semascope.tuning.contrastive.pairing import Pairing
from semascope.tuning.contrastive.parts import token_parts
from semascope.tuning.dropout import SeededDropout
from semascope.tuning.recipe import Tuned
from semascope.tuning.start import Start
from semascope.tuning.unpadded import ARCHITECTURES, UnpaddedPath, unfit, unpadded_or_plain

WORDS = 50
LONGEST = 20
DECODERS = ("llama", "mistral", "qwen2", "qwen3")


def network_of(family, **more):
    """A random network whose rows differ, without dropout."""
    import transformers

    sizes = {"hidden_size": DIM, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    if family == "distilbert":
        sizes = {"dim": DIM, "n_layers": 2, "n_heads": 2, "hidden_dim": 32}
    settings = {"vocab_size": WORDS, "max_position_embeddings": POSITIONS} | sizes
    config = transformers.AutoConfig.for_model(family, **(settings | CONFIGS.get(family, {}) | more))
    with torch.random.fork_rng():
        torch.manual_seed(5)
        network = transformers.AutoModel.from_config(config).eval()
        for name, parameter in network.named_parameters():
            scale = parameter.dim() == 1 and not name.endswith("bias")
            spread = 1.0 if "embed" in name and parameter.dim() > 1 else 0.2
            torch.nn.init.normal_(parameter, mean=float(scale), std=spread)
    network.config.use_cache = False
    return network


def texts(lengths=(20, 20, 7, 7, 7, 3, 1, 12), seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(3, WORDS, length).tolist() for length in lengths]


def states_and_gradients(path, network, sequences, *, precision="float32"):
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16"):
        states = path.states(sequences).float()
    weights = torch.randn(states.shape, generator=torch.Generator().manual_seed(1))
    learnt = {name: value for name, value in network.named_parameters() if value.requires_grad}
    found = torch.autograd.grad((states * weights).sum(), list(learnt.values()), allow_unused=True)
    return states.detach(), dict(zip(learnt, found, strict=True))


def assert_same_gradients(found, expected, *, relative=1e-5):
    """Each within ``relative`` of its length; what is rounding alone (a key's bias moves no weight) within that of the longest."""
    longest = max(float(each.norm()) for each in expected.values() if each is not None)
    for name, other in expected.items():
        if other is None:
            assert found[name] is None, name
            continue
        far = float((found[name] - other).norm())
        assert far <= relative * max(float(other.norm()), 1e-2 * longest), name


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_rows_and_gradients_are_those_of_padded_texts(family):
    network, sequences = network_of(family), texts()
    expected, gradients = states_and_gradients(PlainPath(network, padding=1), network, sequences)
    assert not unfit(network, longest=LONGEST)
    path = unpadded_or_plain(network, padding=1, longest=LONGEST)
    assert isinstance(path, UnpaddedPath)
    states, found = states_and_gradients(path, network, sequences)
    torch.testing.assert_close(states, expected, atol=1e-5, rtol=0)
    assert_same_gradients(found, gradients)
    assert float(expected.std()) > 0.3


@pytest.mark.parametrize("family", ["bert", "qwen3"])
@settings(max_examples=20, deadline=None)
@given(lengths=st.lists(st.integers(1, LONGEST), min_size=1, max_size=9), seed=st.integers(0, 9))
def test_whatever_the_lengths_and_their_order(family, lengths, seed):
    network, sequences = network_of(family), texts(lengths, seed)
    with torch.no_grad():
        expected = PlainPath(network, padding=0).states(sequences)
        torch.testing.assert_close(UnpaddedPath(network).states(sequences), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("family", ["bert", "llama", "qwen3"])
def test_in_bfloat16_it_is_as_near_to_float32_as_the_padded_path(family):
    network, sequences = network_of(family), texts()
    plain = PlainPath(network, padding=1)
    exact, exact_gradients = states_and_gradients(plain, network, sequences)
    expected, gradients = states_and_gradients(plain, network, sequences, precision="bfloat16")
    states, found = states_and_gradients(UnpaddedPath(network), network, sequences, precision="bfloat16")
    assert (states - exact).norm() < 1.5 * (expected - exact).norm()
    assert 0 < (states - exact).norm() < 0.02 * exact.norm()
    for name, other in exact_gradients.items():
        if other is None or name.endswith(("key.bias", "k_proj.bias")):
            continue
        far = [float((each[name] - other).norm() / other.norm()) for each in (found, gradients)]
        assert far[0] < 1.5 * far[1] + 0.005, name


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("heads", "kept"), [(4, 4), (4, 2), (3, 1)])
@pytest.mark.parametrize("length", [1, 5])
def test_the_form_for_bfloat16_is_torchs_attention(causal, heads, kept, length):
    given_ = [
        torch.randn(
            2, count, length, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(count + place)
        ).requires_grad_()
        for place, count in enumerate((heads, kept, kept))
    ]
    found = unpadded._by_products(*given_, scale=0.3, causal=causal)
    expected = torch.nn.functional.scaled_dot_product_attention(
        *given_, scale=0.3, is_causal=causal, enable_gqa=True
    )
    torch.testing.assert_close(found, expected)
    weights = torch.randn_like(expected)
    for one, other in zip(
        torch.autograd.grad(found, given_, weights),
        torch.autograd.grad(expected, given_, weights),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("family", ["bert", "qwen2"])
def test_no_text_sees_another_and_a_decoder_sees_nothing_later(family):
    path, sequences = UnpaddedPath(network_of(family)), texts((6, 6, 4))
    with torch.no_grad():
        before = path.states(sequences)
        sequences[1] = [*sequences[1][:3], 7, 8, 9]
        moved = (path.states(sequences) - before).abs().amax(1) > 1e-4
    first = 9 if family in DECODERS else 6
    assert moved.nonzero().flatten().tolist() == list(range(first, 12))


def test_padding_tokens_inside_a_text_of_roberta():
    network = network_of("roberta")
    sequences = [[5, 1, 6, 7], [1, 1, 8], [9, 4]]
    with torch.no_grad():
        # Padded with another token, as the plain path masks by place: the ones above have no position all the same.
        expected = PlainPath(network, padding=1).states(sequences)
        torch.testing.assert_close(UnpaddedPath(network).states(sequences), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("family", ["bert", "qwen2"])
def test_called_in_another_way_the_network_is_what_it_was(family):
    network, ids = network_of(family), torch.tensor([[3, 4, 5, 0, 0], [6, 7, 8, 9, 10]])
    mask = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
    with torch.no_grad():
        before = network(input_ids=ids, attention_mask=mask).last_hidden_state
        path = UnpaddedPath(network)
        path.states(texts())
        after = network(input_ids=ids, attention_mask=mask).last_hidden_state
    assert torch.equal(before[mask.bool()], after[mask.bool()])


def test_several_threads_at_once():
    path = UnpaddedPath(network_of("qwen3"))
    batches = [texts(lengths, seed) for seed, lengths in enumerate([(9, 4), (4, 9), (13,), (5, 5, 3)] * 6)]

    def rows(sequences):
        with torch.no_grad():
            return path.states(sequences)

    with ThreadPoolExecutor(4) as pool:
        for found, sequences in zip(pool.map(rows, batches), batches, strict=True):
            assert torch.equal(found, rows(sequences))


def test_after_an_error_nothing_is_left_behind():
    network = network_of("bert")
    path = UnpaddedPath(network)
    with pytest.raises(IndexError):
        path.states([[WORDS + 3]])
    assert getattr(unpadded._of_thread, "runs", None) is None


@pytest.mark.parametrize(
    ("family", "changed", "reason"),
    [
        ("mpnet", {}, "architecture 'mpnet' is not held"),
        ("gemma3_text", {}, "architecture 'gemma3_text' is not held"),
        ("bert", {"is_decoder": True}, "configured as a decoder"),
        ("bert", {"_attn_implementation": "eager"}, "its attention is 'eager'"),
        ("mistral", {"sliding_window": LONGEST - 1}, f"windows of {LONGEST - 1} tokens"),
        ("qwen2", {"is_causal": False}, "see later ones"),
    ],
)
def test_what_stays_padded(family, changed, reason):
    network = network_of(family, **changed)
    assert reason in unfit(network, longest=LONGEST)
    assert isinstance(unpadded_or_plain(network, padding=1, longest=LONGEST), PlainPath)


def test_a_window_that_no_text_reaches_is_none():
    assert not unfit(network_of("mistral", sliding_window=LONGEST), longest=LONGEST)


@pytest.mark.parametrize("lora", [0, 4])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_gradients_of_a_batch_in_parts(tiny_bert, lora, precision):
    """Through both passes, adapters on, dropout aside: its masks are drawn in another order."""
    recipe = Tuned(model="x", lora=lora)
    start = Start.of(load_encoder(str(tiny_bert), precision="float32"), recipe)
    network = start.load(outputs=1, recipe=recipe, device="cpu", seed=1).train()
    assert not network.padded
    for module in network.modules():
        if isinstance(module, SeededDropout):
            module.dropped = 0
    learnt = network.trained()
    if lora:  # an adapter begins with a product of 0, behind which no gradient passes
        for value in learnt.values():
            torch.nn.init.normal_(value, std=0.3, generator=torch.Generator().manual_seed(value.numel()))
    m = 6
    sequences = start.tokens.ids([f"the tide {'high ' * (row % 5)}at noon {row}" for row in range(2 * m)])
    pairing = Pairing(queries=np.arange(m), documents=np.arange(m))
    lengths = np.array(list(map(len, sequences)))

    def computed(precision, most):
        parts = token_parts(lengths, most=most, at_once=2, padded=network.padded)
        passes = Passes(
            network=network,
            parameters=list(learnt.values()),
            sequences=sequences,
            parts=parts,
            seed=[0],
            device=torch.device("cpu"),
            precision=precision,
        )
        found = cached_gradients(
            passes, lambda rows: contrast_loss(rows[:m], rows[m:], pairing, Contrast(temperature=0.3))
        )
        return found, dict(zip(learnt, found.gradients, strict=True))

    ours, gradients = computed(precision, 30)
    network._path = PlainPath(network.network, padding=start.tokens.padding)
    padded, expected = computed("float32", 1_000)
    if precision == "float32":
        assert ours.loss == pytest.approx(padded.loss, rel=1e-5)
        assert_same_gradients(gradients, expected, relative=5e-5)  # a loss lies between
        return
    rounded = computed(precision, 1_000)[1]
    for name, other in expected.items():
        if other is None or name.endswith("key.bias") or not float(other.norm()):
            continue
        far = [float((each[name] - other).norm() / other.norm()) for each in (gradients, rounded)]
        assert far[0] < 2 * far[1] + 0.01, name
