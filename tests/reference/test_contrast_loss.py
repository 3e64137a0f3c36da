"""InfoNCE against sentence-transformers' MultipleNegativesRankingLoss."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
losses = pytest.importorskip("sentence_transformers.sentence_transformer.losses")


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("extra", [0, 2])
def test_value_and_gradient_are_theirs(both, extra):
    from semascope.tuning.contrastive.losses import Contrast, contrast_loss
    from semascope.tuning.contrastive.pairing import Pairing

    generator = torch.Generator().manual_seed(3)
    rows = torch.randn((2 + extra) * 5, 8, generator=generator)
    directions = ("query_to_doc", "doc_to_query") if both else ("query_to_doc",)
    theirs = losses.MultipleNegativesRankingLoss(
        None, scale=20.0, directions=directions, partition_mode="per_direction"
    )
    found = rows.clone().requires_grad_()
    pairing = Pairing(queries=np.arange(5), documents=np.arange(5 * (1 + extra)))
    ours = contrast_loss(found[:5], found[5:], pairing, Contrast(temperature=0.05, both=both))
    expected = rows.clone().requires_grad_()
    loss = theirs.compute_loss_from_embeddings(list(expected.split(5)), labels=None)
    assert ours.item() == pytest.approx(loss.item(), rel=1e-5)
    ours.backward()
    loss.backward()
    torch.testing.assert_close(found.grad, expected.grad, atol=1e-6, rtol=1e-4)
