"""Networks whose published files name code of their own and run as a class of transformers.

The weights are written under the names of the published files, and the rows are held against a forward pass that is
written here from what the authors' code does.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from semascope.encoders.checkpoints.own_code import native_class
from semascope.encoders.loading import load_encoder
from semascope.errors import EncoderError

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
F = torch.nn.functional

DIM, HEADS, INNER, LAYERS = 16, 2, 32, 2
TEXTS = ["storm", "", "high water at noon", "the ship sail " * 9, "مد وجزر", "a calm port, three boats!"]
NOMIC_CODE = "nomic-ai/nomic-bert-2048--modeling_hf_nomic_bert.NomicBertModel"
# What config.json said when the model came out: sizes under the names of GPT-2 alone. Those of today stand beside them
# since transformers has the class.
NOMIC_FIRST = {
    "model_type": "nomic_bert", "architectures": ["NomicBertModel"], "activation_function": "swiglu", "causal": False,
    "auto_map": {"AutoModel": NOMIC_CODE}, "prenorm": False, "parallel_block": False, "qkv_proj_bias": False,
    "mlp_fc1_bias": False, "mlp_fc2_bias": False, "use_rms_norm": False, "rotary_emb_fraction": 1.0,
    "rotary_emb_base": 1000, "rotary_emb_interleaved": False, "rotary_emb_scale_base": None, "n_positions": 8192,
    "rotary_scaling_factor": None, "layer_norm_epsilon": 1e-12, "max_trained_positions": 2048, "type_vocab_size": 2,
}  # fmt: skip
NOMIC_SIZES = {
    "n_embd": DIM, "n_head": HEADS, "n_inner": INNER, "n_layer": LAYERS, "hidden_size": DIM,
    "num_attention_heads": HEADS, "intermediate_size": INNER, "num_hidden_layers": LAYERS, "layer_norm_eps": 1e-12,
    "max_position_embeddings": 2048, "rope_parameters": {"rope_theta": 1000.0, "rope_type": "default"},
}  # fmt: skip
ARCTIC = {
    "model_type": "gte", "architectures": ["GteModel"],
    "auto_map": {"AutoConfig": "configuration_own.GteConfig", "AutoModel": "modeling_own.GteModel"},
    "hidden_act": "gelu", "layer_norm_type": "layer_norm", "logn_attention_clip1": False, "logn_attention_scale": False,
    "pack_qkv": True, "position_embedding_type": "rope", "rope_scaling": None, "rope_theta": 160_000,
    "unpad_inputs": "true", "use_memory_efficient_attention": "true", "type_vocab_size": 1, "pad_token_id": 1,
    "hidden_size": DIM, "num_attention_heads": HEADS, "intermediate_size": INNER, "num_hidden_layers": LAYERS,
    "layer_norm_eps": 1e-12, "max_position_embeddings": 64,
}  # fmt: skip


def turned(states, theta: float):
    """(heads, t, w) with rotary positions: entry i turns with entry i + w / 2."""
    width = states.shape[-1]
    angles = torch.arange(states.shape[1]).unsqueeze(1) * theta ** (-torch.arange(0, width, 2) / width)
    cosines, sines = angles.cos(), angles.sin()
    first, second = states[..., : width // 2], states[..., width // 2 :]
    return torch.cat([first * cosines - second * sines, second * cosines + first * sines], dim=-1)


def attended(packed, theta: float):
    """(t, d) from (t, 3 d): query, key and value beside each other, heads one after the other in each."""
    heads = [part.unflatten(-1, (HEADS, -1)).transpose(0, 1) for part in packed.chunk(3, dim=-1)]
    query, key, value = turned(heads[0], theta), turned(heads[1], theta), heads[2]
    scores = query @ key.transpose(1, 2) / (DIM // HEADS) ** 0.5
    return (scores.softmax(-1) @ value).transpose(0, 1).flatten(1)


def nomic_states(weights, ids):
    def norm(states, name):
        return F.layer_norm(states, (DIM,), weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-12)

    states = weights["embeddings.word_embeddings.weight"][ids]
    states = norm(states + weights["embeddings.token_type_embeddings.weight"][0], "emb_ln")
    for layer in range(LAYERS):
        at = f"encoder.layers.{layer}"
        mixed = attended(states @ weights[f"{at}.attn.Wqkv.weight"].T, 1000.0)
        states = norm(states + mixed @ weights[f"{at}.attn.out_proj.weight"].T, f"{at}.norm1")
        gate = F.silu(states @ weights[f"{at}.mlp.fc12.weight"].T)
        inner = gate * (states @ weights[f"{at}.mlp.fc11.weight"].T)
        states = norm(states + inner @ weights[f"{at}.mlp.fc2.weight"].T, f"{at}.norm2")
    return states


def arctic_states(weights, ids):
    def norm(states, name):
        return F.layer_norm(states, (DIM,), weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-12)

    def linear(states, name):
        return F.linear(states, weights[f"{name}.weight"], weights.get(f"{name}.bias"))

    states = weights["embeddings.word_embeddings.weight"][ids]
    states = norm(states + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        mixed = attended(linear(states, f"{at}.attention.qkv_proj"), 160_000.0)
        states = norm(states + linear(mixed, f"{at}.attention.o_proj"), f"{at}.attn_ln")
        up, gate = linear(states, f"{at}.mlp.up_gate_proj").chunk(2, dim=-1)
        states = norm(states + linear(F.gelu(gate) * up, f"{at}.mlp.down_proj"), f"{at}.mlp_ln")
    return states


def nomic_shapes(words: int) -> dict[str, tuple[int, ...]]:
    shapes = {
        "embeddings.word_embeddings.weight": (words, DIM),
        "embeddings.token_type_embeddings.weight": (2, DIM),
    }
    norms = ["emb_ln"]
    for layer in range(LAYERS):
        at = f"encoder.layers.{layer}"
        norms += [f"{at}.norm1", f"{at}.norm2"]
        shapes |= {
            f"{at}.attn.Wqkv.weight": (3 * DIM, DIM), f"{at}.attn.out_proj.weight": (DIM, DIM),
            f"{at}.mlp.fc11.weight": (INNER, DIM), f"{at}.mlp.fc12.weight": (INNER, DIM),
            f"{at}.mlp.fc2.weight": (DIM, INNER),
        }  # fmt: skip
    return shapes | {f"{norm}.{kind}": (DIM,) for norm in norms for kind in ("weight", "bias")}


def arctic_shapes(words: int) -> dict[str, tuple[int, ...]]:
    shapes = {
        "embeddings.word_embeddings.weight": (words, DIM),
        "embeddings.token_type_embeddings.weight": (1, DIM),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        norms += [f"{at}.attn_ln", f"{at}.mlp_ln"]
        shapes |= {
            f"{at}.attention.qkv_proj.weight": (3 * DIM, DIM), f"{at}.attention.qkv_proj.bias": (3 * DIM,),
            f"{at}.attention.o_proj.weight": (DIM, DIM), f"{at}.attention.o_proj.bias": (DIM,),
            f"{at}.mlp.up_gate_proj.weight": (2 * INNER, DIM),
            f"{at}.mlp.down_proj.weight": (DIM, INNER), f"{at}.mlp.down_proj.bias": (DIM,),
        }  # fmt: skip
    return shapes | {f"{norm}.{kind}": (DIM,) for norm in norms for kind in ("weight", "bias")}


def rewrite(folder, config: dict, shapes) -> dict:
    """Weights and config.json of a tiny folder as the authors publish theirs."""
    from safetensors.torch import save_file

    words = transformers.AutoTokenizer.from_pretrained(folder).vocab_size + 8
    generator = torch.Generator().manual_seed(5)
    weights = {}
    for name, shape in shapes(words).items():
        scale = len(shape) == 1 and name.endswith("weight")  # of a norm: about 1
        spread = 1.0 if "embeddings.weight" in name else 0.3
        weights[name] = torch.randn(shape, generator=generator) * spread + float(scale)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": words}))
    return weights


@pytest.fixture
def nomic(make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "nomic", "nomic_bert", pooling="mean", normalise=False, max_tokens=8192)
    return folder, rewrite(folder, NOMIC_FIRST | NOMIC_SIZES, nomic_shapes)


@pytest.fixture
def arctic(make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "arctic", "gte", pooling="cls", max_tokens=None)
    return folder, rewrite(folder, ARCTIC, arctic_shapes)


def load(folder, **settings):
    return load_encoder(str(folder), precision="float32", device="cpu", **settings)


@pytest.mark.parametrize(
    ("name", "states", "pooling", "native"),
    [("nomic", nomic_states, "mean", "NomicBertModel"), ("arctic", arctic_states, "cls", "GteModel")],
)
def test_the_rows_are_those_of_the_authors_network(name, states, pooling, native, request):
    folder, weights = request.getfixturevalue(name)
    encoder = load(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    expected = []
    for text in TEXTS:
        found = states(weights, torch.tensor(tokenizer(text, truncation=True, max_length=62)["input_ids"]))
        expected.append(F.normalize(found.mean(0) if pooling == "mean" else found[0], dim=0).numpy())
    np.testing.assert_allclose(encoder.encode(TEXTS), np.stack(expected), atol=3e-6)
    assert (np.stack(expected)[1:] @ expected[0]).min() < 0.95
    assert type(encoder.path._network).__name__ == native
    assert any(
        f"does not run: {native} of transformers is the same network" in said for said in encoder.stated
    )
    assert encoder.checkpoint.code is False


def test_the_limit_of_a_network_that_turns_its_positions_is_what_its_authors_serve(nomic):
    """A table of 2,048 stands in the configuration and nowhere in the network; sentence-transformers reads 8,192."""
    folder, weights = nomic
    encoder = load(folder)
    assert encoder.max_tokens == 8192
    assert "at most 8192 tokens: read from sentence_bert_config.json" in encoder.stated
    text = "the ship sail at noon " * 700
    assert encoder.count_tokens([text])[0] > 2048
    ids = torch.tensor(transformers.AutoTokenizer.from_pretrained(folder)(text)["input_ids"])
    expected = F.normalize(nomic_states(weights, ids).mean(0), dim=0).numpy()
    np.testing.assert_allclose(encoder.encode([text])[0], expected, atol=1e-5)


def test_a_flag_for_code_in_another_repository_changes_nothing_where_there_is_a_class(nomic):
    folder, _ = nomic
    encoder = load(folder, trust_remote_code=True)
    assert encoder.fingerprint == load(folder).fingerprint
    encoder.load()
    assert type(encoder.path._network).__module__.startswith("transformers.models.")


def test_the_first_configuration_of_nomic_is_read_where_its_sizes_are_those_that_transformers_takes():
    sizes = {"n_embd": 768, "n_head": 12, "n_inner": 3072, "n_layer": 12}
    assert native_class(NOMIC_FIRST | sizes) == "NomicBertModel"
    assert native_class(NOMIC_FIRST | sizes | {"n_layer": 6}) == ""
    assert native_class(NOMIC_FIRST | sizes | {"rotary_emb_base": 10_000}) == ""


# nomic-embed-text-v2-moe, nomic-bert before its last form, gte-multilingual-base, jina-embeddings-v3.
@pytest.mark.parametrize(
    ("published", "change"),
    [
        (NOMIC_FIRST | NOMIC_SIZES, {"num_experts": 8, "moe_every_n_layers": 2}),
        (NOMIC_FIRST | NOMIC_SIZES, {"activation_function": "gelu"}),
        (NOMIC_FIRST | NOMIC_SIZES, {"rotary_scaling_factor": 2}),
        (NOMIC_FIRST | NOMIC_SIZES, {"rotary_emb_interleaved": True}),
        (NOMIC_FIRST | NOMIC_SIZES, {"prenorm": True}),
        (NOMIC_FIRST | NOMIC_SIZES, {"qkv_proj_bias": True}),
        (NOMIC_FIRST | NOMIC_SIZES, {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1000.0}}),
        (NOMIC_FIRST | NOMIC_SIZES, {"n_inner": 2 * INNER}),
        (ARCTIC, {"rope_scaling": {"type": "ntk", "factor": 8.0}}),
        (ARCTIC, {"logn_attention_scale": True}),
        (ARCTIC, {"pack_qkv": False}),
        (ARCTIC, {"model_type": "new"}),
        (ARCTIC, {"model_type": "xlm-roberta"}),
    ],
)
def test_another_network_needs_its_own_code(published, change, tmp_path):
    assert native_class(published)
    assert native_class(published | change) == ""
    (tmp_path / "config.json").write_text(json.dumps(published | change))
    with pytest.raises(EncoderError, match="--trust-remote-code"):
        load(tmp_path)


def test_code_in_another_repository_never_runs(tmp_path):
    """Its files are no part of the fingerprint: it may be another network tomorrow."""
    changed = NOMIC_FIRST | NOMIC_SIZES | {"num_experts": 8}
    (tmp_path / "config.json").write_text(json.dumps(changed))
    for trusted in (False, True):
        with pytest.raises(
            EncoderError,
            match=r"code in another repository \(nomic-ai/nomic-bert-2048: modeling_hf_nomic_bert\.NomicBertModel\)"
            r".*copy the files there, write 'modeling_hf_nomic_bert\.NomicBertModel' in auto_map",
        ):
            load(tmp_path, trust_remote_code=trusted)
    mixed = ARCTIC | {
        "model_type": "new",
        "auto_map": {"AutoModel": "modeling_own.X", "AutoConfig": "a/b--own.Y"},
    }
    (tmp_path / "config.json").write_text(json.dumps(mixed))
    with pytest.raises(EncoderError, match=r"another repository \(a/b: own\.Y\)"):
        load(tmp_path, trust_remote_code=True)
