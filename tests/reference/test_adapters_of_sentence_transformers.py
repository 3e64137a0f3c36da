"""Adapters as sentence-transformers saves and reads them: the same folder, the same rows."""

from __future__ import annotations

import json

import numpy as np
import pytest

from semascope.encoders.loading import load_encoder

pytest.importorskip("sentence_transformers")
peft = pytest.importorskip("peft")

TEXTS = ["the tide tables", "storm and calm water at noon " * 8, "a ship at anchor", "une marée"]


@pytest.fixture(autouse=True)
def any_peft(monkeypatch):
    """transformers 5.24 asks for a peft that nobody can install yet; what is compared here is in the one before."""
    monkeypatch.setattr("transformers.integrations.peft.MIN_PEFT_VERSION", "0.18.0")


@pytest.mark.parametrize("family", ["bert", "qwen3", "mpnet"])
def test_a_folder_that_it_saved_is_read_as_it_reads_it(request, tmp_path, family):
    import torch
    from sentence_transformers import SentenceTransformer

    base = request.getfixturevalue(f"tiny_{family}")
    model = SentenceTransformer(str(base), device="cpu")
    # All linear layers: that of the pooler too, which no row of ours goes through.
    model.add_adapter(
        peft.LoraConfig(task_type="FEATURE_EXTRACTION", r=4, lora_alpha=16, target_modules="all-linear")
    )
    torch.manual_seed(3)
    for name, value in model.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(value, std=0.2)
    folder = tmp_path / "saved"
    model.save_pretrained(str(folder))
    assert not (folder / "config.json").exists()
    assert json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"] == str(base)
    expected = SentenceTransformer(str(folder), device="cpu").encode(TEXTS, normalize_embeddings=True)
    encoder = load_encoder(str(folder), precision="float32", device="cpu")
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=5e-6)
    assert np.abs(encoder.encode(TEXTS) - load_encoder(str(base)).encode(TEXTS)).max() > 1e-2
