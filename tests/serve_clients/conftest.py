"""One service for the clients of a file, and the encoder that their vectors are held against."""

import os
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pytest
from tests.running_service import running, service_of

from semascope.encoders.loading import load_encoder
from semascope.encoders.templates import write_prompt
from semascope.serve.service import Service

TEXTS = ["low tide at noon", "the storm\nat night", "Hochwasser um zwölf", "潮の満ち引き"]


@pytest.fixture(scope="session", autouse=True)
def no_proxy():
    """Clients ask the loopback itself, whatever the machine's environment says."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def texts():
    return TEXTS


@pytest.fixture(scope="session")
def e5_folder(make_tiny, tmp_path_factory):
    """Two layers of random weights in a folder whose name gives it the prompts of E5."""
    return make_tiny(tmp_path_factory.mktemp("e5") / "multilingual-e5-small", "bert")


@dataclass
class Here:
    """A service that is running."""

    service: Service
    v1: str  # what clients of OpenAI call the base


@pytest.fixture(scope="session")
def serving():
    """Serves artifacts, as they are written on a command line, while a ``with`` block lasts."""

    @contextmanager
    def serve(*artifacts, tokens=None):
        service = service_of(*artifacts)
        with running(service, tokens) as address:
            yield Here(service, f"{address}/v1")

    return serve


@pytest.fixture(scope="session")
def here(e5_folder, serving):
    """Serves ``e5``, and ``hash:16``, which takes texts of any length."""
    with serving(f"e5={e5_folder}", "hash:16") as found:
        yield found


@pytest.fixture(scope="session")
def by_hand(e5_folder):
    """Rows of texts as the encoder gives them for a role."""
    encoder = load_encoder(str(e5_folder), device="cpu")

    def rows(texts, role=None):
        return encoder.encode(
            [write_prompt(text, family=encoder.space.template, role=role) for text in texts]
        )

    return rows


@pytest.fixture(scope="session")
def apart():
    """How far the directions of rows are from those that are known, at most: 1 less their cosine."""

    def measure(found, known) -> float:
        found = np.asarray(found, dtype=np.float32)
        assert found.shape == known.shape
        return 1 - float((found * known).sum(axis=1).min())

    return measure
