"""Pooling over packed token vectors against sentence-transformers' Pooling over padded ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semascope.encoders.engine.pooling import POOLINGS, pool

torch = pytest.importorskip("torch")
sentence_transformers = pytest.importorskip("sentence_transformers")

THEIR_NAMES = {"last": "lasttoken", "mean_sqrt_len": "mean_sqrt_len_tokens"}


@pytest.mark.parametrize("pooling", POOLINGS)
@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6), left=st.booleans(), seed=st.integers(0, 99)
)
def test_packed_pooling_is_padded_pooling(pooling, lengths, left, seed):
    from sentence_transformers.sentence_transformer.modules import Pooling

    generator = torch.Generator().manual_seed(seed)
    texts = [torch.randn((length, 5), generator=generator) for length in lengths]
    padded = torch.full((len(lengths), max(lengths), 5), 7.0)  # padding must not be seen
    mask = torch.zeros((len(lengths), max(lengths)), dtype=torch.long)
    for row, text in enumerate(texts):
        place = slice(-len(text), None) if left else slice(0, len(text))
        padded[row, place], mask[row, place] = text, 1
    theirs = Pooling(5, THEIR_NAMES.get(pooling, pooling))(
        {"token_embeddings": padded, "attention_mask": mask}
    )["sentence_embedding"]
    found = pool(torch.cat(texts), torch.tensor(lengths), pooling)
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found, theirs, atol=1e-6)
