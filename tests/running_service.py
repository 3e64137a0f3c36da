"""A service as its clients meet it: over a socket of this machine, in a thread of the tests; and small artifacts to serve."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.request
import warnings
from contextlib import contextmanager

import numpy as np

from semascope.encoders.hashing import HashEncoder
from semascope.learner.learner import ValueLearner
from semascope.probes.artifact import save_artifact
from semascope.probes.baseline import MeanHead
from semascope.probes.card import Card, TargetCard, encoder_fields
from semascope.probes.logistic import LogisticHead
from semascope.probes.tfidf import TfidfHead
from semascope.retrieval.indexes.index import Index
from semascope.serve.app import build_guarded
from semascope.serve.guarding.tokens import Tokens
from semascope.serve.running import ServiceServer, address_of, config_of, listen
from semascope.serve.served.wanted import read_wanted
from semascope.serve.service import Service
from semascope.serve.settings import ServeSettings

EXAMPLES = {
    "the tide is high": 9.0,
    "high water at noon": 8.0,
    "the tide is low": 2.0,
    "low water at dusk": 1.0,
    "slack water": 5.0,
    "neap tide, little water": 4.0,
}


@contextmanager
def running(service, tokens=None):
    """The address of the service, which answers until the block ends."""
    listening = listen("127.0.0.1", 0)
    service.load()
    server = ServiceServer(config_of(build_guarded(service, tokens or Tokens()), service), service)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.005)
        yield address_of(listening)
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive(), "the service did not stop"


def get(address, path):
    """What a route answers, as text."""
    with urllib.request.urlopen(f"{address}{path}", timeout=20) as answer:
        return answer.read().decode()


def post(address, path, body, **headers):
    """The values of an answer; one that is a refusal raises."""
    request = urllib.request.Request(
        f"{address}{path}", json.dumps(body).encode(), {"Content-Type": "application/json", **headers}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())


def status_of(address, path, body, **headers):
    """The status of an answer."""
    try:
        post(address, path, body, **headers)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


def connected(address):
    """A bare connection."""
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def service_of(*artifacts, store=None, **settings):
    """A service of paths and names of encoders."""
    return Service([read_wanted(str(each)) for each in artifacts], ServeSettings(**settings), store=store)


def make_learner(path, *, examples=None, encoder="hash:16"):
    """A learner of a few scored texts."""
    learner = ValueLearner(encoder=encoder, cache_dir=path.parent / "store")
    for text, score in (examples or EXAMPLES).items():
        learner.add_training_example(text, score)
    with warnings.catch_warnings():  # of figures that nobody reads here
        warnings.simplefilter("ignore")
        learner.train(0.0, 2)
    return learner.save_model(path)


def card_of_words(head, *targets):
    """The card of a scorer that stands on no encoder."""
    return Card(
        encoder="",
        space={},
        precision="",
        fingerprint="",
        dim=1,
        kind="regression",
        head=head,
        targets=targets,
    )


def make_constant(path, *, value=3.0, targets=("stars",)):
    """A scorer that looks at no text."""
    card = card_of_words("mean", *(TargetCard(name=name, low=1.0, high=5.0) for name in targets))
    values = np.array([[value] * len(targets)])
    return save_artifact(path, card, MeanHead().fit(np.zeros((1, 1), np.float32), values))


def make_classifier(path, *, encoder=None):
    """A scorer of two classes."""
    encoder = encoder or HashEncoder(16)
    texts = list(EXAMPLES)
    head = LogisticHead().fit(encoder.encode(texts), np.array([1, 1, 0, 0, 1, 0]))
    card = Card(
        **encoder_fields(encoder),
        dim=encoder.dim,
        kind="classification",
        head="logistic",
        targets=(TargetCard(name="water"),),
        classes=("low", "high"),
    )
    return save_artifact(path, card, head)


def make_index(path, *, encoder="hash:16"):
    """An index of the same texts."""
    index = Index.create(path, encoder=encoder)
    index.add(
        list(EXAMPLES),
        ids=[str(number) for number in range(len(EXAMPLES))],
        columns={"score": list(EXAMPLES.values())},
    )
    return path


def make_words(path, *, low=0.0, high=2.0):
    """A scorer that reads words: "locked" and "late" score high, and scores are cut to the range."""
    words = ("locked", "late", "ferry", "gate", "lovely", "crossing", "dog", "hat")
    texts = [f"{one} {other}" for one in words for other in words if one != other]
    values = [[3.0 * ("locked" in text) + 1.0 * ("late" in text)] for text in texts]
    head = TfidfHead(alphas=(0.1,)).fit(texts, np.array(values))
    card = card_of_words("tfidf", TargetCard(name="urgency", low=low, high=high))
    return save_artifact(path, card, head)
