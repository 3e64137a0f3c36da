"""Every family on both paths: against transformers, one text at a time, and against sentence-transformers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from semascope.encoders.local import LocalEncoder

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
sentence_transformers = pytest.importorskip("sentence_transformers")
packed = pytest.importorskip("semascope.encoders.engine.packed")

LIMIT = 24


@dataclass(frozen=True)
class Case:
    family: str
    pooling: str = "mean"
    settings: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join([self.family, self.pooling, *map(str, self.settings)])


# As EmbeddingGemma ends: four times as wide and back.
GEMMA_DENSE = (
    {"wide_out": 64, "bias": False, "activation": "Identity"},
    {"wide_in": 64, "wide_out": 16, "bias": False, "activation": "Identity"},
)
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 1e4, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}  # fmt: skip
YARN = {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "original_max_position_embeddings": 16}
CASES = [
    Case("bert"),
    Case("bert", "weightedmean"),
    Case("bert", "max", {"normalise": False}),
    Case("bert", "cls", {"in_torch_format": True}),
    Case("bert", "cls", {"head": True}),
    Case("bert", "mean", {"dense": ({"activation": "Tanh"},)}),
    Case("bert", "mean_sqrt_len", {"dense": ({"activation": "Identity", "bias": False},), "normalise": False}),
    Case("bert", "mean", {"dense": ({"wide_out": 20, "activation": "ReLU"}, {"wide_in": 20, "wide_out": 6})}),
    Case("roberta"),
    Case("xlm-roberta", "cls"),
    Case("xlm-roberta", "mean", {"max_shard_size": "10KB"}),
    Case("mpnet"),
    Case("mpnet", "weightedmean"),
    Case("electra", "weightedmean"),
    Case("llama"),
    Case("llama", "mean", {"padding_side": "left"}),
    Case("llama", "last", {"padding_side": "left", "head": True, "tied": True}),
    Case("llama", "weightedmean", {"config": {"attention_bias": True, "mlp_bias": True, "num_attention_heads": 4,
                                              "num_key_value_heads": 2, "head_dim": 6}}),
    Case("llama", "max", {"config": {"num_key_value_heads": 2, "pretraining_tp": 2, "attention_dropout": 0.5}}),
    Case("llama", "last", {"config": {"rope_parameters": LLAMA3}}),
    Case("llama", "mean", {"config": {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 1e4}}}),
    Case("llama", "mean_sqrt_len", {"config": {"rope_parameters": YARN}}),
    Case("mistral", "last", {"padding_side": "left"}),
    Case("mistral", "mean", {"head": True, "config": {"sliding_window": LIMIT, "head_dim": 4}}),
    Case("qwen2", "last", {"padding_side": "left"}),
    Case("qwen2", "max", {"config": {"use_sliding_window": True, "sliding_window": LIMIT, "max_window_layers": 1}}),
    Case("qwen3", "max", {"config": {"attention_bias": True, "num_attention_heads": 4, "num_key_value_heads": 2}}),
    Case("qwen2", "weightedmean", {"end": False, "head": True, "tied": True}),
    Case("qwen3", "last"),
    Case("qwen3", "last", {"padding_side": "left", "head": True, "tied": True, "max_shard_size": "20KB"}),
    Case("qwen3", "mean", {"head": True, "padding_side": "left"}),
    Case("modernbert", "cls", {"normalise": False}),
    Case("modernbert", "mean", {"head": True, "tied": True}),
    Case("gemma3_text", "mean"),
    Case("gemma3_text", "mean", {"padding_side": "left", "dense": GEMMA_DENSE}),
    Case("gemma3_text", "last", {"head": True, "tied": True, "max_shard_size": "20KB"}),
    Case("nomic_bert", "mean", {"normalise": False}),
    Case("nomic_bert", "mean", {"head": True}),
    Case("gte", "cls"),
    Case("gte", "cls", {"head": True}),
]  # fmt: skip


@pytest.fixture(scope="module", params=CASES, ids=str)
def case(request, make_tiny, tmp_path_factory):
    chosen = request.param
    folder = make_tiny(
        tmp_path_factory.mktemp("family") / "tiny",
        chosen.family,
        pooling=chosen.pooling,
        max_tokens=LIMIT,
        **chosen.settings,
    )
    return chosen, folder, texts_of(folder)


def texts_of(folder) -> list[str]:
    """Texts of mixed lengths, two of them exactly at the limit and one over it."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    at_limit = next(
        text
        for text in ("the tide " * words + "!" * marks for words in range(1, LIMIT) for marks in range(4))
        if len(tokenizer(text)["input_ids"]) == LIMIT
    )
    over = at_limit + "!"
    assert len(tokenizer(over)["input_ids"]) == LIMIT + 1
    return [
        "storm", "", "high water at noon", at_limit, over, "the ship sail " * 40, "   ", "x",
        "ends in [SEP] <pad>", "<pad> </s> [SEP] first", "a <|endoftext|> b <|endoftext|>", "</s>", "[PAD]",
        "مد وجزر في الميناء", "⛵🌊 marée", "a\x00b\ttab\nline", "storm", "ＨＩＧＨ Wäter",
    ]  # fmt: skip


