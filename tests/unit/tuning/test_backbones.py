"""Every kind of network that is tuned: the rows it learns with are those of the folder that is kept, by every pooling."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from semascope.encoders.loading import load_encoder
from semascope.tuning.contrastive.cached import Passes, cached_gradients
from semascope.tuning.contrastive.losses import Contrast, contrast_loss
from semascope.tuning.contrastive.pairing import Pairing
from semascope.tuning.contrastive.parts import token_parts
from semascope.tuning.keeping import keep_network
from semascope.tuning.recipe import Tuned
from semascope.tuning.start import Start
from semascope.tuning.training import rows_of
from semascope.tuning.unpadded import UnpaddedPath

M = 4
TEXTS = [f"the tide {'high ' * (row % 5)}at noon {row}" for row in range(2 * M)]
NAMED = {"bert": ["query", "value"], "llama": ["q_proj", "down_proj"]}
TRAINED = {
    "all weights": {},
    "words too": {"words": True},
    "adapters": {"lora": 4},
    "named adapters": {"lora": 4, "layers": NAMED["llama"]},
    "adapters alone": {"lora": 4, "merge": False},
}


def step(network, sequences):
    """One large step of contrastive training, both passes through parts of few tokens."""
    optimiser = torch.optim.AdamW(network.trained().values(), lr=0.05)
    parameters = list(network.trained().values())
    lengths = np.array([len(ids) for ids in sequences])
    passes = Passes(
        network=network,
        parameters=parameters,
        sequences=sequences,
        parts=token_parts(lengths, most=30, padded=network.padded),
        seed=[0],
        device=torch.device("cpu"),
        precision="float32",
    )
    pairing = Pairing(queries=np.arange(M), documents=np.arange(M))
    found = cached_gradients(passes, lambda rows: contrast_loss(rows[:M], rows[M:], pairing, Contrast()))
    assert len(passes.parts) > 1
    for parameter, gradient in zip(parameters, found.gradients, strict=True):
        parameter.grad = gradient
    optimiser.step()


@pytest.mark.parametrize("pooling", ["mean", "last", "weightedmean"])
@pytest.mark.parametrize("trained", TRAINED)
@pytest.mark.parametrize("family", ["bert", "llama", "qwen2", "qwen3"])
def test_what_is_kept_is_what_was_trained(make_tiny, tmp_path, family, trained, pooling):
    settings = dict(TRAINED[trained])
    if "layers" in settings:
        settings["layers"] = NAMED["bert" if family == "bert" else "llama"]
    recipe = Tuned(model="x", **settings)
    base = load_encoder(str(make_tiny(tmp_path / "base", family, pooling=pooling)), precision="float32")
    start = Start.of(base, recipe)
    network = start.load(outputs=1, recipe=recipe, device="cpu", seed=1)
    assert isinstance(network._path, UnpaddedPath)
    sequences = start.tokens.ids(TEXTS)
    before = rows_of(network, sequences, precision="float32")
    np.testing.assert_allclose(before, base.encode(TEXTS), atol=1e-5)

    network.train()
    for _ in range(2):  # the first of an adapter moves one of its two factors alone
        step(network, sequences)
    rows = rows_of(network, sequences, precision="float32")
    assert np.abs(rows - before).max() > 0.02
    folder = keep_network(network, start, recipe, tmp_path / "kept", texts=TEXTS, about={})
    assert (folder / "adapter_model.safetensors").exists() == (trained == "adapters alone")
    kept = load_encoder(str(folder), precision="float32")
    np.testing.assert_allclose(kept.encode(TEXTS), rows, atol=1e-5)
    assert kept.checkpoint.pooling == pooling


@pytest.mark.parametrize("family", ["llama", "qwen3"])
def test_a_language_model_gets_the_pooling_it_is_given(make_tiny, tmp_path, family):
    """A folder without a word about pooling, as language models are published: it is in the folder that is kept."""
    recipe = Tuned(model="x", pooling="last")
    base = load_encoder(str(make_tiny(tmp_path / "base", family, pooling=None)), precision="float32")
    start = Start.of(base, recipe)
    for pooling in ("last", "weightedmean"):
        start = dataclasses.replace(start, checkpoint=dataclasses.replace(start.checkpoint, pooling=pooling))
        network = start.load(outputs=1, recipe=recipe, device="cpu", seed=1)
        rows = rows_of(network, start.tokens.ids(TEXTS), precision="float32")
        folder = keep_network(network, start, recipe, tmp_path / pooling, texts=TEXTS, about={})
        kept = load_encoder(str(folder), precision="float32")
        assert kept.checkpoint.pooling == pooling
        np.testing.assert_allclose(kept.encode(TEXTS), rows, atol=1e-5)
        assert np.abs(rows - base.encode(TEXTS)).max() > 0.05
