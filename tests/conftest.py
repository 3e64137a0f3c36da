"""Fixtures of the whole suite."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers of pytest-xdist share the cores
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def load_helper(name: str):
    """A plain module beside this file; importlib mode puts no test folder on the path."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("shared_data") and not SHARED_DATA.is_dir():
            item.add_marker(pytest.mark.skip(reason="the real files in ../shared/data are not here"))


@pytest.fixture(autouse=True)
def no_user_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's own store."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("SEMASCOPE_ENCODER", raising=False)


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "localhost",
            "::1",
        ):
            raise OSError(f"a test tried to reach {address}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    return SHARED_DATA


@pytest.fixture(scope="session")
def make_tiny():
    """Makes a tiny checkpoint of any family; see ``tiny_checkpoints.make``."""
    return load_helper("tiny_checkpoints").make


@pytest.fixture(scope="session")
def tiny_bert(make_tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny(tmp_path_factory.mktemp("bert") / "tiny", "bert")


@pytest.fixture(scope="session")
def tiny_bert_plain(make_tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights without any configuration of sentence-transformers."""
    return make_tiny(tmp_path_factory.mktemp("plain") / "tiny", "bert", pooling=None)


@pytest.fixture(scope="session")
def tiny_qwen3(make_tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen3-Embedding: last-token pooling, an end token appended by its tokenizer."""
    return make_tiny(tmp_path_factory.mktemp("qwen3") / "tiny-qwen3-embedding", "qwen3", pooling="last")


@pytest.fixture(scope="session")
def tiny_llama(make_tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language model's network, mean-pooled; a start token and no end token."""
    return make_tiny(tmp_path_factory.mktemp("llama") / "tiny", "llama")


@pytest.fixture(scope="session")
def tiny_xlm_roberta(make_tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three ways in one: first-token pooling, weights in parts, a Dense module."""
    return make_tiny(
        tmp_path_factory.mktemp("xlm-roberta") / "tiny", "xlm-roberta", pooling="cls", dense=({},),
        max_shard_size="10KB",
    )  # fmt: skip


@pytest.fixture(scope="session")
def tiny_mpnet(make_tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny(tmp_path_factory.mktemp("mpnet") / "tiny", "mpnet", pooling="weightedmean")


@pytest.fixture(scope="session")
def tiny_electra(make_tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A family that takes the plain path."""
    return make_tiny(tmp_path_factory.mktemp("electra") / "tiny", "electra")


@pytest.fixture(scope="session")
def loopback_hub():
    """Serves a checkpoint as the hub does; see ``loopback_hub.LoopbackHub``."""
    return load_helper("loopback_hub").LoopbackHub
