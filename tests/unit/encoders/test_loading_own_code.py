"""Code that comes with a checkpoint: refused unless it is trusted, run when it is."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from semascope.embedding.path import embed
from semascope.encoders.loading import load_encoder
from semascope.encoders.local import LocalEncoder
from semascope.errors import ConfigError, EncoderError
from semascope.store.canary_checks import check_canaries
from semascope.store.vectors import VectorStore

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

# A BERT by name that reads texts backwards: transformers' own BERT loads the same weights without complaint.
MODEL = """
from transformers import BertModel


class BackwardsModel(BertModel):
    def forward(self, input_ids=None, attention_mask=None, **extra):
        return super().forward(input_ids=input_ids.flip(1), attention_mask=attention_mask.flip(1), **extra)
"""
TEXTS = ["high water at noon", "storm"]


@pytest.fixture
def own(make_tiny, tmp_path, monkeypatch):
    folder = make_tiny(tmp_path / "tiny", "bert", pooling="cls")
    (folder / "modeling_backwards.py").write_text(MODEL)
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "modeling_backwards.BackwardsModel"}
    (folder / "config.json").write_text(json.dumps(config))
    # transformers copies the code into a folder of the user's; here into one of the test's.
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    return folder


def test_own_code_is_refused_and_the_flag_is_named(own):
    with pytest.raises(
        EncoderError, match=r"own code \(modeling_backwards\.BackwardsModel\).*give --trust-remote-code"
    ):
        load_encoder(str(own))


def test_an_own_tokenizer_is_refused_too(tiny_bert_plain, tmp_path):
    (tmp_path / "config.json").write_text((tiny_bert_plain / "config.json").read_text())
    written = {"auto_map": {"AutoTokenizer": ["tokenization_own.OwnTokenizer", None]}}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(written))
    with pytest.raises(
        EncoderError, match=r"own code \(tokenization_own\.OwnTokenizer\).*--trust-remote-code"
    ):
        load_encoder(str(tmp_path))


def test_own_code_runs_when_it_is_trusted(own):
    encoder = load_encoder(str(own), precision="float32", device="cpu", trust_remote_code=True)
    found = encoder.encode(TEXTS)
    assert type(encoder.path._network).__name__ == "BackwardsModel"
    assert any(
        "code that comes with the checkpoint runs: modeling_backwards" in said for said in encoder.stated
    )
    tokenizer = transformers.AutoTokenizer.from_pretrained(own)
    native = transformers.BertModel.from_pretrained(own).eval()
    for text, row in zip(TEXTS, found, strict=True):
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            first = native(input_ids=ids.flip(1)).last_hidden_state[0, 0]
            forwards = native(input_ids=ids).last_hidden_state[0, 0]
        np.testing.assert_allclose(row, torch.nn.functional.normalize(first, dim=0), atol=2e-6)
        assert torch.nn.functional.cosine_similarity(first, forwards, dim=0) < 0.99


def test_verifying_a_store_runs_no_own_code_and_says_so(own, tmp_path):
    store = VectorStore(tmp_path / "store")
    encoder = load_encoder(str(own), precision="float32", device="cpu", trust_remote_code=True)
    embed(["ebb"], encoder=encoder, store=store)
    (check,) = check_canaries(store)
    assert (check.state, check.note) == (
        "not tried",
        "code that comes with it made its rows, and verifying runs none",
    )


def test_own_code_takes_the_plain_path_by_whatever_name_it_goes(own):
    encoder = load_encoder(str(own), device="cpu", trust_remote_code=True)
    encoder.load()
    assert encoder.path.name == "plain"
    assert encoder.path_reason == "its code comes with the checkpoint"
    with pytest.raises(ConfigError, match="takes the plain path"):
        LocalEncoder(own, name="own", device="cpu", engine="packed", trust_remote_code=True).load()


SCALED = """
import torch
from transformers import BertModel


class ScaledModel(BertModel):
    def __init__(self, config):
        super().__init__(config)
        self.register_buffer("scale", torch.arange(config.hidden_size) / 4.0, persistent=False)
        self.shift = torch.full((config.hidden_size,), 0.5)

    def forward(self, input_ids=None, attention_mask=None, **extra):
        found = super().forward(input_ids=input_ids, attention_mask=attention_mask, **extra)
        found.last_hidden_state = found.last_hidden_state * self.scale + self.shift
        return found
"""


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_what_own_code_computes_when_it_is_made_is_computed(own, precision):
    """Code from before transformers 5 leaves it to its constructor; transformers 5 leaves uninitialised memory there."""
    (own / "modeling_backwards.py").write_text(SCALED.replace("ScaledModel", "BackwardsModel"))
    encoder = load_encoder(str(own), precision=precision, device="cpu", trust_remote_code=True)
    found = encoder.encode(TEXTS)
    tokenizer = transformers.AutoTokenizer.from_pretrained(own)
    native = transformers.BertModel.from_pretrained(own, dtype=getattr(torch, precision)).eval()
    for text, row in zip(TEXTS, found, strict=True):
        with torch.no_grad():
            first = native(**tokenizer(text, return_tensors="pt")).last_hidden_state[0, 0]
        expected = torch.nn.functional.normalize(first.float() * torch.arange(16) / 4.0 + 0.5, dim=0)
        np.testing.assert_allclose(row, expected, atol=3e-6 if precision == "float32" else 2e-2)


def test_other_code_is_another_space(own):
    before = load_encoder(str(own), trust_remote_code=True).space
    (own / "modeling_backwards.py").write_text(MODEL + "\n# changed\n")
    assert load_encoder(str(own), trust_remote_code=True).space.weights != before.weights
