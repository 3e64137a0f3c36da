"""One network for all that stands on it: counted where it is loaded, and gone when nobody needs it."""

import asyncio
import gc
import weakref

import numpy as np
import pytest
from tests.running_service import make_learner, service_of

from semascope.embedding.path import embed
from semascope.encoders.engine import network
from semascope.encoders.loading import load_encoder
from semascope.encoders.remedied.folder import write_remedied
from semascope.encoders.remedied.remedy import Remedy
from semascope.retrieval.indexes.index import Index
from semascope.serve.served.wanted import read_wanted
from semascope.serve.service import Service
from semascope.serve.settings import ServeSettings

LONG = " ".join(["high water at noon and low water at six"] * 9)  # over the 24 tokens that it reads
TEXTS = ["the tide", LONG, "a calm port"]


@pytest.fixture
def folder(tmp_path, make_tiny):
    return make_tiny(tmp_path / "tiny", "bert")


@pytest.fixture
def loads(monkeypatch):
    """What was loaded, each time that weights were read."""
    found, real = [], network.load_network

    def counted(checkpoint, **named):
        found.append(checkpoint.folder.name)
        return real(checkpoint, **named)

    monkeypatch.setattr(network, "load_network", counted)
    return found


def make_all(tmp_path, folder):
    """A learner, an index that reads long texts in windows, a remedied encoder, all on one."""
    make_learner(tmp_path / "model", encoder=str(folder))
    index = Index.create(tmp_path / "tides", encoder=str(folder), long="chunk")
    index.add([LONG, "low at dusk"], ids=["a", "b"])
    base = load_encoder(str(folder))
    remedy = Remedy(
        name="centre",
        mean=base.encode(["the tide", "a ship", "storm"]).mean(axis=0),
        matrix=None,
        fitted_on=3,
    )
    write_remedied(tmp_path / "centred", base, remedy)
    return [str(folder), *(str(tmp_path / name) for name in ("model", "tides", "centred"))]


def test_weights_are_loaded_by_a_thread_that_ends(folder, loads):
    """Loading sets threads of OpenMP to work for the thread that loads, and while those are there others sleep."""
    service = Service([read_wanted(str(folder))], ServeSettings())
    assert loads == []
    service.load()
    assert len(loads) == 1


@pytest.mark.parametrize("turn", [1, -1])
def test_all_that_stands_on_one_network_loads_it_once(tmp_path, folder, loads, turn):
    artifacts = make_all(tmp_path, folder)[::turn]
    loads.clear()
    service = service_of(*artifacts)
    service.load()
    assert loads == ["tiny"]
    assert len(list(service.encoders)) == 3  # whole, in windows, mended

    async def read():
        service.start()
        found = {each.encoder.fingerprint: await each.read(TEXTS) for each in service.encoders}
        await service.stop()
        return found

    found = asyncio.run(read())
    assert loads == ["tiny"]
    for name, long in (
        (str(folder), "truncate"),
        (str(folder), "chunk"),
        (str(tmp_path / "centred"), "truncate"),
    ):
        encoder = load_encoder(name, long=long)
        expected = embed(TEXTS, encoder=encoder)
        np.testing.assert_allclose(
            found[encoder.fingerprint].vectors, expected.vectors, atol=4 * encoder.tolerance
        )
        np.testing.assert_array_equal(found[encoder.fingerprint].truncated, expected.truncated)


def test_another_template_or_arithmetic_is_another_network(folder, loads):
    found = [
        load_encoder(str(folder), template="e5", precision="float32"),
        load_encoder(str(folder), precision="float32"),
        load_encoder(str(folder), precision="bfloat16"),
    ]
    service = Service([read_wanted("hash:16")], ServeSettings())
    shared = [service.encoders.share(each) for each in found]
    service.load()
    assert loads == ["tiny"] * 3
    assert len({id(each) for each in shared}) == 3


def test_weights_of_a_model_that_was_taken_anew_are_given_back(tmp_path, folder, make_tiny, loads):
    other = make_tiny(tmp_path / "other", "bert", max_tokens=12)
    path = make_learner(tmp_path / "model", encoder=str(folder))
    new = make_learner(tmp_path / "new", encoder=str(other))
    loads.clear()
    service = service_of(path)

    async def work():
        service.load()
        service.start()
        before = (await service.scorer().score(TEXTS)).scores
        gone = weakref.ref(service.scorer().shared.encoder), weakref.ref(service.scorer().shared.encoder.path)
        new.replace(path)
        assert await service.reload() == ["model"]
        after = (await service.scorer().score(TEXTS)).scores
        for _ in range(200):
            gc.collect()
            if all(each() is None for each in gone):
                break
            await asyncio.sleep(0.01)
        assert [each() for each in gone] == [None, None]
        await service.stop()
        return before, after

    before, after = asyncio.run(work())
    assert loads == ["tiny", "other"]
    assert before.values.shape == after.values.shape
