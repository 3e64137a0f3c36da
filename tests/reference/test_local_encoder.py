"""Vectors against transformers' own forward pass and against sentence-transformers on the same folder."""

from __future__ import annotations

import numpy as np
import pytest

from semascope.encoders.loading import load_encoder

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

TEXTS = ["high water at noon", "storm", "", "the ship sail " * 30, "a calm harbour, three boats!"]


def reference(folder, pooling: str, max_tokens: int) -> np.ndarray:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    rows = []
    for text in TEXTS:  # one at a time: no padding can matter
        inputs = tokenizer(
            text, truncation=True, max_length=max_tokens, return_tensors="pt", return_token_type_ids=False
        )
        with torch.no_grad():
            states = model(**inputs).last_hidden_state[0]
        row = {"mean": states.mean(0), "cls": states[0], "last": states[-1]}[pooling]
        rows.append(torch.nn.functional.normalize(row, dim=0).numpy())
    return np.stack(rows)


def test_mean_pooling_equals_the_forward_pass(tiny_bert):
    found = load_encoder(str(tiny_bert), precision="float32").encode(TEXTS)
    np.testing.assert_allclose(found, reference(tiny_bert, "mean", 24), atol=2e-6)


def test_a_folder_without_pooling_is_mean_pooled_and_says_so(tiny_bert_plain):
    encoder = load_encoder(str(tiny_bert_plain), precision="float32")
    assert "mean pooling and unit length were assumed" in encoder.stated[0]
    np.testing.assert_allclose(encoder.encode(TEXTS), reference(tiny_bert_plain, "mean", 64), atol=2e-6)


def test_minilm_equals_sentence_transformers():
    sentence_transformers = pytest.importorskip("sentence_transformers")
    encoder = load_encoder("minilm", precision="float32")
    theirs = sentence_transformers.SentenceTransformer(str(encoder.checkpoint.folder), device="cpu").encode(
        TEXTS
    )
    np.testing.assert_allclose(encoder.encode(TEXTS), theirs, atol=2e-6)


def test_bfloat16_with_float32_pooling_stays_close():
    exact = load_encoder("minilm", precision="float32").encode(TEXTS)
    coarse = load_encoder("minilm", precision="bfloat16").encode(TEXTS)
    assert (exact * coarse).sum(axis=1).min() > 0.9995