def forward(folder, pooling: str, texts: list[str]) -> np.ndarray:
    """Rows by transformers alone, in double precision where that costs nothing."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    rows = []
    for text in texts:  # one at a time: no padding can matter
        inputs = tokenizer(
            text, truncation=True, max_length=LIMIT, return_tensors="pt", return_token_type_ids=False
        )
        with torch.no_grad():
            states = model(**inputs).last_hidden_state[0]
        places = torch.arange(1, len(states) + 1).unsqueeze(1)
        row = {
            "mean": lambda s: s.mean(0),
            "cls": lambda s: s[0],
            "last": lambda s: s[-1],
            "max": lambda s: s.max(0).values,
            "weightedmean": lambda s, p=places: (s * p).sum(0) / p.sum(),
            "mean_sqrt_len": lambda s: s.sum(0) / len(s) ** 0.5,
        }[pooling](states)
        rows.append(torch.nn.functional.normalize(row, dim=0).numpy())
    return np.stack(rows)


def encoder_of(folder, engine: str, precision: str = "float32") -> LocalEncoder:
    return LocalEncoder(folder, name="tiny", precision=precision, device="cpu", engine=engine)


def engines_of(family: str) -> list[str]:
    return ["packed", "plain"] if family in packed.ARCHITECTURES else ["plain"]


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_the_rows_are_those_of_the_forward_pass(case):
    chosen, folder, texts = case
    if chosen.settings.get("dense"):
        pytest.skip("transformers has no Dense module; held against sentence-transformers below")
    if chosen.settings.get("end") is False:
        texts = [text for text in texts if text]  # without an end token an empty text has no token
    expected = forward(folder, chosen.pooling, texts)
    assert (expected[2:] @ expected[0]).min() < 0.98  # the texts do differ
    for engine in engines_of(chosen.family):
        np.testing.assert_allclose(encoder_of(folder, engine).encode(texts), expected, atol=3e-6)


def test_the_rows_are_those_of_sentence_transformers(case):
    chosen, folder, texts = case
    texts = [text for text in texts if text]
    theirs = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    assert theirs.max_seq_length == LIMIT
    expected = unit(theirs.encode(texts))
    for engine in engines_of(chosen.family):
        encoder = encoder_of(folder, engine)
        assert encoder.dim == expected.shape[1]
        np.testing.assert_allclose(encoder.encode(texts), expected, atol=3e-6)


def test_bfloat16_stays_near_the_forward_pass(case):
    chosen, folder, texts = case
    texts = [text for text in texts if text]
    exact = encoder_of(folder, "plain").encode(texts)
    for engine in engines_of(chosen.family):
        coarse = encoder_of(folder, engine, "bfloat16").encode(texts)
        assert (exact * coarse).sum(axis=1).min() >= 0.999


@pytest.mark.parametrize(("family", "path"), [("mpnet", "packed"), ("electra", "plain")])
def test_the_path_follows_the_family(family, path, make_tiny, tmp_path):
    encoder = encoder_of(make_tiny(tmp_path / "tiny", family), "auto")
    encoder.encode(["storm"])
    assert encoder.path.name == path


def test_qwen3_appends_its_end_and_keeps_it_after_the_cut(make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "tiny", "qwen3", pooling="last")
    encoder = encoder_of(folder, "auto")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    assert end != tokenizer.eos_token_id  # as published: the end that is appended is the padding token
    short, empty, long = encoder._tokens.ids(["storm", "", "the ship sail " * 40])
    assert empty == [end]
    assert len(long) == LIMIT
    assert short[-1] == long[-1] == end
    assert end not in long[:-1]


def test_an_empty_text_without_any_token_is_a_zero_row(make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "tiny", "qwen2", pooling="last", end=False)
    for engine in engines_of("qwen2"):
        rows = encoder_of(folder, engine).encode(["", "storm"])
        assert not rows[0].any()
        assert np.linalg.norm(rows[1]) == pytest.approx(1, abs=1e-6)


def test_what_sentence_transformers_saves_is_read(make_tiny, tmp_path):
    """Version 6 writes other module names, other keys for pooling, and the limit into the tokenizer's file."""
    dense = ({"activation": "Tanh"},)
    for family, pooling in (("bert", "weightedmean"), ("qwen3", "last"), ("bert", "mean_sqrt_len")):
        old = make_tiny(tmp_path / f"{family}-{pooling}", family, pooling=pooling, dense=dense)
        theirs = sentence_transformers.SentenceTransformer(str(old), device="cpu")
        theirs.save_pretrained(str(tmp_path / f"{family}-{pooling}-6"), create_model_card=False)
        encoder = encoder_of(tmp_path / f"{family}-{pooling}-6", "auto")
        assert encoder.max_tokens == LIMIT
        assert encoder.space.pooling == pooling
        texts = texts_of(old)
        np.testing.assert_allclose(encoder.encode(texts), theirs.encode(texts), atol=3e-6)


