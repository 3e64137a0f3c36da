"""ModernBERT and Gemma 3 as encoders: windows of attention, both directions, and what goes wrong silently elsewhere.

Rows are held against forward passes that are written here from the papers' definitions, one text at a time.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from semascope.encoders.engine.plain import PlainPath
from semascope.encoders.loading import load_encoder

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
F = torch.nn.functional

DIM, HEADS, WIDE = 16, 2, 8  # of the tiny checkpoints: width, heads, width of a head
REACH = 4  # tokens that a token sees to either side where attention is local
TEXTS = ["storm", "", "high water at noon", "the ship sail " * 12, "مد وجزر في", "a calm port, three boats!"]


def turned(states, theta: float):
    """(heads, t, w) with rotary positions: entry i turns with entry i + w / 2."""
    width = states.shape[-1]
    angles = torch.arange(states.shape[1]).unsqueeze(1) * theta ** (-torch.arange(0, width, 2) / width)
    cosines, sines = angles.cos(), angles.sin()
    first, second = states[..., : width // 2], states[..., width // 2 :]
    return torch.cat([first * cosines - second * sines, second * cosines + first * sines], dim=-1)


def attended(query, key, value, *, theta: float, scale: float, local: bool, causal: bool = False):
    """(t, heads w) from heads (heads, t, w), rotated here."""
    scores = turned(query, theta) @ turned(key, theta).transpose(1, 2) * scale
    distance = torch.arange(query.shape[1]).unsqueeze(1) - torch.arange(query.shape[1])
    seen = torch.ones_like(distance, dtype=torch.bool)
    if local:
        seen = distance.abs() <= REACH
    if causal:
        seen = (distance >= 0) & (distance < REACH + 1 if local else seen)
    return (scores.masked_fill(~seen, -torch.inf).softmax(-1) @ value).transpose(0, 1).flatten(1)


def modernbert_states(weights, ids):
    """Pre-norm, no bias anywhere, GLU with GELU; the first layer attends everywhere, the second in its window."""

    def norm(states, name):
        return F.layer_norm(states, (DIM,), weights[f"{name}.weight"], eps=1e-5)

    states = norm(weights["embeddings.tok_embeddings.weight"][ids], "embeddings.norm")
    for layer, (local, theta) in enumerate([(False, 160_000.0), (True, 10_000.0)]):
        at = f"layers.{layer}"
        before = norm(states, f"{at}.attn_norm") if layer else states  # the first is normed already
        packed = before @ weights[f"{at}.attn.Wqkv.weight"].T
        heads = [part.unflatten(-1, (HEADS, -1)).transpose(0, 1) for part in packed.chunk(3, dim=-1)]
        mixed = attended(*heads, theta=theta, scale=WIDE**-0.5, local=local)
        states = states + mixed @ weights[f"{at}.attn.Wo.weight"].T
        inner, gate = (norm(states, f"{at}.mlp_norm") @ weights[f"{at}.mlp.Wi.weight"].T).chunk(2, dim=-1)
        states = states + (F.gelu(inner) * gate) @ weights[f"{at}.mlp.Wo.weight"].T
    return norm(states, "final_norm")


def gemma_states(weights, ids, *, causal: bool = False):
    """Scaled words, norms that weigh by 1 + w around both parts, normed queries and keys, one key head for all."""

    def norm(states, name):
        scaled = states * torch.rsqrt(states.pow(2).mean(-1, keepdim=True) + 1e-6)
        return scaled * (1 + weights[f"{name}.weight"])

    def linear(states, name):
        return states @ weights[f"{name}.weight"].T

    states = weights["embed_tokens.weight"][ids] * DIM**0.5
    for layer, (local, theta) in enumerate([(True, 10_000.0), (False, 1_000_000.0)]):
        at, before = f"layers.{layer}", norm(states, f"layers.{layer}.input_layernorm")
        query, key, value = (
            linear(before, f"{at}.self_attn.{name}_proj").unflatten(-1, (-1, WIDE)).transpose(0, 1)
            for name in "qkv"
        )
        query, key = norm(query, f"{at}.self_attn.q_norm"), norm(key, f"{at}.self_attn.k_norm")
        shared = [part.expand(HEADS, -1, -1) for part in (key, value)]
        # The scale is that of the configuration (4 there), not of the heads' width.
        mixed = attended(query, *shared, theta=theta, scale=4**-0.5, local=local, causal=causal)
        states = states + norm(linear(mixed, f"{at}.self_attn.o_proj"), f"{at}.post_attention_layernorm")
        inner = norm(states, f"{at}.pre_feedforward_layernorm")
        gate = F.gelu(linear(inner, f"{at}.mlp.gate_proj"), approximate="tanh")
        wide = linear(gate * linear(inner, f"{at}.mlp.up_proj"), f"{at}.mlp.down_proj")
        states = states + norm(wide, f"{at}.post_feedforward_layernorm")
    return norm(states, "norm")


def rows_by_hand(folder, states, pooling: str, texts=TEXTS, limit: int = 24, **settings) -> np.ndarray:
    from safetensors.torch import load_file

    weights = load_file(folder / "model.safetensors")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    rows = []
    for text in texts:
        ids = torch.tensor(tokenizer(text, truncation=True, max_length=limit)["input_ids"])
        found = states(weights, ids, **settings)
        row = {"mean": found.mean(0), "cls": found[0], "last": found[-1]}[pooling]
        rows.append(F.normalize(row, dim=0).numpy())
    return np.stack(rows)


def edit(folder, *drop: str, **changes) -> None:
    file = folder / "config.json"
    config = {key: value for key, value in json.loads(file.read_text()).items() if key not in drop}
    file.write_text(json.dumps(config | changes))


def load(folder, **settings):
    return load_encoder(str(folder), device="cpu", **({"precision": "float32"} | settings))


@pytest.fixture
def modernbert(make_tiny, tmp_path):
    return make_tiny(tmp_path / "tiny", "modernbert", pooling="cls", normalise=False)


@pytest.fixture
def gemma(make_tiny, tmp_path):
    return make_tiny(tmp_path / "tiny", "gemma3_text", pooling="mean")


def test_modernbert_is_that_of_its_definition(modernbert):
    encoder = load(modernbert)
    expected = rows_by_hand(modernbert, modernbert_states, "cls")
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=3e-6)
    assert (expected[1:] @ expected[0]).min() < 0.95
    assert (encoder.path.name, encoder.path_reason) == (
        "plain",
        "architecture 'modernbert' is not known to the packed engine",
    )


def test_gemma_is_that_of_its_definition(gemma):
    encoder = load(gemma)
    expected = rows_by_hand(gemma, gemma_states, "mean")
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=3e-6)
    assert (expected[1:] @ expected[0]).min() < 0.95
    assert encoder.path_reason == "architecture 'gemma3_text' is not known to the packed engine"
    assert encoder.max_tokens == 24


def test_a_gemma_that_generates_stays_causal(gemma):
    """The flag decides: without it the same weights attend to the left only, and give other rows."""
    both = load(gemma).encode(TEXTS)
    edit(gemma, "use_bidirectional_attention", sliding_window=REACH + 1)
    one = load(gemma)
    np.testing.assert_allclose(
        one.encode(TEXTS), rows_by_hand(gemma, gemma_states, "mean", causal=True), atol=3e-6
    )
    assert np.abs(one.encode(TEXTS) - both)[3].max() > 0.01
    assert one.fingerprint != ""


@pytest.mark.parametrize("family", ["modernbert", "gemma3_text"])
@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_short_text_beside_a_long_one_is_itself(family, pooling, precision, make_tiny, tmp_path):
    """Padding that lies beyond every window of a short text has nothing to attend to: no nan may reach the text.

    Groups hold texts of near lengths, so this asks the path itself.
    """
    folder = make_tiny(tmp_path / "tiny", family, pooling=pooling, max_tokens=64)
    encoder = load(folder, precision=precision)
    encoder.load()
    path = encoder.path
    assert isinstance(path, PlainPath)
    sequences = encoder._tokens.ids(["x", "the ship sail " * 14, "storm"])
    assert len(sequences[1]) > 10 * len(sequences[0])
    with torch.inference_mode():
        together = path.states(sequences)
        alone = torch.cat([path.states([sequence]) for sequence in sequences])
    assert torch.isfinite(together).all()
    spread = alone.float().abs().max()
    tolerance = 2e-6 if precision == "float32" else 2e-2
    assert (together.float() - alone.float()).abs().max() <= tolerance * spread


@pytest.mark.parametrize("implementation", ["eager", "sdpa"])
@pytest.mark.parametrize("family", ["modernbert", "gemma3_text"])
def test_every_attention_of_transformers_gives_the_same_rows(family, implementation, make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "tiny", family, pooling="mean")
    encoder = load(folder)
    encoder.load()
    expected = encoder.encode(TEXTS)
    encoder.path._network.set_attn_implementation(implementation)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=3e-6)


def test_a_configuration_as_gte_modernbert_publishes_it(modernbert):
    """Keys of the first release; a compiler that it asks for is not started, on a processor it takes minutes."""
    expected = load(modernbert).encode(TEXTS)
    edit(
        modernbert, "layer_types", "rope_parameters",
        global_attn_every_n_layers=2, global_rope_theta=160_000.0, local_rope_theta=10_000.0, reference_compile=True,
        position_embedding_type="absolute", deterministic_flash_attn=False, torch_dtype="float16",
    )  # fmt: skip
    encoder = load(modernbert)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-7)
    network = encoder.path._network
    assert not any(
        isinstance(module, torch._dynamo.eval_frame.OptimizedModule) for module in network.modules()
    )
    assert network.dtype == torch.float32


def test_a_configuration_as_embeddinggemma_publishes_it(gemma):
    expected = load(gemma).encode(TEXTS)
    edit(
        gemma, "rope_parameters",
        _sliding_window_pattern=2, rope_theta=1_000_000.0, rope_local_base_freq=10_000.0, rope_scaling=None,
        use_cache=True, attn_logit_softcapping=None, final_logit_softcapping=None, dtype="float32",
    )  # fmt: skip
    encoder = load(gemma)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-7)
    assert (
        encoder.path._network.config.use_cache is False
    )  # nothing is generated: keys and values are not kept


def test_a_window_that_was_halved_when_it_was_saved_is_said(gemma):
    """transformers up to 5.12 wrote the halved window, and every release halves it again on reading."""
    assert not any("sliding_window" in sentence for sentence in load(gemma).stated)
    edit(gemma, sliding_window=5)
    (said,) = [sentence for sentence in load(gemma).stated if "sliding_window" in sentence]
    assert said.startswith("sliding_window is 5 in its configuration, an odd number")
    assert "5.12" in said
    assert "2 tokens to either side; if it was trained with 4, write 8 there" in said
    edit(gemma, "use_bidirectional_attention", sliding_window=5)
    assert not any("sliding_window" in sentence for sentence in load(gemma).stated)
