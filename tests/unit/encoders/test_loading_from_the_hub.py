"""Fetching from a hub on the loopback: broken connections, partial caches, files that are not what was published."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from semascope.encoders.checkpoints import hub
from semascope.encoders.loading import load_encoder
from semascope.encoders.locating import has_weights
from semascope.errors import EncoderError, MissingExtra

pytest.importorskip("torch")
constants = pytest.importorskip("huggingface_hub.constants")


@pytest.fixture(scope="module")
def published(make_tiny, tmp_path_factory):
    folder = make_tiny(
        tmp_path_factory.mktemp("published") / "tiny", "qwen3", pooling="last", max_shard_size="20KB",
        head=True, tied=True,
    )  # fmt: skip
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.onnx").write_bytes(b"never wanted")
    (folder / "modeling_own.py").write_text("# fetched only when code is trusted")
    return folder


@pytest.fixture
def server(published, loopback_hub, tmp_path, monkeypatch):
    served = loopback_hub(published)
    served.stand_in(monkeypatch, tmp_path / "hub")
    yield served
    served.shutdown()
    served.server_close()


TEXTS = ["high water at noon", "", "storm"]


def rows(name: object) -> np.ndarray:
    return load_encoder(str(name), precision="float32").encode(TEXTS)


def test_one_whose_conditions_were_not_accepted_says_what_to_do(server):
    server.gated = True
    with pytest.raises(
        EncoderError, match=r"gives 'owner/tiny' only to accounts that accepted its conditions.*hf auth login"
    ):
        load_encoder("owner/tiny")


def test_a_checkpoint_is_fetched_once_and_then_found_without_the_hub(server, published, monkeypatch):
    np.testing.assert_allclose(rows("owner/tiny"), rows(published), atol=2e-6)
    assert "onnx/model.onnx" not in server.fetched
    assert "modeling_own.py" not in server.fetched
    server.fetched.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    np.testing.assert_allclose(rows("owner/tiny"), rows(published), atol=2e-6)
    assert not server.fetched


def test_the_recipe_names_the_revision_and_only_that_one_counts_as_there(server):
    assert load_encoder("owner/tiny").recipe["revision"] == ""
    commit = hub.fetch("owner/tiny").name
    assert load_encoder("owner/tiny", revision=commit).recipe["revision"] == commit
    assert has_weights("owner/tiny") and has_weights("owner/tiny", commit)
    assert not has_weights("owner/tiny", "v2")


def test_code_is_fetched_when_it_is_trusted(server):
    assert not (hub.fetch("owner/tiny") / "modeling_own.py").exists()
    assert hub.cached("owner/tiny", code=True) is None
    assert (hub.fetch("owner/tiny", code=True) / "modeling_own.py").exists()


@pytest.mark.parametrize("broken", ["model-00002-of-00002.safetensors", "modules.json", "tokenizer.json"])
def test_a_broken_connection_leaves_nothing_that_is_used_and_the_next_try_completes(
    server, published, monkeypatch, broken
):
    server.breaks = broken
    with pytest.raises(
        EncoderError, match=r"'owner/tiny' was interrupted .* try again: what has arrived is kept"
    ):
        load_encoder("owner/tiny")
    assert len(server.ranges) > 1  # the client itself tried again before it gave up
    assert hub.cached("owner/tiny") is None
    with monkeypatch.context() as offline:
        offline.setattr(constants, "HF_HUB_OFFLINE", True)
        with pytest.raises(EncoderError, match="neither in the local cache nor could it be fetched"):
            load_encoder("owner/tiny")
    server.breaks = ""
    server.fetched.clear()
    np.testing.assert_allclose(rows("owner/tiny"), rows(published), atol=2e-6)
    assert broken in server.fetched
    assert "config.json" not in server.fetched  # what had arrived was kept


def test_what_is_tuned_on_a_hub_id_keeps_the_commit_that_it_was_tuned_on(server):
    """Not the main branch, which may move; a folder in the same cache has none."""
    from types import SimpleNamespace

    from semascope.tuning.keeping import base_of

    encoder = load_encoder("owner/tiny")
    commit = hub.fetch("owner/tiny").name
    assert base_of(SimpleNamespace(encoder=encoder)) == ("owner/tiny", commit)
    folder = str(encoder.checkpoint.folder)
    assert base_of(SimpleNamespace(encoder=load_encoder(folder))) == (folder, None)
    assert load_encoder("owner/tiny", revision=commit).space == encoder.space


def test_an_adapter_of_the_hub_is_fetched_once_and_needs_its_base(server, published, tmp_path, monkeypatch):
    peft = pytest.importorskip("peft")
    import torch
    import transformers

    network = peft.get_peft_model(
        transformers.AutoModel.from_pretrained(published), peft.LoraConfig(r=2, target_modules=["q_proj"])
    )
    for name, value in network.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(value, std=0.2)
    server.folder = tmp_path / "adapter"
    network.save_pretrained(server.folder)
    expected = rows(server.folder)
    assert not has_weights("owner/tiny")
    np.testing.assert_array_equal(rows("owner/tiny"), expected)
    assert load_encoder("owner/tiny").space.pooling == "last"  # of the base, which alone says so
    server.fetched.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert has_weights("owner/tiny")
    np.testing.assert_array_equal(rows("owner/tiny"), expected)
    assert not server.fetched
    away = published.rename(published.with_name("away"))
    try:
        assert not has_weights("owner/tiny")
    finally:
        away.rename(published)


def test_a_name_that_the_hub_does_not_know_is_one_clear_error(server):
    with pytest.raises(EncoderError, match=r"'owner/other' is neither .*RepositoryNotFoundError"):
        load_encoder("owner/other")


def test_a_cached_file_that_is_not_the_published_one_is_refused(server):
    folder = hub.fetch("owner/tiny")
    blob = (folder / "model-00001-of-00002.safetensors").resolve()
    content = bytearray(blob.read_bytes())
    content[-1] ^= 1  # as long as before, and read without complaint
    blob.write_bytes(content)
    encoder = load_encoder("owner/tiny")
    with pytest.raises(
        EncoderError, match=r"has SHA-256 .*published is .*delete .*and fetch or copy the checkpoint again"
    ):
        _ = encoder.fingerprint
    blob.unlink()
    Path(folder / "model-00001-of-00002.safetensors").unlink()
    assert load_encoder("owner/tiny").fingerprint


@pytest.fixture
def table(server, static_folders, tmp_path):
    """The hub holds a table of token vectors, beside files that nobody wants."""
    folder = static_folders.write_sentence_transformers(tmp_path / "table", below="0_StaticEmbedding")
    (folder / "train.py").write_text("# never wanted")
    server.folder = folder
    return folder


@pytest.fixture
def without_torch(monkeypatch):
    """What an installation with the extra static alone has."""
    from semascope import extras
    from semascope.encoders import catalogue, locating

    real = extras.is_installed

    def is_installed(package: str) -> bool:
        return package not in ("torch", "transformers") and real(package)

    monkeypatch.setattr(extras, "is_installed", is_installed)
    monkeypatch.setattr(catalogue, "is_installed", is_installed)
    monkeypatch.setattr(locating, "is_installed", is_installed)


def test_a_table_of_token_vectors_is_fetched_once_without_torch(server, table, without_torch, monkeypatch):
    np.testing.assert_array_equal(rows("owner/tiny"), rows(table))
    assert "train.py" not in server.fetched
    server.fetched.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    np.testing.assert_array_equal(rows("owner/tiny"), rows(table))
    assert not server.fetched


def test_nothing_large_is_fetched_for_a_network_that_cannot_run_here(server, without_torch):
    with pytest.raises(
        MissingExtra, match=r"encoder 'owner/tiny' needs the extra 'local'.*semascope\[local\]"
    ):
        load_encoder("owner/tiny")
    assert sorted(server.fetched) == ["config.json", "modules.json"]
    with pytest.raises(MissingExtra, match="needs the extra 'local'"):
        load_encoder("bge-m3")


def test_a_table_of_the_catalogue_asks_for_its_own_extra(monkeypatch):
    from semascope import extras
    from semascope.encoders import catalogue

    for module in (extras, catalogue):
        monkeypatch.setattr(module, "is_installed", lambda package: False)
    with pytest.raises(
        MissingExtra, match=r"encoder 'potion-base-8M' needs the extra 'static'.*semascope\[static\]"
    ):
        load_encoder("potion-base-8M")


def test_a_remedy_is_kept_with_the_very_commit_of_its_base(server, keep_remedy, tmp_path, monkeypatch):
    base = load_encoder("owner/tiny", precision="float32")
    kept = keep_remedy(tmp_path / "kept", base)
    commit = base.checkpoint.folder.name
    described = json.loads((kept / "remedied.json").read_text())
    assert (described["base"], described["revision"]) == ("owner/tiny", commit)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert has_weights(str(kept))
    encoder = load_encoder(str(kept), precision="float32")
    np.testing.assert_array_equal(encoder.base.encode(TEXTS), base.encode(TEXTS))