def test_a_transformer_in_a_folder_of_its_own_is_read(make_tiny, tmp_path):
    """As sentence-transformers saved it before version 2."""
    folder = make_tiny(tmp_path / "tiny", "bert", dense=({},))
    expected = encoder_of(folder, "auto").encode(["storm", "high water"])
    (folder / "0_Transformer").mkdir()
    for file in folder.iterdir():
        if file.is_file() and file.name != "modules.json":
            file.rename(folder / "0_Transformer" / file.name)
    modules = json.loads((folder / "modules.json").read_text())
    modules[0]["path"] = "0_Transformer"
    (folder / "modules.json").write_text(json.dumps(modules))
    np.testing.assert_allclose(
        encoder_of(folder, "auto").encode(["storm", "high water"]), expected, atol=2e-6
    )
    theirs = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    np.testing.assert_allclose(theirs.encode(["storm", "high water"]), expected, atol=3e-6)


def test_lower_case_is_applied_as_sentence_transformers_does(make_tiny, tmp_path):
    folder = make_tiny(tmp_path / "tiny", "roberta")
    plain = encoder_of(folder, "auto").encode(["HIGH Water"])
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 24, "do_lower_case": true}')
    found = encoder_of(folder, "auto").encode(["HIGH Water"])
    theirs = sentence_transformers.SentenceTransformer(str(folder), device="cpu").encode(["HIGH Water"])
    np.testing.assert_allclose(found, theirs, atol=3e-6)
    assert np.abs(found - plain).max() > 0.01


def test_weights_in_half_precision_give_whole_rows(make_tiny, tmp_path):
    exact = make_tiny(tmp_path / "exact", "qwen3", pooling="last")
    half = make_tiny(tmp_path / "half", "qwen3", pooling="last", dtype="float16")
    texts = texts_of(half)
    expected = encoder_of(exact, "auto").encode(texts)
    for precision in ("float32", "bfloat16"):
        found = encoder_of(half, "auto", precision).encode(texts)
        assert np.isfinite(found).all()
        assert (found * expected).sum(axis=1).min() > 0.999


@pytest.mark.parametrize("family", ["llama", "mistral", "qwen2", "qwen3"])
def test_the_padding_side_changes_no_row(family, make_tiny, tmp_path):
    left, right = (
        make_tiny(tmp_path / side, family, pooling="last", padding_side=side) for side in ("left", "right")
    )
    assert transformers.AutoTokenizer.from_pretrained(left).padding_side == "left"
    texts = texts_of(left)
    for engine in engines_of(family):
        found = encoder_of(left, engine).encode(texts)
        np.testing.assert_allclose(found, encoder_of(right, engine).encode(texts), atol=2e-6)
        theirs = sentence_transformers.SentenceTransformer(str(left), device="cpu")
        np.testing.assert_allclose(found, theirs.encode(texts), atol=3e-6)
