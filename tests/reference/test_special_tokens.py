"""Special tokens spelled out in a text are read as sentence-transformers reads them from the same checkpoint."""

from __future__ import annotations

import json

import numpy as np
import pytest

from semascope.encoders.loading import load_encoder

pytest.importorskip("torch")
sentence_transformers = pytest.importorskip("sentence_transformers")

SPECIAL = {
    "bert": ("[SEP]", "[UNK]", "[CLS]", "[MASK]", "[PAD]"),
    "xlm-roberta": ("<s>", "</s>", "<unk>", "<mask>", "<pad>"),
    "roberta": ("<s>", "</s>", "<unk>", "<mask>", "<pad>"),
    "mpnet": ("<s>", "</s>", "[UNK]", "<mask>", "<pad>"),
    "qwen2": ("<|endoftext|>", "<|im_end|>"),
    "qwen3": ("<|endoftext|>", "<|im_end|>"),
    "modernbert": ("[CLS]", "[SEP]", "[UNK]", "[MASK]", "[PAD]"),
    "gemma3_text": ("<bos>", "<eos>", "<unk>", "<pad>"),
    "nomic_bert": ("[SEP]", "[UNK]", "[CLS]", "[MASK]", "[PAD]"),
    "gte": ("<s>", "</s>", "<unk>", "<mask>", "<pad>"),
}
FRAMES = ["{}", "the tide {} is high", "{} the tide", "the tide {}", "the{}tide", "{}{}", "{} of the sea" * 9]


def rows_of(folder, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    theirs = sentence_transformers.SentenceTransformer(str(folder), device="cpu").encode(texts)
    ours = load_encoder(str(folder), precision="float32", device="cpu").encode(texts)
    return ours, theirs / np.linalg.norm(theirs, axis=1, keepdims=True)


def texts_with(tokens) -> list[str]:
    return [frame.replace("{}", written) for token in tokens for written in (token, token.lower()) for frame in FRAMES]  # fmt: skip


@pytest.mark.parametrize("family", SPECIAL)
def test_they_are_read_as_the_reference_reads_them(family, make_tiny, tmp_path):
    pooling = "last" if family.startswith("qwen") else "mean"
    folder = make_tiny(tmp_path / "tiny", family, pooling=pooling)
    texts = texts_with(SPECIAL[family])
    ours, theirs = rows_of(folder, texts)
    np.testing.assert_allclose(ours, theirs, atol=3e-6)
    encoder = load_encoder(str(folder), precision="float32", device="cpu")
    for token in SPECIAL[family]:  # one id each, not the letters that it is written with
        assert token in encoder.tokens([f"the tide {token} is high"])[0][1:-1]


@pytest.mark.parametrize("family", ["bert", "xlm-roberta", "qwen3"])
def test_they_are_not_lower_cased_with_the_text(family, make_tiny, tmp_path):
    """Sentence-transformers lower-cases what lies between them; a final sigma becomes the one in the middle."""
    folder = make_tiny(tmp_path / "tiny", family, pooling="last" if family == "qwen3" else "mean")
    file = folder / "sentence_bert_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"do_lower_case": True}))
    texts = [*(text.upper() for text in texts_with(SPECIAL[family])), "HIGH Water", "İ ΟΔΟΣ ẞ"]
    texts += texts_with(SPECIAL[family])
    ours, theirs = rows_of(folder, texts)
    np.testing.assert_allclose(ours, theirs, atol=3e-6)
    encoder = load_encoder(str(folder), precision="float32", device="cpu")
    low, high = encoder.encode(["high water", "HIGH WATER"])
    np.testing.assert_allclose(low, high, atol=2e-6)
